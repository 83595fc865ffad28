//! Dynamic bit width by score margin: paper 001.
//!
//! [`characterize`] runs the float network, then each width from wide to narrow, on all images
//! once; everything else is computed from the recorded answers. Weights are rounded at random
//! with a seed; values are rounded as the hardware does, since thresholds must hold there.

mod choose;
mod climbing;
mod histogram;
mod interval;
mod package;
mod record;
mod spread;
mod state;
mod temperature;
mod verdict;
mod width;

use std::path::Path;

use bitladder_flow::{Model, fingerprint};
use bitladder_package::{Package, Preprocess, Profile};
use bitladder_quantize::LowerOptions;
use serde::Serialize;

use crate::energy::PowerTable;
use crate::error::check_share;
use crate::{Sets, StudyError};
use choose::{TEST, VALIDATION, arrange, cheapest, curve};
use climbing::Judge;
use record::Answers;

pub use choose::{Arrangement, CurvePoint};
pub use climbing::Climbed;
pub use histogram::{Bar, Histogram, Shape};
pub use interval::Interval;
pub use record::Scored;
pub use spread::{Margins, Spread};
pub use temperature::Temperature;
pub use verdict::{Advice, Verdict};
pub use width::{Width, weight_bits};

/// The lead a threshold is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Score {
    /// Difference of the two largest logits: what the hardware has.
    Logits,
    /// Difference of the two largest probabilities: what paper 001 has.
    Probability,
    /// The same after each width's logits were divided by its temperature.
    Calibrated,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The widths, from wide to narrow.
    pub widths: Vec<Width>,
    /// Models for single widths, by the width's name: the network after training at that width. The
    /// others, and the float network, are the one that is studied.
    pub trained: Vec<(String, Model)>,
    /// Seed of the random rounding of weights; `None` rounds to the nearest.
    pub seed: Option<u64>,
    /// Bars below this share are merged.
    pub least_bar: f64,
    /// Share of images that may be lost against the float network.
    pub loss: f64,
    /// Whether the upper end of the loss's 95 % interval must keep it, instead of the loss itself.
    pub sure: bool,
    /// What thresholds are compared with.
    pub score: Score,
    /// Power per width.
    pub power: &'a PowerTable,
    /// Keeps what is measured, so that an interrupted study can go on.
    pub state: Option<&'a Path>,
    /// Threads to run on.
    pub threads: usize,
}

/// Told what is being done and how many images are done.
pub type Progress<'a> = &'a mut dyn FnMut(&str, usize);

/// What is known about a network over widths.
#[derive(Debug, Clone, Serialize)]
pub struct Characterization {
    /// Images per set: training, validation, test.
    pub images: [usize; 3],
    /// Accuracy of the float network per set.
    pub float: [f64; 3],
    /// Each width alone, on the test images, from wide to narrow.
    pub widths: Vec<(String, Climbed)>,
    /// Least correct widths.
    pub histogram: Histogram,
    /// The same with small bars merged.
    pub merged: Histogram,
    /// Score margins per width.
    pub margins: Vec<Margins>,
    /// The ladder's accuracy and energy over thresholds on logits, on the validation
    /// images.
    pub curve: Vec<CurvePoint>,
    /// The same over thresholds on probabilities, which is paper 001's figure.
    pub probability_curve: Vec<CurvePoint>,
    /// The same after temperature scaling.
    pub calibrated_curve: Vec<CurvePoint>,
    /// Temperatures per width.
    pub temperatures: Vec<(String, Temperature)>,
    /// What the verdict's thresholds are compared with.
    pub score: Score,
    /// What to do.
    pub verdict: Verdict,
}

/// Characterises a network; gives a package with the recommended widths and thresholds, if any
/// keep the wanted loss.
pub fn characterize(
    model: &Model,
    sets: &Sets,
    preprocess: &Preprocess,
    wanted: &Wanted,
    progress: Progress,
) -> Result<(Characterization, Option<Package>), StudyError> {
    width::check(&wanted.widths)?;
    width::check_trained(model, wanted)?;
    check_share("the least bar", wanted.least_bar)?;
    check_share("the loss", wanted.loss)?;
    for width in &wanted.widths {
        wanted.power.milliwatts(width.bits())?;
    }
    let fingerprint = study_fingerprint(model, sets, wanted);
    let measured = measure(model, sets, wanted, &fingerprint, progress)?;
    let bits: Vec<u8> = wanted.widths.iter().map(Width::bits).collect();
    let (answers, float) = (&measured.answers, &measured.float);
    let Wanted { power, sure, score, .. } = *wanted;
    let judge = Judge { answers, bits: &bits, float, power, sure, score };
    let histogram = Histogram::new(answers, float);
    let images = float.each_ref().map(Vec::len);
    let result = conclude(&judge, wanted, histogram, images)?;
    let origin = || package::Origin {
        model,
        preprocess,
        classes: sets.train.class_names(),
        fingerprint: fingerprint.clone(),
    };
    let package = result
        .verdict
        .recommended()
        .map(|found| package::package(origin(), &measured.profiles, answers, (found, score)));
    Ok((result, package))
}

