//! The instruction set: descriptors, registers and memories, from `isa.toml`.

pub mod description;
pub mod emit;
#[rustfmt::skip]
mod generated;
mod place;
mod words;

pub use generated::*;
pub use place::{DescriptorError, FieldPlace};
