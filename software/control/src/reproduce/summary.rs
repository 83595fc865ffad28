//! A run in a few numbers.

use crate::Platform;
use crate::simulate::{Completed, Record};

/// What a workload came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Mean seconds from submission to completion.
    pub response: f64,
    /// Average watts while requests ran.
    pub watts: f64,
    /// Mean joules per request.
    pub joules: f64,
    /// Top-1 accuracy in percent, mean over requests.
    pub top1: f64,
    /// Top-5 accuracy in percent; 0 for a platform without it.
    pub top5: f64,
    /// Share of requests done in their expected response time.
    pub on_time: f64,
    /// The same with 1 % grace.
    pub nearly_on_time: f64,
    /// Share of requests at less than full precision.
    pub low_share: f64,
}

impl Summary {
    /// Of a run on a platform.
    pub fn of(record: &Record, platform: &Platform) -> Self {
        let precisions = platform.precisions();
        let share = |holds: bool| f64::from(u8::from(holds));
        let requests = (record.completed.len() + record.rejected.len()).max(1) as f64;
        Self {
            response: record.mean(Completed::response),
            watts: record.watts(),
            joules: record.mean(|done| done.joules),
            top1: record.mean(|done| precisions[done.precision].top1),
            top5: record.mean(|done| precisions[done.precision].top5.unwrap_or(0.0)),
            on_time: record.on_time() as f64 / requests,
            nearly_on_time: record
                .mean(|done| share(done.response() <= 1.01 * done.request.expected)),
            low_share: record.mean(|done| share(done.precision > 0)),
        }
    }
}

/// Mean, extremes and standard deviation over workloads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// Standard deviation, of a sample.
    pub sd: f64,
}

impl Spread {
    /// Of some values.
    pub fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self {
            mean,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            sd: (squares / (count - 1.0).max(1.0)).sqrt(),
        }
    }

    /// Each statistic over groups of `size` values, averaged over the groups: what to compare with
    /// a table over `size` values, whose extremes are closer together than those of many.
    pub fn of_groups(values: &[f64], size: usize) -> Self {
        let groups: Vec<Self> = values.chunks_exact(size).map(Self::of).collect();
        let mean = |of: fn(&Self) -> f64| groups.iter().map(of).sum::<f64>() / groups.len() as f64;
        Self {
            mean: mean(|g| g.mean),
            min: mean(|g| g.min),
            max: mean(|g| g.max),
            sd: mean(|g| g.sd),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_are_those_of_a_sample() {
        let spread = Spread::of(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!((spread.mean, spread.min, spread.max), (2.5, 1.0, 4.0));
        assert!((spread.sd - (5.0f64 / 3.0).sqrt()).abs() < 1e-12);
        let groups = Spread::of_groups(&[1.0, 3.0, 5.0, 9.0], 2);
        assert_eq!((groups.mean, groups.min, groups.max), (4.5, 3.0, 6.0));
        assert!((groups.sd - (2f64.sqrt() + 8f64.sqrt()) / 2.0).abs() < 1e-12);
    }
}
