//! Training networks whose forward pass is quantised, and writing them as ONNX.
//!
//! Two sets of weights are kept: the float ones, which learn, and what their codes stand for,
//! which the forward pass sees; gradients pass straight through the rounding. Codes and grids are
//! those of the quantiser and the numeric contract, chosen by the quantiser's own rules, so what
//! is exported and quantised again has the accuracy that training saw.
//!
//! Tensors, derivatives and devices are burn's. A run depends on its seed alone: on one machine it
//! repeats to the bit, also when it was interrupted and resumed on the way.
//!
//! Inputs are scaled to [0, 1] and nothing more. Subtracting a mean would make them signed, which
//! costs the quantised formats a bit.
//!
//! | module | what it holds |
//! |---|---|
//! | [`definitions`] | networks by name |
//! | [`settings`], [`schedule`], [`augment`] | how a network is trained |
//! | [`format`](mod@format) | formats of layers, as text |
//! | [`trainer`] | the loop and its [`Session`](trainer::Session) |
//! | [`checkpoint`] | interrupted runs |
//! | [`quantised`], [`frozen`] | what a network in training is as integers, and how it is judged |
//! | [`export`], [`export_qdq`] | ONNX, in floating point and with its integers |
//! | [`data`], [`digits`] | images, labels and how they are split |

pub mod augment;
pub mod checkpoint;
mod coding;
pub mod data;
pub mod definitions;
pub mod digits;
mod error;
pub mod export;
pub mod export_qdq;
pub mod folder;
pub mod format;
pub mod frozen;
mod grid;
mod model;
pub mod optimiser;
pub mod quantised;
pub mod rng;
mod run;
pub mod schedule;
pub mod score;
pub mod settings;
pub mod trainer;
mod training;

pub use error::TrainError;
pub use model::{Model, Parameter, Role, Running, Scope};
pub use run::UnsupportedError;
pub use training::Grids;
