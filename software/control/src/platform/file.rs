//! The platform file as it is written: names checked by serde, numbers by [`super::Platform`].

use serde::Deserialize;

/// A whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPlatform {
    pub(super) name: String,
    pub(super) clocks_mhz: Vec<f64>,
    #[serde(default)]
    pub(super) idle_watts: f64,
    #[serde(default)]
    pub(super) precision: Vec<RawPrecision>,
}

/// One `[[precision]]` table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPrecision {
    pub(super) name: String,
    pub(super) top1: f64,
    pub(super) top5: Option<f64>,
    pub(super) cost: RawCost,
}

/// Time and power, either as laws with few parameters or point by point.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum RawCost {
    Fitted { seconds_per_image: f64, clock_share: f64, watts_lowest: f64, watts_top: f64 },
    Measured { seconds_per_image: Vec<f64>, watts: Vec<f64> },
}

impl RawCost {
    /// Seconds per image and watts at each clock.
    pub(super) fn tables(self, clocks: &[f64]) -> (Vec<f64>, Vec<f64>) {
        match self {
            Self::Measured { seconds_per_image, watts } => (seconds_per_image, watts),
            Self::Fitted { seconds_per_image, clock_share, watts_lowest, watts_top } => {
                let lowest = clocks.first().copied().unwrap_or(1.0);
                let top = clocks.last().copied().unwrap_or(1.0);
                // One clock only: it is the top one.
                let span = if top > lowest { top - lowest } else { 1.0 };
                let seconds = |clock| seconds_per_image * (1.0 + clock_share * (top / clock - 1.0));
                let watts = |clock| watts_top - (watts_top - watts_lowest) * (top - clock) / span;
                (
                    clocks.iter().copied().map(seconds).collect(),
                    clocks.iter().copied().map(watts).collect(),
                )
            }
        }
    }
}
