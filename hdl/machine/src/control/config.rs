//! Sizes of the control side.

use bitladder_blocks::BlockError;
use bitladder_blocks::check::within;
use bitladder_machine::isa::{
    DECISION_WORDS, DESCRIPTOR_WORDS, FieldPlace, Mode, RoundingCode, SaturationCode, WeightKind,
    field, parameter, register,
};
use bitladder_machine::{Family, MachineConfig, is_large_array};
use bitladder_rtl::{Ty, address_width, uint};

use crate::check::power_of_two;
use crate::external::ExternalPlan;
use crate::reach::Reach;

/// Bits of a transfer within the longest memory: parameters.
pub(crate) const TRANSFER_BITS: u32 = 25;

/// What the control side is built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlConfig {
    /// Rows of the array, 1 to 128.
    pub rows: u32,
    /// Columns of the array and words of a group: a power of two from 2 to 64. The host moves two
    /// words at a time, which must lie in one group.
    pub columns: u32,
    /// Codes of the modes that exist.
    pub modes: Vec<u32>,
    /// Codes of the weight kinds that exist.
    pub weight_kinds: Vec<u32>,
    /// Whether nested weights can be read.
    pub nested: bool,
    /// Whether weights can lose digits.
    pub quality: bool,
    /// Codes of the roundings that exist.
    pub roundings: Vec<u32>,
    /// Codes of the saturations that exist.
    pub saturations: Vec<u32>,
    /// Width of the sums in mode `word16`, for the host to read.
    pub accumulator_bits: u32,
    /// First 32 bits of the configuration's hash, for the host to read.
    pub hash: u32,
    /// Groups of activation memory.
    pub activation_groups: usize,
    /// Groups of weight memory.
    pub weight_groups: usize,
    /// Entries of parameter memory.
    pub parameter_entries: usize,
    /// Descriptors in program memory.
    pub program_descriptors: usize,
    /// Words of result memory.
    pub result_words: usize,
    /// Images in the decision table; 0 if nothing decides.
    pub decision_images: usize,
    /// Words of the longest patch.
    pub patch_words: u32,
    /// Bits of every count of operands of an image row or a run.
    pub operand_bits: u32,
    /// Bits of heights and widths.
    pub extent_bits: u32,
    /// How far programs go.
    pub reach: Reach,
    /// Whether the host can have memories checked.
    pub checks: bool,
    /// Whether the host can read what it writes.
    pub readback: bool,
    /// Whether program, results and decisions share a memory.
    pub shared_words: bool,
    /// Whether weights lie in single-port memory of iCE40 UltraPlus.
    pub single_port: bool,
    /// Whether descriptors are checked when they are read.
    pub checked: bool,
    /// Whether the clock is slow and room is short, as on iCE40: fewer registers on the way, and deep
    /// memories of a power of two words and the rest.
    pub direct: bool,
    /// Width of the biases.
    pub bias_bits: u32,
    /// Width of the multipliers of post; 1 if it only shifts.
    pub multiplier_bits: u32,
    /// Bits of counts of cycles, 16 to 64.
    pub cycle_bits: u32,
    /// Whether more than cycles is counted.
    pub counters: bool,
    /// Memory outside the FPGA.
    pub external: Option<ExternalPlan>,
}

fn codes<T: Copy>(all: &[T], code: impl Fn(T) -> u32) -> Vec<u32> {
    all.iter().map(|one| code(*one)).collect()
}

/// Bits of a count of operands: those that a machine's memories can hold.
fn operand_bits(machine: &MachineConfig) -> u32 {
    let (array, memory) = (&machine.array, &machine.memory);
    let words = memory.activation_groups * array.columns;
    let words = words.max(memory.patch_words).max(memory.result_words);
    let most_per_word = array.modes.iter().map(|mode| mode.parts()).max().unwrap_or(1);
    let bits = address_width(words * most_per_word) + 1;
    bits.clamp(8, 24).min(machine.limits.operand_bits.into())
}

/// How far programs go: no further than operands are counted.
fn reach(machine: &MachineConfig, operand_bits: u32) -> Reach {
    let reach = Reach::of(machine);
    // Loads from outside count their groups in it, too.
    let pixel_bits = match machine.external_memory.is_some() {
        true => field::TOTAL_PIXELS.width,
        false => operand_bits,
    };
    Reach { extent_bits: operand_bits.min(reach.extent_bits), pixel_bits, ..reach }
}

