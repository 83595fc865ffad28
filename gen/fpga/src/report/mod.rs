//! What the tools found, in the words of the description.

mod cells;
mod modules;
mod names;
mod netlist;
mod text;
mod timing;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use cells::{Cells, Resource, Resources};
pub use modules::{ModuleUse, module_uses};
pub use netlist::Netlist;
pub use timing::{ClockResult, CriticalPath, Hop, Timing, Used, timing};

/// A tool's report that cannot be read.
#[derive(Debug, Error)]
pub enum ReportError {
    /// Not JSON, or not of the form the tool writes.
    #[error("{file}: not the JSON that was expected: {source}; has the tool's version changed?")]
    Json {
        /// The file.
        file: String,
        /// What and where.
        source: serde_json::Error,
    },
    /// The top module is not in it.
    #[error("{file}: no module `{top}`; the tool's output has changed")]
    NoTop {
        /// The file.
        file: String,
        /// The module.
        top: String,
    },
    /// A hierarchy without end.
    #[error("{file}: module `{module}` is within itself")]
    Recursive {
        /// The file.
        file: String,
        /// The module.
        module: String,
    },
}

/// All about one build. Equal inputs and tools give equal reports: it holds no times of day and
/// no durations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The design's top module.
    pub design: String,
    /// The board.
    pub board: String,
    /// The device.
    pub device: String,
    /// The tools and what they say their versions are.
    pub tools: Vec<String>,
    /// SHA-256 of the netlist that place and route got.
    pub netlist_sha256: String,
    /// The whole design after flattening.
    pub resources: Vec<ResourceUse>,
    /// Module by module, with the hierarchy kept: the sum is not that of `resources`, because
    /// nothing is simplified or packed across modules. Empty if not asked for.
    pub modules: Vec<ModuleUse>,
    /// Place and route, one entry per seed.
    pub seeds: Vec<SeedResult>,
    /// The seed whose result was packed.
    pub best_seed: Option<u32>,
    /// The longest path of the best seed.
    pub critical: Option<CriticalPath>,
    /// The bitstream.
    pub bitstream: Option<Bitstream>,
}

/// One resource.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ResourceUse {
    /// Which.
    pub resource: Resource,
    /// In the design.
    pub used: u64,
    /// On the device.
    pub available: u64,
}

/// What one seed gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedResult {
    /// The seed.
    pub seed: u32,
    /// The clocks.
    pub clocks: Vec<ClockResult>,
}

impl SeedResult {
    /// The worst ratio of frequency to target over all clocks; endless without clocks.
    pub fn margin(&self) -> f64 {
        self.clocks.iter().map(|c| c.mhz / c.target_mhz).fold(f64::INFINITY, f64::min)
    }
}

/// A bitstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bitstream {
    /// Its file in the output folder.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

impl Report {
    /// The use of a device by a netlist.
    pub fn resource_uses(total: &Resources, device: &crate::device::Device) -> Vec<ResourceUse> {
        let one = |resource: Resource| ResourceUse {
            resource,
            used: total.get(resource),
            available: resource.of_device(device),
        };
        Resource::ALL.into_iter().map(one).collect()
    }

    /// The report as text.
    pub fn text(&self) -> Result<String, tera::Error> {
        text::render(self)
    }
}
