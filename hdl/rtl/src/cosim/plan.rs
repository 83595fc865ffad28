//! Stimuli: seeded random values with corners mixed in.

use super::bench::Ports;
use crate::module::Direction;
use crate::sim::{SimError, random};
use crate::ty::Ty;

/// What the inputs of a design do for some cycles. The same plan gives the same stimuli.
#[derive(Clone, Debug)]
pub struct Plan {
    cycles: usize,
    seed: u64,
    held: Vec<Held>,
}

#[derive(Clone, Debug)]
struct Held {
    input: String,
    cycles: std::ops::Range<usize>,
    bits: u128,
}

/// One cycle: a value per input, and a bit per clock that rises.
pub(super) struct Row {
    pub(super) inputs: Vec<u128>,
    pub(super) clocks: u64,
}

impl Plan {
    /// Random inputs for some cycles: the first cycles are all zeroes and all ones; later a
    /// quarter of the values are corners. One clock rises in each cycle, several at random.
    pub fn random(cycles: usize, seed: u64) -> Plan {
        Plan { cycles, seed, held: Vec::new() }
    }

    /// Holds an input at a value in the first `cycles` cycles, and at zero afterwards: a reset.
    #[must_use]
    pub fn reset(self, input: &str, cycles: usize) -> Plan {
        let end = self.cycles;
        self.hold(input, 0..cycles, 1).hold(input, cycles..end, 0)
    }

    /// Holds an input at a value for a range of cycles.
    #[must_use]
    pub fn hold(mut self, input: &str, cycles: std::ops::Range<usize>, bits: u128) -> Plan {
        self.held.push(Held { input: input.to_owned(), cycles, bits });
        self
    }

    pub(super) fn rows(&self, ports: &Ports) -> Result<Vec<Row>, SimError> {
        let names = ports.names(Direction::Input);
        for held in &self.held {
            if !names.contains(&held.input.as_str()) {
                let (path, inputs) = (held.input.clone(), names.join(", "));
                return Err(SimError::NotAnInput { path, inputs });
            }
        }
        let clocks = ports.names(Direction::ClockInput).len();
        let mut state = self.seed;
        let row = |cycle| {
            let types = ports.types(Direction::Input);
            let drawn: Vec<u128> = types.map(|ty| value(ty, cycle, &mut state)).collect();
            let held = |name: &str| {
                let fits = |held: &&Held| held.input == name && held.cycles.contains(&cycle);
                self.held.iter().rev().find(fits).map(|held| held.bits)
            };
            let inputs =
                names.iter().zip(drawn).map(|(name, bits)| held(name).unwrap_or(bits)).collect();
            let clocks = match clocks {
                1 => 1,
                many => random(&mut state) & ((1u64 << many) - 1),
            };
            Row { inputs, clocks }
        };
        Ok((0..self.cycles).map(row).collect())
    }
}

fn value(ty: Ty, cycle: usize, state: &mut u64) -> u128 {
    let bits = u128::from(random(state)) << 64 | u128::from(random(state));
    let top = 1 << (ty.width - 1);
    let choice = match cycle {
        0 => 0,
        1 => 1,
        _ => random(state) % 20,
    };
    let value = match choice {
        0 => 0,
        1 => u128::MAX,
        2 => 1,
        3 => top,
        4 => top - 1,
        _ => bits,
    };
    value & ty.mask()
}
