//! What a machine's counters were built for.

use super::CompileError;
use crate::config::MachineConfig;
use crate::isa::{Descriptor, FieldPlace, Operation, field};

/// Heights and widths.
const EXTENTS: &[FieldPlace] = &[
    field::INPUT_HEIGHT,
    field::INPUT_WIDTH,
    field::KERNEL_HEIGHT,
    field::KERNEL_WIDTH,
    field::PAD_TOP,
    field::PAD_LEFT,
    field::OUTPUT_HEIGHT,
    field::OUTPUT_WIDTH,
];
/// Steps from window to window, which have 8 bits at most.
const STRIDES: &[FieldPlace] = &[field::STRIDE_Y, field::STRIDE_X];
/// Pixels, and operands of an image row.
const OPERANDS: &[FieldPlace] = &[
    field::TOTAL_PIXELS,
    field::TILES,
    field::STEP,
    field::TAKE,
    field::TAP_STEP,
    field::LEAD_OPERANDS,
    field::ROW_OPERANDS,
];
/// Channels, passes over them, and layers.
const CHANNELS: &[FieldPlace] =
    &[field::PASSES, field::OUTPUT_CHANNELS, field::CLASSES, field::LAYER];

/// Refuses a watchdog that outlasts its counter.
pub(super) fn cycles(
    program: &str,
    descriptor: &Descriptor,
    config: &MachineConfig,
) -> Result<(), CompileError> {
    let (bits, value) = (config.limits.cycle_bits, i64::from(descriptor.watchdog));
    if bits >= 32 || value >> bits == 0 {
        return Ok(());
    }
    let (layer, key) = (format!("{} of {program}", descriptor.layer), "limits.cycle_bits");
    Err(CompileError::Limit { layer, what: "watchdog", value, key, bits })
}

/// Refuses a descriptor that asks for more than `limits` of the configuration.
pub(super) fn check(
    layer: &str,
    descriptor: &Descriptor,
    config: &MachineConfig,
) -> Result<(), CompileError> {
    if descriptor.operation == Operation::Load {
        return Ok(());
    }
    let words = descriptor.pack().map_err(|source| super::bad_field(layer, source))?;
    let limits = &config.limits;
    let groups = [
        (EXTENTS, "limits.extent_bits", limits.extent_bits),
        (STRIDES, "limits.extent_bits", limits.extent_bits),
        (OPERANDS, "limits.operand_bits", limits.operand_bits),
        (CHANNELS, "limits.channel_bits", limits.channel_bits),
    ];
    let exceeds = |what: &'static str, value: i64, key, bits: u8| match value >> bits {
        0 => Ok(()),
        _ => Err(CompileError::Limit { layer: layer.into(), what, value, key, bits }),
    };
    // A program's end has all bits of the layer's number.
    let ends = descriptor.operation == Operation::End;
    for (places, key, bits) in groups {
        for place in places.iter().filter(|place| !ends || place.name != field::LAYER.name) {
            exceeds(place.name, place.extract(&words), key, bits)?;
        }
    }
    if descriptor.operation == Operation::Conv {
        let rows = config.array.rows as i64 - 1;
        let reach = rows * i64::from(descriptor.step) + i64::from(descriptor.take);
        exceeds("operands of a tile", reach, "limits.operand_bits", limits.operand_bits)?;
        exceeds(
            "operands of a pixel",
            descriptor.channels.into(),
            "limits.operand_bits",
            limits.operand_bits,
        )?;
    }
    match descriptor.dilation_y.max(descriptor.dilation_x) > 1 && !limits.dilation {
        true => Err(CompileError::Dilation { layer: layer.into() }),
        false => Ok(()),
    }
}
