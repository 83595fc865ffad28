//! Where a device leaves the interpreter's path.
//!
//! Both do the same layers one by one. After each, what the layer wrote is compared; the first
//! difference has a place in the machine: the tile, the pass, the row and column of the lane, and
//! the bits that differ. Of a convolution with plain weights the word of the reduction is found
//! as well: with the weights from some word on set to zero, device and interpreter agree until
//! that word is among the others.

use std::fmt;
use std::sync::Arc;

use bitladder_golden::IntBatch;
use bitladder_machine::isa::{
    DESCRIPTOR_WORDS, Descriptor, Destination, Mode, Operation, WeightKind,
};
use bitladder_machine::{Blind, InterpretError, LanePlace, Machine, Observer, Program};

use crate::device::{Memory, Status, pairs};
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
            Place::Element { pixel, channel, tile, pass: (pass, column), k, sum } => {
                write!(f, "pixel {pixel}, channel {channel}: ")?;
                if let Some((tile, row)) = tile {
                    write!(f, "tile {tile}, row {row}, ")?;
                }
                write!(f, "pass {pass}, column {column}")?;
                if let Some(k) = k {
                    write!(f, ", from word {k} of the reduction on")?;
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

/// Remembers the sum of one lane.
struct Sum {
    place: LanePlace,
    sum: Option<i64>,
}

impl Observer for Sum {
    fn sum(&mut self, place: LanePlace, sum: i64) {
        if place == self.place {
            self.sum = Some(sum);
        }
    }
}

/// Cycles a layer may take at the most: watchdogs end earlier.
const PATIENCE: u64 = 1 << 32;

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
    for (index, descriptor) in program.descriptors()?.iter().enumerate() {
        if descriptor.operation == Operation::End {
            break;
        }
        let before = machine.clone();
        machine.execute(descriptor, &mut Blind)?;
        let address = program.start + index * DESCRIPTOR_WORDS;
        let search = Search { program, descriptor, address };
        if let Some(mismatch) = search.layer(device, &before, &machine)? {
            return Ok(Some(mismatch));
        }
    }
    Ok(None)
}

/// One layer under suspicion.
struct Search<'a> {
    program: &'a Program,
    descriptor: &'a Descriptor,
    /// Where its descriptor lies.
    address: usize,
}

