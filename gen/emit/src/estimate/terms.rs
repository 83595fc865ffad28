//! The parts of a machine: how many of each, and what they roughly take.

use bitladder_machine::isa::{Mode, Operation, WeightKind};
use bitladder_machine::{Family, HostPort, MachineConfig, Multiplier};

use crate::Host;

/// A kind of part.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    /// What it is.
    pub name: &'static str,
    /// How many a machine has.
    count: fn(&Machine<'_>) -> f64,
    /// Lookup tables of one, as modules alone have them.
    pub luts: f64,
    /// Its flip-flops.
    pub registers: f64,
}

/// A machine, and sizes that many terms need.
struct Machine<'a> {
    config: &'a MachineConfig,
    rows: f64,
    columns: f64,
    lanes: f64,
    post: f64,
    /// Words are held on their way to the array.
    held: f64,
}

fn flag(set: bool) -> f64 {
    f64::from(u8::from(set))
}

fn bits(size: usize) -> f64 {
    f64::from(size.next_power_of_two().trailing_zeros())
}

impl Machine<'_> {
    fn has(&self, operation: Operation) -> f64 {
        flag(self.config.element.operations.contains(&operation))
    }

    /// Something is summed in the element unit.
    fn sums(&self) -> f64 {
        flag(self.config.element.operations.iter().any(|one| *one != Operation::MaxPool))
    }

    fn multiplies(&self, by: Multiplier) -> f64 {
        self.lanes * flag(self.config.array.multiplier == by)
    }

    fn wide(&self) -> f64 {
        flag(self.config.array.modes.contains(&Mode::Word16))
    }

    fn decodes(&self) -> f64 {
        flag(self.config.array.weight_kinds.contains(&WeightKind::Qsq))
    }

    /// Its multiplications have no blocks.
    fn bare(&self) -> f64 {
        let ice40 = self.config.family == Family::Ice40;
        flag(ice40 && self.config.array.multiplier == Multiplier::Fabric)
    }
}

/// Bits of memories that are joined of several deep blocks, times those blocks but one.
fn joined(machine: &Machine<'_>) -> f64 {
    let memory = &machine.config.memory;
    let deepest = if machine.config.family == Family::Ice40 { 2048 } else { 16_384 };
    let columns = machine.config.array.columns;
    let weights = if memory.single_port { 0 } else { memory.weight_groups };
    let all = [(columns, memory.activation_groups), (columns, weights)];
    let of = |(words, depth): (usize, usize)| {
        16.0 * words as f64 * (depth.div_ceil(deepest).max(1) - 1) as f64
    };
    all.into_iter().map(of).sum()
}

/// Lanes of post that multiply.
fn scales(machine: &Machine<'_>) -> f64 {
    machine.post * flag(machine.config.post.multiplier_bits > 1)
}

/// How many terms there are.
pub const TERMS: usize = 46;

