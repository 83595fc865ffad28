//! Recoder: from two's complement to canonic signed digits.
//!
//! With `t = 3w`, position `i` holds `bit i+1 of t` less `bit i+1 of w`: one adder and two gates
//! per digit, without a carry chain through digits. Proven for every weight of 8 and 16 bits by
//! the tests. Cost for 8 bits: 24 LUT4. Combinational.
//!
//! | port | meaning |
//! |---|---|
//! | `weight` | signed |
//! | `positive`, `negative` | bit `i`: digit `i` is +1, or -1 |
//!
//! ```text
//! weight    < 23 = 00010111 >
//! positive  <      00100000 >    32
//! negative  <      00001001 >    -8 - 1
//! ```
//!
//! ```
//! # use bitladder_blocks::csd::{CsdRecoderConfig, csd_recoder};
//! assert_eq!(csd_recoder(&CsdRecoderConfig { weight_bits: 8 })?.name(), "csd_recoder_w8");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{Module, ModuleBuilder, Sig, sint, uint};

use crate::BlockError;
use crate::check::within;

/// Width of the recoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsdRecoderConfig {
    /// Bits of the signed weight, 2 to 31.
    pub weight_bits: u32,
}

/// The positions of the digits +1 and -1.
pub(super) fn recode(weight: Sig<'_>) -> [Sig<'_>; 2] {
    let bits = weight.width();
    let wide = weight.sign_extend(bits + 2);
    let triple = wide + wide.shift_left(1);
    [triple & !wide, wide & !triple].map(|digits| digits.bits(1, bits))
}

/// Builds the recoder.
pub fn csd_recoder(config: &CsdRecoderConfig) -> Result<Arc<Module>, BlockError> {
    let bits = config.weight_bits;
    within("csd_recoder.weight_bits", bits, 2..=31)?;
    let m = ModuleBuilder::new("csd_recoder").param("w", bits);
    let m = m.doc("From two's complement to canonic signed digits.");
    let [positive, negative] = recode(m.input("weight", sint(bits), "two's complement"));
    m.drive(m.output("positive", uint(bits), "digits +1"), positive);
    m.drive(m.output("negative", uint(bits), "digits -1"), negative);
    Ok(m.build()?)
}
