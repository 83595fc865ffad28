//! Arithmetic behind the multiplier array.
//!
//! | module | what |
//! |---|---|
//! | [`requantiser()`] | from accumulators to stored integers: the contract's output stage |
//! | [`max_pool()`], [`average_pool()`] | windows to one value each |
//! | [`residual_add()`] | two tensors at one scale, summed |
//! | [`relu()`] | ReLU and Clip outside an output stage |
//! | [`adder_tree()`], [`tile()`] | sums of products in the manner of a three-stage tile |

mod adder_tree;
mod average_pool;
mod divider;
mod max_pool;
mod output;
mod relu;
mod requantiser;
mod residual_add;
mod rounding;
mod scale;
mod tile;

pub use adder_tree::{AdderTreeConfig, adder_tree};
pub use average_pool::{AveragePoolConfig, average_pool};
pub use max_pool::{MaxPoolConfig, max_pool};
pub use output::OutputConfig;
pub use relu::{ReluConfig, relu};
pub use requantiser::{RequantiserConfig, requantiser};
pub use residual_add::{ResidualAddConfig, residual_add};
pub use scale::ScaleConfig;
pub use tile::{TileConfig, TileWeights, tile};
