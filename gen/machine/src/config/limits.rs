//! What programs may ask for.

use serde::{Deserialize, Serialize};

use super::MachineConfig;
use super::check::Fault;

/// What programs may ask for: the counters of a machine are as wide as this needs, and as its
/// memories can use. A network that needs more is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Most images of a batch.
    pub batch: usize,
    /// Bits of heights and widths: of images, windows and padding.
    pub extent_bits: u8,
    /// Bits of counts of pixels, and of the operands of an image row.
    pub operand_bits: u8,
    /// Bits of counts of channels, and of layers.
    pub channel_bits: u8,
    /// Bits of counts of cycles: since the start, and of the watchdog.
    pub cycle_bits: u8,
    /// Whether descriptors are checked when they are read.
    pub checked: bool,
    /// Whether a network's input can lie without gaps between its pixels.
    pub dense: bool,
    /// Whether the taps of windows can lie apart.
    pub dilation: bool,
}

impl LimitsConfig {
    /// Everything that descriptors can say.
    pub const NONE: LimitsConfig = LimitsConfig {
        batch: 65_535,
        extent_bits: 16,
        operand_bits: 24,
        channel_bits: 16,
        cycle_bits: 64,
        dense: true,
        checked: true,
        dilation: true,
    };
}

pub(super) fn check(config: &MachineConfig) -> Result<(), Fault> {
    let limits = &config.limits;
    for (key, value, lo, hi) in [
        ("limits.batch", limits.batch, 1, 65_535),
        ("limits.extent_bits", limits.extent_bits.into(), 4, 16),
        ("limits.operand_bits", limits.operand_bits.into(), 8, 24),
        ("limits.channel_bits", limits.channel_bits.into(), 4, 16),
        ("limits.cycle_bits", limits.cycle_bits.into(), 16, 64),
    ] {
        if !(lo..=hi).contains(&value) {
            let allowed = format!("{lo} to {hi}");
            return Err(Fault::Range { key, value: value.to_string(), allowed });
        }
    }
    let images = config.memory.decision_images;
    if images > limits.batch {
        return Err(Fault::Conflict {
            keys: ["memory.decision_images", "limits.batch"],
            values: [images.to_string(), limits.batch.to_string()],
            remedy: "no batch is that large: make both alike",
        });
    }
    let columns = config.array.columns;
    if columns >> limits.channel_bits > 0 {
        return Err(Fault::Conflict {
            keys: ["limits.channel_bits", "array.columns"],
            values: [limits.channel_bits.to_string(), columns.to_string()],
            remedy: "a layer's channels fill the columns: allow more bits",
        });
    }
    Ok(())
}
