//! How many cycles a program takes, and why.
//!
//! The model follows docs/machine.md: the streamer fills one half of the patch buffers while the
//! array works on the other; passes follow each other as fast as words, results, weights and
//! parameters allow; the element unit takes a group or chunk per cycle; layers run one after the
//! other. It knows no data: cycles depend on descriptors alone.

mod conv;
mod element;
mod load;
mod report;

use crate::config::MachineConfig;
use crate::isa::{DESCRIPTOR_WORDS, Descriptor, DescriptorError, Mode, Operation};
use crate::program::Program;

pub use report::{CycleReport, LayerCycles, Stalls};

/// From the start command to the first word of the first descriptor.
const START: u64 = 5;
/// From the last word of a descriptor to the first read of activation memory.
const SETUP: u64 = 10;
/// From a read of activation memory to the word in the patch buffer.
const FILL_LATENCY: u64 = 6;
/// From a sum that leaves the array to its word in memory.
const POST_LATENCY: u64 = 8;
/// From the last word at the array's inputs to the first row of results, without skew.
const ARRAY_LATENCY: u64 = 7;

/// What one descriptor takes.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    /// Cycles in which the array takes a word, or the element unit a group.
    work: u64,
    stalls: Stalls,
}

impl Taken {
    fn cycles(&self) -> u64 {
        self.work + self.stalls.total()
    }
}

fn taken(d: &Descriptor, config: &MachineConfig) -> Taken {
    let mut taken = match d.operation {
        Operation::End => {
            Taken { work: u64::from(d.images) * u64::from(d.classes), stalls: Stalls::default() }
        }
        Operation::Conv => conv::taken(d, config),
        // What it waits for is known to who runs the program.
        Operation::Load => Taken::default(),
        _ => element::taken(d, config),
    };
    taken.stalls.setup = DESCRIPTOR_WORDS as u64 + SETUP;
    taken
}

/// Cycles after which something must be wrong with a layer: four times what it takes, and time for
/// slow memories.
pub(crate) fn watchdog(d: &Descriptor, config: &MachineConfig) -> u32 {
    let memory = if d.operation == Operation::Load { load::most(config) } else { 0 };
    let limit = 4 * (taken(d, config).cycles() + memory) + 1000;
    u32::try_from(limit).unwrap_or(u32::MAX)
}

/// Cycles from the start command for a program in any precision to its first read of activation
/// memory: what a change of precision costs, since nothing else changes.
pub fn precision_change_cycles() -> u64 {
    START + DESCRIPTOR_WORDS as u64 + SETUP
}

/// Cycles from the start command to the first word of the first descriptor.
pub fn start_cycles() -> u64 {
    START
}

/// Cycles of one descriptor, reading it included.
pub fn descriptor_cycles(d: &Descriptor, config: &MachineConfig) -> u64 {
    match d.operation {
        // Only where there is something to decide does the end begin.
        Operation::End if d.classes == 0 => 0,
        _ => taken(d, config).cycles(),
    }
}

/// The cycle after a layer's start in which the array takes a word of the reduction, in a pass over a
/// tile; only of convolutions, and of tiles that they have.
pub fn word_cycle(d: &Descriptor, config: &MachineConfig, place: [usize; 3]) -> Option<u64> {
    let conv = d.operation == Operation::Conv;
    let word = conv.then(|| conv::word(d, config, place)).flatten()?;
    Some(START + DESCRIPTOR_WORDS as u64 + SETUP + word)
}

/// The cycles of a program on a machine, layer by layer.
pub fn cycles(program: &Program, config: &MachineConfig) -> Result<CycleReport, DescriptorError> {
    let mut layers: Vec<LayerCycles> =
        program.layers.iter().map(|info| LayerCycles::new(&info.name, info.macs)).collect();
    let (mut now, mut frame, mut loader) = (START, START, load::Loader::default());
    for d in &program.descriptors()? {
        let mut taken = taken(d, config);
        if d.operation == Operation::Load {
            taken.stalls.memory = loader.take(now + taken.cycles(), d, config);
        }
        now += taken.cycles();
        let own = program.layers.iter().position(|info| info.index == d.layer as usize);
        match own.filter(|_| d.operation != Operation::End) {
            Some(own) => layers[own].add(d.operation, d.mode, taken.work, taken.stalls),
            None => frame += taken.cycles(),
        }
    }
    for layer in &mut layers {
        layer.peak_macs = layer.cycles * config.array.peak_macs(layer.mode) as u64;
    }
    Ok(CycleReport::new(program, config, layers, frame))
}

/// Words that so many operands take, the first of them `offset` operands into its word.
fn words(operands: u64, offset: u64, mode: Mode) -> u64 {
    match operands {
        0 => 0,
        _ => (operands + offset).div_ceil(mode.parts() as u64),
    }
}
