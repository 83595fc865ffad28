//! Our policy against PIT, and both against the optimum.

use std::ops::Range;

use super::{ReproduceError, Scheduler, Setup, WorkloadRuns};
use crate::simulate::Record;
use crate::{Estimates, lost_image_price, optimum};

/// In which share of the workloads one scheduler does at least as well as another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wins {
    /// Less energy.
    pub joules: f64,
    /// No lower accuracy.
    pub accuracy: f64,
    /// At least as many requests on time.
    pub on_time: f64,
    /// All three.
    pub all: f64,
}

/// Compares workload by workload.
pub fn wins(ours: &WorkloadRuns, theirs: &WorkloadRuns) -> Wins {
    let pairs = || ours.summaries.iter().zip(&theirs.summaries);
    let share = |holds: &dyn Fn(bool, bool, bool) -> bool| {
        let won = pairs().filter(|(a, b)| {
            holds(a.joules < b.joules, a.top1 >= b.top1 - 1e-9, a.on_time >= b.on_time)
        });
        won.count() as f64 / ours.summaries.len().max(1) as f64
    };
    Wins {
        joules: share(&|joules, _, _| joules),
        accuracy: share(&|_, accuracy, _| accuracy),
        on_time: share(&|_, _, on_time| on_time),
        all: share(&|joules, accuracy, on_time| joules && accuracy && on_time),
    }
}

/// How far a scheduler is from the best plan of one who knows all arrivals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Share of requests late in the optimum.
    pub late_at_best: f64,
    /// Share of requests late with the scheduler.
    pub late: f64,
    /// Relative excess of cost (joules beyond idling, and lost images at their price) over the optimum, mean over
    /// the workloads in which no more requests are late than in the optimum.
    pub cost: f64,
    /// Share of these workloads.
    pub comparable: f64,
}

/// Measures the gap over small workloads (at most [`crate::MOST_REQUESTS`] requests each).
pub fn gap_to_optimum(
    setup: &Setup,
    scheduler: Scheduler,
    seeds: Range<u64>,
) -> Result<Gap, ReproduceError> {
    let truth = Estimates::fixed(&setup.platform, 1.0);
    let price = lost_image_price(&truth, setup.time_price.premium);
    let workloads = seeds.end.saturating_sub(seeds.start).max(1) as f64;
    let (mut best, mut late, mut requests, mut excess) = (0, 0, 0, Vec::new());
    for seed in seeds {
        let drawn = setup.workload.draw(seed);
        let optimum = optimum(&truth, &drawn, price)?;
        let record = setup.run(scheduler, &drawn, Record::new())?;
        let missed = drawn.len() - record.on_time();
        if missed == optimum.late {
            excess.push(cost(setup, &record, price) / optimum.cost - 1.0);
        }
        best += optimum.late;
        late += missed;
        requests += drawn.len();
    }
    let share = |count: usize| count as f64 / requests.max(1) as f64;
    Ok(Gap {
        late_at_best: share(best),
        late: share(late),
        cost: excess.iter().sum::<f64>() / excess.len().max(1) as f64,
        comparable: excess.len() as f64 / workloads,
    })
}

fn cost(setup: &Setup, record: &Record, lost_image: f64) -> f64 {
    let lost = |precision: usize, images: u64| setup.platform.loss(precision) * images as f64;
    let of = |done: &crate::simulate::Completed| {
        let idling = setup.platform.idle_watts() * done.run_seconds;
        done.joules - idling + lost_image * lost(done.precision, done.request.images)
    };
    record.completed.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reproduce::Summary;

    fn runs(values: [(f64, f64, f64); 4]) -> WorkloadRuns {
        let summary = |(joules, top1, on_time)| Summary {
            response: 1.0,
            watts: 1.0,
            joules,
            top1,
            top5: 0.0,
            on_time,
            nearly_on_time: on_time,
            low_share: 0.0,
        };
        let summaries = values.map(summary).to_vec();
        WorkloadRuns { scheduler: Scheduler::Pit, summaries, responses: vec![] }
    }

    #[test]
    fn wins_are_counted_one_by_one_and_together() {
        let theirs = runs([(10.0, 70.0, 0.5); 4]);
        let ours = runs([(9.0, 70.0, 0.5), (9.0, 71.0, 0.4), (10.0, 70.0, 0.5), (9.0, 69.0, 0.4)]);
        let wins = wins(&ours, &theirs);
        assert_eq!((wins.joules, wins.accuracy, wins.on_time, wins.all), (0.75, 0.75, 0.5, 0.25));
    }
}
