//! Output stages as descriptor fields and parameter entries.

use bitladder_spec::{OutputStage, Requant, Saturation, Span};

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
    /// Bits that hold every sum with its bias, for any input.
    pub(super) sum_bits: u8,
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
        let limit = self.config.post.bias_bits;
        if Span::new(bias, bias).signed_bits() > limit {
            return Err(CompileError::Bias { layer: layer(), channel, bias, limit });
        }
        let limit = self.config.post.shift_bits;
        if shift >> limit != 0 {
            return Err(CompileError::Shift { layer: layer(), channel, shift, limit });
        }
        Ok(Entry { bias, multiplier, shift })
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

    /// The clamp, as narrow as the machine's values. A wider one is cut only where no result
    /// reaches what is cut off: raw sums that are shorter than their type.
    fn clamp(&self, to_results: bool) -> Result<Span, CompileError> {
        let post = &self.config.post;
        // Results may have no clamp but the limits of their width.
        let bare = to_results && post.clamps_stored_only();
        let (key, limit) = match to_results {
            true => ("post.value_bits", post.value_bits),
            false => ("post.stored_bits", post.stored_bits),
        };
        let refused = |what, needed| {
            Err(CompileError::Value { layer: self.layer.into(), what, needed, key, limit })
        };
        let (clamp, zero_point) = (self.stage.clamp, i64::from(self.stage.zero_point));
        let needed = Span::new(zero_point, zero_point).signed_bits();
        if needed > limit {
            return refused("zero point", needed);
        }
        let (ty, saturates) = (self.stage.ty.bits(), self.stage.saturation == Saturation::Saturate);
        if ty > limit && !saturates {
            return refused("type", ty);
        }
        let plain = saturates && zero_point == 0;
        let most = 1 << (limit - 1);
        let whole = Span::new(-most, most - 1);
        if clamp.signed_bits() <= limit && !bare || plain && clamp == whole {
            return Ok(clamp);
        }
        let shifts = |requant: &Requant| self.reduced(*requant).0 <= 1;
        if !plain || !self.stage.requant.iter().all(shifts) {
            return refused("clamp", clamp.signed_bits());
        }
        if self.sum_bits > limit {
            return refused("result", self.sum_bits);
        }
        let most = 1 << (self.sum_bits - 1);
        if bare && (clamp.lo > -most || clamp.hi < most - 1) {
            let layer = self.layer.to_owned();
            return Err(CompileError::Unclamped { layer, stored: post.stored_bits, limit });
        }
        Ok(Span::new(clamp.lo.max(whole.lo), clamp.hi.min(whole.hi)))
    }

    /// The stage's fields, of a layer whose results go to result memory or are stored.
    pub(super) fn fill(
        &self,
        descriptor: &mut Descriptor,
        to_results: bool,
    ) -> Result<(), CompileError> {
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
        let saturations = &self.config.post.saturations;
        if !saturations.contains(&self.stage.saturation) {
            return Err(CompileError::Saturation {
                layer: self.layer.into(),
                saturation: format!("{:?}", self.stage.saturation),
                available: format!("{saturations:?}"),
            });
        }
        let clamp = self.clamp(to_results)?;
        descriptor.rounding = rounding.into();
        descriptor.saturation = self.stage.saturation.into();
        descriptor.output_signed = self.stage.ty.is_signed();
        descriptor.output_bits = self.stage.ty.bits().into();
        descriptor.output_zero_point = self.stage.zero_point;
        // The contract stores nothing beyond 32 bits with sign.
        descriptor.clamp_lo = clamp.lo as i32;
        descriptor.clamp_hi = clamp.hi as i32;
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
