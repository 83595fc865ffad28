//! Sizes and choices of the back side.

use bitladder_blocks::check::{distinct, within};
use bitladder_blocks::{BlockError, Mode};
use bitladder_machine::isa::{self, Operation};
use bitladder_machine::{MachineConfig, is_large_array};
use bitladder_rtl::{Ty, sint, uint};
use bitladder_spec::{Rounding, Saturation, accumulator};

use super::lane::PostLaneConfig;
use crate::check::power_of_two;
use crate::reach::Reach;

/// Width of the sums that the element unit makes: a product of a centred operand (18 bits) and a
/// multiplier (17 bits), and two bits more for the sum of two, or for what a division leaves.
pub(crate) const ELEMENT_SUM_BITS: u32 = 37;

/// Bits of a bias.
pub(crate) const BIAS_BITS: u32 = isa::parameter::BIAS.width;
/// Bits of a shift.
pub(crate) const SHIFT_BITS: u32 = isa::parameter::SHIFT.width;
/// The largest shift.
pub(crate) const MAX_SHIFT: u32 = bitladder_spec::MAX_SHIFT as u32;
/// Bits of a word address in a descriptor.
pub(crate) const ADDRESS: Ty = uint(isa::field::OUTPUT_BASE.width);

/// What the back side is built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostConfig {
    /// Rows of the array, 1 to 128.
    pub rows: u32,
    /// Columns of the array, which are also the words of a group: a power of two up to 128.
    pub columns: u32,
    /// Post lanes, a power of two up to `columns`. With fewer lanes than columns, the columns of a row take
    /// turns: nothing is lost as long as `rows * columns / lanes` is at most the words of a
    /// reduction, and each lane that is not there saves 500 to 800 LUT and its multipliers.
    pub lanes: u32,
    /// The modes in which results are stored; each adds an input to the packing multiplexers.
    pub modes: Vec<Mode>,
    /// Width of the sums of the array, 2 to 48.
    pub accumulator_bits: u32,
    /// Widest multiplier, 1 to 17; 1 builds shifts only.
    pub multiplier_bits: u32,
    /// Bits of shifts, 3 to 6.
    pub shift_bits: u32,
    /// Width of the biases, 8 to 40.
    pub bias_bits: u32,
    /// Width of results, 8 to 32.
    pub value_bits: u32,
    /// Width of zero points, clamps and what is stored, 8 to `value_bits`.
    pub stored_bits: u32,
    /// Whether the element unit sends chunks: sums of its own.
    pub chunks: bool,
    /// Whether a single lane takes each column's parameters from memory in its turn, so that no
    /// registers keep them. It must shift only, there must be no chunks, and the memory must be its
    /// own: nothing else reads it.
    pub turns: bool,
    /// The roundings that exist.
    pub roundings: Vec<Rounding>,
    /// The saturations that exist. `wrap` costs about 100 LUT per lane.
    pub saturations: Vec<Saturation>,
    /// Groups of activation memory.
    pub activation_groups: usize,
    /// Entries of parameter memory.
    pub parameter_entries: usize,
    /// Words of result memory.
    pub result_words: usize,
    /// How far programs go.
    pub reach: Reach,
}

impl PostConfig {
    /// The back side of a machine.
    pub fn of(machine: &MachineConfig) -> PostConfig {
        let (array, memory) = (&machine.array, &machine.memory);
        let modes = array.modes.iter();
        let modes = modes.filter_map(|mode| Mode::ALL.get(mode.code() as usize).copied());
        PostConfig {
            rows: array.rows as u32,
            columns: array.columns as u32,
            lanes: machine.post.lanes as u32,
            modes: modes.collect(),
            accumulator_bits: array.accumulator_bits.into(),
            multiplier_bits: machine.post.multiplier_bits.into(),
            shift_bits: machine.post.shift_bits.into(),
            bias_bits: machine.post.bias_bits.into(),
            value_bits: machine.post.value_bits.into(),
            stored_bits: machine.post.stored_bits.into(),
            chunks: machine.element.operations.iter().any(|one| *one != Operation::MaxPool),
            turns: machine.parameters_in_turns(),
            roundings: machine.post.roundings.clone(),
            saturations: machine.post.saturations.clone(),
            activation_groups: memory.activation_groups,
            parameter_entries: memory.parameter_entries,
            result_words: memory.result_words,
            reach: Reach::of(machine),
        }
    }

    pub(crate) fn validate(&self) -> Result<(), BlockError> {
        let limit = 1 << ADDRESS.width;
        power_of_two("post.columns", self.columns, 1..=128)?;
        within("post.rows", self.rows, 1..=128)?;
        power_of_two("post.lanes", self.lanes, 1..=self.columns)?;
        distinct("post.modes", &self.modes)?;
        let widest = accumulator::MAX_BITS.into();
        within("post.accumulator_bits", self.accumulator_bits, 2..=widest)?;
        let groups = limit / u64::from(self.columns);
        within("post.activation_groups", self.activation_groups as u64, 1..=groups)?;
        within("post.parameter_entries", self.parameter_entries as u64, 1..=limit)?;
        within("post.result_words", self.result_words as u64, 1..=limit)?;
        self.lane().validate()
    }

    /// The configuration of each lane.
    pub fn lane(&self) -> PostLaneConfig {
        let own = if self.chunks { ELEMENT_SUM_BITS } else { 2 };
        PostLaneConfig {
            sum_bits: self.accumulator_bits.max(own),
            shift_bits: self.shift_bits,
            bias_bits: self.bias_bits,
            value_bits: self.value_bits,
            stored_bits: self.stored_bits,
            multiplier_bits: self.multiplier_bits,
            roundings: self.roundings.clone(),
            saturations: self.saturations.clone(),
        }
    }

    /// Whether the machine is so large that registers that are read at once lie far apart.
    pub fn far(&self) -> bool {
        is_large_array(self.rows as usize, self.columns as usize)
    }

    /// Columns of a lane.
    pub(super) fn share(&self) -> u32 {
        self.columns / self.lanes
    }

    /// The type of the array's sums.
    pub(crate) fn array_sum(&self) -> Ty {
        sint(self.accumulator_bits)
    }

    /// A short text that differs for different configurations, for module names.
    pub(crate) fn tag(&self) -> String {
        let modes: String = self.modes.iter().map(|mode| mode.code().to_string()).collect();
        let [rows, lanes, bits] = [self.rows, self.lanes, self.accumulator_bits];
        let (multiplier, lane) = (self.multiplier_bits, self.lane().tag());
        let [groups, entries] = [self.activation_groups, self.parameter_entries];
        let results = self.result_words;
        format!(
            "r{rows}_l{lanes}_o{modes}_s{bits}_m{multiplier}_{lane}_a{groups}_p{entries}_n{results}"
        )
    }
}
