//! An escalation ladder seen by the scheduler: one more precision, with expected costs.

use super::{Platform, PlatformError, Precision, check_number};

/// One rung of a cascade: a precision, and the share of images that gets so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CascadeRung {
    /// Index of the precision in the platform.
    pub precision: usize,
    /// Share of all images that run at this rung: 1 for the first.
    pub reached: f64,
}

impl Platform {
    /// The platform with a cascade as a precision of its own, placed at `position`.
    ///
    /// An image's expected time is the sum over rungs of the share that reaches it times its time
    /// there; power is expected energy over expected time. So a scheduler weighs the cascade
    /// against plain precisions with no code of its own.
    pub fn with_cascade(
        mut self,
        position: usize,
        name: &str,
        top1: f64,
        rungs: &[CascadeRung],
    ) -> Result<Self, PlatformError> {
        self.check_rungs(name, rungs)?;
        let percent = (0.0..=100.0).contains(&top1);
        check_number(percent, &format!("top1 of cascade {name}"), top1, &self.name)?;
        let levels = self.clocks_mhz.len();
        let expect = |cost: &dyn Fn(&Precision, usize) -> f64, level| -> f64 {
            rungs.iter().map(|r| r.reached * cost(&self.precisions[r.precision], level)).sum()
        };
        let seconds: Vec<f64> =
            (0..levels).map(|level| expect(&|p, l| p.seconds[l], level)).collect();
        let joules = (0..levels).map(|level| expect(&|p, l| p.seconds[l] * p.watts[l], level));
        let watts = joules.zip(&seconds).map(|(joules, seconds)| joules / seconds).collect();
        let cascade = Precision { name: name.into(), top1, top5: None, seconds, watts };
        let position = position.min(self.precisions.len());
        self.precisions.insert(position, cascade);
        Ok(self)
    }

    fn check_rungs(&self, cascade: &str, rungs: &[CascadeRung]) -> Result<(), PlatformError> {
        let fail = |rung, what| Err(PlatformError::Cascade { cascade: cascade.into(), rung, what });
        if rungs.is_empty() {
            return fail(0, "is missing");
        }
        let mut before = 1.0;
        for (index, rung) in rungs.iter().enumerate() {
            if rung.precision >= self.precisions.len() {
                return fail(index, "names a precision that does not exist");
            }
            if !(0.0..=before).contains(&rung.reached) || (index == 0 && rung.reached != 1.0) {
                return fail(index, "has a share of images that cannot be");
            }
            before = rung.reached;
        }
        Ok(())
    }
}
