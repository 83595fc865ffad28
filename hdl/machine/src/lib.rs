//! Hardware of the machine that `docs/machine.md` defines, around the array of
//! `bitladder-blocks`.

mod check;
pub mod control;
pub mod fetch;
mod fields;
pub mod post;
