//! Whether the share of images that climb is still the calibrated one.

use std::fmt;

use super::LadderError;

/// What calibration saw at a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalibratedShare {
    /// Images whose margin was below the threshold.
    pub climbed: u64,
    /// Images in all.
    pub images: u64,
}

/// Knobs of [`DriftMonitor`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriftOptions {
    /// The smallest drift worth a warning, as a ratio of odds above 1.
    pub odds_ratio: f64,
    /// Without drift, on average at least this many images pass between warnings.
    pub images_per_false_alarm: f64,
    /// Chance that the true share lies outside what is taken as calibrated.
    pub calibration_risk: f64,
}

impl Default for DriftOptions {
    fn default() -> Self {
        Self { odds_ratio: 1.5, images_per_false_alarm: 1e6, calibration_risk: 1e-3 }
    }
}

impl DriftOptions {
    fn check(&self) -> Result<(), LadderError> {
        let Self { odds_ratio, images_per_false_alarm: images, calibration_risk: risk } = *self;
        let options = [
            ("odds_ratio", odds_ratio, odds_ratio > 1.0 && odds_ratio.is_finite()),
            ("images_per_false_alarm", images, images >= 1.0 && images.is_finite()),
            ("calibration_risk", risk, risk > 0.0 && risk < 1.0),
        ];
        match options.into_iter().find(|(.., good)| !good) {
            Some((option, value, _)) => Err(LadderError::DriftOption { option, value }),
            None => Ok(()),
        }
    }
}

/// Where the share went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More images climb: time and energy exceed their estimates.
    Up,
    /// Fewer images climb: the inputs have changed, or margins are inflated.
    Down,
}

/// A warning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// Where the share went.
    pub direction: Direction,
    /// Images since the drift probably began.
    pub images: u64,
    /// Share of them that climbed.
    pub share: f64,
    /// The shares that calibration admits.
    pub calibrated: (f64, f64),
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { images, share, calibrated: (low, high), .. } = self;
        write!(
            f,
            "{:.1} % of the last {images} images climbed, calibration saw {:.1} to {:.1} %: the \
             inputs have changed; calibrate the thresholds again",
            100.0 * share,
            100.0 * low,
            100.0 * high
        )
    }
}

/// Two cumulative sums of log-likelihood ratios, one for more and one for fewer climbing images.
///
/// The alarm limit is ln(2 * images per false alarm). It holds: the sum of the two Shiryaev-Roberts
/// statistics less twice the number of images is a supermartingale while the share lies in the
/// calibrated interval, and each of them is at least e to its cumulative sum, so that the mean
/// number of images to a false alarm is at least e^limit / 2. The interval comes from the
/// Chernoff bound on the calibration images, so that a small calibration set makes the monitor
/// slow rather than wrong.
#[derive(Debug, Clone)]
pub struct DriftMonitor {
    calibrated: (f64, f64),
    limit: f64,
    sums: [Sum; 2],
}

/// One cumulative sum.
#[derive(Debug, Clone)]
struct Sum {
    direction: Direction,
    climbing: f64,
    staying: f64,
    value: f64,
    images: u64,
    climbed: u64,
}

impl DriftMonitor {
    /// A monitor for a rung with this calibration.
    pub fn new(share: CalibratedShare, options: DriftOptions) -> Result<Self, LadderError> {
        let CalibratedShare { climbed, images } = share;
        if images == 0 || climbed > images {
            return Err(LadderError::Calibration { climbed, images });
        }
        options.check()?;
        let seen = climbed as f64 / images as f64;
        let allowed = (2.0 / options.calibration_risk).ln() / images as f64;
        let calibrated = (bound(seen, 0.0, allowed), bound(seen, 1.0, allowed));
        let sums = [
            Sum::new(Direction::Up, calibrated.1, options.odds_ratio),
            Sum::new(Direction::Down, calibrated.0, options.odds_ratio.recip()),
        ];
        let limit = (2.0 * options.images_per_false_alarm).ln();
        Ok(Self { calibrated, limit, sums })
    }

    /// Takes note of an image; a warning starts both sums again.
    pub fn observe(&mut self, climbed: bool) -> Option<Drift> {
        let (limit, calibrated) = (self.limit, self.calibrated);
        for sum in &mut self.sums {
            sum.add(climbed);
        }
        let over = self.sums.iter().find(|sum| sum.value >= limit)?;
        let Sum { direction, images, .. } = *over;
        let share = over.climbed as f64 / images as f64;
        for sum in &mut self.sums {
            sum.restart();
        }
        Some(Drift { direction, images, share, calibrated })
    }
}

impl Sum {
    /// From odds of `share` to `ratio` times these odds. A share of 0 or 1 has no odds to change;
    /// its sum stays at zero.
    fn new(direction: Direction, share: f64, ratio: f64) -> Self {
        let moved = share * ratio / (1.0 - share + share * ratio);
        let inside = share > 0.0 && share < 1.0;
        let log = |value: f64| if inside { value.ln() } else { 0.0 };
        let (climbing, staying) = (log(moved / share), log((1.0 - moved) / (1.0 - share)));
        Self { direction, climbing, staying, value: 0.0, images: 0, climbed: 0 }
    }

