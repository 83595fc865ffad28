//! One network on the machine.

use bitladder_device::{Counters, Device, Memory};
use bitladder_golden::{IntBatch, oracle};
use bitladder_machine::isa::Operation;
use bitladder_machine::{Blind, Machine, Outcome, Program};
use bitladder_network::QuantNetwork;

use super::{Dut, Seen};

/// A program, its inputs, and everything it must leave behind.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) program: Program,
    pub(crate) inputs: Vec<IntBatch>,
    wanted: Outcome,
    /// The part of activation memory that is used, afterwards, in transfers.
    memory: Vec<u32>,
    /// What the sound machine takes.
    pub(crate) counters: Counters,
    /// Bits of registers that change in the sound machine.
    pub(crate) toggles: u64,
}

/// What a run is compared with, besides its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Nothing: it is the first.
    First,
    /// The sound machine's cycles.
    Cycles,
    /// Cycles and activity: the runs before were the same, too.
    Activity,
}

/// What a run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) counters: Counters,
    pub(crate) toggles: u64,
}

/// Two words of 16 bits each.
fn pairs(words: &[u16]) -> Vec<u32> {
    words.chunks(2).map(|pair| u32::from(pair[0]) | u32::from(pair[1]) << 16).collect()
}

/// Cycles for a program that nothing is known about yet.
const UNKNOWN: u64 = 200_000;

impl Case {
    /// What the oracle and the interpreter say about a network.
    pub(crate) fn new(
        network: &QuantNetwork,
        program: Program,
        inputs: Vec<IntBatch>,
    ) -> Option<Case> {
        let mut machine = Machine::new(&program.config, program.memories.clone());
        machine.load(&program, &inputs).ok()?;
        machine.run(program.start, &mut Blind).ok()?;
        let wanted = machine.outcome(&program).ok()?;
        let truth = oracle::run(network, &inputs, |_, _| ()).ok()?;
        if truth != wanted.results {
            return None;
        }
        let used = program.activation_groups * program.config.array.columns;
        let memory = pairs(&machine.activations()[..used.next_multiple_of(2)]);
        let name = network.name.clone();
        let counters = Counters::default();
        Some(Case { name, program, inputs, wanted, memory, counters, toggles: 0 })
    }

    /// What the program asks of the machine.
    pub(crate) fn features(&self) -> Vec<String> {
        let descriptors = self.program.descriptors().unwrap_or_default();
        let of = descriptors.into_iter().flat_map(|d| {
            let (operation, mode) = (d.operation.name(), d.mode.name());
            let conv = d.operation == Operation::Conv;
            let kind = d.weight_kind.name();
            [
                Some(format!("{operation} {mode} to {}", d.output_mode.name())),
                conv.then(|| format!("{kind} weights in {mode}")),
                d.nested.then(|| format!("nested weights in {mode}")),
                (d.nested && d.passes > 1).then(|| "nested weights, passes".to_owned()),
                (d.vector_length > 0).then(|| format!("vectors of {}", d.vector_length.min(6))),
                (d.second_zero_point != 0).then(|| "second zero point".to_owned()),
                (d.patch_words > 16).then(|| format!("long {mode}")),
                Some(format!("{operation} {:?}", d.rounding)),
                Some(format!("{operation} {:?}", d.saturation)),
                (d.passes > 1).then(|| format!("{operation} passes")),
                (d.tiles > 1).then(|| "tiles".to_owned()),
                (d.tiles > 1 && d.passes > 1).then(|| format!("tiles and passes in {kind}")),
                (conv && d.pixel_words == 0).then(|| format!("dense {mode}")),
                d.taps_apart.then(|| "taps apart".to_owned()),
                d.flip.then(|| format!("flip {mode}")),
                (d.divisor > 1).then(|| "divisor".to_owned()),
                (d.input_offset > 0).then(|| "offset".to_owned()),
                (d.stride_x > 1).then(|| format!("{operation} stride")),
                (d.pad_left > 0).then(|| format!("{operation} padding")),
                (d.operation == Operation::End && d.classes > 0).then(|| "decide".to_owned()),
            ]
        });
        of.flatten().collect()
    }

    /// What the network gives.
    pub(crate) fn results(&self) -> IntBatch {
        self.wanted.results.clone()
    }

    fn seen(&self, what: String) -> Seen {
        Seen { by: format!("network {}", self.name), what }
    }

    /// Runs the case and compares.
    pub(crate) fn run(&self, device: &mut Dut, measure: Measure) -> Result<Taken, Seen> {
        let wrong = |error: bitladder_device::DeviceError| self.seen(error.to_string());
        device.load(&self.program).map_err(wrong)?;
        device.poke(Memory::Activation, 0, &vec![0; self.memory.len()]).map_err(wrong)?;
        device.set_inputs(&self.inputs).map_err(wrong)?;
        let before = device.bus().pins().sim().toggles();
        device.start().map_err(wrong)?;
        let known = measure != Measure::First;
        let limit = if known { 2 * self.counters.cycles + 500 } else { UNKNOWN };
        device.wait(limit).map_err(wrong)?;
        let toggles = device.bus().pins().sim().toggles() - before;
        let counters = device.counters().map_err(wrong)?;
        if device.results().map_err(wrong)? != self.wanted.results {
            return Err(self.seen("other results".into()));
        }
        if device.decisions().map_err(wrong)? != self.wanted.decisions {
            return Err(self.seen("other decisions".into()));
        }
        let mut memory = vec![0; self.memory.len()];
        device.peek(Memory::Activation, 0, &mut memory).map_err(wrong)?;
        if memory != self.memory {
            return Err(self.seen("other activations".into()));
        }
        if known && counters != self.counters {
            return Err(self.seen(format!("{counters:?} instead of {:?}", self.counters)));
        }
        // Less is no fault: what is wrong with it shows elsewhere.
        if measure == Measure::Activity && toggles > self.toggles {
            return Err(self.seen(format!("{toggles} bits change, not {}", self.toggles)));
        }
        Ok(Taken { counters, toggles })
    }
}
