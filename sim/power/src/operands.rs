//! Operands as a layer gives them: weights normal, activations behind ReLU.

use bitladder_blocks::{Mode, WeightKind};
use bitladder_spec::SplitMix64;

/// Twelve uniform numbers less six are nearly normal with deviation 1.
fn normal(noise: &mut SplitMix64) -> f64 {
    (0..12).map(|_| noise.unit()).sum::<f64>() - 6.0
}

/// A weight of so many bits; three standard deviations are a range.
pub(crate) fn weight(noise: &mut SplitMix64, bits: u32) -> i64 {
    let half = (1_i64 << (bits - 1)) as f64;
    (normal(noise) * half / 3.0).round().clamp(-half, half - 1.0) as i64
}

/// An activation of so many bits: half of them are 0, none is negative.
pub(crate) fn activation(noise: &mut SplitMix64, bits: u32) -> i64 {
    let most = ((1_i64 << (bits - 1)) - 1) as f64;
    ((noise.unit() * 2.0 - 1.0).max(0.0) * most) as i64
}

/// A word of activations.
pub(crate) fn activations(noise: &mut SplitMix64, mode: Mode) -> u128 {
    if mode == Mode::Binary {
        return u128::from(noise.next_u64() as u16);
    }
    pack(mode.bits(), mode.parts(), || activation(noise, mode.bits()))
}

/// A word of weights of a kind.
pub(crate) fn weights(noise: &mut SplitMix64, mode: Mode, kind: WeightKind) -> u128 {
    let bits = mode.bits();
    match (mode, kind) {
        (Mode::Binary, _) => u128::from(noise.next_u64() as u16),
        (_, WeightKind::Fixed) => pack(bits, mode.parts(), || weight(noise, bits)),
        // Sign, a bit that says zero, and a shift: small ones are more frequent.
        (_, WeightKind::PowerOfTwo) => {
            let shift = noise.below(12) as u128;
            (noise.below(2) as u128) << 4 | shift
        }
        (_, WeightKind::Ternary) => {
            pack(2, mode.parts(), || [0, 0, 1, -1][noise.below(4) as usize])
        }
        (_, WeightKind::Qsq) => pack(3, mode.parts(), || noise.below(7) as i64),
    }
}

fn pack(bits: u32, parts: u32, mut value: impl FnMut() -> i64) -> u128 {
    let mask = (1_u128 << bits) - 1;
    (0..parts).fold(0, |word, part| word | (value() as u128 & mask) << (part * bits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_blocks::word_dot;

    #[test]
    fn every_word_has_a_meaning_and_activations_are_not_negative() {
        let mut noise = SplitMix64::new(1);
        for mode in Mode::ALL {
            for kind in WeightKind::ALL.into_iter().filter(|kind| kind.goes_with(mode)) {
                for _ in 0..200 {
                    let (a, w) = (activations(&mut noise, mode), weights(&mut noise, mode, kind));
                    assert!(
                        word_dot(mode, kind, a as u16, w as u16).is_some(),
                        "{mode:?} {kind:?}"
                    );
                    let sign = mode != Mode::Binary && a >> 15 & 1 == 1;
                    assert!(a <= 0xffff && w <= 0xffff && !sign, "{a:x} {w:x}");
                }
            }
        }
    }
}
