//! Figs. 1 and 3.

use super::{Scheduler, WorkloadRuns};
use crate::{Platform, Point};

/// A point of Fig. 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SweepPoint {
    /// Precision and clock.
    pub point: Point,
    /// Clock in MHz.
    pub mhz: f64,
    /// Seconds for all images.
    pub seconds: f64,
    /// Watts.
    pub watts: f64,
    /// Joules for all images.
    pub joules: f64,
}

/// Time, power and energy of `images` at every precision and clock.
pub fn figure_one(platform: &Platform, images: f64) -> Vec<SweepPoint> {
    let levels = || platform.clocks_mhz().iter().enumerate();
    let at = |precision| {
        levels().map(move |(level, mhz)| {
            let point = Point { precision, level };
            let (seconds, joules) = (platform.seconds(point), platform.joules(point));
            let watts = platform.watts(point);
            SweepPoint {
                point,
                mhz: *mhz,
                seconds: seconds * images,
                watts,
                joules: joules * images,
            }
        })
    };
    (0..platform.precisions().len()).flat_map(at).collect()
}

/// A distribution by its 5, 25, 50, 75 and 95 % points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fifths {
    /// Whose.
    pub scheduler: Scheduler,
    /// The five points.
    pub points: [f64; 5],
}

/// Response times over the longest one of any scheduler in the same workload.
pub fn figure_three(runs: &[WorkloadRuns]) -> Vec<Fifths> {
    let workloads = runs.first().map_or(0, |runs| runs.responses.len());
    let longest: Vec<f64> = (0..workloads)
        .map(|w| runs.iter().flat_map(|r| r.responses[w].iter().copied()).fold(0.0, f64::max))
        .collect();
    let distribution = |runs: &WorkloadRuns| {
        let normalised = |(responses, longest): (&Vec<f64>, &f64)| -> Vec<f64> {
            responses.iter().map(|response| response / longest).collect()
        };
        let mut all: Vec<f64> = runs.responses.iter().zip(&longest).flat_map(normalised).collect();
        all.sort_by(f64::total_cmp);
        let points = [0.05, 0.25, 0.5, 0.75, 0.95].map(|share| quantile(&all, share));
        Fifths { scheduler: runs.scheduler, points }
    };
    runs.iter().map(distribution).collect()
}

/// By linear interpolation between the sorted values; 0 without any.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let below = sorted.get(place.floor() as usize).copied().unwrap_or(0.0);
    let above = sorted.get(place.ceil() as usize).copied().unwrap_or(0.0);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_normalised_per_workload() {
        let runs = |scheduler, responses: [[f64; 2]; 2]| WorkloadRuns {
            scheduler,
            summaries: vec![],
            responses: responses.map(Vec::from).to_vec(),
        };
        // Workload 1 is ten times slower; that must not show.
        let slurm = runs(Scheduler::Slurm, [[1.0, 2.0], [10.0, 20.0]]);
        let pit = runs(Scheduler::Pit, [[4.0, 3.0], [30.0, 40.0]]);
        let figure = figure_three(&[slurm, pit]);
        assert_eq!(figure[0].scheduler, Scheduler::Slurm);
        let [.., p95] = figure[0].points;
        assert!((figure[0].points[2] - 0.375).abs() < 1e-12 && (p95 - 0.5).abs() < 1e-12);
        assert!((figure[1].points[2] - 0.875).abs() < 1e-12);
        assert_eq!(figure[1].points[4], 1.0);
    }

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        assert_eq!(quantile(&[], 0.5), 0.0);
        assert_eq!(quantile(&[3.0], 0.95), 3.0);
        assert_eq!(quantile(&[0.0, 1.0, 2.0, 3.0, 4.0], 0.25), 1.0);
        assert!((quantile(&[0.0, 10.0], 0.05) - 0.5).abs() < 1e-12);
    }
}
