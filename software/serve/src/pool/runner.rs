//! A load on a device: images in, answers and costs out.

use bitladder_control::escalate::{Answer, Runner};
use bitladder_control::{Cost, Point};
use bitladder_device::{Device, DeviceError, cycle_limit, run};
use bitladder_golden::{FloatBatch, IntBatch};
use bitladder_spec::decision::top_two;
use std::time::Instant;
use thiserror::Error;

use super::job::Load;
use crate::model::Choice;
use crate::{Model, Verdict};

/// What a device could not do.
#[derive(Debug, Error)]
pub(super) enum RunError {
    /// The device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Images of other shapes than the network's: the protocol layer let them through.
    #[error("images do not have the network's shape; please report this")]
    Shape,
    /// The ladder is run by the pool, never by a device.
    #[error("precision {0} is the ladder, which no device runs; please report this")]
    Ladder(usize),
}

/// The cost of what has not begun.
pub(super) const NOTHING: Cost = Cost { seconds: 0.0, joules: 0.0 };

/// Runs images of one load; keeps what was said last about each.
pub(super) struct LoadRunner<'a> {
    pub(super) model: &'a Model,
    pub(super) device: &'a mut dyn Device,
    pub(super) load: &'a Load,
    pub(super) verdicts: Vec<Option<Verdict>>,
    /// The clock level in use: not the one asked for, if the board cannot switch.
    pub(super) level: usize,
    /// Seconds of the machine's own clock, and joules.
    pub(super) used: Cost,
}

impl LoadRunner<'_> {
    /// Runs at most one batch.
    fn batch(&mut self, profile: usize, images: &[u64]) -> Result<IntBatch, RunError> {
        let program = &self.model.programs()[profile];
        let network = &self.model.package().profiles[profile].network;
        let image = |place: usize| self.load.image(images[place] as usize);
        let values = program.places(images.len()).map(image).collect::<Vec<_>>().concat();
        let shape = network.inputs[0].shape.clone();
        let batch = FloatBatch::new(program.batch, shape, values).map_err(|_| RunError::Shape)?;
        let limit = cycle_limit(self.model.predicted_cycles()[profile]);
        Ok(run(self.device, program, &[batch.quantized_for(network)], limit)?.results)
    }

    /// Cycles of the last batch: as counted, or as predicted where no cycles pass.
    fn cycles(&mut self, profile: usize) -> Result<u64, RunError> {
        let counted = self.device.cycles()?;
        Ok(if counted == 0 { self.model.predicted_cycles()[profile] } else { counted })
    }
}

impl Runner for LoadRunner<'_> {
    type Error = RunError;

    fn classify(
        &mut self,
        _request: u64,
        images: &[u64],
        point: Point,
    ) -> Result<(Vec<Answer>, Cost), RunError> {
        let Choice::Profile(profile) = self.model.choice(point.precision) else {
            return Err(RunError::Ladder(point.precision));
        };
        self.device.set_clock(self.model.machine_level(point.level))?;
        let package = self.model.package();
        let unit = package.profiles[profile].network.output_format().scale.step();
        let lead = package.leads(profile);
        let (start, mut used, mut answers) = (Instant::now(), NOTHING, Vec::new());
        for part in images.chunks(self.model.programs()[profile].batch) {
            let results = self.batch(profile, part)?;
            let cycles = self.cycles(profile)?;
            self.level = self.model.level_of(self.device.clock()?).unwrap_or(point.level);
            let seconds = cycles as f64 / (self.model.clock_mhz(self.level) * 1e6);
            let watts = self.model.platform().watts(Point { level: self.level, ..point });
            used.seconds += seconds;
            used.joules += seconds * watts;
            for (place, image) in part.iter().enumerate() {
                let logits = results.image(place);
                let best = top_two(logits);
                let integers = best.and_then(|best| best.margin());
                let class = best.map_or(0, |best| best.first);
                let margin = integers.map_or(f64::INFINITY, |lead| lead as f64);
                // The ladder compares in the units of its step, people read logits.
                answers.push(Answer { class, margin: lead(logits) });
                let scores = logits.iter().map(|logit| (f64::from(*logit) * unit) as f32);
                let (scores, margin) = (scores.collect(), margin * unit);
                self.verdicts[*image as usize] = Some(Verdict { class, margin, scores, profile });
            }
        }
        self.used.seconds += used.seconds;
        self.used.joules += used.joules;
        // The scheduler plans with the time that passes here, whatever the machine's own is.
        let seconds = start.elapsed().as_secs_f64();
        Ok((answers, Cost { seconds, joules: used.joules }))
    }
}
