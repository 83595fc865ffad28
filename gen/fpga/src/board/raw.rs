//! The board file as written: every key with its place in the text, nothing checked yet.

use serde::Deserialize;
use toml::Spanned;

use super::{Pull, SignalDirection};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Board {
    pub(super) name: Spanned<String>,
    pub(super) title: String,
    pub(super) sources: Spanned<Vec<String>>,
    pub(super) fpga: Fpga,
    pub(super) clock: Clock,
    pub(super) program: Spanned<Program>,
    pub(super) signal: Vec<Signal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fpga {
    pub(super) device: Spanned<String>,
    pub(super) package: Option<Spanned<String>>,
    pub(super) speed: Option<Spanned<String>>,
    pub(super) part: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) as_gpio: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Clock {
    pub(super) signal: Spanned<String>,
    pub(super) mhz: Spanned<f64>,
    pub(super) pll_pad: Option<Spanned<bool>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Program {
    pub(super) load: Option<Spanned<Vec<String>>>,
    pub(super) flash: Option<Spanned<Vec<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signal {
    pub(super) name: Spanned<String>,
    pub(super) direction: SignalDirection,
    pub(super) pins: Vec<Spanned<String>>,
    pub(super) standard: Option<Spanned<String>>,
    pub(super) pull: Option<Spanned<Pull>>,
    pub(super) drive_ma: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) active_low: bool,
    #[serde(default)]
    pub(super) shared: bool,
    pub(super) note: Option<String>,
}
