//! The array alone, with the sums that must come out of it.

use std::collections::VecDeque;

use bitladder_blocks::{Mode, WeightKind, word_dot};
use bitladder_machine::MachineConfig;
use bitladder_rtl::{Signal, Sim};
use bitladder_spec::SplitMix64;

use super::text;

/// Steps after which results must have come.
const PATIENCE: usize = 400;

/// Of a crossing: the sum, and whether it stands at a limit; nothing if it is gated.
type Crossing = Option<(i64, bool)>;

/// A row of results.
struct Row {
    row: u128,
    crossings: Vec<Crossing>,
}

/// A running array.
pub(super) struct Driven {
    pub(super) sim: Sim,
    pub(super) noise: SplitMix64,
    /// The sink takes results at once; else at random.
    pub(super) ready: bool,
    /// Rows and columns that work.
    pub(super) works: (u128, u128),
    limit: i64,
    inputs: Vec<Signal>,
    weights: Vec<Signal>,
    sums: Vec<(Signal, Signal)>,
    flow: [Signal; 3],
    expected: VecDeque<Row>,
}

impl Driven {
    pub(super) fn new(sim: Sim, config: &MachineConfig) -> Result<Driven, String> {
        let (rows, columns) = (config.array.rows, config.array.columns);
        let input = |name: String| sim.input(&name).map_err(text);
        let inputs = (0..rows).map(|r| input(format!("a_{r}"))).collect::<Result<_, _>>()?;
        let weights = (0..columns).map(|c| input(format!("w_{c}"))).collect::<Result<_, _>>()?;
        let output = |name: String| sim.signal(&name).map_err(text);
        let sums = (0..columns)
            .map(|c| {
                let sum = output(format!("result_{c}_o"))?;
                Ok((sum, output(format!("result_saturated_{c}_o"))?))
            })
            .collect::<Result<_, String>>()?;
        let flow = [
            output("result_valid_o".into())?,
            output("result_row_o".into())?,
            output("overrun_o".into())?,
        ];
        let limit = (1 << (config.array.accumulator_bits - 1)) - 1;
        let works = ((1 << rows) - 1, (1 << columns) - 1);
        let (noise, expected) = (SplitMix64::new(5), VecDeque::new());
        Ok(Driven { sim, noise, ready: true, works, limit, inputs, weights, sums, flow, expected })
    }

    pub(super) fn rows(&self) -> usize {
        self.inputs.len()
    }

    pub(super) fn columns(&self) -> usize {
        self.weights.len()
    }

    fn set(&mut self, name: &str, value: u128) -> Result<(), String> {
        self.sim.set(name, value).map_err(text)
    }

    /// One cycle; a row that leaves must be the next expected one.
    pub(super) fn step(&mut self) -> Result<(), String> {
        let ready = self.ready || self.noise.below(2) == 1;
        self.set("result_ready", ready.into())?;
        let [valid, row, overrun] = self.flow.map(|signal| self.sim.read(signal));
        if overrun == 1 {
            return Err("results are overwritten".into());
        }
        if ready && valid == 1 {
            let wanted = self.expected.pop_front().ok_or("a row nobody asked for")?;
            for ((sum, saturated), crossing) in self.sums.iter().zip(&wanted.crossings) {
                let found = sum.ty().number(self.sim.read(*sum));
                let found = (found, self.sim.read(*saturated) == 1);
                let same = crossing.is_none_or(|(sum, limited)| found == (sum.into(), limited));
                if row != wanted.row || !same {
                    return Err(format!("row {row} has {found:?}, not {crossing:?}"));
                }
            }
        }
        self.sim.step("clk").map_err(text)
    }

    /// A dot product at each crossing: words of rows, and of columns, one after the other.
    pub(super) fn dot(
        &mut self,
        (mode, kind): (Mode, WeightKind),
        words: &[(Vec<u16>, Vec<u16>)],
    ) -> Result<(), String> {
        if !self.ready {
            // What waits would be overwritten.
            self.finish()?;
        }
        let (rows, columns) = self.works;
        for (name, value) in [
            ("mode", mode.code()),
            ("weights", kind.code()),
            ("valid", 1),
            ("row_enable", rows),
            ("column_enable", columns),
        ] {
            self.set(name, value)?;
        }
        for row in (0..self.rows()).rev() {
            let crossings = (0..self.columns()).map(|column| {
                let terms = words.iter().map(|(a, w)| word_dot(mode, kind, a[row], w[column]));
                let works = rows >> row & columns >> column & 1 == 1;
                works.then(|| self.sum(terms.map(|term| term.unwrap_or(0))))
            });
            self.expected.push_back(Row { row: row as u128, crossings: crossings.collect() });
        }
        for (index, (a, w)) in words.iter().enumerate() {
            let values = a.iter().chain(w);
            for (input, value) in self.inputs.iter().chain(&self.weights).zip(values) {
                self.sim.write(*input, u128::from(*value));
            }
            self.set("last", u128::from(index + 1 == words.len()))?;
            self.step()?;
        }
        self.set("valid", 0)?;
        self.set("last", 0)
    }

    /// The contract's sum; it stands at the limit that it crossed first.
    fn sum(&self, terms: impl Iterator<Item = i64>) -> (i64, bool) {
        let (mut sum, mut stands) = (0_i64, None);
        for term in terms {
            sum += term;
            if stands.is_none() && (sum > self.limit || sum < !self.limit) {
                stands = Some(if sum > 0 { self.limit } else { !self.limit });
            }
        }
        (stands.unwrap_or(sum), stands.is_some())
    }

    /// Lets all results come.
    pub(super) fn finish(&mut self) -> Result<(), String> {
        for _ in 0..PATIENCE {
            if self.expected.is_empty() {
                return Ok(());
            }
            self.step()?;
        }
        Err(format!("{} rows of results are missing", self.expected.len()))
    }
}
