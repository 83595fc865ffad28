//! From float networks to integer networks.
//!
//! Three steps, each usable alone:
//!
//! 1. [`Calibration`] watches the float network run on sample data and keeps a [`Histogram`] of
//!    every value;
//! 2. [`choose_formats`] gives every value and every weight tensor its format, by a
//!    [`FormatPlan`] (formats that came with the model stay as they are);
//! 3. [`lower`] turns the float network and its formats into a [`bitladder_network::QuantNetwork`].
//!
//! [`quantize`] does the last two. Nothing here executes a network or reads a file.

mod calibration;
mod choose;
mod error;
mod histogram;
mod lower;
mod plan;
mod rescale;
mod scalable;
mod search;
mod statistics;
mod weights;

pub use calibration::Calibration;
pub use choose::{Formats, choose_formats, weights_of};
pub use error::QuantizeError;
pub use histogram::Histogram;
pub use lower::{LowerOptions, Lowered, lower};
pub use plan::{FormatPlan, LayerFormat, RadixRule, WeightScheme};
pub use scalable::{Center, Scalable, ScalarRule, Thresholds};
pub use search::{Found, Grid, code_error, search_thresholds};
pub use statistics::CodeStatistics;
pub use weights::{ScaledWeights, quantize_weights, scales_without_zero};

use bitladder_network::{Declared, FloatNetwork};

/// Chooses formats and lowers, in one step. `network` must have its batch norms folded
/// ([`bitladder_network::fold_batch_norms`]).
pub fn quantize(
    network: &FloatNetwork,
    declared: &Declared,
    calibration: &Calibration,
    plan: &FormatPlan,
    options: &LowerOptions,
) -> Result<Lowered, QuantizeError> {
    let formats = choose_formats(network, declared, calibration, plan)?;
    lower(network, &formats, options)
}
