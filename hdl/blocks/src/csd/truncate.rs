//! Keeps the most significant canonic signed digits of a weight, as a weight.
//!
//! What [`bitladder_spec::csd::truncate`] says: recode, keep `digits` digits from the top, add up
//! again; what would be one more than the largest weight stays at the largest. With `digits` 0 the
//! weight passes as it is. A chain from the top digit down hands the number of digits left from
//! pair to pair, as no two neighbours are digits. Combinational, and slow: half a LUT level per bit
//! between two carry chains. Cost on ECP5: about 170 LUT4 for 16 bits, 60 for 8, 15 for 4.
//!
//! | port | meaning |
//! |---|---|
//! | `weight` | signed |
//! | `digits` | most digits to keep; 0 keeps all |
//! | `kept` | as wide as the weight |
//!
//! ```text
//! weight  < 23 = 32 - 8 - 1        >
//! digits  < 1     >< 2     >< 0    >
//! kept    < 32    >< 24    >< 23   >
//! ```
//!
//! ```
//! # use bitladder_blocks::csd::{CsdTruncateConfig, csd_truncate};
//! assert_eq!(csd_truncate(&CsdTruncateConfig { weight_bits: 8 })?.name(), "csd_truncate_w8");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, Sig, sint, uint};

use super::recoder::recode;
use crate::BlockError;
use crate::check::within;

/// Bits of the knob, whatever the weight's width.
const DIGITS_BITS: u32 = 5;

/// Width of the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsdTruncateConfig {
    /// Bits of the signed weight, 2 to 16.
    pub weight_bits: u32,
}

/// The digits that are kept, as a mask.
fn mask<'m>(m: &'m ModuleBuilder, some: Sig<'m>, digits: Sig<'m>) -> Sig<'m> {
    let bits = some.width();
    let pairs = bits.div_ceil(2);
    let all = !digits.reduce_or();
    // Bit j: more than j digits are left.
    let mut left: Vec<Sig<'m>> = (0..pairs).map(|j| all | digits.gt(j)).collect();
    let mut kept = Vec::new();
    for pair in 0..pairs {
        let high = bits - 1 - 2 * pair;
        let places: Vec<u32> = (high.saturating_sub(1)..=high).rev().collect();
        let used = places.iter().fold(m.lit(BIT, 0), |used, place| used | some.bit(*place));
        kept.extend(places.iter().map(|_| left[0]));
        let fewer = left.iter().skip(1).copied().chain([m.lit(BIT, 0)]);
        left = left.iter().zip(fewer).map(|(now, fewer)| used.mux(fewer, *now)).collect();
    }
    m.cat(&kept)
}

/// Builds the module.
pub fn csd_truncate(config: &CsdTruncateConfig) -> Result<Arc<Module>, BlockError> {
    let bits = config.weight_bits;
    within("csd_truncate.weight_bits", bits, 2..=16)?;
    let m = ModuleBuilder::new("csd_truncate").param("w", bits);
    let m = m.doc("Keeps the most significant canonic signed digits of a weight.");
    let weight = m.input("weight", sint(bits), "two's complement");
    let digits = m.input("digits", uint(DIGITS_BITS), "most digits to keep; 0 keeps all");
    let [positive, negative] = recode(weight);
    let mask = m.named("mask", mask(&m, positive | negative, digits));
    let (positive, negative) = (positive & mask, negative & mask);
    let sum = positive - negative;
    // One more than the largest weight has its top bit alone.
    let beyond = m.named("beyond", positive.msb() & !negative.reduce_or());
    let largest = m.lit(sint(bits), (1i64 << (bits - 1)) - 1);
    let kept = m.output("kept", sint(bits), "the weight with fewer digits");
    m.drive(kept, beyond.mux(largest, sum.as_signed()));
    Ok(m.build()?)
}
