//! The story of a network on a machine, from precision to bitstream, and the page that tells it.
//!
//! | module | what it finds out |
//! |---|---|
//! | [`check`] | whether the simulated machine computes what the golden model says, and its cycles |
//! | [`costs`] | time and energy per image at each precision and clock |
//! | [`escalate`] | accuracy over energy when only doubtful images climb |
//! | [`schedule`] | requests with deadlines, served by changing precision and clock |
//! | [`wave`] | the signals around a row of results |
//! | [`page`] | all of it on one page without scripts or other files |

pub mod check;
pub mod costs;
mod error;
pub mod escalate;
pub mod page;
mod plot;
pub mod schedule;
pub mod wave;

use bitladder_emit::Built;
use serde::{Deserialize, Serialize};

pub use error::DemoError;

/// All that the page tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// Name and version of the generator.
    pub generator: String,
    /// The network's name.
    pub network: String,
    /// The machine that was simulated.
    pub machine: Machine,
    /// Accuracy of the network in float, and the images it is counted over.
    pub float: (f64, usize),
    /// The precisions, best first.
    pub precisions: Vec<check::Precision>,
    /// Time and energy, in the same order.
    pub costs: Vec<costs::Cost>,
    /// What climbing saves.
    pub escalation: escalate::Escalation,
    /// Requests over time.
    pub schedule: schedule::Schedule,
    /// Signals around a row of results.
    pub wave: wave::Excerpt,
    /// The bitstream, or why there is none.
    pub bitstream: Bitstream,
}

/// A machine in a few words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Its configuration's name.
    pub name: String,
    /// Its configuration's hash.
    pub config_hash: String,
    /// Rows and columns of its array.
    pub array: [usize; 2],
    /// Its fastest clock.
    pub mhz: f64,
}

/// What came of building one for a board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Bitstream {
    /// It was built.
    Built(Box<Built>),
    /// It was not, for this reason.
    Missing(String),
}