impl ControlConfig {
    /// Whether the machine's memories lie all over its device: then what the host asks of activations and
    /// weights leaves from registers and comes into registers, and every request takes longer.
    pub(super) fn far(&self) -> bool {
        is_large_array(self.rows as usize, self.columns as usize)
    }

    /// Edges by which memories that are far answer the host later.
    pub(super) fn far_edges(&self) -> usize {
        if self.far() { 2 } else { 0 }
    }

    /// The control side of a machine. Widths of counters are those that its memories can need.
    pub fn of(machine: &MachineConfig) -> ControlConfig {
        let (array, memory) = (&machine.array, &machine.memory);
        let operand_bits = operand_bits(machine);
        let reach = reach(machine, operand_bits);
        ControlConfig {
            rows: array.rows as u32,
            columns: array.columns as u32,
            modes: codes(&array.modes, Mode::code),
            weight_kinds: codes(&array.weight_kinds, WeightKind::code),
            nested: array.nested,
            quality: array.quality,
            roundings: codes(&machine.post.roundings, |one| RoundingCode::from(one).code()),
            saturations: codes(&machine.post.saturations, |one| SaturationCode::from(one).code()),
            accumulator_bits: array.accumulator_bits.into(),
            hash: machine.hash32(),
            activation_groups: memory.activation_groups,
            weight_groups: memory.weight_groups,
            parameter_entries: memory.parameter_entries,
            program_descriptors: memory.program_descriptors,
            result_words: memory.result_words,
            decision_images: memory.decision_images,
            patch_words: memory.patch_words as u32,
            operand_bits,
            extent_bits: reach.extent_bits,
            reach,
            checks: memory.checks,
            readback: memory.readback,
            shared_words: memory.shared_words,
            single_port: memory.single_port,
            checked: machine.limits.checked,
            direct: machine.family == Family::Ice40,
            bias_bits: machine.post.bias_bits.into(),
            multiplier_bits: machine.post.multiplier_bits.into(),
            cycle_bits: machine.limits.cycle_bits.into(),
            counters: machine.host.counters,
            external: ExternalPlan::of(machine, machine.hash32()),
        }
    }

    pub(crate) fn validate(&self) -> Result<(), BlockError> {
        let words = 1 << field::INPUT_BASE.width;
        let groups = words / self.columns.max(1) as usize;
        power_of_two("array.columns", self.columns, 2..=64)?;
        within("control.rows", self.rows, 1..=128)?;
        within("control.activation_groups", self.activation_groups, 2..=groups)?;
        within("control.weight_groups", self.weight_groups, 2..=groups)?;
        within("control.parameter_entries", self.parameter_entries, 2..=words)?;
        within("control.program_descriptors", self.program_descriptors, 2..=1 << 16)?;
        within("control.result_words", self.result_words, 2..=words)?;
        within("control.decision_images", self.decision_images, 0..=1 << 16)?;
        within("control.patch_words", self.patch_words, 1..=1 << 15)?;
        within("control.operand_bits", self.operand_bits, 8..=24)?;
        within("control.extent_bits", self.extent_bits, 4..=16)
    }

    /// Whether weights in the 3-bit code are decoded on the way to the array.
    pub(crate) fn decodes(&self) -> bool {
        self.weight_kinds.contains(&WeightKind::Qsq.code())
    }

    /// Words of program memory.
    pub(crate) fn program_words(&self) -> usize {
        self.program_descriptors * DESCRIPTOR_WORDS
    }

    /// Words of the decision table.
    pub(crate) fn decision_words(&self) -> usize {
        self.decision_images * DECISION_WORDS
    }

    /// The number of a transfer between host and memories. Where nothing is read back, it is as
    /// short as the memories, with room to see that it is too large.
    pub(crate) fn transfer(&self) -> Ty {
        if self.readback {
            return uint(TRANSFER_BITS);
        }
        let outside = self.external.as_ref().map_or(0, ExternalPlan::transfers);
        let groups = self.activation_groups.max(self.weight_groups) * self.columns as usize / 2;
        let words = self.program_words().max(self.result_words).max(self.decision_words());
        let most = groups.max(words).max(2 * self.parameter_entries).max(outside);
        uint((address_width(most) + 1).min(TRANSFER_BITS))
    }

