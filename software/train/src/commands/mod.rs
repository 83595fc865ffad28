//! The subcommands, one file each.

mod device;
pub(crate) mod list;
mod progress;
pub(crate) mod resume;
mod session;
pub(crate) mod split_digits;
pub(crate) mod train;
