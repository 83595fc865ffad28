//! Sessions written down, and done again.
//!
//! A [`Recorder`] is a device that writes down what it is asked and what it answers; a [`Record`]
//! is such a file, and [`replay`] does the same on another device - the simulator - and says where
//! the answers differ.

mod entry;
mod file;
mod recorder;
mod replay;

pub use file::{Record, RecordError};
pub use recorder::Recorder;
pub use replay::{Difference, ReplayError, replay};
