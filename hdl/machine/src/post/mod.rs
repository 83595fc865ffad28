//! From sums to stored integers: parameters, lanes, writer.
//!
//! ```text
//!   parameter memory --> parameter_fetch
//!                              | one bias, multiplier, shift per column
//!   array ----- rows ---+      v
//!                       +--> post_lane x columns --> writer --> activation memory
//!   element unit -- chunks                             |  \---> result memory
//!                -- groups (max pool) -----------------+
//! ```

mod config;
mod lane;
mod pack;
mod parameter_fetch;
mod rounding;
mod unit;
mod writer;

pub use config::PostConfig;
pub(crate) use config::{ADDRESS, ELEMENT_SUM_BITS};
pub use lane::{PostLaneConfig, post_lane};
pub(crate) use pack::{by_mode, chunk_words};
pub use parameter_fetch::{ParameterFetchConfig, parameter_fetch};
pub use unit::post;
pub(crate) use unit::{array_bundle, chunk_bundle, fields};
pub(crate) use writer::group_bundle;
pub use writer::{WriterConfig, writer};
