//! What the compiler makes: memory contents, and how a host talks to the machine about them.

use std::sync::Arc;

use bitladder_spec::TensorFormat;

use crate::compile::{Dims, Memories, TensorLayout};
use crate::config::MachineConfig;
use crate::isa::{DESCRIPTOR_WORDS, Descriptor, DescriptorError, Operation};

mod transfer;

pub use transfer::LoadError;

/// A network ready to run in batches of a fixed size.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// Name of the network, or of the precision of a package.
    pub name: String,
    /// The machine it was compiled for.
    pub config: MachineConfig,
    /// Images of a batch.
    pub batch: usize,
    /// Word address in program memory of its first descriptor: what `program_start` gets.
    pub start: usize,
    /// Its layers in the order of execution.
    pub layers: Vec<LayerInfo>,
    /// Where inputs are to be put; `None` for inputs that nothing reads.
    pub inputs: Vec<Option<TensorLayout>>,
    /// How results lie in result memory.
    pub result: ResultLayout,
    /// Groups of activation memory in use when most are.
    pub activation_groups: usize,
    /// Memory contents, shared by all precisions of a package.
    pub memories: Arc<Memories>,
}

/// Where the weights of a layer are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The layer.
    pub layer: String,
    /// Groups in weight memory, there from the start.
    pub inside: usize,
    /// Groups in external memory, loaded in each run.
    pub outside: usize,
    /// Loads they take.
    pub loads: usize,
}

/// All precisions of a package in one set of memories, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct PackageImage {
    /// Memory contents.
    pub memories: Arc<Memories>,
    /// One program per precision.
    pub programs: Vec<Program>,
}

/// How full a memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryUse {
    /// The key of its size in the configuration.
    pub key: &'static str,
    /// What is in use: with precisions of a package, of all of them.
    pub used: usize,
    /// Its size.
    pub size: usize,
}

impl PackageImage {
    /// The program of a precision.
    pub fn program(&self, name: &str) -> Option<&Program> {
        self.programs.iter().find(|program| program.name == name)
    }
}

/// The number of a program's end, in its descriptor and in the status register.
pub(crate) const END_LAYER: u32 = u16::MAX as u32;

/// A layer of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerInfo {
    /// Its number, the `layer` field of its descriptors.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Multiplications that a batch asks for; the array may do more.
    pub macs: u64,
}

/// How results lie in result memory: channels last.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultLayout {
    /// The shape the network gives its result.
    pub shape: Vec<usize>,
    /// Its shape in memory.
    pub dims: Dims,
    /// What its integers stand for.
    pub format: TensorFormat,
    /// Whether the machine decides on each image.
    pub decided: bool,
}

impl Program {
    /// The descriptors, the end included.
    pub fn descriptors(&self) -> Result<Vec<Descriptor>, DescriptorError> {
        let words = self.memories.program.get(self.start..).unwrap_or_default();
        let mut descriptors = Vec::new();
        for words in words.as_chunks::<DESCRIPTOR_WORDS>().0 {
            descriptors.push(Descriptor::unpack(words)?);
            if descriptors.last().is_some_and(|d| d.operation == Operation::End) {
                break;
            }
        }
        Ok(descriptors)
    }

    /// Which of `images` goes to each place of a batch: a batch that is not full repeats its last
    /// image. There must be an image.
    pub fn places(&self, images: usize) -> impl ExactSizeIterator<Item = usize> + use<> {
        let last = images.saturating_sub(1);
        (0..self.batch).map(move |place| place.min(last))
    }

    /// The name of a layer by the number that the status register shows.
    pub fn layer_name(&self, number: u32) -> Option<&str> {
        let known = self.layers.iter().find(|info| info.index == number as usize);
        // All bits that a machine has for it, and no layer has.
        let ends = (15..=END_LAYER).contains(&number) && (number + 1).is_power_of_two();
        known.map(|info| info.name.as_str()).or_else(|| ends.then_some("end"))
    }

    /// Where the weights of each layer that has some are.
    pub fn placement(&self) -> Result<Vec<Placement>, DescriptorError> {
        let descriptors = self.descriptors()?;
        let of_layer = |info: &LayerInfo| {
            let own = descriptors.iter().filter(|d| d.layer as usize == info.index);
            let mut place = Placement { layer: info.name.clone(), inside: 0, outside: 0, loads: 0 };
            for d in own {
                match d.operation {
                    Operation::Load if d.total_pixels > 0 => {
                        place.outside += d.total_pixels as usize;
                        place.loads += 1;
                    }
                    Operation::Conv => place.inside += (d.passes * d.pass_groups) as usize,
                    _ => {}
                }
            }
            // What is loaded is computed with from its page.
            place.inside = place.inside.saturating_sub(place.outside);
            place
        };
        let all = self.layers.iter().map(of_layer);
        Ok(all.filter(|place| place.inside + place.outside > 0).collect())
    }

    /// How full the memories are.
    pub fn memory_use(&self) -> Vec<MemoryUse> {
        let (memory, contents) = (&self.config.memory, &self.memories);
        let result = self.batch * self.result.dims.pixels() * self.result.dims.channels;
        let weight_groups = contents.weights.len() / self.config.array.columns;
        let descriptors = contents.program.len() / DESCRIPTOR_WORDS;
        let columns = self.config.array.columns;
        let external = self.config.external_memory.as_ref().map(|memory| {
            ("external_memory", contents.external.len() / columns, memory.groups(columns))
        });
        [
            ("memory.activation_groups", self.activation_groups, memory.activation_groups),
            ("memory.weight_groups", weight_groups, memory.weight_groups),
            ("memory.parameter_entries", contents.parameters.len(), memory.parameter_entries),
            ("memory.program_descriptors", descriptors, memory.program_descriptors),
            ("memory.result_words", result, memory.result_words),
        ]
        .into_iter()
        .chain(external)
        .map(|(key, used, size)| MemoryUse { key, used, size })
        .collect()
    }
}
