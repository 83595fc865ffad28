//! How far programs go: what the counters of a machine are made for.

use bitladder_machine::MachineConfig;
use bitladder_machine::isa::{FieldPlace, field};
use bitladder_rtl::{Ty, address_width, uint};

/// The widest numbers that descriptors bring along. The control side refuses larger ones, so
/// units count in as many bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Most images of a batch, 1 to 65,535. With 1 nothing steps from image to image.
    pub images: u32,
    /// Bits of heights and widths, 4 to 16.
    pub extent_bits: u32,
    /// Bits of counts of pixels and tiles, 8 to 24.
    pub pixel_bits: u32,
    /// Bits of counts of channels, passes and layers, 4 to 16.
    pub channel_bits: u32,
    /// Whether the taps of windows can lie apart.
    pub dilation: bool,
    /// Whether rows can lie without gaps between their pixels.
    pub dense: bool,
}

impl Reach {
    /// Everything that descriptors can say.
    pub const FULL: Reach = Reach {
        images: 65_535,
        extent_bits: 16,
        pixel_bits: 24,
        channel_bits: 16,
        dense: true,
        dilation: true,
    };

    /// What a machine's configuration allows.
    pub fn of(machine: &MachineConfig) -> Reach {
        let limits = &machine.limits;
        Reach {
            images: limits.batch as u32,
            extent_bits: limits.extent_bits.into(),
            pixel_bits: limits.operand_bits.into(),
            channel_bits: limits.channel_bits.into(),
            dilation: limits.dilation,
            dense: limits.dense,
        }
    }

    /// Bits of a field that count; the others are zero.
    pub(crate) fn bits(&self, place: FieldPlace) -> u32 {
        let is = |places: &[FieldPlace]| places.iter().any(|known| known.name == place.name);
        let bits = match () {
            () if is(EXTENTS) => self.extent_bits,
            () if is(CHANNELS) => self.channel_bits,
            () if is(PIXELS) => self.pixel_bits,
            () if is(&[field::IMAGES]) => address_width(self.images as usize + 1),
            () => place.width,
        };
        bits.min(place.width)
    }

    /// The type of a count of a field.
    pub(crate) fn ty(&self, place: FieldPlace) -> Ty {
        uint(self.bits(place))
    }

    /// The largest value that counts.
    pub(crate) fn most(&self, place: FieldPlace) -> u64 {
        let most = (1 << self.bits(place)) - 1;
        if place.name == field::IMAGES.name { u64::from(self.images) } else { most }
    }

    /// Whether batches have images to step through.
    pub(crate) fn batches(&self) -> bool {
        self.images > 1
    }
}

/// Heights, widths and what moves within them.
const EXTENTS: &[FieldPlace] = &[
    field::INPUT_HEIGHT,
    field::INPUT_WIDTH,
    field::KERNEL_HEIGHT,
    field::KERNEL_WIDTH,
    field::STRIDE_Y,
    field::STRIDE_X,
    field::PAD_TOP,
    field::PAD_LEFT,
    field::OUTPUT_HEIGHT,
    field::OUTPUT_WIDTH,
];
const CHANNELS: &[FieldPlace] =
    &[field::PASSES, field::OUTPUT_CHANNELS, field::CLASSES, field::LAYER];
const PIXELS: &[FieldPlace] = &[field::TOTAL_PIXELS, field::TILES];
