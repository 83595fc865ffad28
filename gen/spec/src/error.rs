//! What can be wrong with a number's description.

use thiserror::Error;

/// A format, multiplier, code or width that the numeric contract does not allow.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SpecError {
    /// An integer width outside the supported range.
    #[error("an integer of {bits} bits is not supported: choose 1 to 32 bits (2 to 32 if signed)")]
    Bits {
        /// The width asked for.
        bits: u8,
    },
    /// A tensor whose integers do not fit the signed 32 bits they are kept in.
    #[error(
        "a tensor cannot hold {ty}: its integers are kept in 32 signed bits, so choose i32 or at most u31"
    )]
    Unstorable {
        /// The type.
        ty: String,
    },
    /// A scale that is not a positive finite number.
    #[error("scale {scale} is not usable: a scale must be finite and above zero")]
    Scale {
        /// The scale as given.
        scale: f64,
    },
    /// A zero point outside its integer type.
    #[error("zero point {zero_point} lies outside {ty}, which holds {lo} to {hi}")]
    ZeroPoint {
        /// The zero point as given.
        zero_point: i32,
        /// The type it should fit.
        ty: String,
        /// Smallest value of the type.
        lo: i64,
        /// Largest value of the type.
        hi: i64,
    },
    /// A requantisation multiplier of zero or beyond 31 bits.
    #[error("requantisation multiplier {multiplier} is out of range: 1 to 2147483647 is allowed")]
    Multiplier {
        /// The multiplier as given.
        multiplier: i64,
    },
    /// A requantisation shift beyond what the contract defines.
    #[error("requantisation shift {shift} is out of range: 0 to {max} is allowed")]
    Shift {
        /// The shift as given.
        shift: u32,
        /// The largest allowed shift.
        max: u8,
    },
    /// A ratio of scales that no multiplier and shift of the given width can express.
    #[error(
        "a rescale factor of {ratio:e} cannot be expressed with a {bits}-bit multiplier and a \
         shift of 0 to {max}: move the radix points of input, weights or output closer"
    )]
    Ratio {
        /// The factor wanted.
        ratio: f64,
        /// The multiplier's width.
        bits: u8,
        /// The largest allowed shift.
        max: u8,
    },
    /// A stored weight code that has no meaning in its format.
    #[error("weight {index} holds the code {code:#b}, which has no meaning as {format}")]
    Code {
        /// Position in the weight tensor.
        index: usize,
        /// The stored bits.
        code: u16,
        /// The format's name.
        format: String,
    },
    /// A weight tensor whose number of codes or scalars contradicts its shape.
    #[error("{what}: {found} given, but the shape {shape:?} needs {wanted}")]
    Count {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many the shape needs.
        wanted: usize,
        /// The shape, output channels first.
        shape: Vec<usize>,
    },
    /// A parameter of a weight format outside its range.
    #[error("{what} = {found} is out of range: {allowed}")]
    Parameter {
        /// The parameter's name.
        what: &'static str,
        /// The value given.
        found: u64,
        /// The values allowed.
        allowed: &'static str,
    },
}
