//! Whether a ladder pays, and what to do instead.

use std::fmt;

use serde::Serialize;

use super::{Arrangement, Shape};

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advice {
    /// The ladder of the histogram's bars takes least energy.
    ClimbTheBars,
    /// Another ladder takes least energy.
    ClimbAnother,
    /// One width takes least energy: no ladder pays.
    OneWidth,
    /// Nothing keeps the wanted loss.
    Nothing,
}

/// Judgement on the ladder that follows from the histogram. Energies are compared on the images
/// thresholds were chosen by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Shape of the merged histogram.
    pub shape: Shape,
    /// What to do.
    pub advice: Advice,
    /// The ladder of the merged histogram's bars, if it has two or more and keeps the loss.
    pub bars: Option<Arrangement>,
    /// The cheapest single width that keeps the loss.
    pub single: Option<Arrangement>,
    /// The cheapest of all ladders that keep the loss.
    pub ladder: Option<Arrangement>,
}

impl Verdict {
    pub(super) fn new(
        shape: Shape,
        bars: Option<Arrangement>,
        single: Option<Arrangement>,
        ladder: Option<Arrangement>,
    ) -> Self {
        let cost =
            |a: &Option<Arrangement>| a.as_ref().map_or(f64::INFINITY, |a| a.validation.milliwatts);
        let costs = [cost(&bars), cost(&ladder), cost(&single)];
        let least = costs.into_iter().fold(f64::INFINITY, f64::min);
        let advice = if least.is_infinite() {
            Advice::Nothing
        } else if costs[2] <= least {
            // One width needs no second run, so it is to be preferred among equals.
            Advice::OneWidth
        } else if costs[0] <= least {
            Advice::ClimbTheBars
        } else {
            Advice::ClimbAnother
        };
        Self { shape, advice, bars, single, ladder }
    }

    /// The arrangement to use.
    pub fn recommended(&self) -> Option<&Arrangement> {
        match self.advice {
            Advice::ClimbTheBars => self.bars.as_ref(),
            Advice::ClimbAnother => self.ladder.as_ref(),
            Advice::OneWidth => self.single.as_ref(),
            Advice::Nothing => None,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.recommended().map_or(String::new(), |a| a.widths.join(" to "));
        match (self.advice, &self.bars) {
            (Advice::ClimbTheBars, _) => write!(f, "the ladder pays: climb from {widths}"),
            (Advice::ClimbAnother, Some(_)) => {
                write!(f, "the ladder of these bars costs more than climbing from {widths}")
            }
            (Advice::ClimbAnother, None) => {
                write!(f, "these bars make no ladder that keeps the loss; climb from {widths}")
            }
            (Advice::OneWidth, _) => {
                write!(f, "no ladder pays: {widths} alone keeps the loss with least energy")
            }
            (Advice::Nothing, _) => {
                write!(f, "nothing keeps the loss: allow a larger one or add wider widths")
            }
        }
    }
}
