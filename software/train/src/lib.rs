//! A small, honest trainer: it makes the float networks that bitladder quantises.
//!
//! Forward and backward passes are written by hand, one file per layer, on top of one fast matrix
//! product. There is no automatic differentiation and no GPU: a LeNet on MNIST takes a few minutes
//! on a desktop CPU. What it gives instead is repeatability: a seed fixes initial weights, order
//! and augmentation, and work is summed in fixed chunks, so that a run gives the same bits with
//! any number of threads (on one kind of CPU: the matrix product uses the widest instructions it
//! finds).
//!
//! Inputs are scaled to [0, 1] and nothing more. Subtracting a mean would make them signed, which
//! costs the quantised formats a bit.
//!
//! | module | what it holds |
//! |---|---|
//! | [`spec`] | networks as data, with their usual training settings |
//! | [`layers`] | the [`Layer`](layers::Layer) trait and its implementations |
//! | [`network`] | layers in a row: logits and gradients |
//! | [`optimiser`] | SGD with momentum and the learning-rate schedules |
//! | [`trainer`] | the loop: shuffling, augmentation, choice of the best epoch |
//! | [`dataset`], [`digits`] | images, labels and how they are split |
//! | [`export`], [`import`] | ONNX |

mod augment;
pub mod config;
pub mod dataset;
pub mod digits;
pub mod export;
pub mod import;
pub mod layers;
pub mod loss;
pub mod network;
pub mod optimiser;
mod parallel;
pub mod rng;
pub mod shape;
pub mod spec;
pub mod trainer;
