//! Tables II, III and IV.

use std::ops::Range;

use super::setup::{MU_SECONDS, ReproduceError, Scheduler, Setup};
use super::{Summary, paper};
use crate::simulate::{Completed, Record};
use crate::{Platform, Point};

/// One scheduler over many workloads.
#[derive(Debug, Clone)]
pub struct WorkloadRuns {
    /// Who scheduled.
    pub scheduler: Scheduler,
    /// One summary per seed.
    pub summaries: Vec<Summary>,
    /// Response times of all requests, per seed.
    pub responses: Vec<Vec<f64>>,
}

impl WorkloadRuns {
    /// One value of every summary.
    pub fn all(&self, of: impl Fn(&Summary) -> f64) -> Vec<f64> {
        self.summaries.iter().map(of).collect()
    }

    /// Mean of one value over the workloads.
    pub fn mean(&self, of: impl Fn(&Summary) -> f64) -> f64 {
        self.summaries.iter().map(of).sum::<f64>() / self.summaries.len().max(1) as f64
    }
}

/// Runs every scheduler over the workloads of `seeds`: Table II and Fig. 3.
pub fn workload_runs(
    setup: &Setup,
    schedulers: &[Scheduler],
    seeds: Range<u64>,
) -> Result<Vec<WorkloadRuns>, ReproduceError> {
    let runs = |scheduler: &Scheduler| {
        let scheduler = *scheduler;
        let mut runs = WorkloadRuns { scheduler, summaries: vec![], responses: vec![] };
        for seed in seeds.clone() {
            let requests = setup.workload.draw(seed);
            let record = setup.run(scheduler, &requests, Record::new())?;
            runs.summaries.push(Summary::of(&record, &setup.platform));
            runs.responses.push(record.completed.iter().map(Completed::response).collect());
        }
        Ok(runs)
    };
    schedulers.iter().map(runs).collect()
}

/// A row of Table III, and a point of Fig. 5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SensitivityRow {
    /// The paper's row.
    pub paper: paper::Sensitivity,
    /// Mean seconds between arrivals that stand for its mu.
    pub mean_gap: f64,
    /// Mean over the workloads.
    pub ours: Summary,
}

/// PIT (or another scheduler) from tight to relaxed arrivals: Table III and Fig. 5.
pub fn sensitivity(
    setup: &Setup,
    scheduler: Scheduler,
    seeds: Range<u64>,
) -> Result<Vec<SensitivityRow>, ReproduceError> {
    let row = |paper: &paper::Sensitivity| {
        let mut setup = setup.clone();
        setup.workload.mean_gap = paper.mu * MU_SECONDS;
        let mean_gap = setup.workload.mean_gap;
        let runs = workload_runs(&setup, &[scheduler], seeds.clone())?.remove(0);
        Ok(SensitivityRow { paper: *paper, mean_gap, ours: mean_summary(&runs) })
    };
    paper::TABLE_THREE.iter().map(row).collect()
}

fn mean_summary(runs: &WorkloadRuns) -> Summary {
    Summary {
        response: runs.mean(|s| s.response),
        watts: runs.mean(|s| s.watts),
        joules: runs.mean(|s| s.joules),
        top1: runs.mean(|s| s.top1),
        top5: runs.mean(|s| s.top5),
        on_time: runs.mean(|s| s.on_time),
        nearly_on_time: runs.mean(|s| s.nearly_on_time),
        low_share: runs.mean(|s| s.low_share),
    }
}

/// How much power the clock saves at a precision: a cell of Table IV.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerGap {
    /// The precision.
    pub precision: String,
    /// (power at the top clock - power at the lowest) / power at the top clock, in percent.
    pub percent: f64,
}

/// Table IV's gap between the powers at top and lowest clock, for each precision.
pub fn power_gaps(platform: &Platform) -> Vec<PowerGap> {
    let gap = |precision: usize| {
        let top = platform.watts(Point { precision, level: platform.top_level() });
        let lowest = platform.watts(Point { precision, level: 0 });
        let name = platform.precisions()[precision].name.clone();
        PowerGap { precision: name, percent: 100.0 * (top - lowest) / top }
    };
    (0..platform.precisions().len()).map(gap).collect()
}
