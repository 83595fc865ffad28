//! What the controller believes about run time and power, and how it learns.

use crate::robust::RecentMedian;
use crate::{Platform, Point};

/// Expected seconds per image and watts at each operating point.
///
/// They start from a platform, perhaps with a safety factor on time. If told to, they follow the
/// measurements: a point with enough of them takes their median; a point never or seldom visited
/// takes its first value times the median deviation seen at the other clocks of its precision, so
/// one slow clock teaches all of them. Medians, because one stalled transfer must not move the
/// plan for every request that waits.
#[derive(Debug, Clone)]
pub struct Estimates {
    levels: usize,
    idle_watts: f64,
    losses: Vec<f64>,
    seconds: Vec<f64>,
    watts: Vec<f64>,
    learning: Option<Learning>,
    revision: u64,
}

/// What has been measured.
#[derive(Debug, Clone)]
struct Learning {
    first_seconds: Vec<f64>,
    first_watts: Vec<f64>,
    points: Vec<Deviation>,
    precisions: Vec<Deviation>,
}

/// Measured values over first estimates.
#[derive(Debug, Clone, Default)]
struct Deviation {
    seconds: RecentMedian,
    watts: RecentMedian,
}

impl Estimates {
    /// Estimates that stay what the platform says, times `over` for the seconds: 1.2 means that
    /// run times are over-estimated by 20 %.
    pub fn fixed(platform: &Platform, over: f64) -> Self {
        let precisions = platform.precisions();
        let seconds = precisions.iter().flat_map(|p| p.seconds.iter().map(|s| s * over)).collect();
        let watts = precisions.iter().flat_map(|p| p.watts.iter().copied()).collect();
        let losses = (0..precisions.len()).map(|p| platform.loss(p)).collect();
        let levels = platform.clocks_mhz().len();
        let idle_watts = platform.idle_watts();
        Self { levels, idle_watts, losses, seconds, watts, learning: None, revision: 0 }
    }

    /// Estimates that start like [`Estimates::fixed`] and follow what is measured.
    pub fn learning(platform: &Platform, over: f64) -> Self {
        let mut estimates = Self::fixed(platform, over);
        estimates.learning = Some(Learning {
            first_seconds: estimates.seconds.clone(),
            first_watts: estimates.watts.clone(),
            points: vec![Deviation::default(); estimates.seconds.len()],
            precisions: vec![Deviation::default(); estimates.losses.len()],
        });
        estimates
    }

    /// Number of precisions.
    pub fn precisions(&self) -> usize {
        self.losses.len()
    }

    /// Number of clock levels.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// Seconds per image at a point.
    pub fn seconds(&self, point: Point) -> f64 {
        self.seconds[self.index(point)]
    }

    /// Watts at a point.
    pub fn watts(&self, point: Point) -> f64 {
        self.watts[self.index(point)]
    }

    /// Joules per image at a point.
    pub fn joules(&self, point: Point) -> f64 {
        self.seconds(point) * self.watts(point)
    }

    /// Joules per image that running costs more than idling as long. This is what a choice of
    /// points can save: whoever is done sooner idles longer.
    pub fn extra_joules(&self, point: Point) -> f64 {
        self.seconds(point) * (self.watts(point) - self.idle_watts)
    }

    /// Seconds per image of a precision at the top clock: what the paper calls ER.
    pub fn top_seconds(&self, precision: usize) -> f64 {
        self.seconds(Point { precision, level: self.levels - 1 })
    }

    /// Images out of one that a precision gets wrong and the first precision gets right.
    pub fn loss(&self, precision: usize) -> f64 {
        self.losses[precision]
    }

    /// All points, precision by precision, slow to fast.
    pub fn points(&self) -> impl Iterator<Item = Point> + use<> {
        let levels = self.levels;
        (0..self.precisions())
            .flat_map(move |precision| (0..levels).map(move |level| Point { precision, level }))
    }

    /// Grows whenever an estimate changes, so that what is derived from them can be kept.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Takes note of what a block of images took. Estimates that do not learn ignore it, and so
    /// does everyone a measurement that is not positive and finite.
    pub fn observe(&mut self, point: Point, images: u64, seconds: f64, joules: f64) {
        let index = self.index(point);
        let Some(learning) = &mut self.learning else { return };
        let (per_image, watts) = (seconds / images as f64, joules / seconds);
        let usable = |value: f64| value.is_finite() && value > 0.0;
        if !usable(per_image) || !usable(watts) {
            return;
        }
        let slower = per_image / learning.first_seconds[index];
        let hotter = watts / learning.first_watts[index];
        learning.points[index].add(slower, hotter);
        learning.precisions[point.precision].add(slower, hotter);
        self.refresh(point.precision);
    }