const fn term(
    name: &'static str,
    count: fn(&Machine<'_>) -> f64,
    luts: f64,
    registers: f64,
) -> Term {
    Term { name, count, luts, registers }
}

/// All terms. Sizes are those of single modules on ECP5 in lookup tables of four inputs.
pub const ALL: [Term; TERMS] = [
    term("machine", |_| 1.0, 2500.0, 1800.0),
    term("packets", |m| flag(Host::of(m.config).has_packets()), 1000.0, 700.0),
    term("bare transfers", |m| flag(m.config.host.port == HostPort::UartBus), 150.0, 120.0),
    term("counters", |m| flag(m.config.host.counters), 600.0, 450.0),
    term("bit of cycles", |m| m.config.limits.cycle_bits.into(), 4.0, 3.0),
    term("checks of memories", |m| flag(m.config.memory.checks), 250.0, 130.0),
    term("checks of descriptors", |m| flag(m.config.limits.checked), 200.0, 20.0),
    term("reading back", |m| flag(m.config.memory.readback), 100.0, 40.0),
    term("column read back", |m| m.columns * flag(m.config.memory.readback), 30.0, 4.0),
    term("separate words", |m| flag(!m.config.memory.shared_words), 60.0, 60.0),
    term("decisions", |m| flag(m.config.memory.decision_images > 0), 350.0, 300.0),
    term("batches", |m| flag(m.config.limits.batch > 1), 300.0, 150.0),
    term("dense inputs", |m| flag(m.config.limits.dense), 150.0, 80.0),
    term("dilation", |m| flag(m.config.limits.dilation), 150.0, 80.0),
    term("padding of pools", |m| flag(m.config.element.padding), 100.0, 40.0),
    term("bit of extents", |m| m.config.limits.extent_bits.into(), 30.0, 20.0),
    term("bit of operands", |m| m.config.limits.operand_bits.into(), 40.0, 25.0),
    term("bit of channels", |m| m.config.limits.channel_bits.into(), 20.0, 15.0),
    term("bit of activations' addresses", |m| bits(m.config.memory.activation_groups), 30.0, 20.0),
    term("bit of weights' addresses", |m| bits(m.config.memory.weight_groups), 15.0, 10.0),
    term("joined bit of memory", joined, 0.7, 0.1),
    term("row", |m| m.rows, 100.0, 60.0),
    term("row of three modes", |m| m.rows * m.wide(), 40.0, 20.0),
    term("column", |m| m.columns, 100.0, 60.0),
    term("row or column held", |m| (m.rows + m.columns) * m.held, 40.0, 70.0),
    term("column of decoded weights", |m| m.columns * m.decodes(), 120.0, 45.0),
    term("column of nested weights", |m| m.columns * flag(m.config.array.nested), 130.0, 140.0),
    term("column of fewer digits", |m| m.columns * flag(m.config.array.quality), 250.0, 10.0),
    term("column of a max pool", |m| m.columns * m.has(Operation::MaxPool), 80.0, 16.0),
    term("column of an average", |m| m.columns * m.has(Operation::AveragePool), 100.0, 80.0),
    term("column of weighted sums", |m| m.columns * m.has(Operation::Add), 80.0, 60.0),
    term("column of sums", |m| m.columns * m.sums(), 120.0, 80.0),
    term("post lane", |m| m.post, 200.0, 150.0),
    term("post lane that multiplies", scales, 300.0, 150.0),
    term("the same in the fabric", |m| scales(m) * m.bare(), 500.0, 50.0),
    term("bit of a post lane", |m| m.post * f64::from(m.config.post.bias_bits), 3.0, 2.0),
    term("bit of its clamp", |m| m.post * f64::from(m.config.post.stored_bits), 3.0, 1.0),
    term("bit of its value", |m| m.post * f64::from(m.config.post.value_bits), 3.0, 1.5),
    term(
        "rounding or saturation of it",
        |m| m.post * (m.config.post.roundings.len() + m.config.post.saturations.len()) as f64,
        30.0,
        3.0,
    ),
    term("column whose post is shared", |m| m.columns * flag(m.post < m.columns), 50.0, 20.0),
    term("bit of a lane's sum", |m| m.lanes * f64::from(m.config.array.accumulator_bits), 1.2, 1.5),
    term("lane of 16 bits", |m| m.lanes * m.wide(), 50.0, 10.0),
    term(
        "lane of another kind of weights",
        |m| {
            let decoded = m.decodes() as usize;
            m.lanes * (m.config.array.weight_kinds.len() - decoded).saturating_sub(1) as f64
        },
        20.0,
        2.0,
    ),
    term("lane in the fabric", |m| m.multiplies(Multiplier::Fabric), 300.0, 40.0),
    term("lane of one block", |m| m.multiplies(Multiplier::Dsp1), 120.0, 30.0),
    term(
        "lane of two blocks",
        |m| m.multiplies(Multiplier::Dsp2) + m.multiplies(Multiplier::Mac16),
        100.0,
        30.0,
    ),
];

/// How many of each part a machine has.
pub(super) fn terms(config: &MachineConfig) -> [f64; TERMS] {
    let array = &config.array;
    let (rows, columns) = (array.rows as f64, array.columns as f64);
    let held = flag(array.holds_words());
    let post = config.post.lanes as f64;
    let machine = Machine { config, rows, columns, lanes: rows * columns, post, held };
    ALL.map(|term| (term.count)(&machine))
}
