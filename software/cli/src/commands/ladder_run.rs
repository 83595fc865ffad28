//! Climbing from precision to precision, image by image.

use anyhow::ensure;
use bitladder_flow::{FlowError, Samples, decide_by};
use bitladder_package::{Package, climb};
use bitladder_spec::decision::argmax;
use serde::Serialize;

use super::{Session, shown};
use crate::table::Table;

/// How images fared on the ladder.
#[derive(Serialize)]
pub(crate) struct LadderResult {
    images: usize,
    correct: usize,
    pub(crate) accuracy: f64,
    rungs: Vec<Rung>,
}

/// A precision and the images that ended there.
#[derive(Serialize)]
struct Rung {
    precision: String,
    entered: usize,
    ended: usize,
    correct: usize,
}

/// Starts every image in the cheapest precision and climbs while its lead is below the step's.
pub(crate) fn run_ladder(
    session: &Session,
    package: &Package,
    samples: &Samples,
) -> anyhow::Result<LadderResult> {
    let steps = package.rungs();
    ensure!(
        !steps.is_empty(),
        "the package has no margins to climb by; quantise with two precisions and --calib"
    );
    let labels = samples.labels()?;
    let mut entered = vec![0; package.profiles.len()];
    let classify = |profile: usize, images: &[usize]| {
        entered[profile] = images.len();
        let network = &package.profiles[profile].network;
        let lead = package.leads(profile);
        let answer = |logits: &[i32]| (profile, argmax(logits), lead(logits));
        decide_by(network, samples, images, session.threads, answer)
    };
    let answers = climb::<_, FlowError>(&steps, samples.len(), classify, |answer| answer.2)?;
    let rung = |profile: usize| {
        let own = || answers.iter().zip(labels).filter(|((place, ..), _)| *place == profile);
        let right = own().filter(|((_, class, _), label)| *class == Some(usize::from(**label)));
        let precision = package.profiles[profile].name.clone();
        let (ended, correct) = (own().count(), right.count());
        Rung { precision, entered: entered[profile], ended, correct }
    };
    let rungs: Vec<Rung> = steps.iter().map(|step| rung(step.profile)).collect();
    let correct = rungs.iter().map(|rung| rung.correct).sum();
    let images = samples.len();
    Ok(LadderResult { images, correct, accuracy: correct as f64 / images as f64, rungs })
}

impl LadderResult {
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "climbing by margin: {} ({} of {})\n",
            shown::percent(self.accuracy),
            self.correct,
            self.images
        );
        let mut table = Table::new(&["precision", ">run there", ">decided there", ">correct"]);
        for rung in &self.rungs {
            let numbers = [rung.entered, rung.ended, rung.correct];
            let cells = numbers.iter().map(|n| shown::count(*n as u64));
            table.row(std::iter::once(rung.precision.clone()).chain(cells).collect());
        }
        text.push_str(&table.text());
        text
    }
}
