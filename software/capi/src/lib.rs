//! The host library for C: `libbitladder_capi.a` and `software/include/bitladder.h`.
//!
//! A session is what [`bitladder_host::Session`] is: a device by its URL with a package on it.
//! Every function that can fail gives a [`Status`]; [`bitladder_last_error`] has the text, for each
//! thread its own. Nothing unwinds into C: a panic becomes [`Status::Internal`], and its session
//! answers nothing else any more. `examples/classify.c` is a whole program; `docs/host.md` says how
//! to link it.
//!
//! All unsafe code is in [`ffi`], which turns pointers into Rust's types and back; what it calls is
//! in [`session`], without any.

pub mod ffi;
pub mod session;

pub use ffi::*;
pub use session::{Failure, Session, Status, Verdict};
