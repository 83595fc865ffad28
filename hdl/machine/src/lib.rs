//! Hardware of the machine that `docs/machine.md` defines, around the array of
//! `bitladder-blocks`.

mod check;

mod fields;
pub mod post;
