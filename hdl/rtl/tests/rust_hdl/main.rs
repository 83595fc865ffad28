//! Designs of this layer in rust-hdl, and rust-hdl's blocks in designs of this layer.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]
#![allow(missing_docs, reason = "the macros of rust-hdl make public items")]

mod blocks;
mod cells;