    fn refresh(&mut self, precision: usize) {
        let Some(learning) = &self.learning else { return };
        let (general_s, general_w) = learning.precisions[precision].medians();
        let mut changed = false;
        for index in precision * self.levels..(precision + 1) * self.levels {
            let own = &learning.points[index];
            let (slower, hotter) =
                if own.seconds.is_settled() { own.medians() } else { (general_s, general_w) };
            let seconds = learning.first_seconds[index] * slower;
            let watts = learning.first_watts[index] * hotter;
            changed |= seconds != self.seconds[index] || watts != self.watts[index];
            (self.seconds[index], self.watts[index]) = (seconds, watts);
        }
        self.revision += u64::from(changed);
    }

    fn index(&self, point: Point) -> usize {
        point.precision * self.levels + point.level
    }
}

impl Deviation {
    fn add(&mut self, slower: f64, hotter: f64) {
        self.seconds.add(slower);
        self.watts.add(hotter);
    }

    /// 1 where nothing has been measured.
    fn medians(&self) -> (f64, f64) {
        (self.seconds.median().unwrap_or(1.0), self.watts.median().unwrap_or(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::TESLA_P40;
    use bitladder_spec::SplitMix64;

    const FAST: Point = Point { precision: 0, level: 9 };
    const SLOW: Point = Point { precision: 0, level: 0 };
    const OTHER: Point = Point { precision: 1, level: 0 };

    fn p40() -> Platform {
        Platform::from_toml(TESLA_P40, "tesla-p40.toml").unwrap()
    }

    fn measure(estimates: &mut Estimates, point: Point, factor: f64, times: usize) {
        let platform = p40();
        for _ in 0..times {
            let seconds = platform.seconds(point) * 100.0 * factor;
            estimates.observe(point, 100, seconds, seconds * platform.watts(point));
        }
    }

    #[test]
    fn fixed_estimates_do_not_move() {
        let mut estimates = Estimates::fixed(&p40(), 1.175);
        assert!((estimates.top_seconds(0) - 0.014814 * 1.175).abs() < 1e-12);
        measure(&mut estimates, FAST, 3.0, 100);
        assert!((estimates.top_seconds(0) - 0.014814 * 1.175).abs() < 1e-12);
        assert_eq!(estimates.revision(), 0);
    }

    #[test]
    fn one_clock_teaches_its_precision_and_no_other() {
        let mut estimates = Estimates::learning(&p40(), 1.175);
        measure(&mut estimates, FAST, 1.0, 8);
        assert!((estimates.seconds(SLOW) - p40().seconds(SLOW)).abs() < 1e-12);
        assert!((estimates.watts(SLOW) - p40().watts(SLOW)).abs() < 1e-9);
        assert!((estimates.seconds(OTHER) - 1.175 * p40().seconds(OTHER)).abs() < 1e-12);
        // A clock with measurements of its own goes its own way.
        measure(&mut estimates, SLOW, 2.0, 8);
        assert!((estimates.seconds(SLOW) - 2.0 * p40().seconds(SLOW)).abs() < 1e-12);
        assert!((estimates.seconds(FAST) - p40().seconds(FAST)).abs() < 1e-12);
        assert!(estimates.revision() > 0);
    }

    #[test]
    fn outliers_do_not_move_an_estimate() {
        let (mut estimates, mut rng) = (Estimates::learning(&p40(), 1.0), SplitMix64::new(5));
        let mut worst = 0.0f64;
        for step in 0..2000 {
            let stall = if rng.below(5) == 0 { 50.0 } else { 1.0 };
            measure(&mut estimates, FAST, stall * (0.98 + 0.04 * rng.unit()), 1);
            if step > 30 {
                worst = worst.max((estimates.seconds(FAST) / p40().seconds(FAST) - 1.0).abs());
            }
        }
        assert!(worst < 0.03, "a fifth of stalls moved the estimate by {worst}");
    }

    #[test]
    fn a_lasting_change_is_followed() {
        let mut estimates = Estimates::learning(&p40(), 1.0);
        measure(&mut estimates, FAST, 1.0, 100);
        measure(&mut estimates, FAST, 1.5, 16);
        assert!((estimates.seconds(FAST) / p40().seconds(FAST) - 1.5).abs() < 1e-9);
    }

    #[test]
    fn impossible_measurements_are_ignored() {
        let mut estimates = Estimates::learning(&p40(), 1.0);
        for (images, seconds, joules) in [(0, 1.0, 1.0), (1, 0.0, 1.0), (1, f64::NAN, 1.0)] {
            estimates.observe(FAST, images, seconds, joules);
        }
        estimates.observe(FAST, 1, 1.0, -1.0);
        assert_eq!(estimates.revision(), 0);
        assert_eq!(estimates.seconds(FAST), p40().seconds(FAST));
    }
}
