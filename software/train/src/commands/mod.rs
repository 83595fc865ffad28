//! The subcommands, one file each.

pub(crate) mod fit;
mod progress;
pub(crate) mod split_digits;
