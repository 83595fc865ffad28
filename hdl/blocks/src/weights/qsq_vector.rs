//! The 3-bit code the other way round: shift the activations, scale once at a vector's end.
//!
//! Integers are exact, so `scalar * sum(factor * x)` is the same number as the sum of the scaled
//! products; one multiplication serves a whole vector, and codes that stand for 0 keep the
//! adder's operand still. One code per cycle; a vector's sum follows its last code by three edges.
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream: `code`, `activation` (signed, centred), `last` of the vector, `scalar` (looked at with `last`) |
//! | `out` | stream: `sum`, the vector's contribution to the accumulator |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_/~\_/~\_
//! in_valid   ~~~~~~~~~~~~~\___________
//! in_last    _________/~~~\___________
//! out_valid  _____________________/~~~
//! ```
//!
//! ```
//! # use bitladder_blocks::weights::{QsqVectorConfig, qsq_vector};
//! let config = QsqVectorConfig { activation_bits: 8, scalar_bits: 8, max_length: 64 };
//! assert_eq!(config.sum_bits(), 8 + 3 + 6 + 8);
//! assert_eq!(qsq_vector(&config)?.name(), "qsq_vector_a8_s8_n64");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, sint, uint};

use super::qsq::QsqCode;
use crate::BlockError;
use crate::check::within;
use crate::stream::{Pipeline, Stream, StreamField};

/// Sizes of the vectors' sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QsqVectorConfig {
    /// Bits of the signed activations, 2 to 17.
    pub activation_bits: u32,
    /// Bits of a vector's scalar, 1 to 13.
    pub scalar_bits: u32,
    /// Longest vector, 1 to 65,536 codes: each doubling costs one bit of the inner sum.
    pub max_length: u32,
}

impl QsqVectorConfig {
    /// Width of the sum before scaling: every code of the longest vector may be a 4.
    fn inner_bits(self) -> u32 {
        let growth = self.max_length.saturating_sub(1).checked_ilog2().map_or(0, |top| top + 1);
        self.activation_bits + 3 + growth
    }

    fn validate(self) -> Result<(), BlockError> {
        within("qsq_vector.activation_bits", self.activation_bits, 2..=17)?;
        within("qsq_vector.scalar_bits", self.scalar_bits, 1..=13)?;
        within("qsq_vector.max_length", self.max_length, 1..=65_536)
    }

    fn fields(self) -> [StreamField<'static>; 4] {
        [
            ("code", uint(3), "the stored code"),
            ("activation", sint(self.activation_bits), "centred activation"),
            ("last", BIT, "the last code of a vector"),
            ("scalar", uint(self.scalar_bits), "the vector's scalar, looked at with `last`"),
        ]
    }

    /// Width of the scaled sum.
    pub fn sum_bits(self) -> u32 {
        self.inner_bits() + self.scalar_bits
    }
}

/// Builds the vector unit.
pub fn qsq_vector(config: &QsqVectorConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let QsqVectorConfig { activation_bits, scalar_bits, max_length } = *config;
    let m = ModuleBuilder::new("qsq_vector").param("a", activation_bits);
    let m = m.param("s", scalar_bits).param("n", max_length);
    let m = m.doc("Sums shifted activations and scales once per vector.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets everything on the way");
    let input = Stream::sink(&m, "in", &config.fields());
    let sum_ty = sint(config.sum_bits());
    let output = Stream::source(&m, "out", &[("sum", sum_ty, "scaled sum of a vector")]);

    let mut pipe = Pipeline::behind(&m, clk, rst, &input);
    let code = QsqCode::decode(input.get("code"));
    let product = code.times(&m, input.get("activation"));
    let product = pipe.hold("product_q", product);
    let last = pipe.hold("last_q", input.get("last"));
    let scalar = pipe.hold("scalar_q", input.get("scalar"));
    pipe.next_stage();

    let inner = sint(config.inner_bits());
    let open = m.reg("open_q", BIT, clk).reset(rst, 0).enable(pipe.advance() & pipe.valid());
    open.next(!last);
    m.describe_signal(open.q, "a vector is under way");
    let sum = m.reg("sum_q", inner, clk).enable(pipe.advance() & pipe.valid());
    sum.next(open.q.mux(sum.q, m.lit(inner, 0)) + product.sign_extend(inner.width));
    let scalar = pipe.hold("scalar_2_q", scalar);
    let done = pipe.hold("last_2_q", last);
    pipe.next_stage();

    let whole = sum.q * scalar.zero_extend(scalar_bits + 1).as_signed();
    let scaled = pipe.hold("scaled_q", whole.truncate(sum_ty.width));
    pipe.next_stage_if(done);
    m.drive(output.get("sum"), scaled);
    pipe.finish(&output);
    Ok(m.build()?)
}
