//! A Wishbone memory that watches its master.

use std::collections::VecDeque;

use crate::{MemoryModel, Stalls, Violation, Words};

const OUTPUTS: [&str; 8] = ["m_cyc", "m_stb", "m_we", "m_adr", "m_sel", "m_dat", "m_cti", "m_bte"];
const INPUTS: [&str; 4] = ["m_ack", "m_err", "m_dat", "m_stall"];

/// `cti` of a word that others follow.
const GOES_ON: u64 = 2;

/// How the master holds its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WishboneKind {
    /// Until it is answered.
    Classic,
    /// Until it does not stall.
    Pipelined,
}

/// A request as it stands on the bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Request {
    write: bool,
    address: u64,
    data: u64,
    tag: u64,
}

/// A memory behind a Wishbone master.
#[derive(Debug, Clone)]
pub struct WishboneMemory {
    kind: WishboneKind,
    words: Words,
    stalls: Stalls,
    /// Pipelined: requests that wait for their answer.
    waiting: VecDeque<Request>,
    /// This cycle's answer, and whether requests stall.
    answer: bool,
    stall: bool,
    held: Option<Request>,
    /// The last word answered of a tagged burst.
    burst: Option<u64>,
}

impl WishboneMemory {
    /// A memory of so many words of `data_bits`, up to 64.
    pub fn new(kind: WishboneKind, words: usize, data_bits: u32, stalls: Stalls) -> Self {
        let words = Words::new(words, data_bits);
        let waiting = VecDeque::new();
        Self { kind, words, stalls, waiting, answer: false, stall: false, held: None, burst: None }
    }

    fn request(outputs: &[u64]) -> Option<Request> {
        let [cycle, strobe, write, address, _, data, ..] = *outputs else { return None };
        let write = write == 1;
        let data = if write { data } else { 0 };
        let tag = outputs.get(6).copied().unwrap_or(0);
        (cycle == 1 && strobe == 1).then_some(Request { write, address, data, tag })
    }

    /// What an answer to the request would be: the word read, or none if it does not exist.
    fn word(&self, request: &Request) -> Option<u64> {
        self.words.get(request.address as usize)
    }

    fn serve(&mut self, request: &Request) {
        if request.write {
            self.words.set(request.address as usize, request.data);
        }
    }

    /// Words of a tagged burst follow each other.
    fn follows(&mut self, request: &Request) -> Result<(), Violation> {
        if let Some(before) = self.burst
            && request.address != before + 1
        {
            return Err(Violation::Order { before, found: request.address });
        }
        self.burst = (request.tag == GOES_ON).then_some(request.address);
        Ok(())
    }

    /// A request that was not taken must stay.
    fn stays(&mut self, request: Option<Request>, taken: bool) -> Result<(), Violation> {
        if self.held.take().is_some_and(|held| request != Some(held)) {
            return Err(Violation::Unstable { channel: "stb" });
        }
        self.held = request.filter(|_| !taken);
        Ok(())
    }
}

impl MemoryModel for WishboneMemory {
    fn outputs(&self) -> &'static [&'static str] {
        match self.kind {
            WishboneKind::Classic => &OUTPUTS,
            WishboneKind::Pipelined => &OUTPUTS[..6],
        }
    }

    fn inputs(&self) -> &'static [&'static str] {
        match self.kind {
            WishboneKind::Classic => &INPUTS[..3],
            WishboneKind::Pipelined => &INPUTS,
        }
    }

    fn drive(&mut self, outputs: &[u64], inputs: &mut [u64]) {
        let request = match self.kind {
            WishboneKind::Classic => Self::request(outputs),
            WishboneKind::Pipelined => self.waiting.front().copied(),
        };
        self.answer = request.is_some() && self.stalls.goes();
        self.stall = !self.stalls.goes();
        let word = request.filter(|_| self.answer).map(|request| self.word(&request));
        inputs[0] = matches!(word, Some(Some(_))).into();
        inputs[1] = matches!(word, Some(None)).into();
        inputs[2] = word.flatten().unwrap_or(0);
        if let Some(stall) = inputs.get_mut(3) {
            *stall = self.stall.into();
        }
    }

    fn edge(&mut self, outputs: &[u64]) -> Result<(), Violation> {
        let request = Self::request(outputs);
        match self.kind {
            WishboneKind::Classic => {
                self.stays(request, self.answer)?;
                if let (true, Some(request)) = (self.answer, request) {
                    self.follows(&request)?;
                    self.serve(&request);
                }
            }
            WishboneKind::Pipelined => {
                self.stays(request, !self.stall)?;
                if self.answer
                    && let Some(done) = self.waiting.pop_front()
                {
                    self.serve(&done);
                }
                self.waiting.extend(request.filter(|_| !self.stall));
            }
        }
        Ok(())
    }

    fn words(&mut self) -> &mut Words {
        &mut self.words
    }
}
