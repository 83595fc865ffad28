//! The paper's experiment as far as it says, and what was fitted where it does not.

use std::convert::Infallible;

use thiserror::Error;

use crate::pace::{Constant, CoordinatedDvfs, CoordinatedOptions};
use crate::platform::{PlatformError, TESLA_P40};
use crate::policy::{DeadlineFirst, Pit, Slurm, SlurmWeights};
use crate::simulate::{Disturbance, Record, SimulatedMachine, Workload};
use crate::{
    Blocks, Controller, Estimates, OptimumError, Pace, Platform, Policy, Request, ServeError,
    TimePrice, TimePriceOptions,
};

/// Why an experiment failed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ReproduceError {
    /// The platform file.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// A run; the simulated machine itself cannot fail.
    #[error(transparent)]
    Serve(#[from] ServeError<Infallible>),
    /// The search for the optimum.
    #[error(transparent)]
    Optimum(#[from] OptimumError),
}

/// Who schedules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduler {
    /// SLURM at full precision and top clock.
    Slurm,
    /// SLURM at full precision with coordinatedDVFS.
    SlurmDvfs,
    /// PIT.
    Pit,
    /// Ours.
    TimePrice,
    /// Earliest deadline first at full precision and top clock.
    DeadlineFirst,
}

impl Scheduler {
    /// All of them, the paper's three first.
    pub const ALL: [Self; 5] =
        [Self::Slurm, Self::SlurmDvfs, Self::Pit, Self::TimePrice, Self::DeadlineFirst];

    /// Name for tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Slurm => "SLURM",
            Self::SlurmDvfs => "SLURM_DVFS",
            Self::Pit => "PIT",
            Self::TimePrice => "time price",
            Self::DeadlineFirst => "EDF",
        }
    }
}

/// All parameters of an experiment.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The machine.
    pub platform: Platform,
    /// How requests come.
    pub workload: Workload,
    /// Estimated over true run time.
    pub over_estimate: f64,
    /// Whether estimates follow what is measured.
    pub learn: bool,
    /// How run times stray from the machine's, if they do.
    pub disturbance: Option<Disturbance>,
    /// SLURM's weights.
    pub weights: SlurmWeights,
    /// Batches and blocks.
    pub blocks: Blocks,
    /// The paper's governor.
    pub coordinated: CoordinatedOptions,
    /// Our policy.
    pub time_price: TimePriceOptions,
}

/// Seconds between arrivals in Table II (fitted).
const MEAN_GAP: f64 = 908.0;
/// Images of a request, ImageNet's validation set.
const IMAGES: f64 = 50_000.0;
/// Estimated over true run time (fitted).
const OVER_ESTIMATE: f64 = 1.175;
/// SLURM's weight of a second of estimated run time against a second in the queue (fitted).
const SIZE_WEIGHT: f64 = -1.5;
/// One of the paper's units of mu in seconds (fitted to the counts of Table III).
pub(super) const MU_SECONDS: f64 = 0.23;

impl Setup {
    /// The paper's experiment, ten requests per workload.
    pub fn paper() -> Result<Self, ReproduceError> {
        let platform = Platform::from_toml(TESLA_P40, "tesla-p40.toml")?;
        let estimated = Estimates::fixed(&platform, OVER_ESTIMATE).top_seconds(0);
        let workload = Workload {
            requests: 10,
            mean_gap: MEAN_GAP,
            images: IMAGES,
            spread: 0.11,
            seconds_per_image: estimated,
            slack_factor: 2.0,
        };
        Ok(Self {
            platform,
            workload,
            over_estimate: OVER_ESTIMATE,
            learn: false,
            disturbance: None,
            weights: SlurmWeights { age: 1.0, size: SIZE_WEIGHT * estimated, expected: 0.0 },
            // 345 decisions per request, one after each batch.
            blocks: Blocks { batch: 145, batches: 1 },
            coordinated: CoordinatedOptions::default(),
            time_price: TimePriceOptions::default(),
        })
    }

    /// Serves requests with a scheduler.
    pub fn run(
        &self,
        scheduler: Scheduler,
        requests: &[Request],
        mut record: Record,
    ) -> Result<Record, ReproduceError> {
        let mut estimates = if self.learn {
            Estimates::learning(&self.platform, self.over_estimate)
        } else {
            Estimates::fixed(&self.platform, self.over_estimate)
        };
        let mut machine = SimulatedMachine::new(&self.platform, requests);
        if let Some(disturbance) = self.disturbance {
            machine = machine.disturbed(disturbance);
        }
        let (mut policy, mut pace) = (self.policy(scheduler), self.pace(scheduler));
        Controller::new(&mut *policy, &mut *pace, &mut estimates, self.blocks)
            .serve(&mut machine, &mut record)?;
        Ok(record)
    }

    fn policy(&self, scheduler: Scheduler) -> Box<dyn Policy> {
        match scheduler {
            Scheduler::Slurm => Box::new(Slurm::top_clock(self.weights)),
            Scheduler::SlurmDvfs => Box::new(Slurm::with_dvfs(self.weights)),
            Scheduler::Pit => Box::new(Pit::new()),
            Scheduler::TimePrice => Box::new(TimePrice::new(self.time_price)),
            Scheduler::DeadlineFirst => Box::new(DeadlineFirst::new()),
        }
    }

    fn pace(&self, scheduler: Scheduler) -> Box<dyn Pace> {
        match scheduler {
            Scheduler::Slurm | Scheduler::DeadlineFirst => Box::new(Constant),
            Scheduler::SlurmDvfs | Scheduler::Pit => {
                Box::new(CoordinatedDvfs::new(self.coordinated))
            }
            Scheduler::TimePrice => Box::new(TimePrice::new(self.time_price)),
        }
    }
}
