//! What to build, and within which limits.

use std::path::PathBuf;
use std::time::Duration;

use super::{FlowError, Subject};
use crate::board::Board;

/// Blocks that synthesis must make, exactly; `None` is not checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expected {
    /// Multiplier blocks.
    pub dsp: Option<u64>,
    /// Block memories.
    pub bram: Option<u64>,
    /// Large memories.
    pub spram: Option<u64>,
}

/// How long each run of a tool may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Yosys.
    pub synthesis: Duration,
    /// nextpnr, for each seed.
    pub route: Duration,
    /// The packer.
    pub pack: Duration,
}

impl Default for Limits {
    /// Half an hour, an hour, ten minutes: a full LFE5U-85F takes about half of it.
    fn default() -> Limits {
        let minutes = |number: u64| Duration::from_secs(60 * number);
        Limits { synthesis: minutes(30), route: minutes(60), pack: minutes(10) }
    }
}

/// A build to do.
#[derive(Debug, Clone)]
pub struct Job<'a> {
    /// The board.
    pub board: &'a Board,
    /// What to build.
    pub subject: &'a Subject,
    /// Frequency that place and route aims for at the oscillator's pin; `None` takes the
    /// oscillator's own. Another one answers "how fast could it be": the bitstream still gets the
    /// oscillator's clock.
    pub target_mhz: Option<f64>,
    /// Seeds to place with; the best result is packed.
    pub seeds: Vec<u32>,
    /// Blocks that must come out.
    pub expected: Expected,
    /// Let synthesis use the wide multiplexers of ECP5 and Gowin: faster arrays, but on ECP5 machines get
    /// two to three times the lookup tables with Yosys 0.23, and on Gowin what belongs together fills
    /// whole tiles, which full devices do not have.
    pub wide_luts: bool,
    /// Count resources by module: a second synthesis.
    pub by_module: bool,
    /// Where all files go.
    pub folder: PathBuf,
}

impl Job<'_> {
    /// The frequency to aim for.
    pub(super) fn mhz(&self) -> Result<f64, FlowError> {
        let mhz = self.target_mhz.unwrap_or(self.board.clock.mhz);
        match (1.0..=1000.0).contains(&mhz) {
            true => Ok(mhz),
            false => Err(FlowError::Target { mhz }),
        }
    }
}
