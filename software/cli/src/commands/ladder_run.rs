//! Climbing from precision to precision, image by image.

use anyhow::ensure;
use bitladder_flow::{Samples, decide_by};
use bitladder_package::Package;
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

/// Starts every image in the last precision and climbs while its lead is below the step's.
pub(crate) fn run_ladder(
    session: &Session,
    package: &Package,
    samples: &Samples,
) -> anyhow::Result<LadderResult> {
    ensure!(
        !package.ladder.is_empty(),
        "the package has no margins to climb by; quantise with two precisions and --calib"
    );
    let labels = samples.labels()?;
    let mut climbing: Vec<usize> = (0..samples.len()).collect();
    let mut rungs = Vec::new();
    for profile in package.profiles.iter().rev() {
        let step = package.ladder.iter().find(|step| step.from == profile.name);
        let entered = climbing.len();
        let unit = profile.network.output_format().scale.step();
        // The class, and whether it is final.
        let decide =
            |logits: &[i32]| (argmax(logits), step.is_none_or(|step| !step.climbs(logits, unit)));
        let decisions = decide_by(&profile.network, samples, &climbing, session.threads, decide)?;
        let pairs = || climbing.iter().zip(&decisions);
        let ended = pairs().filter(|(_, (_, stays))| *stays).count();
        let right = |image: usize, class| class == Some(usize::from(labels[image]));
        let correct = pairs().filter(|(i, (class, stays))| *stays && right(**i, *class)).count();
        let next = pairs().filter(|(_, (_, stays))| !stays).map(|(i, _)| *i).collect();
        rungs.push(Rung { precision: profile.name.clone(), entered, ended, correct });
        climbing = next;
    }
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
