//! Output stages as descriptor fields and parameter entries.

use bitladder_spec::{OutputStage, Requant};

use super::CompileError;
use super::lower::field;
use crate::config::MachineConfig;
use crate::isa::{Descriptor, DescriptorError, Destination, Mode, parameter};

/// What the machine adds to a stage before it is exactly `OutputStage::finish`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Folded {
    /// The sum arrives times `2^extra_shift`.
    pub(super) extra_shift: u32,
    /// Positions of an average.
    pub(super) divisor: u32,
}

/// A channel's parameter entry.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entry {
    bias: i64,
    multiplier: u32,
    shift: u32,
}

impl Entry {
    /// The 64 bits.
    pub(super) fn pack(self) -> Result<u64, DescriptorError> {
        let mut words = [0; 2];
        parameter::BIAS.insert(&mut words, self.bias)?;
        parameter::MULTIPLIER.insert(&mut words, self.multiplier.into())?;
        parameter::SHIFT.insert(&mut words, self.shift.into())?;
        Ok(u64::from(words[0]) | u64::from(words[1]) << 32)
    }
}

/// An output stage on its way to the machine.
pub(super) struct Stage<'a> {
    pub(super) layer: &'a str,
    pub(super) stage: &'a OutputStage,
    pub(super) folded: Folded,
    pub(super) config: &'a MachineConfig,
}

impl Stage<'_> {
    /// The entry of a channel with its bias.
    pub(super) fn entry(&self, channel: usize, bias: i64) -> Result<Entry, CompileError> {
        let layer = || self.layer.to_owned();
        let requant = self.stage.requant_of(channel);
        let (multiplier, shift) = self.reduced(requant);
        let limit = u32::from(self.config.post.multiplier_bits);
        let needed = 32 - multiplier.leading_zeros();
        if needed > limit {
            let (what, multiplier) = (format!("channel {channel}"), multiplier.into());
            return Err(match limit {
                1 => CompileError::ShiftsOnly { layer: layer(), what, multiplier },
                _ => CompileError::Multiplier { layer: layer(), what, multiplier, needed, limit },
            });
        }
        let entry = Entry { bias, multiplier, shift };
        match entry.pack() {
            Ok(_) => Ok(entry),
            Err(DescriptorError::Range { field: "bias", .. }) => {
                Err(CompileError::Bias { layer: layer(), channel, bias })
            }
            Err(source) => Err(super::memories::bad_field(self.layer, source)),
        }
    }

    /// Multiplier and shift with nothing to cancel; a divisor that is a power of two is part of
    /// the shift.
    fn reduced(&self, requant: Requant) -> (u32, u32) {
        let divided = self.folded.extra_shift + self.divisor_shift();
        let (multiplier, shift) =
            (requant.multiplier(), u32::from(requant.shift_amount()) + divided);
        let cancel = multiplier.trailing_zeros().min(shift);
        (multiplier >> cancel, shift - cancel)
    }

    fn divisor_shift(&self) -> u32 {
        let divisor = self.folded.divisor;
        if divisor.is_power_of_two() { divisor.trailing_zeros() } else { 0 }
    }

    /// Whether no channel ever has a fraction to round.
    fn is_exact(&self) -> bool {
        let whole = |requant: &Requant| self.reduced(*requant).1 == 0;
        self.folded.divisor.is_power_of_two() && self.stage.requant.iter().all(whole)
    }

    /// The stage's fields.
    pub(super) fn fill(&self, descriptor: &mut Descriptor) -> Result<(), CompileError> {
        let roundings = &self.config.post.roundings;
        let rounding = match self.is_exact() {
            true => roundings[0],
            false => self.stage.rounding,
        };
        if !roundings.contains(&rounding) {
            return Err(CompileError::Rounding {
                layer: self.layer.into(),
                rounding: format!("{rounding:?}"),
                available: format!("{roundings:?}"),
            });
        }
        descriptor.rounding = rounding.into();
        descriptor.saturation = self.stage.saturation.into();
        descriptor.output_signed = self.stage.ty.is_signed();
        descriptor.output_bits = self.stage.ty.bits().into();
        descriptor.output_zero_point = self.stage.zero_point;
        // The contract stores nothing beyond 32 bits with sign.
        descriptor.clamp_lo = self.stage.clamp.lo as i32;
        descriptor.clamp_hi = self.stage.clamp.hi as i32;
        descriptor.divisor = match self.folded.divisor.is_power_of_two() {
            true => 1,
            false => self.folded.divisor,
        };
        Ok(())
    }
}

/// Where a layer's result goes.
pub(super) fn to_results(descriptor: &mut Descriptor, classes: usize) {
    descriptor.destination = Destination::Results;
    descriptor.output_mode = Mode::Word16;
    descriptor.classes = field(classes);
}
