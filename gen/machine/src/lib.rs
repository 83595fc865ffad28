//! Everything about the machine that needs no RTL.

pub mod isa;
