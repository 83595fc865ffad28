//! Drift over a whole ladder.

use super::{CalibratedShare, Drift, DriftMonitor, DriftOptions, LadderError, Outcome};

/// One [`DriftMonitor`] for each width that images may climb from and did get to in calibration.
#[derive(Debug, Clone)]
pub struct LadderMonitor {
    widths: Vec<Option<DriftMonitor>>,
}

impl LadderMonitor {
    /// A monitor for a ladder whose widths, but for the widest, were calibrated so: of the images
    /// that reached a width, how many climbed on. A width that none reached is not watched: who gets
    /// there now comes from below, where that is noticed.
    pub fn new(shares: &[CalibratedShare], options: DriftOptions) -> Result<Self, LadderError> {
        let watched = |share: &CalibratedShare| share.images > 0 || share.climbed > 0;
        let monitor = |share: &CalibratedShare| DriftMonitor::new(*share, options);
        let widths = shares.iter().map(|share| watched(share).then(|| monitor(share)).transpose());
        Ok(Self { widths: widths.collect::<Result<_, _>>()? })
    }

    /// Takes note of a batch: every image that reached a width either stayed or climbed. Returns
    /// the warnings with the widths they are about.
    pub fn observe(&mut self, outcome: &Outcome) -> Vec<(usize, Drift)> {
        let mut warnings = Vec::new();
        for committed in &outcome.committed {
            for (width, monitor) in self.widths.iter_mut().enumerate().take(committed.width + 1) {
                let drift = monitor.as_mut().and_then(|m| m.observe(committed.width > width));
                warnings.extend(drift.map(|drift| (width, drift)));
            }
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cost;
    use crate::escalate::{Answer, Committed, Direction};

    fn outcome(widths: &[usize]) -> Outcome {
        let answer = Answer { class: 0, margin: 0.0 };
        let committed = widths.iter().map(|width| Committed { answer, width: *width }).collect();
        Outcome { committed, reached: vec![], cost: Cost { seconds: 1.0, joules: 1.0 } }
    }

    #[test]
    fn each_width_judges_only_the_images_that_reach_it() {
        // Half of all images climb from width 0, and half of those from width 1.
        let shares = [
            CalibratedShare { climbed: 2000, images: 4000 },
            CalibratedShare { climbed: 1000, images: 2000 },
        ];
        let mut monitor = LadderMonitor::new(&shares, DriftOptions::default()).unwrap();
        let calibrated = outcome(&[0, 2, 0, 1]);
        assert!((0..5000).all(|_| monitor.observe(&calibrated).is_empty()));
        // As many climb from width 0, but of those now all climb on.
        let drifted = outcome(&[0, 2, 0, 2]);
        let (width, drift) = (0..5000).find_map(|_| monitor.observe(&drifted).pop()).unwrap();
        assert_eq!((width, drift.direction, drift.share), (1, Direction::Up, 1.0));
    }

    #[test]
    fn a_width_that_calibration_did_not_reach_is_left_to_those_below() {
        let share = |climbed, images| CalibratedShare { climbed, images };
        let options = DriftOptions::default();
        let mut monitor = LadderMonitor::new(&[share(0, 1000), share(0, 0)], options).unwrap();
        let drifted = outcome(&[2]);
        let (width, _) = (0..5000).find_map(|_| monitor.observe(&drifted).pop()).unwrap();
        assert_eq!(width, 0);
        assert!(LadderMonitor::new(&[share(1, 0)], options).is_err(), "no such calibration");
    }
}
