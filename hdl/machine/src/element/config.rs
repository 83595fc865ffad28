//! Sizes and choices of the element unit.

use bitladder_blocks::check::{distinct, within};
use bitladder_blocks::{BlockError, Mode};
use bitladder_machine::isa::Operation;
use bitladder_machine::{Family, MachineConfig};
use bitladder_rtl::{Ty, address_width, uint};

use crate::check::power_of_two;
use crate::post::{ADDRESS, PostConfig};
use crate::reach::Reach;

/// What the element unit is built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementConfig {
    /// Words of a group, and channels per cycle: a power of two up to 128.
    pub columns: u32,
    /// The modes that exist; not single bits, which have no place in pools and sums.
    pub modes: Vec<Mode>,
    /// The operations that exist, out of max pool, average pool, sum and rescale. A max pool costs
    /// about 50 LUT per column, the three others together about 150, a sum a multiplier more.
    pub operations: Vec<Operation>,
    /// Whether the inputs of a sum have any multipliers of 16 bits. Without, they must be powers
    /// of two, and a shifter does for the multiplier.
    pub sum_multipliers: bool,
    /// Widest multiplier of post, 1 to 17: it enters the division of averages.
    pub multiplier_bits: u32,
    /// Serial dividers for averages by other than powers of two: 0 for none, or a divisor of
    /// `columns`. Each (about 250 LUT) divides its share of the columns one after the other.
    pub dividers: u32,
    /// Groups of activation memory.
    pub activation_groups: usize,
    /// Whether windows of pools can reach beyond their image.
    pub padding: bool,
    /// How far programs go.
    pub reach: Reach,
    /// Whether a max pool compares groups as they come from memory: for slow clocks, and where
    /// there is nothing but max pools.
    pub direct: bool,
    /// Whether the machine is so large that registers that are read at once lie far apart.
    pub far: bool,
}

impl ElementConfig {
    /// The element unit of a machine: one divider.
    pub fn of(machine: &MachineConfig) -> ElementConfig {
        let post = PostConfig::of(machine);
        let far = post.far();
        let modes = post.modes.into_iter().filter(|mode| *mode != Mode::Binary);
        ElementConfig {
            columns: post.columns,
            modes: modes.collect(),
            operations: machine.element.operations.clone(),
            sum_multipliers: post.multiplier_bits > 1,
            multiplier_bits: post.multiplier_bits,
            dividers: 1,
            activation_groups: post.activation_groups,
            padding: machine.element.padding,
            reach: post.reach,
            direct: machine.family == Family::Ice40
                && machine.element.operations == [Operation::MaxPool],
            far,
        }
    }

    pub(crate) fn validate(&self) -> Result<(), BlockError> {
        power_of_two("element.columns", self.columns, 1..=128)?;
        distinct("element.modes", &self.modes)?;
        distinct("element.operations", &self.operations)?;
        within("element.multiplier_bits", self.multiplier_bits, 1..=17)?;
        let groups = (1 << ADDRESS.width) / u64::from(self.columns);
        within("element.activation_groups", self.activation_groups as u64, 1..=groups)?;
        let refused =
            |key, value: i64, allowed: String| Err(BlockError::Range { key, value, allowed });
        if self.modes.contains(&Mode::Binary) {
            let allowed = "modes of more than one bit: 0 to 2".to_owned();
            return refused("element.modes", Mode::Binary as i64, allowed);
        }
        let foreign = [Operation::End, Operation::Conv];
        if let Some(operation) = self.operations.iter().find(|known| foreign.contains(known)) {
            let allowed = "operations without weights: 2 to 5".to_owned();
            return refused("element.operations", operation.code().into(), allowed);
        }
        if self.dividers == 0 || self.columns.is_multiple_of(self.dividers) {
            return Ok(());
        }
        let allowed = format!("0, or a divisor of the {} columns", self.columns);
        refused("element.dividers", self.dividers.into(), allowed)
    }

    pub(crate) fn has(&self, operation: Operation) -> bool {
        self.operations.contains(&operation)
    }

    /// Whether chunks are read at all.
    pub(crate) fn sums(&self) -> bool {
        self.operations.iter().any(|operation| *operation != Operation::MaxPool)
    }

    /// Whether averages can be divided.
    pub(crate) fn divides(&self) -> bool {
        self.has(Operation::AveragePool) && self.dividers > 0
    }

    /// Columns that share a divider.
    pub(super) fn share(&self) -> u32 {
        self.columns / self.dividers.max(1)
    }

    pub(super) fn column_bits(&self) -> u32 {
        self.columns.ilog2()
    }

    pub(super) fn group_address(&self) -> Ty {
        uint(address_width(self.activation_groups))
    }

    /// A short text that differs for different configurations, for module names.
    pub(crate) fn tag(&self) -> String {
        let modes: String = self.modes.iter().map(|mode| mode.code().to_string()).collect();
        let operations: String =
            self.operations.iter().map(|known| known.code().to_string()).collect();
        let scale = if self.sum_multipliers { "m" } else { "s" };
        let [bits, dividers] = [self.multiplier_bits, self.dividers];
        format!("o{modes}_f{operations}_{scale}{bits}_d{dividers}_a{}", self.activation_groups)
    }
}
