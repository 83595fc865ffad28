//! Weights from external memory.

use std::sync::Arc;

use super::memory::inside;
use super::{InterpretError, Machine};
use crate::checksum::of_words;
use crate::isa::Descriptor;

impl Machine {
    /// Brings groups from external memory to weight memory. On the machine this takes time in which
    /// other layers run; programs are such that nobody sees the difference.
    pub(super) fn load_weights(&mut self, d: &Descriptor) -> Result<(), InterpretError> {
        let columns = self.config.array.columns;
        let count = d.total_pixels as usize * columns;
        if count == 0 {
            return Ok(());
        }
        let (from, to) = (d.input_base as usize * columns, d.weight_base as usize * columns);
        let last = |first: usize| (first + count) as i64 - 1;
        inside(d.layer, "external", last(from), self.memories.external.len())?;
        let size = self.config.memory.weight_groups * columns;
        inside(d.layer, "weight", last(to), size)?;
        let memories = Arc::make_mut(&mut self.memories);
        let words = &memories.external[from..from + count];
        let found = of_words(words);
        if memories.weights.len() < size {
            memories.weights.resize(size, 0);
        }
        memories.weights[to..to + count].copy_from_slice(words);
        match found == d.checksum {
            true => Ok(()),
            false => Err(InterpretError::Checksum { layer: d.layer, found, wanted: d.checksum }),
        }
    }

    /// Weight memory as it is now.
    pub fn weights(&self) -> &[u16] {
        &self.memories.weights
    }
}
