//! Decoder of the 3-bit quality-scalable code: shift and negate, no multiplier.
//!
//! The code picks a factor of the vector's scalar. Two guard bits take the shift by two, one more
//! takes the sign. Cost for 8-bit scalars: 105 LUT4 on ECP5, 46 on iCE40. Combinational.
//!
//! | code | 000 | 001 | 010 | 011 | 100 | 101 | 110 | 111 |
//! |---|---|---|---|---|---|---|---|---|
//! | factor | 0 | 1 | 2 | 4 | -1 | -2 | -4 | 0, no operation |
//!
//! | port | meaning |
//! |---|---|
//! | `code` | 3 bits |
//! | `scalar` | unsigned, `scalar_bits` wide |
//! | `weight` | signed, three bits wider: what enters a multiplier |
//! | `skip` | the weight is 0: the product need not be made |
//! | `no_operation` | the code is 111 |
//!
//! ```text
//! code          < 011>< 101>< 111>
//! scalar        <  9 ><  9 ><  9 >
//! weight        < 36 ><-18 ><  0 >
//! no_operation  ____________/~~~~\
//! ```
//!
//! ```
//! # use bitladder_blocks::weights::{QsqDecoderConfig, qsq_decoder};
//! assert_eq!(qsq_decoder(&QsqDecoderConfig { scalar_bits: 13 })?.name(), "qsq_decoder_s13");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, Sig, sint, uint};
use bitladder_spec::weight_code::QSQ_NO_OPERATION;

use super::negated_if;
use crate::BlockError;
use crate::check::within;

/// Width of the scalars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QsqDecoderConfig {
    /// Bits of a vector's scalar, 1 to 13, as the contract allows.
    pub scalar_bits: u32,
}

/// What a 3-bit code asks for.
pub(crate) struct QsqCode<'m> {
    /// Shift by 0, 1 or 2.
    shift: Sig<'m>,
    negate: Sig<'m>,
    pub(crate) skip: Sig<'m>,
    pub(crate) no_operation: Sig<'m>,
}

impl<'m> QsqCode<'m> {
    pub(crate) fn decode(code: Sig<'m>) -> QsqCode<'m> {
        let (negate, low) = (code.bit(2), code.bits(0, 2));
        // Positive codes count their shifts from 1, negative ones from 0.
        let shift = negate.mux(low, low - 1);
        let no_operation = code.eq(u32::from(QSQ_NO_OPERATION));
        QsqCode { shift, negate, skip: no_operation | !code.reduce_or(), no_operation }
    }

    /// The factor times a signed value, three bits wider.
    pub(crate) fn times(&self, m: &'m ModuleBuilder, value: Sig<'m>) -> Sig<'m> {
        let wide = value.sign_extend(value.width() + 2);
        let (once, twice) = (wide.shift_left(1), wide.shift_left(2));
        let shifted = m.case(self.shift, &[(1, once), (2, twice)], wide);
        let product = negated_if(self.negate, shifted);
        self.skip.mux(m.lit(product.ty(), 0), product)
    }
}

/// Builds the decoder.
pub fn qsq_decoder(config: &QsqDecoderConfig) -> Result<Arc<Module>, BlockError> {
    let bits = config.scalar_bits;
    within("qsq_decoder.scalar_bits", bits, 1..=13)?;
    let m = ModuleBuilder::new("qsq_decoder").param("s", bits);
    let m = m.doc("From a 3-bit code and its vector's scalar to a weight.");
    let code = QsqCode::decode(m.input("code", uint(3), "the stored code"));
    let scalar = m.input("scalar", uint(bits), "the vector's scalar");
    let wide = code.times(&m, scalar.zero_extend(bits + 1).as_signed());
    m.drive(m.output("weight", sint(bits + 3), "factor times scalar"), wide.truncate(bits + 3));
    m.drive(m.output("skip", BIT, "the weight is 0"), code.skip);
    m.drive(m.output("no_operation", BIT, "the code asks for nothing"), code.no_operation);
    Ok(m.build()?)
}
