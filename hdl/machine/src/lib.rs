//! Hardware of the machine that `docs/machine.md` defines, around the array of
//! `bitladder-blocks`.

pub mod control;
pub mod fetch;
