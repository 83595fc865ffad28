//! Hardware of the machine that `docs/machine.md` defines, around the array of
//! `bitladder-blocks`.

pub mod back_end;
mod check;
pub mod control;
pub mod decide;
pub mod element;
pub mod external;
pub mod fetch;
mod fields;
pub mod post;
mod reach;
pub mod top;

pub use reach::Reach;