    fn add(&mut self, climbed: bool) {
        self.value += if climbed { self.climbing } else { self.staying };
        self.images += 1;
        self.climbed += u64::from(climbed);
        if self.value <= 0.0 {
            self.restart();
        }
    }

    fn restart(&mut self) {
        (self.value, self.images, self.climbed) = (0.0, 0, 0);
    }
}

/// The share towards `end` whose relative entropy to what was `seen` is `allowed`: the Chernoff
/// bound, by bisection.
fn bound(seen: f64, end: f64, allowed: f64) -> f64 {
    let (mut inside, mut outside) = (seen, end);
    for _ in 0..60 {
        let middle = (inside + outside) / 2.0;
        if relative_entropy(seen, middle) <= allowed {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    inside
}

fn relative_entropy(p: f64, q: f64) -> f64 {
    let part = |p: f64, q: f64| if p > 0.0 { p * (p / q).ln() } else { 0.0 };
    part(p, q) + part(1.0 - p, 1.0 - q)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_spec::SplitMix64;

    const CALIBRATION: CalibratedShare = CalibratedShare { climbed: 3000, images: 10_000 };

    fn monitor(images_per_false_alarm: f64) -> DriftMonitor {
        let options = DriftOptions { images_per_false_alarm, ..DriftOptions::default() };
        DriftMonitor::new(CALIBRATION, options).unwrap()
    }

    /// Images until a warning at a share, of at most `most`.
    fn images_to_alarm(
        monitor: &mut DriftMonitor,
        share: f64,
        rng: &mut SplitMix64,
    ) -> (u64, Drift) {
        (1..).find_map(|n| monitor.observe(rng.unit() < share).map(|drift| (n, drift))).unwrap()
    }

    #[test]
    fn false_alarms_are_as_rare_as_promised() {
        // The true share at the very ends of the calibrated interval is the worst case.
        let (low, high) = monitor(1.0).calibrated;
        for share in [low, high, 0.3] {
            let (mut monitor, mut rng) = (monitor(2000.0), SplitMix64::new(11));
            let images = 2_000_000;
            let alarms = (0..images).filter(|_| monitor.observe(rng.unit() < share).is_some());
            let alarms = alarms.count();
            assert!(alarms <= images / 2000, "share {share}: {alarms} alarms");
        }
    }

    #[test]
    fn drift_is_found_soon_and_in_the_right_direction() {
        let mut rng = SplitMix64::new(12);
        for (share, direction) in [(0.45, Direction::Up), (0.18, Direction::Down)] {
            for _ in 0..50 {
                let (images, drift) = images_to_alarm(&mut monitor(1e6), share, &mut rng);
                assert_eq!(drift.direction, direction);
                assert!(images < 1500, "{images} images to find a share of {share}");
                assert!((drift.share - share).abs() < 0.12, "{drift:?}");
                assert!(drift.images <= images);
            }
        }
    }

    #[test]
    fn a_small_calibration_widens_what_is_normal() {
        let of = |climbed, images| {
            let share = CalibratedShare { climbed, images };
            DriftMonitor::new(share, DriftOptions::default()).unwrap().calibrated
        };
        let (low, high) = of(30, 100);
        assert!(low < 0.2 && high > 0.4, "{low} {high}");
        let (low, high) = of(3000, 10_000);
        assert!(low > 0.28 && high < 0.32, "{low} {high}");
        let (low, high) = of(0, 1000);
        assert!(low == 0.0 && (0.005..0.01).contains(&high), "{low} {high}");
    }

    #[test]
    fn a_share_of_nothing_only_grows() {
        let share = CalibratedShare { climbed: 0, images: 1000 };
        let mut monitor = DriftMonitor::new(share, DriftOptions::default()).unwrap();
        assert!((0..100_000).all(|_| monitor.observe(false).is_none()));
        let drift = (0..1000).find_map(|_| monitor.observe(true)).unwrap();
        assert_eq!(drift.direction, Direction::Up);
    }

    #[test]
    fn warnings_and_errors_say_what_to_do() {
        let drift =
            Drift { direction: Direction::Up, images: 250, share: 0.52, calibrated: (0.29, 0.31) };
        assert_eq!(
            drift.to_string(),
            "52.0 % of the last 250 images climbed, calibration saw 29.0 to 31.0 %: the inputs \
             have changed; calibrate the thresholds again"
        );
        let blind = DriftOptions { odds_ratio: 1.0, ..DriftOptions::default() };
        assert_eq!(
            DriftMonitor::new(CALIBRATION, blind).unwrap_err().to_string(),
            "drift monitor: odds_ratio is 1; give an odds ratio above 1, at least one image per \
             false alarm, and a risk between 0 and 1"
        );
        let always = DriftOptions { calibration_risk: f64::NAN, ..DriftOptions::default() };
        assert!(DriftMonitor::new(CALIBRATION, always).is_err());
        let share = CalibratedShare { climbed: 2, images: 1 };
        assert_eq!(
            DriftMonitor::new(share, DriftOptions::default()).unwrap_err().to_string(),
            "2 of 1 calibration images climbed; give at least one image, and no more climbing \
             ones than images"
        );
    }
}
