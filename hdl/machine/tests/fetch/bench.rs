//! Runs layers on a simulated core, with memories around it, and checks every row of sums.

use std::collections::HashMap;

use bitladder_hdl_machine::fetch::{FetchConfig, FetchPlan, compute_core};
use bitladder_rtl::{Design, Signal, Sim};
use bitladder_spec::SplitMix64;

use crate::conv::{Bases, Conv, Data};

/// How the surroundings behave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    /// Chance in 8 that a row of results is taken in a cycle; 8: promised with `steady`.
    pub(crate) eagerness: u64,
    /// Chance in 8 that parameter memory is free.
    pub(crate) grants: u64,
}

pub(crate) const PROMPT: Manners = Manners { eagerness: 8, grants: 8 };

/// What a layer took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cycles {
    pub(crate) all: u64,
    pub(crate) array: u64,
    pub(crate) fill: u64,
    pub(crate) patches: u64,
    pub(crate) drain: u64,
    pub(crate) weights: u64,
}

pub(crate) struct Bench {
    sim: Sim,
    shape: [usize; 2],
    signals: HashMap<String, Signal>,
    noise: SplitMix64,
    memory: Vec<u16>,
    weights: Vec<Vec<u16>>,
    scalars: Vec<u64>,
}

impl Bench {
    pub(crate) fn new(config: &FetchConfig) -> Bench {
        let plan = FetchPlan::new(config).unwrap();
        let design = Design::elaborate(&compute_core(&plan).unwrap()).unwrap();
        let mut sim = Sim::new(&design).unwrap();
        sim.scramble(7);
        let ports = design_ports(&plan);
        let signals =
            ports.into_iter().filter_map(|name| Some((name.clone(), sim.signal(&name).ok()?)));
        let signals = signals.collect();
        sim.set("rst", 1).unwrap();
        sim.step("clk").unwrap();
        sim.set("rst", 0).unwrap();
        let columns = plan.columns() as usize;
        Bench {
            sim,
            shape: [plan.rows() as usize, columns],
            signals,
            noise: SplitMix64::new(77),
            memory: vec![0; config.activation_groups * columns],
            weights: vec![vec![0; columns]; config.weight_groups],
            scalars: vec![0; config.scalar_entries.unwrap_or(0)],
        }
    }

    fn out(&mut self, name: &str) -> u128 {
        let signal = self.signals[&format!("{name}_o")];
        self.sim.read(signal)
    }

    fn number(&mut self, name: &str) -> i128 {
        let signal = self.signals[&format!("{name}_o")];
        signal.ty().number(self.sim.read(signal))
    }

    fn set(&mut self, name: &str, bits: u128) {
        let signal = self.signals[&format!("{name}_i")];
        self.sim.write(signal, bits);
    }

    fn chance(&mut self, in_eight: u64) -> bool {
        self.noise.below(8) < in_eight
    }

    /// Puts a layer's data somewhere into the memories.
    fn load(&mut self, conv: &Conv, data: &Data) -> Bases {
        let columns = self.shape[1];
        let place = |noise: &mut SplitMix64, room: usize, size: usize| {
            assert!(size <= room, "{size} does not fit {room}: {conv:?}");
            noise.below((room - size + 1) as u64) as usize
        };
        let groups = data.input.len().div_ceil(columns);
        let input = columns * place(&mut self.noise, self.memory.len() / columns, groups);
        let weights = place(&mut self.noise, self.weights.len(), data.weights.len());
        let used = if self.scalars.is_empty() { 0 } else { data.scalars.len() };
        let scalars = place(&mut self.noise, self.scalars.len(), used);
        self.memory[input..input + data.input.len()].copy_from_slice(&data.input);
        self.weights[weights..weights + data.weights.len()].clone_from_slice(&data.weights);
        self.scalars[scalars..scalars + used].copy_from_slice(&data.scalars[..used]);
        Bases { input, weights, scalars }
    }

    /// One edge, with what the memories answer.
    fn step(&mut self) {
        let columns = self.shape[1];
        let group = (self.out("activation_enable") == 1).then(|| self.out("activation_group"));
        let weights = (self.out("weight_enable") == 1).then(|| self.out("weight_group"));
        let asks = self.signals.contains_key("scalar_grant_i")
            && self.sim.get("scalar_grant_i").unwrap() == 1
            && self.out("scalar_request") == 1;
        let entry = asks.then(|| self.out("scalar_entry") as usize);
        self.sim.step("clk").unwrap();
        for c in 0..columns {
            if let Some(group) = group {
                let word = self.memory[group as usize * columns + c];
                self.set(&format!("activation_{c}"), word.into());
            }
            if let Some(group) = weights {
                let word = self.weights[group as usize][c];
                self.set(&format!("weight_{c}"), word.into());
            }
        }
        if self.signals.contains_key("scalar_data_i") {
            // Data stand for one cycle only.
            let noise = self.noise.next_u64();
            let word = entry.map_or(noise, |entry| self.scalars.get(entry).copied().unwrap_or(0));
            self.set("scalar_data", word.into());
        }
    }

