//! Which word of a reduction goes wrong.
//!
//! Device and interpreter do the layer again, but give its bare sums to result memory: parameters
//! that change nothing, no zero point, no clamp. With all weights from some word on set to zero
//! they agree until the word in question is among the others. Afterwards everything that was
//! changed is as it was on the device, faults included.

use std::sync::Arc;

use bitladder_machine::isa::{
    DESCRIPTOR_WORDS, Descriptor, Destination, Mode, PARAMETER_WORDS, WeightKind, parameter,
};
use bitladder_machine::{Blind, Machine, Memories};

use super::LocateError;
use super::search::Search;
use crate::Device;
use crate::device::{halves, pairs};
use crate::state::Memory;

/// A part of the device's memory as it was.
struct Held {
    memory: Memory,
    first: usize,
    words: Vec<u32>,
}

impl Held {
    fn read<D: Device + ?Sized>(
        device: &mut D,
        memory: Memory,
        first: usize,
        count: usize,
    ) -> Result<Held, LocateError> {
        let mut words = vec![0; count];
        device.peek(memory, first, &mut words)?;
        Ok(Held { memory, first, words })
    }

    fn restore<D: Device + ?Sized>(&self, device: &mut D) -> Result<(), LocateError> {
        Ok(device.poke(self.memory, self.first, &self.words)?)
    }
}

/// The experiment on one pass.
struct Probe<'a> {
    search: &'a Search<'a>,
    before: &'a Machine,
    /// The layer with bare sums as its result.
    descriptor: Descriptor,
    /// The memories the interpreter gets.
    memories: Memories,
    /// The pass's weights on the device.
    weights: Held,
}

/// The first word of the reduction with which the device differs. `None` where weights are no plain
/// numbers, where the layer's sums do not fit result memory, or where sums agree: then post or a
/// write is wrong.
pub(super) fn probe<D: Device + ?Sized>(
    search: &Search,
    device: &mut D,
    before: &Machine,
    pass: usize,
) -> Result<Option<usize>, LocateError> {
    let (d, config) = (search.descriptor, &search.program.config);
    let columns = config.array.columns;
    let channels = d.passes as usize * columns;
    let fits = d.total_pixels as usize * channels <= config.memory.result_words;
    if d.weight_kind != WeightKind::Fixed || d.mode == Mode::Binary || d.nested || !fits {
        return Ok(None);
    }
    let words = d.patch_words as usize;
    let group = d.weight_base as usize + pass * words;
    let weights = Held::read(device, Memory::Weight, group * columns / 2, words * columns / 2)?;
    let entries = d.parameter_base as usize * PARAMETER_WORDS;
    let parameters = Held::read(device, Memory::Parameter, entries, channels * PARAMETER_WORDS)?;
    let program = Held::read(device, Memory::Program, search.address, DESCRIPTOR_WORDS)?;

    let descriptor = bare(d, channels);
    let memories = (*search.program.memories).clone();
    let mut experiment = Probe { search, before, descriptor, memories, weights };
    experiment.prepare(device, channels)?;
    let found = experiment.bisect(device, words, columns);
    for held in [&experiment.weights, &parameters, &program] {
        held.restore(device)?;
    }
    found
}

/// The layer, with its sums as 32-bit results.
fn bare(d: &Descriptor, channels: usize) -> Descriptor {
    Descriptor {
        destination: Destination::Results,
        output_mode: Mode::Word16,
        output_signed: true,
        output_bits: 32,
        output_base: 0,
        output_zero_point: 0,
        output_channels: channels as u32,
        classes: channels as u32,
        clamp_lo: i32::MIN,
        clamp_hi: i32::MAX,
        // A result per cycle is slower than what the watchdog knows.
        watchdog: 0,
        ..d.clone()
    }
}

impl Probe<'_> {
    /// Descriptor and parameters, on both sides.
    fn prepare<D: Device + ?Sized>(
        &mut self,
        device: &mut D,
        channels: usize,
    ) -> Result<(), LocateError> {
        device.poke(Memory::Program, self.search.address, &self.descriptor.pack()?)?;
        let mut entry = [0; PARAMETER_WORDS];
        parameter::MULTIPLIER.insert(&mut entry, 1)?;
        let neutral = u64::from(entry[1]) << 32 | u64::from(entry[0]);
        let base = self.descriptor.parameter_base as usize;
        self.memories.parameters[base..base + channels].fill(neutral);
        let entries = halves(&vec![neutral; channels]);
        Ok(device.poke(Memory::Parameter, base * PARAMETER_WORDS, &entries)?)
    }

    fn bisect<D: Device + ?Sized>(
        &self,
        device: &mut D,
        words: usize,
        columns: usize,
    ) -> Result<Option<usize>, LocateError> {
        // The search keeps: equal with `good` words, different with `bad`.
        let (mut good, mut bad) = (0, words);
        if self.differs(device, 0)? || !self.differs(device, words * columns)? {
            return Ok(None);
        }
        while bad - good > 1 {
            let middle = usize::midpoint(good, bad);
            let differs = self.differs(device, middle * columns)?;
            (good, bad) = if differs { (good, middle) } else { (middle, bad) };
        }
        Ok(Some(good))
    }

    /// Whether sums differ with only the first weights of the pass.
    fn differs<D: Device + ?Sized>(
        &self,
        device: &mut D,
        kept: usize,
    ) -> Result<bool, LocateError> {
        let held = &self.weights;
        let mut memories = self.memories.clone();
        let first = held.first * 2;
        memories.weights[first + kept..first + held.words.len() * 2].fill(0);
        let mut weights = held.words.clone();
        weights[kept / 2..].fill(0);
        device.poke(Memory::Weight, held.first, &weights)?;
        device.poke(Memory::Activation, 0, &pairs(self.before.activations()))?;
        let mut machine = Machine::new(&self.search.program.config, Arc::new(memories));
        machine.activations_mut().copy_from_slice(self.before.activations());
        machine.execute(&self.descriptor, &mut Blind)?;
        let status = self.search.run(device)?;
        let d = &self.descriptor;
        let mut sums = vec![0; (d.total_pixels * d.classes) as usize];
        device.peek(Memory::Result, 0, &mut sums)?;
        Ok(status.fault.is_some() || sums[..] != machine.results()[..sums.len()])
    }
}
