//! What energy costs in accuracy: our policy over its knob, and what no policy can do better.

use std::ops::Range;

use super::{ReproduceError, Scheduler, Setup, workload_runs};
use crate::Point;

/// A point of our policy between energy and accuracy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrontierRow {
    /// What a lost image costs ([`crate::TimePriceOptions::premium`]).
    pub premium: f64,
    /// Mean joules per request.
    pub joules: f64,
    /// Mean top-1 loss in points.
    pub loss: f64,
    /// Share of requests at less than full precision.
    pub low_share: f64,
    /// Share of requests done in their expected response time.
    pub on_time: f64,
    /// [`least_joules`] at this loss.
    pub least_joules: f64,
}

/// Our policy at several prices of a lost image.
pub fn frontier(
    setup: &Setup,
    premiums: &[f64],
    seeds: Range<u64>,
) -> Result<Vec<FrontierRow>, ReproduceError> {
    let row = |premium: &f64| {
        let mut setup = setup.clone();
        setup.time_price.premium = *premium;
        let runs = workload_runs(&setup, &[Scheduler::TimePrice], seeds.clone())?.remove(0);
        let loss = top1(&setup, 0) - runs.mean(|s| s.top1);
        Ok(FrontierRow {
            premium: *premium,
            joules: runs.mean(|s| s.joules),
            loss,
            low_share: runs.mean(|s| s.low_share),
            on_time: runs.mean(|s| s.on_time),
            least_joules: least_joules(&setup, loss, seeds.clone()),
        })
    };
    premiums.iter().map(row).collect()
}

/// Mean joules per request below which no policy gets that loses at most `loss` points on average.
///
/// Deadlines are ignored and arrivals known: every request runs at the most frugal clock of its
/// precision, and the largest ones are those at the lowest precision. A request has one precision, so
/// the loss says how many there are; the one that would be split counts in parts.
pub fn least_joules(setup: &Setup, loss: f64, seeds: Range<u64>) -> f64 {
    let mut images: Vec<f64> = seeds
        .flat_map(|seed| setup.workload.draw(seed))
        .map(|request| request.images as f64)
        .collect();
    images.sort_by(|a, b| b.total_cmp(a));
    let lowest = setup.platform.precisions().len() - 1;
    let (full, low) = (frugal(setup, 0), frugal(setup, lowest));
    let most = top1(setup, 0) - top1(setup, lowest);
    let mut left = images.len() as f64 * (loss / most).clamp(0.0, 1.0);
    let mut joules = 0.0;
    for images in &images {
        let part = left.min(1.0);
        left -= part;
        joules += images * (part * low + (1.0 - part) * full);
    }
    joules / images.len().max(1) as f64
}

/// Joules per image at the most frugal clock of a precision.
fn frugal(setup: &Setup, precision: usize) -> f64 {
    let levels = 0..=setup.platform.top_level();
    let joules = levels.map(|level| setup.platform.joules(Point { precision, level }));
    joules.fold(f64::INFINITY, f64::min)
}

fn top1(setup: &Setup, precision: usize) -> f64 {
    setup.platform.precisions()[precision].top1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::Record;

    #[test]
    fn nothing_to_lose_and_all_to_lose_are_the_ends() {
        let setup = Setup::paper().unwrap();
        let mean = |precision| 50_000.0 * frugal(&setup, precision);
        let near = |found: f64, wanted: f64| (found / wanted - 1.0).abs() < 0.02;
        assert!(near(least_joules(&setup, 0.0, 0..50), mean(0)));
        assert!(near(least_joules(&setup, 9.0, 0..50), mean(1)));
        let half = least_joules(&setup, 0.64, 0..50);
        // The larger half of the requests, so a little less than the middle.
        let middle =
            f64::midpoint(least_joules(&setup, 0.0, 0..50), least_joules(&setup, 9.0, 0..50));
        assert!(half < middle && half > 0.99 * middle, "{half} {middle}");
    }

    #[test]
    fn no_scheduler_gets_below_what_is_possible() {
        let setup = Setup::paper().unwrap();
        for seed in 0..40 {
            let drawn = setup.workload.draw(seed);
            for scheduler in Scheduler::ALL {
                let record = setup.run(scheduler, &drawn, Record::new()).unwrap();
                let summary = crate::reproduce::Summary::of(&record, &setup.platform);
                let loss = top1(&setup, 0) - summary.top1;
                let least = least_joules(&setup, loss, seed..seed + 1);
                assert!(summary.joules >= least * (1.0 - 1e-9), "{scheduler:?} {seed}");
            }
        }
    }
}
