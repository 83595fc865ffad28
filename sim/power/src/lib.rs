//! Energy by activity.
//!
//! | wanted | item |
//! |---|---|
//! | bits that change in a trace, by place in the hierarchy | [`Toggles`], [`by_scope`] |
//! | a module as gates of a standard-cell library, and its energy for given inputs | [`Gates`] |
//! | lanes in every format, idle lanes, signed-digit multipliers | [`survey`] |
//!
//! What is modelled: cells of the library as characterised (internal energy, leakage, the load of
//! the pins they drive), with changes from a simulation without delays. What is not: wires, clock
//! trees, glitches, memories, and what an FPGA adds for being programmable. Ratios between formats
//! mean more than the figures.

mod arrays;
mod error;
mod gates;
mod operands;
mod scopes;
mod survey;
mod toggles;

pub use error::PowerError;
pub use gates::{Energy, Gates, Row};
pub use scopes::{Scope, by_scope};
pub use survey::{Case, Measured, cases, survey};
pub use toggles::{Signal, Toggles};
