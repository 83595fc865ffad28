//! Drives one-lane arrays word by word and compares each result with the contract.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::VecDeque;

use bitladder_blocks::{
    ArrayConfig, ArrayPlan, Dataflow, Drain, Family, LaneConfig, Mode, Multiplier, WeightKind,
    array, word_dot,
};
use bitladder_rtl::{Design, Signal, Sim};

/// A lane with all that its multiplier can do (without power-of-two weights for `SB_MAC16`).
pub(crate) fn full(family: Family, multiplier: Multiplier) -> LaneConfig {
    let mut config = LaneConfig {
        family,
        multiplier,
        modes: Mode::ALL.to_vec(),
        weights: WeightKind::ALL.to_vec(),
        reduction: 64,
        accumulator_bits: None,
    };
    match multiplier {
        Multiplier::Mac16 => config.weights.retain(|kind| *kind != WeightKind::PowerOfTwo),
        Multiplier::OneDsp | Multiplier::HalfWord if family == Family::Ice40 => {
            config.weights.retain(|kind| *kind != WeightKind::PowerOfTwo);
        }
        Multiplier::Shifter => {
            config.weights.retain(|kind| *kind != WeightKind::Fixed);
            config.modes = vec![Mode::Word16, Mode::Binary];
        }
        _ => {}
    }
    config
}

pub(crate) fn single(lane: LaneConfig) -> ArrayConfig {
    ArrayConfig { lane, rows: 1, columns: 1, dataflow: Dataflow::Broadcast, drain: Drain::Chain }
}

/// Every family and multiplier that make different hardware.
pub(crate) fn variants() -> Vec<(Family, Multiplier)> {
    vec![
        (Family::Generic, Multiplier::Fabric),
        (Family::Ecp5, Multiplier::Fabric),
        (Family::Ice40, Multiplier::Fabric),
        (Family::Generic, Multiplier::OneDsp),
        (Family::Ecp5, Multiplier::OneDsp),
        (Family::Generic, Multiplier::TwoDsp),
        (Family::Ecp5, Multiplier::TwoDsp),
        (Family::Gowin, Multiplier::TwoDsp),
        (Family::Ice40, Multiplier::Mac16),
        (Family::Ice40, Multiplier::OneDsp),
        (Family::Ice40, Multiplier::HalfWord),
        (Family::Ecp5, Multiplier::HalfWord),
        (Family::Generic, Multiplier::Shifter),
    ]
}

/// A running one-lane array.
pub(crate) struct OneLane {
    pub(crate) sim: Sim,
    pub(crate) plan: ArrayPlan,
    inputs: [Signal; 6],
    outputs: [Signal; 3],
    expected: VecDeque<i64>,
    pub(crate) checked: usize,
}

impl OneLane {
    pub(crate) fn new(config: &LaneConfig) -> OneLane {
        let plan = ArrayPlan::new(&single(config.clone())).unwrap();
        let design = Design::elaborate(&array(&plan).unwrap()).unwrap();
        let mut sim = Sim::new(&design).unwrap();
        for input in ["row_enable", "column_enable", "result_ready"] {
            sim.set(input, 1).unwrap();
        }
        let inputs =
            ["a_0", "w_0", "mode", "weights", "valid", "last"].map(|name| sim.input(name).unwrap());
        let outputs = ["result_valid_o", "result_0_o", "result_saturated_0_o"]
            .map(|name| sim.signal(name).unwrap());
        OneLane { sim, plan, inputs, outputs, expected: VecDeque::new(), checked: 0 }
    }

    /// One cycle; a result that appears must be the next expected one.
    pub(crate) fn cycle(&mut self, values: [u128; 6]) {
        for (input, value) in self.inputs.iter().zip(values) {
            self.sim.write(*input, value);
        }
        if self.sim.read(self.outputs[0]) == 1 {
            let bits = self.sim.read(self.outputs[1]);
            let found = self.outputs[1].ty().number(bits);
            let expected = self.expected.pop_front().expect("a result nobody asked for");
            assert_eq!(found, i128::from(expected), "result {}", self.checked);
            assert_eq!(self.sim.read(self.outputs[2]), 0, "saturated");
            self.checked += 1;
        }
        self.sim.step("clk").unwrap();
    }

    /// A dot product of some pairs of words, one per cycle.
    pub(crate) fn dot(&mut self, mode: Mode, kind: WeightKind, words: &[(u16, u16)]) {
        let counts = self.plan.lane().parts(mode) * mode.bits();
        let used = |a: u16| a & (0xffff >> (16 - counts));
        let sum = words.iter().map(|(a, w)| word_dot(mode, kind, used(*a), *w).unwrap()).sum();
        self.expected.push_back(sum);
        for (index, (a, w)) in words.iter().enumerate() {
            let last = u128::from(index + 1 == words.len());
            let (a, w) = (u128::from(*a), u128::from(*w));
            self.cycle([a, w, mode.code(), kind.code(), 1, last]);
        }
    }

    /// Lets the pipeline run empty; all results must have come.
    pub(crate) fn finish(&mut self) {
        for _ in 0..self.plan.latency() + 2 {
            self.cycle([0; 6]);
        }
        assert!(self.expected.is_empty(), "{} results are missing", self.expected.len());
    }
}

/// A seeded generator (splitmix64).
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn word(&mut self) -> u16 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let corners = [0, 1, 0x7fff, 0x8000, 0xffff, 0x8080, 0x7f7f, 0x8888, 0x7777];
        match z >> 60 {
            0..4 => corners[(z >> 32) as usize % corners.len()],
            _ => (z >> 8) as u16,
        }
    }

    /// A word of weight codes that all have a meaning.
    pub(crate) fn weight(&mut self, mode: Mode, kind: WeightKind) -> u16 {
        loop {
            let mut word = self.word();
            if kind == WeightKind::PowerOfTwo && mode == Mode::Word16 {
                word = if word & 0x3f > 32 { word & !0x20 } else { word };
            }
            if word_dot(mode, kind, 0, word).is_some() {
                return word;
            }
        }
    }
}
