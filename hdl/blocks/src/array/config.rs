//! The array's configuration.

use crate::{BlockError, Drain, LaneConfig, LanePlan};

/// How operands reach the lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dataflow {
    /// One register per row and per column, its output wired to all lanes of it. The default: in
    /// the measured arrays as fast as the other, with fewer registers and less latency.
    #[default]
    Broadcast,
    /// Operands pass from lane to lane through registers; rows and columns start one cycle after
    /// the other.
    Systolic,
}

impl Dataflow {
    /// The name as in configurations and reports.
    pub fn name(self) -> &'static str {
        match self {
            Dataflow::Broadcast => "broadcast",
            Dataflow::Systolic => "systolic",
        }
    }
}

/// Size and shape of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayConfig {
    /// What each lane can do.
    pub lane: LaneConfig,
    /// Lanes that share a weight.
    pub rows: u32,
    /// Lanes that share an activation.
    pub columns: u32,
    /// How operands reach the lanes.
    pub dataflow: Dataflow,
    /// How results leave the lanes.
    pub drain: Drain,
}

/// A checked [`ArrayConfig`] with what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayPlan {
    config: ArrayConfig,
    lane: LanePlan,
}

/// The most rows or columns: the row and column enables are signals of the description layer,
/// which holds up to 128 bits.
const MOST: u32 = 128;

impl ArrayPlan {
    /// Checks a configuration.
    pub fn new(config: &ArrayConfig) -> Result<ArrayPlan, BlockError> {
        for (key, value) in [("array.rows", config.rows), ("array.columns", config.columns)] {
            if !(1..=MOST).contains(&value) {
                let (value, allowed) = (i64::from(value), format!("1 to {MOST}"));
                return Err(BlockError::Range { key, value, allowed });
            }
        }
        Ok(ArrayPlan { config: config.clone(), lane: LanePlan::new(&config.lane)? })
    }

    /// The configuration that was checked.
    pub fn config(&self) -> &ArrayConfig {
        &self.config
    }

    /// The plan of the lanes.
    pub fn lane(&self) -> &LanePlan {
        &self.lane
    }

    /// Clock edges from the last word at the inputs to the first row of results at the outputs.
    pub fn latency(&self) -> u32 {
        // The edges' register, the lanes, two registers on the way out: one of them before the
        // lanes' results if those are short of space.
        3 + LanePlan::LATENCY + self.skew()
    }

    /// Rows that the array holds behind its lanes: shown, next, and spare.
    pub fn outside(&self) -> u32 {
        if self.config.drain == Drain::Short { 1 } else { 3 }
    }

    /// Cycles between the first and the last lane to get a word.
    pub fn skew(&self) -> u32 {
        match self.config.dataflow {
            Dataflow::Broadcast => 0,
            Dataflow::Systolic => self.config.rows + self.config.columns - 2,
        }
    }

    /// Cycles that must lie between two `last` words, or results are lost: all rows leave one
    /// after the other, and systolic lanes capture theirs over the skew.
    pub fn interval(&self) -> u32 {
        self.config.rows + self.skew()
    }
}
