//! What becomes of sums.

use bitladder_spec::{Rounding, Saturation};
use serde::{Deserialize, Serialize};

/// From sums to stored integers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostConfig {
    /// Widest multiplier of a requantisation; 1 builds shifts only.
    pub multiplier_bits: u8,
    /// Lanes that requantise, a power of two up to `array.columns`. A row of sums takes
    /// `columns / lanes` cycles, so reductions of fewer words than [`MachineConfig::row_cycles`](crate::MachineConfig::row_cycles)
    /// times the rows wait.
    pub lanes: usize,
    /// The roundings that exist.
    pub roundings: Vec<Rounding>,
    /// The saturations that exist.
    pub saturations: Vec<Saturation>,
    /// Bits of shifts.
    pub shift_bits: u8,
    /// Width of biases, with all constants folded in.
    pub bias_bits: u8,
    /// Width of what goes to result memory.
    pub value_bits: u8,
    /// Width of zero points, clamps and what goes to activation memory. Below `value_bits`, results
    /// have no clamp but the limits of their width.
    pub stored_bits: u8,
}

impl PostConfig {
    /// Whether results go to result memory as they are, and clamps are for narrower values alone.
    pub fn clamps_stored_only(&self) -> bool {
        self.stored_bits < self.value_bits
    }
}
