//! A device that writes down what happens to it.

use std::path::Path;
use std::sync::Arc;

use bitladder_device::{BusError, Counters, Device, DeviceError, Info, Memory, Status};
use bitladder_machine::{Checksum, MachineConfig, Memories, Program};

use super::RecordError;
use super::entry::{Answer, Call, Entry, Loaded, Words};
use super::entry::{counter_words, info_words, status_words};
use super::file::Writer;

/// Passes calls on to a device and writes them down with their answers. A call that cannot be
/// written down fails, as a record with holes is worth nothing.
pub struct Recorder {
    device: Box<dyn Device>,
    writer: Writer,
    /// Memories that are in the file.
    written: Option<Arc<Memories>>,
}

impl Recorder {
    /// Begins a record; a file of this name is replaced.
    pub fn create(
        device: Box<dyn Device>,
        path: &Path,
        config: &MachineConfig,
    ) -> Result<Self, RecordError> {
        let writer = Writer::create(path, config)?;
        Ok(Self { device, writer, written: None })
    }

    /// Writes a call and its answer down.
    fn note<T>(
        &mut self,
        call: Call,
        result: Result<T, DeviceError>,
        words: impl FnOnce(&T) -> Vec<u32>,
    ) -> Result<T, DeviceError> {
        let answer = match &result {
            Ok(value) => Answer::Words(Words(words(value))),
            Err(error) => Answer::Failed(error.to_string()),
        };
        let written = self.writer.put(&Entry { call, answer });
        written.map_err(|error| BusError::Link { source: Box::new(error) })?;
        result
    }

    fn note_done(
        &mut self,
        call: Call,
        result: Result<(), DeviceError>,
    ) -> Result<(), DeviceError> {
        self.note(call, result, |()| Vec::new())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // A record without its last line says itself that it has none.
        let _ = self.writer.end();
    }
}

impl Device for Recorder {
    fn info(&mut self) -> Result<Info, DeviceError> {
        let result = self.device.info();
        self.note(Call::Info, result, info_words)
    }

    fn load(&mut self, program: &Program) -> Result<(), DeviceError> {
        let known = |written: &Arc<Memories>| Arc::ptr_eq(written, &program.memories);
        let known = self.written.as_ref().is_some_and(known);
        let result = self.device.load(program);
        self.written = result.is_ok().then(|| program.memories.clone());
        self.note_done(Call::Load(Loaded::of(program, !known)), result)
    }

    fn loaded(&self) -> Option<&Program> {
        self.device.loaded()
    }

    fn start(&mut self) -> Result<(), DeviceError> {
        let result = self.device.start();
        self.note_done(Call::Start, result)
    }

    fn start_layer(&mut self, address: u32) -> Result<(), DeviceError> {
        let result = self.device.start_layer(address);
        self.note_done(Call::StartLayer { address }, result)
    }

    fn status(&mut self) -> Result<Status, DeviceError> {
        let result = self.device.status();
        self.note(Call::Status, result, status_words)
    }

    fn settle(&mut self, cycles: u64) -> Result<Status, DeviceError> {
        let result = self.device.settle(cycles);
        self.note(Call::Settle { cycles }, result, status_words)
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        let result = self.device.reset();
        self.note_done(Call::Reset, result)
    }

    fn check(&mut self, checksum: &Checksum) -> Result<(), DeviceError> {
        let result = self.device.check(checksum);
        let Checksum { memory, transfers, crc } = *checksum;
        self.note_done(Call::Check { memory, transfers, crc }, result)
    }

    fn set_clock(&mut self, level: u32) -> Result<(), DeviceError> {
        let result = self.device.set_clock(level);
        self.note_done(Call::SetClock { level }, result)
    }

    fn clock(&mut self) -> Result<u32, DeviceError> {
        let result = self.device.clock();
        self.note(Call::Clock, result, |level| vec![*level])
    }

    fn counters(&mut self) -> Result<Counters, DeviceError> {
        let result = self.device.counters();
        self.note(Call::Counters, result, counter_words)
    }

    fn peek(&mut self, memory: Memory, first: usize, words: &mut [u32]) -> Result<(), DeviceError> {
        let result = self.device.peek(memory, first, words);
        let call = Call::Peek { memory: memory.code(), first, count: words.len() };
        self.note(call, result, |()| words.to_vec())
    }

    fn poke(&mut self, memory: Memory, first: usize, words: &[u32]) -> Result<(), DeviceError> {
        let result = self.device.poke(memory, first, words);
        let call = Call::Poke { memory: memory.code(), first, words: Words(words.to_vec()) };
        self.note_done(call, result)
    }
}
