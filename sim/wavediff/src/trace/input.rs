//! Buffered input that knows its line and byte.

use std::io::Read;

use super::{TraceError, VcdProblem};

/// How much is read at once.
const CHUNK: usize = 1 << 20;
/// The longest word that is waited for: a value of the widest vector with room to spare.
const MAX_WORD: usize = 8 << 20;

pub(super) struct Input {
    reader: Box<dyn Read + Send>,
    file: String,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    eof: bool,
    line: u64,
    byte: u64,
}

impl Input {
    pub(super) fn new(reader: Box<dyn Read + Send>, file: &str) -> Self {
        let buffer = vec![0; CHUNK];
        let file = file.to_owned();
        Self { reader, file, buffer, start: 0, end: 0, eof: false, line: 1, byte: 0 }
    }

    /// What is read and not yet consumed.
    pub(super) fn available(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// True if nothing follows [`Input::available`].
    pub(super) fn at_end(&self) -> bool {
        self.eof
    }

    /// Bytes consumed so far.
    pub(super) fn position(&self) -> u64 {
        self.byte
    }

    pub(super) fn consume(&mut self, count: usize) {
        let consumed = &self.buffer[self.start..self.start + count];
        self.line += lines(consumed);
        self.byte += count as u64;
        self.start += count;
    }

    /// Reads more behind what is available.
    pub(super) fn refill(&mut self) -> Result<(), TraceError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            if self.buffer.len() >= MAX_WORD {
                return Err(self.problem_at(0, VcdProblem::WordTooLong(MAX_WORD)));
            }
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let count = loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Err(source) if source.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => return Err(TraceError::Io { file: self.file.clone(), source }),
                Ok(count) => break count,
            }
        };
        self.eof = count == 0;
        self.end += count;
        Ok(())
    }

    /// The next word between blanks; false at the end of the file.
    pub(super) fn word(&mut self, word: &mut Vec<u8>) -> Result<bool, TraceError> {
        word.clear();
        loop {
            let data = self.available();
            let blanks = data.iter().take_while(|byte| is_blank(**byte)).count();
            self.consume(blanks);
            let data = self.available();
            let end = match data.iter().position(|byte| is_blank(*byte)) {
                Some(end) => end,
                None if self.eof => data.len(),
                None => {
                    self.refill()?;
                    continue;
                }
            };
            word.extend_from_slice(&data[..end]);
            self.consume(end);
            return Ok(!word.is_empty());
        }
    }

    /// An error `offset` bytes behind the consumed position.
    pub(super) fn problem_at(&self, offset: usize, problem: VcdProblem) -> TraceError {
        let line = self.line + lines(&self.available()[..offset]);
        let byte = self.byte + offset as u64;
        TraceError::Vcd { file: self.file.clone(), line, byte, problem: Box::new(problem) }
    }
}

/// Control characters count as blanks, as in the readers of other tools.
#[inline]
pub(super) fn is_blank(byte: u8) -> bool {
    byte <= b' '
}

fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