    /// The bits of a half of a parameter entry that exist: all where entries hold scalars too, or
    /// are read back.
    pub(crate) fn parameter_bits(&self, half: u32) -> Vec<u32> {
        let all = self.readback || self.decodes();
        let used = |bit: &u32| {
            let at = 32 * half + bit;
            let within = |place: FieldPlace, bits: u32| {
                (place.offset()..place.offset() + bits).contains(&at)
            };
            within(parameter::BIAS, self.bias_bits)
                || within(parameter::SHIFT, parameter::SHIFT.width)
                || (self.multiplier_bits > 1 && within(parameter::MULTIPLIER, self.multiplier_bits))
        };
        (0..32).filter(|bit| all || used(bit)).collect()
    }

    /// What register `shape` holds.
    pub(crate) fn shape(&self) -> u32 {
        let bits = |codes: &[u32]| codes.iter().fold(0, |bits, code| bits | 1 << code);
        self.rows << register::SHAPE_ROWS_BIT
            | self.columns << register::SHAPE_COLUMNS_BIT
            | bits(&self.modes) << register::SHAPE_MODES_BIT
            | bits(&self.weight_kinds) << register::SHAPE_WEIGHT_KINDS_BIT
            | self.accumulator_bits << register::SHAPE_ACCUMULATOR_BITS_BIT
            | u32::from(self.checks) << register::SHAPE_CHECKS_BIT
            | u32::from(self.external.is_some()) << register::SHAPE_EXTERNAL_BIT
    }

    pub(crate) fn program_address(&self) -> Ty {
        uint(address_width(self.program_words()))
    }

    /// The number of a group of activation memory.
    pub(crate) fn activation_address(&self) -> Ty {
        uint(address_width(self.activation_groups))
    }

    pub(crate) fn weight_address(&self) -> Ty {
        uint(address_width(self.weight_groups))
    }

    pub(crate) fn parameter_address(&self) -> Ty {
        uint(address_width(self.parameter_entries))
    }

    pub(crate) fn result_address(&self) -> Ty {
        uint(address_width(self.result_words))
    }

    pub(crate) fn decision_address(&self) -> Ty {
        uint(address_width(self.decision_words()))
    }

    /// Starts a module that depends on all sizes.
    pub(crate) fn tag(&self) -> String {
        let list = |codes: &[u32]| codes.iter().map(u32::to_string).collect::<String>();
        let sets = [&self.modes, &self.weight_kinds, &self.roundings].map(|codes| list(codes));
        format!("r{}_c{}_{}_{:08x}", self.rows, self.columns, sets.join("_"), self.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sim_4x4() -> ControlConfig {
        let text = include_str!("../../../../gen/configs/sim-4x4.toml");
        ControlConfig::of(&MachineConfig::parse("sim-4x4.toml", text).expect("it is valid"))
    }

    #[test]
    fn sizes_follow_the_machine() {
        let config = sim_4x4();
        assert!(config.validate().is_ok());
        assert_eq!((config.operand_bits, config.extent_bits), (19, 16));
        assert_eq!(config.shape(), 4 | 4 << 8 | 0xf << 16 | 0xf << 20 | 40 << 24 | 1 << 30);
    }

    #[test]
    fn loads_from_outside_count_as_far_as_descriptors_do() {
        let text = include_str!("../../../../gen/configs/ulx3s-85-sdram.toml");
        let machine = MachineConfig::parse("ulx3s-85-sdram.toml", text).unwrap();
        let config = ControlConfig::of(&machine);
        assert!(config.operand_bits < field::TOTAL_PIXELS.width);
        assert_eq!(config.reach.bits(field::TOTAL_PIXELS), field::TOTAL_PIXELS.width);
    }

    #[test]
    fn sizes_that_cannot_be_built_are_named() {
        let text = |config: ControlConfig| config.validate().unwrap_err().to_string();
        let columns = ControlConfig { columns: 1, ..sim_4x4() };
        let wanted = "`array.columns` = 1 is out of range: a power of two from 2 to 64";
        assert_eq!(text(columns), wanted);
        let images = ControlConfig { decision_images: 65_537, ..sim_4x4() };
        assert_eq!(text(images), "`control.decision_images` = 65537 is out of range: 0 to 65536");
    }
}
