//! Contents of the memories the compiler fills.

use std::collections::HashMap;

use crate::isa::{Descriptor, DescriptorError};

use super::CompileError;
use crate::config::MachineConfig;

/// Contents of program, weight, parameter and external memory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memories {
    /// Descriptors in words of 32 bits.
    pub program: Vec<u32>,
    /// Groups of `columns` words.
    pub weights: Vec<u16>,
    /// Entries of 64 bits.
    pub parameters: Vec<u64>,
    /// Groups of external memory.
    pub external: Vec<u16>,
}

/// Memories that grow, layer by layer, and remember where they became too large.
pub(super) struct Builder<'a> {
    pub(super) config: &'a MachineConfig,
    pub(super) contents: Memories,
    /// Where the weights of layers begin, by their contents.
    stores: HashMap<Vec<u16>, usize>,
    /// Layer with which a memory overflowed: weights, parameters, program.
    overflow: [Option<String>; 3],
}

impl<'a> Builder<'a> {
    pub(super) fn new(config: &'a MachineConfig) -> Self {
        let (contents, stores) = (Memories::default(), HashMap::new());
        Self { config, contents, stores, overflow: [None, None, None] }
    }

    /// Groups of weight memory in use.
    pub(super) fn weight_groups(&self) -> usize {
        self.contents.weights.len() / self.config.array.columns
    }

    /// Gives the place of the weights that were added from a group on: theirs, or that of equal
    /// ones, so that precisions and qualities that store the same do so once.
    pub(super) fn share_weights(&mut self, first: usize) -> usize {
        let added = self.contents.weights.split_off(first * self.config.array.columns);
        if let Some(place) = self.stores.get(&added) {
            return *place;
        }
        self.contents.weights.extend(&added);
        self.stores.insert(added, first);
        first
    }

    pub(super) fn parameter_entries(&self) -> usize {
        self.contents.parameters.len()
    }

    pub(super) fn descriptors(&self) -> usize {
        self.contents.program.len() / crate::isa::DESCRIPTOR_WORDS
    }

    pub(super) fn push(
        &mut self,
        layer: &str,
        descriptor: &Descriptor,
    ) -> Result<(), CompileError> {
        super::limits::check(layer, descriptor, self.config)?;
        let words = descriptor.pack().map_err(|source| bad_field(layer, source))?;
        self.contents.program.extend(words);
        self.note(layer);
        Ok(())
    }

    /// Forgets all descriptors, and that weights did not fit.
    pub(super) fn clear_program(&mut self) {
        self.contents.program.clear();
        [self.overflow[0], self.overflow[2]] = [None, None];
    }

    fn sizes(&self) -> [(&'static str, usize, usize); 3] {
        let memory = &self.config.memory;
        [
            ("memory.weight_groups", self.weight_groups(), memory.weight_groups),
            ("memory.parameter_entries", self.parameter_entries(), memory.parameter_entries),
            ("memory.program_descriptors", self.descriptors(), memory.program_descriptors),
        ]
    }

    fn note(&mut self, layer: &str) {
        let sizes = self.sizes();
        for (overflow, (_, used, size)) in self.overflow.iter_mut().zip(sizes) {
            if used > size {
                overflow.get_or_insert_with(|| layer.to_owned());
            }
        }
    }

    /// Whether everything fits.
    pub(super) fn check(&self) -> Result<(), CompileError> {
        let remedies = [
            "use narrower weights, fewer precisions, or a machine with more of it",
            "use fewer precisions or a machine with more of it",
            "use fewer precisions or a machine with more of it",
        ];
        for ((layer, (memory, needed, available)), remedy) in
            self.overflow.iter().zip(self.sizes()).zip(remedies)
        {
            if let Some(layer) = layer.clone() {
                let remedy = remedy.to_owned();
                return Err(CompileError::Memory { layer, memory, available, needed, remedy });
            }
        }
        Ok(())
    }
}

pub(super) fn bad_field(layer: &str, source: DescriptorError) -> CompileError {
    CompileError::Descriptor { layer: layer.into(), source }
}
