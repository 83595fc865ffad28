//! From sums to stored integers: parameters, lanes, writer.
//!
//! ```text
//!   parameter memory --> parameter_fetch
//!                              | one bias, multiplier, shift per column
//!   array ----- rows ---+      v
//!                       +--> post_lane x lanes ----> writer --> activation memory
//!   element unit -- chunks                             |  \---> result memory
//!                -- groups (max pool) -----------------+
//! ```

mod bundles;
mod clamp;
mod config;
mod constants;
mod lane;
mod lanes;
mod pack;
mod parameter_fetch;
mod parameter_turns;
mod rounding;
mod unit;
mod writer;

pub(crate) use bundles::{array_bundle, chunk_bundle, group_bundle};
pub use config::PostConfig;
pub(crate) use config::{ADDRESS, ELEMENT_SUM_BITS};
pub use lane::{PostLaneConfig, post_lane};
pub(crate) use pack::{by_mode, chunk_words};
pub use parameter_fetch::{ParameterFetchConfig, parameter_fetch};
pub(crate) use unit::fields;
pub use unit::post;
pub use writer::{WriterConfig, writer};
