//! Runs layers on a simulated core, with memories around it, and checks every row of sums.

use std::collections::HashMap;

use bitladder_hdl_machine::fetch::{FetchConfig, FetchPlan, compute_core};
use bitladder_rtl::{Design, Signal, Sim};
use bitladder_spec::SplitMix64;

/// How the surroundings behave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    /// Chance in 8 that a row of results is taken in a cycle; 8: promised with `steady`, 9: kept
    /// without a promise.
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

/// A row of sums that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) pass: usize,
    /// The pixel that the row computes.
    pub(crate) pixel: usize,
    pub(crate) wanted: bool,
    pub(crate) end: bool,
    pub(crate) sums: Vec<i128>,
    pub(crate) saturated: bool,
}

pub(crate) struct Bench {
    sim: Sim,
    /// Rows, columns.
    pub(crate) shape: [usize; 2],
    signals: HashMap<String, Signal>,
    noise: SplitMix64,
    /// Activation memory, word by word.
    pub(crate) memory: Vec<u16>,
    /// Weight memory, group by group.
    pub(crate) weights: Vec<Vec<u16>>,
    /// Parameter memory.
    pub(crate) scalars: Vec<u64>,
}

impl Bench {
    pub(crate) fn new(config: &FetchConfig) -> Bench {
        let plan = FetchPlan::new(config).unwrap();
        let core = compute_core(&plan).unwrap();
        let mut sim = Sim::new(&Design::elaborate(&core).unwrap()).unwrap();
        sim.scramble(7);
        let ports = core.ports().iter().map(|port| port.name.clone());
        let signals = ports.map(|name| (name.clone(), sim.signal(&name))).collect::<Vec<_>>();
        let signals =
            signals.into_iter().filter_map(|(name, signal)| Some((name, signal.ok()?))).collect();
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

    fn has(&self, input: &str) -> bool {
        self.signals.contains_key(&format!("{input}_i"))
    }

    fn chance(&mut self, in_eight: u64) -> bool {
        self.noise.below(8) < in_eight
    }

    /// A place for something in a memory.
    pub(crate) fn place(&mut self, room: usize, size: usize) -> usize {
        assert!(size <= room, "{size} does not fit {room}");
        self.noise.below((room - size + 1) as u64) as usize
    }

    /// Sets a field of the layer; fields that the core has no use for are left out. Addresses are
    /// cut to the memory, anything else must fit its port.
    pub(crate) fn field(&mut self, name: &str, value: u128) {
        let Some(signal) = self.signals.get(&format!("layer_{name}_i")) else { return };
        let address = ["base", "words", "step", "lead"].iter().any(|part| name.ends_with(part));
        let fits = value <= signal.ty().mask() || (address && name != "patch_words");
        assert!(fits, "{name} = {value} does not fit {}", signal.ty());
        self.sim.write(*signal, value);
    }

    /// One edge, with what the memories answer.
    fn step(&mut self) {
        let columns = self.shape[1];
        let group = (self.out("activation_enable") == 1).then(|| self.out("activation_group"));
        let weights = (self.out("weight_enable") == 1).then(|| self.out("weight_group"));
        let asks = self.has("scalar_grant")
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
        if self.has("scalar_data") {
            // Data stand for one cycle only.
            let noise = self.noise.next_u64();
            let word = entry.map_or(noise, |entry| self.scalars.get(entry).copied().unwrap_or(0));
            self.set("scalar_data", word.into());
        }
    }

    fn row(&mut self) -> Row {
        let [row, pass, pixel] =
            ["row", "pass", "pixel"].map(|name| self.out(&format!("result_{name}")) as usize);
        let [wanted, end] = ["wanted", "end"].map(|name| self.out(&format!("result_{name}")) == 1);
        let columns = 0..self.shape[1];
        let sums = columns.clone().map(|c| self.number(&format!("result_{c}"))).collect();
        let saturated = columns.map(|c| self.out(&format!("result_saturated_{c}"))).sum::<u128>();
        Row { pass, pixel: pixel + row, wanted, end, sums, saturated: saturated > 0 }
    }

    /// Runs the layer whose fields are set, and hands out its rows.
    pub(crate) fn run(
        &mut self,
        manners: Manners,
        limit: u64,
        mut sink: impl FnMut(Row),
    ) -> Cycles {
        self.set("steady", u128::from(manners.eagerness == 8));
        self.set("clear", 1);
        self.set("start", 1);
        self.step();
        self.set("clear", 0);
        self.set("start", 0);
        let mut cycles = 1;
        let mut done = false;
        while !done {
            let ready = self.chance(manners.eagerness);
            self.set("result_ready", ready.into());
            if self.has("scalar_grant") {
                let grant = self.chance(manners.grants);
                self.set("scalar_grant", grant.into());
            }
            if ready && self.out("result_valid") == 1 {
                sink(self.row());
            }
            done = self.out("done") == 1;
            assert_eq!(self.out("busy"), 1, "idle in cycle {cycles}");
            self.step();
            cycles += 1;
            assert!(cycles < limit, "no end after {cycles} cycles");
        }
        self.finish(cycles)
    }

    /// What a layer took, if it went well.
    fn finish(&mut self, all: u64) -> Cycles {
        assert_eq!((self.out("busy"), self.out("overrun")), (0, 0));
        assert_eq!(self.sim.collisions(), 0, "a half was read while it was filled");
        let mut count = |name: &str| self.out(name) as u64;
        Cycles {
            all,
            array: count("array_cycles"),
            fill: count("stall_fill"),
            patches: count("stall_patches"),
            drain: count("stall_drain"),
            weights: count("stall_weights"),
        }
    }
}
