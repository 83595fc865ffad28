//! The queue between the thread that parses a file and the comparison.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use super::vcd_body::Fit;
use super::{FstProblem, READER_THREAD, TraceError};

/// Items of a batch; with values of a few bytes a batch stays in the caches.
const BATCH_ITEMS: usize = 1 << 15;
/// Bytes of values after which a batch is sent although it has few items.
const BATCH_BYTES: usize = 1 << 20;
/// Batches that may wait; more would only cost memory.
const QUEUE: usize = 4;

/// Marks an item that is not a change but a new time.
const TIME: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct RawItem {
    signal: u32,
    at: u32,
}

#[derive(Default)]
pub(crate) struct Batch {
    items: Vec<RawItem>,
    times: Vec<u64>,
    values: Vec<u8>,
    /// Time at which the trace ends, in the last batch.
    end: Option<u64>,
}

/// Why a reader stops early.
pub(super) enum Halt {
    /// The comparison needs no more.
    Cancelled,
    /// The file is wrong.
    Failed(TraceError),
}

/// Where a reader puts what it reads.
pub(super) struct Sink {
    batch: Batch,
    /// Time of the next change, written only if a change follows.
    time: u64,
    written: Option<u64>,
    sender: SyncSender<Result<Batch, TraceError>>,
    recycled: Receiver<Batch>,
    progress: Arc<AtomicU64>,
}

impl Sink {
    #[inline]
    pub(super) fn set_time(&mut self, time: u64) {
        self.time = time;
    }

    pub(super) fn progress(&self, bytes: u64) {
        self.progress.store(bytes, Ordering::Relaxed);
    }

    /// Starts a change: sends a full batch and writes the time if it is new.
    #[inline]
    fn open(&mut self, local: u32) -> Result<(), Halt> {
        if self.batch.items.len() >= BATCH_ITEMS || self.batch.values.len() >= BATCH_BYTES {
            self.send()?;
        }
        if self.written != Some(self.time) {
            self.written = Some(self.time);
            let at = self.batch.times.len() as u32;
            self.batch.times.push(self.time);
            self.batch.items.push(RawItem { signal: TIME, at });
        }
        self.batch.items.push(RawItem { signal: local, at: self.batch.values.len() as u32 });
        Ok(())
    }

    /// A change whose value is in our form already.
    #[inline]
    pub(super) fn change(&mut self, local: u32, value: &[u8]) -> Result<(), Halt> {
        self.open(local)?;
        self.batch.values.extend_from_slice(value);
        Ok(())
    }

    /// A change of bits as a file writes them: shortened on the left, in any letter case.
    #[inline]
    pub(super) fn bits(
        &mut self,
        local: u32,
        value: &[u8],
        width: u32,
        table: &[u8; 256],
    ) -> Result<Fit, Halt> {
        let width = width as usize;
        let mut value = value;
        while value.len() > width && value[0] == b'0' {
            value = &value[1..];
        }
        if value.is_empty() {
            return Ok(Fit::NoBits);
        }
        if value.len() > width {
            return Ok(Fit::TooWide);
        }
        self.open(local)?;
        let start = self.batch.values.len();
        let fill = match table[value[0] as usize] {
            b'1' => b'0',
            other => other,
        };
        self.batch.values.resize(start + width - value.len(), fill);
        self.batch.values.extend(value.iter().map(|byte| table[*byte as usize]));
        let fits = !self.batch.values[start..].contains(&0);
        Ok(if fits { Fit::Yes } else { Fit::NoBits })
    }

    fn send(&mut self) -> Result<(), Halt> {
        let mut fresh = self.recycled.try_recv().unwrap_or_default();
        fresh.items.clear();
        fresh.times.clear();
        fresh.values.clear();
        let full = std::mem::replace(&mut self.batch, fresh);
        self.sender.send(Ok(full)).map_err(|_| Halt::Cancelled)
    }
}

/// Starts the thread of a reader.
pub(super) fn spawn<F>(file: &str, run: F) -> Result<Changes, TraceError>
where
    F: FnOnce(&mut Sink) -> Result<(), Halt> + Send + 'static,
{
    let (sender, receiver) = sync_channel(QUEUE);
    let (recycle, recycled) = channel();
    let progress = Arc::new(AtomicU64::new(0));
    let mut sink = Sink {
        batch: Batch::default(),
        time: 0,
        written: None,
        sender,
        recycled,
        progress: Arc::clone(&progress),
    };
    let name = file.to_owned();
    let body = move || {
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&mut sink)));
        let last = match outcome {
            Ok(Ok(())) => {
                sink.batch.end = Some(sink.time);
                Ok(std::mem::take(&mut sink.batch))
            }
            Ok(Err(Halt::Cancelled)) => return,
            Ok(Err(Halt::Failed(error))) => Err(error),
            Err(_) => Err(TraceError::Fst { file: name, problem: FstProblem::Stopped }),
        };
        // Nobody may be listening any more, which is fine.
        let _ = sink.sender.send(last);
    };
    thread::Builder::new()
        .name(READER_THREAD.to_owned())
        .spawn(body)
        .map_err(|source| TraceError::Io { file: file.to_owned(), source })?;
    Ok(Changes { receiver, recycle, batch: Batch::default(), next: 0, progress })
}

/// The value changes of one trace, in order.
pub(crate) struct Changes {
    receiver: Receiver<Result<Batch, TraceError>>,
    recycle: Sender<Batch>,
    batch: Batch,
    next: usize,
    /// Bytes of the file that were read so far.
    pub(crate) progress: Arc<AtomicU64>,
}

/// One item of the stream.
#[derive(Clone, Copy)]
pub(crate) enum Item {
    /// All changes that follow happen at this time.
    Time(u64),
    /// A signal, by its number among the wanted, and where its value starts.
    Change(u32, usize),
    /// The trace ends, at this time.
    End(u64),
}

impl Changes {
    /// The next item, which stays the next until [`Changes::advance`].
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<Item, TraceError> {
        while self.next == self.batch.items.len() {
            if let Some(end) = self.batch.end {
                return Ok(Item::End(end));
            }
            let Ok(batch) = self.receiver.recv() else {
                // The sender vanishes only behind a last batch.
                return Ok(Item::End(0));
            };
            let used = std::mem::replace(&mut self.batch, batch?);
            let _ = self.recycle.send(used);
            self.next = 0;
        }
        let RawItem { signal, at } = self.batch.items[self.next];
        Ok(match signal {
            TIME => Item::Time(self.batch.times[at as usize]),
            local => Item::Change(local, at as usize),
        })
    }

    #[inline]
    pub(crate) fn advance(&mut self) {
        self.next += 1;
    }

    /// `length` bytes of the value of the change that [`Changes::peek`] returned.
    #[inline]
    pub(crate) fn value(&self, at: usize, length: usize) -> &[u8] {
        &self.batch.values[at..at + length]
    }
}