    /// Runs a layer and checks its sums.
    pub(crate) fn run(&mut self, conv: &Conv, seed: u64, manners: Manners) -> Cycles {
        let mut noise = SplitMix64::new(seed);
        let data = Data::random(conv, self.shape[1], &mut noise);
        let bases = self.load(conv, &data);
        for (name, value) in conv.fields(self.shape, bases) {
            if self.signals.contains_key(&format!("layer_{name}_i")) {
                self.sim.set(&format!("layer_{name}"), value as u128).unwrap();
            }
        }
        self.set("steady", u128::from(manners.eagerness == 8));
        self.set("clear", 1);
        self.set("start", 1);
        self.step();
        self.set("clear", 0);
        self.set("start", 0);
        let mut check = Check::new(conv, &data, self.shape);
        let mut cycles = 1;
        let passes = conv.passes(self.shape[1]);
        let limit = 40 * (conv.pixels() + 20) * (conv.words() + 20) * passes;
        loop {
            let ready = self.chance(manners.eagerness);
            self.set("result_ready", ready.into());
            if self.signals.contains_key("scalar_grant_i") {
                let grant = self.chance(manners.grants);
                self.set("scalar_grant", grant.into());
            }
            if ready && self.out("result_valid") == 1 {
                check.row(self);
            }
            let done = self.out("done") == 1;
            assert_eq!(self.out("busy"), 1, "{conv:?}");
            self.step();
            cycles += 1;
            assert!(cycles < limit, "no end after {cycles} cycles: {conv:?}");
            if done {
                break;
            }
        }
        check.finish();
        assert_eq!((self.out("busy"), self.out("overrun")), (0, 0), "{conv:?}");
        assert_eq!(self.sim.collisions(), 0, "a half was read while it was filled");
        let mut count = |name: &str| self.out(name) as u64;
        Cycles {
            all: cycles as u64,
            array: count("array_cycles"),
            fill: count("stall_fill"),
            patches: count("stall_patches"),
            drain: count("stall_drain"),
            weights: count("stall_weights"),
        }
    }
}

/// Every port of the core, by its Verilog name.
fn design_ports(plan: &FetchPlan) -> Vec<String> {
    compute_core(plan).unwrap().ports().iter().map(|port| port.name.clone()).collect()
}

/// The rows that have come, against those that must.
struct Check<'a> {
    conv: &'a Conv,
    data: &'a Data,
    shape: [usize; 2],
    seen: Vec<bool>,
    ended: bool,
    patch: (usize, Vec<u16>),
}

impl<'a> Check<'a> {
    fn new(conv: &'a Conv, data: &'a Data, shape: [usize; 2]) -> Check<'a> {
        let seen = vec![false; conv.pixels() * conv.passes(shape[1])];
        Check { conv, data, shape, seen, ended: false, patch: (usize::MAX, Vec::new()) }
    }

    fn row(&mut self, bench: &mut Bench) {
        let [_, columns] = self.shape;
        let conv = self.conv;
        assert!(!self.ended, "a row after the last one: {conv:?}");
        self.ended = bench.out("result_end") == 1;
        let [row, pass, pixel, wanted] =
            ["row", "pass", "pixel", "wanted"].map(|n| bench.out(&format!("result_{n}")) as usize);
        let pixel = pixel + row;
        assert_eq!(wanted == 1, pixel < conv.pixels(), "{conv:?}");
        if wanted == 0 {
            return;
        }
        if self.patch.0 != pixel {
            self.patch = (pixel, conv.patch(&self.data.input, columns, pixel));
        }
        for c in 0..columns {
            let filter = pass * columns + c;
            let sum = self.data.sum(conv, &self.patch.1, filter);
            let found = bench.number(&format!("result_{c}"));
            assert_eq!(found, i128::from(sum), "pixel {pixel}, filter {filter}: {conv:?}");
            assert_eq!(bench.out(&format!("result_saturated_{c}")), 0);
        }
        let seen = &mut self.seen[pixel * conv.passes(columns) + pass];
        assert!(!*seen, "pixel {pixel} twice in pass {pass}: {conv:?}");
        *seen = true;
    }

    fn finish(&self) {
        assert!(self.ended, "no last row: {:?}", self.conv);
        assert!(self.seen.iter().all(|seen| *seen), "rows are missing: {:?}", self.conv);
    }
}
