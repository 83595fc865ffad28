//! The fetch side: from activation and weight memory to the sums that leave the array.
//!
//! ```text
//!  activation memory ---> streamer --> realigner --> row packers --> patch buffers
//!                            (gather)                                     |
//!                                                    passes ------------> array --> result
//!                                                      |                  |
//!  weight memory -------------------------------> weight stream ----------+
//! ```
//!
//! The streamer reads what a tile's rows need of each image row once; each row's packer keeps its
//! window of it and builds its patch without gaps. One half of the patch buffers is filled while
//! the passes read the other, so that the array waits only if filling takes longer than all
//! passes over a tile. `docs/machine.md` defines the numbers, `docs/results/hdl-fetch.md` says
//! what the units cost.
//!
//! | unit | builds | costs per |
//! |---|---|---|
//! | [`streamer`](mod@streamer) | addresses, padding, runs | machine |
//! | [`realigner`](mod@realigner) | aligned operands of the right sign | machine |
//! | [`row_packer`](mod@row_packer) | words of a patch | row |
//! | [`patch_buffer`](mod@patch_buffer) | two halves of block RAM | row |
//! | [`gather`](mod@gather) | all of the above | |
//! | [`passes`](mod@passes) | the order of tiles, passes and words | machine |
//! | [`weight_stream`](mod@weight_stream) | weights in the order of use, decoded | column |
//! | [`compute_core`](mod@compute_core) | everything, with the array | |
//!
//! A layer is described to every unit by ports `layer_...`, called like the descriptor's fields
//! and as wide as the configuration needs. They must stand still from `start` to `done`.
//!
//! ```
//! use bitladder_blocks::{
//!     ArrayConfig, Dataflow, Drain, Family, LaneConfig, Mode, Multiplier, WeightKind,
//! };
//! use bitladder_hdl_machine::fetch::{FetchConfig, FetchPlan, compute_core};
//!
//! let lane = LaneConfig {
//!     family: Family::Ecp5,
//!     multiplier: Multiplier::TwoDsp,
//!     modes: vec![Mode::Word8, Mode::Word4],
//!     weights: vec![WeightKind::Fixed],
//!     reduction: 1024,
//!     accumulator_bits: None,
//! };
//! let (dataflow, drain) = (Dataflow::Broadcast, Drain::Chain);
//! let plan = FetchPlan::new(&FetchConfig {
//!     array: ArrayConfig { lane, rows: 4, columns: 4, dataflow, drain },
//!     activation_groups: 4096,
//!     weight_groups: 2048,
//!     patch_words: 512,
//!     operand_bits: 16,
//!     extent_bits: 10,
//!     pass_bits: 16,
//!     batches: true,
//!     dense: true,
//!     counters: true,
//!     scalar_entries: None,
//!     nested: false,
//!     quality: false,
//!     gate: None,
//!     pass_cycles: 0,
//! })?;
//! let core = compute_core(&plan)?;
//! assert!(core.ports().iter().any(|port| port.name == "layer_kernel_height_i"));
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

mod behind;
pub mod compute_core;
mod config;
mod counters;
mod ends;
pub mod gather;
mod layer;
mod nested;
pub mod passes;
pub mod patch_buffer;
mod pipe;
mod quality;
mod read_port;
pub mod realigner;
mod results;
pub mod row_packer;
mod scalars;
pub mod streamer;
mod sub_words;
pub mod weight_stream;

pub use compute_core::compute_core;
pub use config::{FetchConfig, FetchPlan};
pub use gather::gather;
pub use passes::passes;
pub use patch_buffer::patch_buffer;
pub use realigner::realigner;
pub use row_packer::row_packer;
pub use streamer::streamer;
pub use weight_stream::weight_stream;
