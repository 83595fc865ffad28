//! The fetch side: from activation and weight memory to the sums that leave the array.

mod compute_core;
mod config;
mod counters;
mod gather;
mod layer;
mod passes;
mod patch_buffer;
mod realigner;
mod results;
mod row_packer;
mod scalars;
mod streamer;
mod weight_stream;

pub use compute_core::compute_core;
pub use config::{FetchConfig, FetchPlan};
pub use gather::gather;
pub use passes::passes;
pub use patch_buffer::patch_buffer;
pub use realigner::realigner;
pub use row_packer::row_packer;
pub use streamer::streamer;
pub use weight_stream::weight_stream;
