//! Reads and writes of registers that make one request.

use bitladder_link_format::{Operation, OperationError};

/// Operations on registers, done in order by one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    body: Vec<u32>,
    answer: usize,
}

impl Script {
    /// Does nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads registers one after the other, by the first one's byte address.
    pub fn read(self, address: u32, count: u16) -> Result<Self, OperationError> {
        self.reads(Operation { address, fixed: false, write: false, count })
    }

    /// Reads one register several times: a memory through its window.
    pub fn read_window(self, address: u32, count: u16) -> Result<Self, OperationError> {
        self.reads(Operation { address, fixed: true, write: false, count })
    }

    /// Writes registers one after the other, by the first one's byte address.
    pub fn write(self, address: u32, words: &[u32]) -> Result<Self, OperationError> {
        self.writes(address, false, words)
    }

    /// Writes one register several times: a memory through its window.
    pub fn write_window(self, address: u32, words: &[u32]) -> Result<Self, OperationError> {
        self.writes(address, true, words)
    }

    fn reads(mut self, operation: Operation) -> Result<Self, OperationError> {
        self.body.push(operation.word()?);
        self.answer += usize::from(operation.count);
        Ok(self)
    }

    fn writes(mut self, address: u32, fixed: bool, words: &[u32]) -> Result<Self, OperationError> {
        // No packet has as many words as a count can say: what is cut here is refused as too long.
        let count = u16::try_from(words.len()).unwrap_or(u16::MAX);
        self.body.push(Operation { address, fixed, write: true, count }.word()?);
        self.body.extend_from_slice(words);
        Ok(self)
    }

    /// The request's body.
    pub fn body(&self) -> &[u32] {
        &self.body
    }

    /// Words of its answer.
    pub fn answer_words(&self) -> usize {
        self.answer
    }
}
