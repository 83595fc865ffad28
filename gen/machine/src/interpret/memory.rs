//! Access to the memories, with their borders.

use super::{InterpretError, Machine};

pub(super) fn inside(
    layer: u32,
    memory: &'static str,
    address: i64,
    size: usize,
) -> Result<usize, InterpretError> {
    let place = usize::try_from(address).ok().filter(|address| *address < size);
    place.ok_or(InterpretError::Address { layer, memory, address, size })
}

impl Machine {
    pub(super) fn read(&self, layer: u32, address: i64) -> Result<u16, InterpretError> {
        let place = inside(layer, "activation", address, self.activations.len())?;
        Ok(self.activations[place])
    }

    pub(super) fn write(
        &mut self,
        layer: u32,
        address: i64,
        word: u16,
    ) -> Result<(), InterpretError> {
        let place = inside(layer, "activation", address, self.activations.len())?;
        self.activations[place] = word;
        Ok(())
    }

    pub(super) fn weight(&self, layer: u32, address: usize) -> Result<u16, InterpretError> {
        let weights = &self.memories.weights;
        Ok(weights[inside(layer, "weight", address as i64, weights.len())?])
    }

    pub(super) fn parameter(&self, layer: u32, address: usize) -> Result<u64, InterpretError> {
        let parameters = &self.memories.parameters;
        Ok(parameters[inside(layer, "parameter", address as i64, parameters.len())?])
    }

    pub(super) fn write_result(
        &mut self,
        layer: u32,
        address: usize,
        value: u32,
    ) -> Result<(), InterpretError> {
        let place = inside(layer, "result", address as i64, self.results.len())?;
        self.results[place] = value;
        Ok(())
    }

    pub(super) fn result(&self, address: usize) -> Result<u32, InterpretError> {
        Ok(self.results[inside(0, "result", address as i64, self.results.len())?])
    }

    pub(super) fn write_decision(
        &mut self,
        address: usize,
        words: &[u32],
    ) -> Result<(), InterpretError> {
        let last = (address + words.len()) as i64 - 1;
        inside(0, "decision", last, self.decisions.len())?;
        self.decisions[address..address + words.len()].copy_from_slice(words);
        Ok(())
    }
}
