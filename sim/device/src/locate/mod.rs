//! Where a device leaves the interpreter's path.
//!
//! Both do the same layers one by one. After each, what the layer wrote is compared; the first
//! difference has a place in the machine: the tile, the pass, the row and column of the lane, and
//! the bits that differ. Of a convolution with plain weights the word of the reduction is found
//! as well, see [`probe`].

mod probe;
mod search;

use std::fmt;

use bitladder_golden::IntBatch;
use bitladder_machine::isa::{DESCRIPTOR_WORDS, Operation};
use bitladder_machine::{Blind, InterpretError, Machine, Program, cycles};
use search::Search;

use crate::device::{cycle_limit, pairs};
use crate::state::{Memory, Status};
use crate::{Device, DeviceError};

/// Where a layer's result differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A channel of a pixel.
    Element {
        /// The pixel, counted over all images.
        pixel: usize,
        /// The channel.
        channel: usize,
        /// The tile and the array's row that computed it; of a convolution.
        tile: Option<(usize, usize)>,
        /// The pass of the layer, and the column.
        pass: (usize, usize),
        /// The word of the reduction from which on the sums differ, as far as it can be told.
        k: Option<usize>,
        /// The cycle after the layer's start in which the array takes that word, or the first one of
        /// the pass, by the cycle model; of a convolution.
        cycle: Option<u64>,
        /// The sum that the interpreter's array gave; of a convolution.
        sum: Option<i64>,
    },
    /// A word that the layer should not have written, or not alone.
    Word {
        /// The memory.
        memory: Memory,
        /// The word.
        address: usize,
    },
    /// The machine stopped, the interpreter did not.
    Stopped {
        /// What the device said.
        status: Status,
    },
}

/// The first difference between a device and the interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The layer's number.
    pub layer: u32,
    /// Its name.
    pub name: String,
    /// Where.
    pub place: Place,
    /// What the interpreter has there: the bits of the operand or word.
    pub wanted: u32,
    /// What the device has.
    pub found: u32,
}

impl Mismatch {
    /// The lowest bit that differs.
    pub fn bit(&self) -> u32 {
        (self.wanted ^ self.found).trailing_zeros()
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { layer, name, place, wanted, found } = self;
        write!(f, "layer {layer} (`{name}`), ")?;
        match place {
            Place::Element { pixel, channel, tile, pass: (pass, column), k, cycle, sum } => {
                write!(f, "pixel {pixel}, channel {channel}: ")?;
                if let Some((tile, row)) = tile {
                    write!(f, "tile {tile}, row {row}, ")?;
                }
                write!(f, "pass {pass}, column {column}")?;
                if let Some(k) = k {
                    write!(f, ", from word {k} of the reduction on")?;
                }
                if let Some(cycle) = cycle {
                    write!(f, ", about cycle {cycle} of the layer")?;
                }
                if let Some(sum) = sum {
                    write!(f, " (the sum is {sum})")?;
                }
            }
            Place::Word { memory, address } => {
                write!(f, "{} memory, word {address}", memory.name())?;
            }
            Place::Stopped { status } => return write!(f, "the device stopped: {status:?}"),
        }
        write!(f, ": bit {} and above, {wanted:#x} wanted, {found:#x} found", self.bit())
    }
}

/// A comparison that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// The device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The interpreter refuses the program itself.
    #[error("the interpreter cannot run the program: {0}")]
    Interpret(#[from] InterpretError),
    /// A descriptor that cannot be read.
    #[error("the program's descriptors: {0}")]
    Descriptor(#[from] bitladder_machine::isa::DescriptorError),
}

/// Runs a program on a device and in the interpreter, layer by layer, and gives the first
/// difference. Device and interpreter start with the same activations.
pub fn locate<D: Device + ?Sized>(
    device: &mut D,
    program: &Program,
    inputs: &[IntBatch],
) -> Result<Option<Mismatch>, LocateError> {
    device.load(program)?;
    let mut machine = Machine::new(&program.config, program.memories.clone());
    device.poke(Memory::Activation, 0, &pairs(machine.activations()))?;
    device.set_inputs(inputs)?;
    machine.load(program, inputs)?;
    let limit = cycle_limit(cycles(program, &program.config)?.cycles);
    for (index, descriptor) in program.descriptors()?.iter().enumerate() {
        if descriptor.operation == Operation::End {
            break;
        }
        let before = machine.clone();
        machine.execute(descriptor, &mut Blind)?;
        let address = program.start + index * DESCRIPTOR_WORDS;
        let search = Search { program, descriptor, address, limit };
        if let Some(mismatch) = search.layer(device, &before, &machine)? {
            return Ok(Some(mismatch));
        }
    }
    Ok(None)
}