/// Everything that took running networks.
struct Measured {
    float: [Vec<bool>; 3],
    profiles: Vec<(Profile, bool)>,
    answers: Vec<Answers>,
}

fn measure(
    model: &Model,
    sets: &Sets,
    wanted: &Wanted,
    fingerprint: &str,
    progress: Progress,
) -> Result<Measured, StudyError> {
    let threads = wanted.threads;
    let mut state = state::State::open(wanted.state, fingerprint)?;
    let (float, calibration) =
        record::float_answers(model, sets, threads, &mut |done| progress("float", done))?;
    let counts = float.each_ref().map(Vec::len);
    if !float[..2].iter().flatten().any(|right| *right) {
        let network = model.network.name().to_owned();
        return Err(StudyError::EmptyHistogram { network, images: counts[0] + counts[1] });
    }
    let (mut profiles, mut answers) = (Vec::new(), Vec::new());
    for width in &wanted.widths {
        let own = wanted.trained.iter().find(|(name, _)| *name == width.name);
        let (profile, softmax) = match own {
            None => record::profile(model, &calibration, width, wanted.seed)?,
            Some((_, own)) => {
                let tick = &mut |done| progress(&format!("float {}", width.name), done);
                let (_, calibration) = record::float_answers(own, sets, threads, tick)?;
                record::profile(own, &calibration, width, wanted.seed)?
            }
        };
        let known = state.find(&width.name, counts).cloned();
        answers.push(match known {
            Some(known) => known,
            None => {
                let tick = &mut |done| progress(&width.name, done);
                let found = record::answers(&profile, sets, threads, tick)?;
                state.add(found.clone())?;
                found
            }
        });
        profiles.push((profile, softmax));
    }
    Ok(Measured { float, profiles, answers })
}

/// Everything that follows from the answers.
fn conclude(
    judge: &Judge,
    wanted: &Wanted,
    histogram: Histogram,
    images: [usize; 3],
) -> Result<Characterization, StudyError> {
    let merged = histogram.merged(wanted.least_bar);
    let number = |bar: &Bar| judge.answers.iter().position(|a| a.width == bar.width);
    let rungs: Vec<usize> = merged.bars.iter().rev().filter_map(number).collect();
    let verdict = Verdict::new(
        merged.shape(),
        arrange(judge, &rungs, wanted.loss)?.filter(|ladder| ladder.widths.len() > 1),
        cheapest(judge, 1..=1, wanted.loss)?,
        cheapest(judge, 2..=judge.answers.len(), wanted.loss)?,
    );
    let share = |right: &Vec<bool>| {
        right.iter().filter(|right| **right).count() as f64 / right.len().max(1) as f64
    };
    let alone = |(width, answers): (usize, &Answers)| {
        Ok((answers.width.clone(), judge.climb(TEST, &[width], Score::Logits, 0.0)?))
    };
    Ok(Characterization {
        images,
        float: judge.float.each_ref().map(share),
        widths: judge.answers.iter().enumerate().map(alone).collect::<Result<_, StudyError>>()?,
        margins: judge.answers.iter().map(|a| Margins::new(a, judge.float)).collect(),
        curve: curve(judge, VALIDATION, &rungs, Score::Logits)?,
        probability_curve: curve(judge, VALIDATION, &rungs, Score::Probability)?,
        calibrated_curve: curve(judge, VALIDATION, &rungs, Score::Calibrated)?,
        temperatures: judge.answers.iter().map(|a| (a.width.clone(), a.temperature)).collect(),
        score: judge.score,
        histogram,
        merged,
        verdict,
    })
}

/// Over everything that decides the answers.
fn study_fingerprint(model: &Model, sets: &Sets, wanted: &Wanted) -> String {
    let plans: Vec<_> = wanted.widths.iter().map(|width| width.plan(wanted.seed)).collect();
    let options = LowerOptions::default();
    let of = |samples| fingerprint(model, &plans, &options, Some(samples));
    let mut parts = sets.all().map(|(_, samples)| of(samples)[..16].to_owned()).to_vec();
    let own = |(width, model): &(String, Model)| {
        format!("{width}:{}", model.sha256.get(..16).unwrap_or(&model.sha256))
    };
    parts.extend(wanted.trained.iter().map(own));
    parts.join("-")
}

#[cfg(test)]
mod tests;
