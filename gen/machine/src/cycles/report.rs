//! The report of the cycle model.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::MachineConfig;
use crate::isa::{Mode, Operation};
use crate::program::Program;

/// Cycles in which array or element unit do nothing, by cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stalls {
    /// Reading descriptors.
    pub setup: u64,
    /// Waiting for the first patches.
    pub fill: u64,
    /// Waiting for later patches: the streamer is slower than the array.
    pub patches: u64,
    /// Waiting for results to leave the array, where reductions are shorter than its rows, or to be
    /// taken: not while the parameters of the next pass are read.
    pub drain: u64,
    /// Waiting for scalars, or, outside the array, for the first parameters.
    pub weights: u64,
    /// Waiting for weights from external memory.
    #[serde(default)]
    pub memory: u64,
    /// Waiting for the last results to be written.
    pub tail: u64,
}

impl Stalls {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.setup + self.fill + self.patches + self.drain + self.weights + self.memory + self.tail
    }

    fn add(&mut self, other: Self) {
        self.setup += other.setup;
        self.fill += other.fill;
        self.patches += other.patches;
        self.drain += other.drain;
        self.weights += other.weights;
        self.memory += other.memory;
        self.tail += other.tail;
    }
}

/// Cycles of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerCycles {
    /// Its name.
    pub name: String,
    /// What it does.
    pub operation: Operation,
    /// Its mode.
    pub mode: Mode,
    /// All its cycles.
    pub cycles: u64,
    /// Cycles in which array or element unit work.
    pub work: u64,
    /// The others.
    pub stalls: Stalls,
    /// Multiplications the network asks for.
    pub macs: u64,
    /// Multiplications the array could do in the layer's cycles.
    pub peak_macs: u64,
}

impl LayerCycles {
    pub(super) fn new(name: &str, macs: u64) -> Self {
        Self {
            name: name.into(),
            operation: Operation::End,
            mode: Mode::Word16,
            cycles: 0,
            work: 0,
            stalls: Stalls::default(),
            macs,
            peak_macs: 0,
        }
    }

    pub(super) fn add(&mut self, operation: Operation, mode: Mode, work: u64, stalls: Stalls) {
        (self.operation, self.mode) = (operation, mode);
        self.cycles += work + stalls.total();
        self.work += work;
        self.stalls.add(stalls);
    }

    /// Share of the array's multiplications that the network asked for.
    pub fn utilisation(&self) -> f64 {
        share(self.macs, self.peak_macs)
    }
}

/// Cycles of a program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CycleReport {
    /// The program.
    pub program: String,
    /// The machine.
    pub machine: String,
    /// Images of a batch.
    pub batch: usize,
    /// Layer by layer.
    pub layers: Vec<LayerCycles>,
    /// Starting the program and deciding at its end.
    pub frame: u64,
    /// Everything.
    pub cycles: u64,
    /// Multiplications the network asks for.
    pub macs: u64,
    /// Seconds per batch at the fastest clock.
    pub seconds: f64,
}

impl CycleReport {
    pub(super) fn new(
        program: &Program,
        config: &MachineConfig,
        layers: Vec<LayerCycles>,
        frame: u64,
    ) -> Self {
        let cycles = frame + layers.iter().map(|layer| layer.cycles).sum::<u64>();
        let mhz = config.clock.levels_mhz.first().copied().unwrap_or(1);
        Self {
            program: program.name.clone(),
            machine: config.name.clone(),
            batch: program.batch,
            macs: layers.iter().map(|layer| layer.macs).sum(),
            seconds: cycles as f64 / (f64::from(mhz) * 1e6),
            layers,
            frame,
            cycles,
        }
    }

    /// Share of the array's multiplications, over all cycles, that the network asked for. Cycles
    /// without multiplications count with the mean peak of those that have some.
    pub fn utilisation(&self) -> f64 {
        let conv: Vec<&LayerCycles> =
            self.layers.iter().filter(|layer| layer.operation == Operation::Conv).collect();
        let (cycles, peak) = conv
            .iter()
            .fold((0, 0), |(cycles, peak), layer| (cycles + layer.cycles, peak + layer.peak_macs));
        share(self.macs, peak) * share(cycles, self.cycles)
    }

    /// Images per second at the fastest clock.
    pub fn images_per_second(&self) -> f64 {
        self.batch as f64 / self.seconds
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl fmt::Display for CycleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| layer | does | mode | cycles | work | setup | fill | patches | drain | weights | \
             memory | tail | MACs | of peak |"
        )?;
        writeln!(f, "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for layer in &self.layers {
            let LayerCycles { name, operation, mode, cycles, work, stalls, macs, .. } = layer;
            let Stalls { setup, fill, patches, drain, weights, memory, tail } = stalls;
            let share = match macs {
                0 => String::new(),
                _ => format!("{:.1} %", 100.0 * layer.utilisation()),
            };
            writeln!(
                f,
                "| {name} | {} | {} | {cycles} | {work} | {setup} | {fill} | {patches} | {drain} | \
                 {weights} | {memory} | {tail} | {macs} | {share} |",
                operation.name(),
                mode.name()
            )?;
        }
        writeln!(f, "| start, end | | | {} | | | | | | | | | | |", self.frame)?;
        let share = 100.0 * self.utilisation();
        writeln!(f, "| all | | | {} | | | | | | | | | {} | {share:.1} % |", self.cycles, self.macs)
    }
}
