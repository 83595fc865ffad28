//! What a host can know of a machine.

use bitladder_machine::isa::{Mode, WeightKind, memory};

use crate::Fault;

/// What a machine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Rows of the array.
    pub rows: u32,
    /// Columns of the array.
    pub columns: u32,
    /// Modes that exist.
    pub modes: Vec<Mode>,
    /// Weight kinds that exist.
    pub weight_kinds: Vec<WeightKind>,
    /// Width of the sums in mode `word16`.
    pub accumulator_bits: u32,
    /// First 32 bits of the configuration's hash.
    pub config_hash: u32,
    /// Whether it checks its memories: command `check`.
    pub checks: bool,
    /// Whether it has memory outside the FPGA.
    pub external: bool,
    /// Whether cycles pass: counters count and watchdogs bark.
    pub timed: bool,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status {
    /// A program runs.
    pub busy: bool,
    /// The program reached its end.
    pub done: bool,
    /// Why it did not.
    pub fault: Option<Fault>,
    /// The layer that runs, or ran last.
    pub layer: u32,
}

/// Cycles of a run, by what they were good for, and what moved meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Since the start command.
    pub cycles: u64,
    /// In which the array took a word.
    pub array: u32,
    /// That the layers' first patches took.
    pub stall_fill: u32,
    /// The array waited for later patches.
    pub stall_patches: u32,
    /// The array waited for results to leave it.
    pub stall_drain: u32,
    /// The array waited for weights or scalars.
    pub stall_weights: u32,
    /// Layers waited for weights from external memory.
    pub stall_memory: u32,
    /// The element unit worked.
    pub element: u32,
    /// The decision took.
    pub decide: u32,
    /// Words multiplied for pixels of the layers, in each column.
    pub row_words: u32,
    /// Groups read from weight memory.
    pub weight_reads: u32,
    /// Groups read from activation memory.
    pub activation_reads: u32,
    /// Groups written to activation memory.
    pub activation_writes: u32,
}

/// The machine's memories, in transfers of 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Memory {
    /// Descriptors.
    Program,
    /// Tensors, two words of 16 bits per transfer.
    Activation,
    /// Weights, two words of 16 bits per transfer.
    Weight,
    /// Entries of 64 bits, two transfers each.
    Parameter,
    /// Results.
    Result,
    /// The decision table.
    Decision,
    /// Weights outside the FPGA, two words of 16 bits per transfer.
    External,
}

impl Memory {
    /// All of them.
    pub const ALL: [Memory; 7] = [
        Memory::Program,
        Memory::Activation,
        Memory::Weight,
        Memory::Parameter,
        Memory::Result,
        Memory::Decision,
        Memory::External,
    ];

    /// Its code in the register map.
    pub fn code(self) -> u32 {
        match self {
            Memory::Program => memory::PROGRAM,
            Memory::Activation => memory::ACTIVATION,
            Memory::Weight => memory::WEIGHT,
            Memory::Parameter => memory::PARAMETER,
            Memory::Result => memory::RESULT,
            Memory::Decision => memory::DECISION,
            Memory::External => memory::EXTERNAL,
        }
    }

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Memory::Program => "program",
            Memory::Activation => "activation",
            Memory::Weight => "weight",
            Memory::Parameter => "parameter",
            Memory::Result => "result",
            Memory::Decision => "decision",
            Memory::External => "external",
        }
    }

    /// The memory of a code.
    pub fn from_code(code: u32) -> Option<Memory> {
        Self::ALL.into_iter().find(|memory| memory.code() == code)
    }
}
