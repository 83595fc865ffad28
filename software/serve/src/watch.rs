//! Whether as many images climb the ladder as its calibration saw.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bitladder_control::escalate::{
    CalibratedShare, Direction, Drift, DriftOptions, LadderError, LadderMonitor, Outcome,
};
use bitladder_package::{Package, Step};
use serde::Serialize;

/// While a drift lasts it is found again and again; logs hear of it once in so many seconds.
const LOG_EVERY: f64 = 60.0;

/// A rung of the ladder, as it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RungSnapshot {
    /// Its precision.
    pub precision: String,
    /// Images that ran in it.
    pub reached: u64,
    /// Those of them that climbed on.
    pub climbed: u64,
    /// Share that climbed in calibration; nothing if no image got here then.
    pub calibrated: Option<f64>,
    /// Warnings that more images climb.
    pub warnings_up: u64,
    /// Warnings that fewer images climb.
    pub warnings_down: u64,
    /// The last warning.
    pub drift: Option<DriftSnapshot>,
}

/// A warning.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DriftSnapshot {
    /// When, since the start of the server.
    pub seconds: f64,
    /// What was seen, and what to do.
    pub message: String,
    /// Images of this rung since; a drift that lasts is found again within some hundreds.
    pub images_since: u64,
}

/// Watches the ladder of a pool, over all its devices.
#[derive(Debug)]
pub(crate) struct LadderWatch {
    watched: Mutex<Watched>,
}

#[derive(Debug)]
struct Watched {
    monitor: LadderMonitor,
    rungs: Vec<RungSnapshot>,
    /// When the log last heard of each rung.
    logged: Vec<f64>,
}

impl LadderWatch {
    /// For the ladder of a package; nothing if it has none, or does not tell what calibration saw.
    pub(crate) fn new(
        package: &Package,
        options: DriftOptions,
    ) -> Result<Option<Self>, LadderError> {
        let steps = package.steps_up();
        let shares: Option<Vec<_>> = steps.iter().map(|step| calibrated(step)).collect();
        let Some(shares) = shares else {
            tracing::info!(
                "the package does not tell how many images climbed in calibration, so nobody \
                 watches whether it stays so; make the package anew to change that"
            );
            return Ok(None);
        };
        let monitor = LadderMonitor::new(&shares, options)?;
        let rung = |(step, share): (&&Step, &CalibratedShare)| RungSnapshot {
            precision: step.from.clone(),
            reached: 0,
            climbed: 0,
            calibrated: (share.images > 0).then(|| share.climbed as f64 / share.images as f64),
            warnings_up: 0,
            warnings_down: 0,
            drift: None,
        };
        let rungs: Vec<_> = steps.iter().zip(&shares).map(rung).collect();
        let logged = vec![f64::NEG_INFINITY; rungs.len()];
        let watched = Mutex::new(Watched { monitor, rungs, logged });
        Ok((!steps.is_empty()).then_some(Self { watched }))
    }

    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of images that climbed as far as they had to.
    pub(crate) fn observe(&self, outcome: &Outcome, now: f64) {
        let mut watched = self.lock();
        let Watched { monitor, rungs, .. } = &mut *watched;
        for (width, rung) in rungs.iter_mut().enumerate() {
            let (here, next) = (outcome.reached[width] as u64, outcome.reached[width + 1] as u64);
            rung.reached += here;
            rung.climbed += next;
            if let Some(drift) = &mut rung.drift {
                drift.images_since += here;
            }
        }
        for (width, drift) in monitor.observe(outcome) {
            watched.warn(width, &drift, now);
        }
    }

    /// How the rungs stand, the narrowest first.
    pub(crate) fn snapshot(&self) -> Vec<RungSnapshot> {
        self.lock().rungs.clone()
    }
}

impl Watched {
    fn warn(&mut self, width: usize, drift: &Drift, now: f64) {
        let rung = &mut self.rungs[width];
        match drift.direction {
            Direction::Up => rung.warnings_up += 1,
            Direction::Down => rung.warnings_down += 1,
        }
        let message = drift.to_string();
        if now - self.logged[width] >= LOG_EVERY {
            self.logged[width] = now;
            tracing::warn!(precision = rung.precision, seen = message, "the ladder drifts");
        }
        rung.drift = Some(DriftSnapshot { seconds: now, message, images_since: 0 });
    }
}

fn calibrated(step: &Step) -> Option<CalibratedShare> {
    let passage = step.passage?;
    Some(CalibratedShare { climbed: passage.climbed, images: passage.reached })
}
