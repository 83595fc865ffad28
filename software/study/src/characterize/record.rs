//! Running the float network and its widths once over all images.

use bitladder_flow::{Model, Samples, make_profile};
use bitladder_golden::{Engine, IntBatch, float};
use bitladder_package::Profile;
use bitladder_quantize::{Calibration, LowerOptions};
use bitladder_spec::decision::{argmax_real, probability_margin, softmax, top_two};
use serde::{Deserialize, Serialize};

use super::Width;
use super::choose::{TEST, VALIDATION};
use super::temperature::{self, Judged, Temperature};
use crate::{Sets, StudyError};

/// What one width says about one image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// Whether it is right.
    pub correct: bool,
    /// Its class.
    pub class: usize,
    /// Lead over the second class, in integers of the result.
    pub margin: u64,
    /// The same in probabilities: the score margin of paper 001.
    pub probability: f64,
    /// The same after temperature scaling.
    pub calibrated: f64,
}

/// A width's answers on training, validation and test images.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Answers {
    /// Name of the width.
    pub(super) width: String,
    /// Value of one integer of its result.
    pub(super) step: f64,
    /// Its temperature.
    pub(super) temperature: Temperature,
    /// Answers per set.
    pub(super) sets: [Vec<Scored>; 3],
}

/// Phase 1: whether the float network is right, per set and image; ranges of all values, seen on
/// the training images it gets right.
pub(super) fn float_answers(
    model: &Model,
    sets: &Sets,
    threads: usize,
    progress: &mut dyn FnMut(usize),
) -> Result<([Vec<bool>; 3], Calibration), StudyError> {
    let network = &model.network;
    let mut calibration = Calibration::new(network);
    let mut right: [Vec<bool>; 3] = Default::default();
    let mut done = 0;
    for (set, (name, samples)) in sets.all().into_iter().enumerate() {
        let labels = samples.labels()?;
        for (images, first) in samples.steps() {
            let mut seen = Vec::new();
            let result = float::run(network, &[images], threads, |_, batch| {
                if name == "train" {
                    seen.push(batch.clone());
                }
                Ok::<(), StudyError>(())
            })?;
            let correct = |image: usize| {
                argmax_real(result.image(image)) == Some(usize::from(labels[first + image]))
            };
            for image in 0..result.images() {
                right[set].push(correct(image));
                for (value, batch) in seen.iter().enumerate().filter(|_| correct(image)) {
                    let observed = calibration.observe(value, batch.image(image));
                    observed.map_err(|error| bitladder_flow::FlowError::from(Box::new(error)))?;
                }
            }
            done += result.images();
            progress(done);
        }
    }
    Ok((right, calibration))
}

/// The network at a width.
pub(super) fn profile(
    model: &Model,
    calibration: &Calibration,
    width: &Width,
    seed: Option<u64>,
) -> Result<(Profile, bool), StudyError> {
    let options = LowerOptions::default();
    let made = make_profile(&width.name, model, calibration, &width.plan(seed), &options)?;
    Ok((made.profile, made.lowered.softmax))
}

/// Phase 2 for one width.
pub(super) fn answers(
    profile: &Profile,
    sets: &Sets,
    threads: usize,
    progress: &mut dyn FnMut(usize),
) -> Result<Answers, StudyError> {
    let engine = Engine::new(&profile.network)?;
    let step = profile.network.output_format().scale.step();
    let mut found = Answers { width: profile.name.clone(), step, ..Answers::default() };
    let mut logits: [Vec<Vec<i32>>; 3] = Default::default();
    let mut done = 0;
    for (set, (_, samples)) in sets.all().into_iter().enumerate() {
        for (images, first) in samples.steps() {
            let result = engine.run(&[images.quantized_for(&profile.network)], threads)?;
            scores(&result, step, samples, first, &mut found.sets[set])?;
            logits[set].extend((0..result.images()).map(|image| result.image(image).to_vec()));
            done += result.images();
            progress(done);
        }
    }
    calibrate(&mut found, &logits, sets)?;
    Ok(found)
}

/// Finds the temperature on the validation images and scales all margins with it.
fn calibrate(
    found: &mut Answers,
    logits: &[Vec<Vec<i32>>; 3],
    sets: &Sets,
) -> Result<(), StudyError> {
    let step = found.step;
    let fitted = Judged { logits: &logits[VALIDATION], labels: sets.validation.labels()?, step };
    let value = fitted.fit();
    let test = Judged { logits: &logits[TEST], labels: sets.test.labels()?, step };
    let (error_without, error_with) = (test.error(1.0), test.error(value));
    found.temperature = Temperature { value, error_without, error_with };
    for (scored, logits) in found.sets.iter_mut().flatten().zip(logits.iter().flatten()) {
        scored.calibrated = temperature::margin(logits, step, value);
    }
    Ok(())
}

fn scores(
    result: &IntBatch,
    step: f64,
    samples: &Samples,
    first: usize,
    scores: &mut Vec<Scored>,
) -> Result<(), StudyError> {
    let labels = samples.labels()?;
    for image in 0..result.images() {
        let logits = result.image(image);
        let best = top_two(logits);
        let class = best.map_or(usize::MAX, |best| best.first);
        scores.push(Scored {
            correct: class == usize::from(labels[first + image]),
            class,
            margin: best.and_then(|best| best.margin()).map_or(u64::MAX, i64::cast_unsigned),
            probability: probability_margin(&softmax(logits, step)),
            calibrated: 0.0,
        });
    }
    Ok(())
}