impl Search<'_> {
    /// Runs the layer on the device; gives its first difference from the interpreter after it.
    fn layer<D: Device + ?Sized>(
        &self,
        device: &mut D,
        before: &Machine,
        after: &Machine,
    ) -> Result<Option<Mismatch>, LocateError> {
        let status = self.run(device)?;
        if status.busy || status.fault.is_some() {
            return Ok(Some(self.mismatch(Place::Stopped { status }, 0, 0)));
        }
        let Some((address, wanted, found)) = self.compare(device, after)? else {
            return Ok(None);
        };
        let d = self.descriptor;
        let Some((pixel, channel, bits)) = self.element(address, wanted ^ found) else {
            let place = Place::Word { memory: self.memory(), address };
            return Ok(Some(self.mismatch(place, wanted, found)));
        };
        let columns = self.program.config.array.columns;
        let rows = self.program.config.array.rows;
        let conv = d.operation == Operation::Conv;
        let tile = conv.then_some((pixel / rows, pixel % rows));
        let pass = (channel / columns, channel % columns);
        let lane = tile.map(|(tile, row)| LanePlace {
            layer: d.layer,
            tile,
            pass: pass.0,
            row,
            column: pass.1,
        });
        let (sum, k) = match lane {
            Some(lane) => (self.sum(before, lane)?, self.word(device, before, lane.pass)?),
            None => (None, None),
        };
        let place = Place::Element { pixel, channel, tile, pass, k, sum };
        let cut = |word: u32| word >> bits.start & (u64::MAX >> (64 - bits.len())) as u32;
        Ok(Some(self.mismatch(place, cut(wanted), cut(found))))
    }

    fn mismatch(&self, place: Place, wanted: u32, found: u32) -> Mismatch {
        let layer = self.descriptor.layer;
        let known = self.program.layers.iter().find(|info| info.index == layer as usize);
        let name = known.map_or_else(String::new, |info| info.name.clone());
        Mismatch { layer, name, place, wanted, found }
    }

    fn memory(&self) -> Memory {
        match self.descriptor.destination {
            Destination::Activations => Memory::Activation,
            Destination::Results => Memory::Result,
        }
    }

    fn run<D: Device + ?Sized>(&self, device: &mut D) -> Result<Status, LocateError> {
        device.start_layer(self.address as u32)?;
        let status = device.settle(PATIENCE)?;
        if status.busy {
            device.reset()?;
        }
        Ok(status)
    }

    /// The first word of the layer's result memory that differs: address, wanted, found.
    fn compare<D: Device + ?Sized>(
        &self,
        device: &mut D,
        after: &Machine,
    ) -> Result<Option<(usize, u32, u32)>, LocateError> {
        let results = self.memory() == Memory::Result;
        let wanted = match results {
            true => self.written(after.results()),
            false => pairs(after.activations()),
        };
        let mut found = vec![0; wanted.len()];
        device.peek(self.memory(), 0, &mut found)?;
        let differs = wanted.iter().zip(&found).position(|(wanted, found)| wanted != found);
        Ok(differs.map(|at| {
            let (wanted, found) = (wanted[at], found[at]);
            match results {
                true => (at, wanted, found),
                false if wanted as u16 != found as u16 => {
                    (2 * at, wanted & 0xffff, found & 0xffff)
                }
                false => (2 * at + 1, wanted >> 16, found >> 16),
            }
        }))
    }

    /// The part of result memory that the layer may write; what lies behind is of earlier runs.
    fn written(&self, results: &[u32]) -> Vec<u32> {
        let d = self.descriptor;
        let end = d.total_pixels * d.classes;
        results[..(end as usize).min(results.len())].to_vec()
    }

    /// Pixel, channel and bits within the word of the lowest bit that differs.
    fn element(
        &self,
        address: usize,
        difference: u32,
    ) -> Option<(usize, usize, std::ops::Range<usize>)> {
        let d = self.descriptor;
        if d.destination == Destination::Results {
            let classes = (d.classes as usize).max(1);
            let channel = (address % classes).checked_sub(d.output_base as usize)?;
            return Some((address / classes, channel, 0..32));
        }
        let columns = self.program.config.array.columns;
        let at = address.checked_sub(d.output_base as usize)?;
        let pitch = (d.output_pixel_words as usize).max(1);
        let (pixel, word) = (at / pitch, at % pitch);
        let bits = usize::from(d.output_mode.bits());
        let operand = difference.trailing_zeros() as usize / bits;
        let chunk = (columns / d.output_mode.parts()).max(1);
        let channel = word / chunk * columns + word % chunk * d.output_mode.parts() + operand;
        let inside = pixel < d.total_pixels as usize;
        inside.then_some((pixel, channel, operand * bits..(operand + 1) * bits))
    }

    fn sum(&self, before: &Machine, place: LanePlace) -> Result<Option<i64>, LocateError> {
        let mut observer = Sum { place, sum: None };
        before.clone().execute(self.descriptor, &mut observer)?;
        Ok(observer.sum)
    }

    /// The first word of the reduction with which the device differs. Weights are set to zero from
    /// a word on, on both sides; `None` where weights are no plain numbers, or where the device
    /// differs without any.
    fn word<D: Device + ?Sized>(
        &self,
        device: &mut D,
        before: &Machine,
        pass: usize,
    ) -> Result<Option<usize>, LocateError> {
        let d = self.descriptor;
        if d.weight_kind != WeightKind::Fixed || d.mode == Mode::Binary {
            return Ok(None);
        }
        let columns = self.program.config.array.columns;
        let words = d.patch_words as usize;
        let first = (d.weight_base as usize + pass * words) * columns;
        let mut held = vec![0; words * columns / 2];
        device.peek(Memory::Weight, first / 2, &mut held)?;
        let mut with = |words: usize| {
            self.differs(device, before, (first, words * columns), &held)
        };
        // The search keeps: equal with `good` words, different with `bad`.
        let (mut good, mut bad) = (0, words);
        let tells = !with(good)? && with(bad)?;
        while tells && bad - good > 1 {
            let middle = usize::midpoint(good, bad);
            (good, bad) = if with(middle)? { (good, middle) } else { (middle, bad) };
        }
        device.poke(Memory::Weight, first / 2, &held)?;
        Ok(tells.then(|| bad - 1))
    }

    /// Whether results differ with only some words of a pass's weights.
    fn differs<D: Device + ?Sized>(
        &self,
        device: &mut D,
        before: &Machine,
        (first, kept): (usize, usize),
        held: &[u32],
    ) -> Result<bool, LocateError> {
        let mut memories = (*self.program.memories).clone();
        memories.weights[first + kept..first + held.len() * 2].fill(0);
        let mut weights = held.to_vec();
        weights[kept / 2..].fill(0);
        device.poke(Memory::Weight, first / 2, &weights)?;
        device.poke(Memory::Activation, 0, &pairs(before.activations()))?;
        let mut machine = Machine::new(&self.program.config, Arc::new(memories));
        machine.activations_mut().copy_from_slice(before.activations());
        machine.execute(self.descriptor, &mut Blind)?;
        let status = self.run(device)?;
        Ok(status.fault.is_some() || self.compare(device, &machine)?.is_some())
    }
}
