//! A package with the recommended widths and their margins.

use bitladder_flow::Model;
use bitladder_package::{Confidence, Package, Preprocess, Profile, Source, Step, count_passages};

use super::Score;
use super::choose::{Arrangement, VALIDATION};
use super::record::{Answers, Scored};

/// What a package needs besides its profiles.
pub(super) struct Origin<'a> {
    pub(super) model: &'a Model,
    pub(super) preprocess: &'a Preprocess,
    pub(super) classes: Vec<String>,
    pub(super) fingerprint: String,
}

/// The profiles of an arrangement with its steps, thresholds in units of the score; `profiles` and
/// `answers` go from wide to narrow.
pub(super) fn package(
    origin: Origin,
    profiles: &[(Profile, bool)],
    answers: &[Answers],
    (arrangement, score): (&Arrangement, Score),
) -> Package {
    let chosen = || arrangement.rungs.iter().rev();
    let threshold = arrangement.threshold.unwrap_or(0.0);
    Package {
        name: origin.model.network.name().into(),
        source: Source {
            file: origin.model.file.clone(),
            sha256: origin.model.sha256.clone(),
            config: origin.fingerprint,
        },
        preprocess: origin.preprocess.clone(),
        classes: origin.classes,
        softmax: profiles.iter().any(|(_, softmax)| *softmax),
        profiles: chosen().map(|width| profiles[*width].0.clone()).collect(),
        ladder: ladder(&arrangement.rungs, answers, threshold, score),
    }
}

/// The steps between widths, the narrowest first.
fn ladder(rungs: &[usize], answers: &[Answers], threshold: f64, score: Score) -> Vec<Step> {
    let pairs = rungs.windows(2);
    let steps = pairs.map(|pair| step(&answers[pair[0]], &answers[pair[1]], threshold, score));
    let mut steps: Vec<Step> = steps.collect();
    let images = answers.first().map_or(0, |answers| answers.sets[VALIDATION].len());
    count_passages(&mut steps, images, |place, image| {
        let cheap = &answers[rungs[place]];
        score.of(&cheap.sets[VALIDATION][image], cheap) < threshold
    });
    steps
}

/// A threshold as a package has it.
///
/// On logits it is the least integer margin that is not below it. On probabilities it is kept as it
/// is, with the temperature they are made with; the margin beside it, for devices that have nothing
/// else, is the least with which all validation images climb that do so by their probabilities.
fn step(cheap: &Answers, better: &Answers, threshold: f64, score: Score) -> Step {
    let (from, to) = (&cheap.sets[VALIDATION], &better.sets[VALIDATION]);
    let climbs = |scored: &Scored| score.of(scored, cheap) < threshold;
    let confidence = |temperature| Some(Confidence { temperature, lead: threshold });
    let doubtful = || from.iter().filter(|scored| climbs(scored)).map(|scored| scored.margin);
    let careful = || doubtful().max().map_or(0, |most| most.saturating_add(1));
    let (margin, confidence) = match score {
        Score::Logits => ((threshold / cheap.step).ceil() as u64, None),
        Score::Probability => (careful(), confidence(1.0)),
        Score::Calibrated => (careful(), confidence(cheap.temperature.value)),
    };
    let share = |count: usize| count as f64 / from.len().max(1) as f64;
    let stays_different = |(a, b): &(&Scored, &Scored)| !climbs(a) && a.class != b.class;
    Step {
        from: cheap.width.clone(),
        to: better.width.clone(),
        margin,
        confidence,
        climbing: share(doubtful().count()),
        agreement: 1.0 - share(from.iter().zip(to).filter(stays_different).count()),
        passage: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characterize::Temperature;

    /// Validation images as class, integer margin and calibrated lead.
    fn answers(width: &str, list: &[(usize, u64, f64)]) -> Answers {
        let scored = |(class, margin, calibrated): &(usize, u64, f64)| Scored {
            correct: true,
            class: *class,
            margin: *margin,
            calibrated: *calibrated,
            ..Scored::default()
        };
        Answers {
            width: width.into(),
            step: 0.25,
            temperature: Temperature { value: 1.5, ..Temperature::default() },
            sets: [vec![], list.iter().map(scored).collect(), vec![]],
        }
    }

    #[test]
    fn steps_are_in_integers_of_the_narrow_result() {
        let cheap = answers("4", &[(0, 3, 0.1), (1, 5, 0.2), (2, 9, 0.6), (3, 4, 0.5)]);
        let better = answers("8", &[(0, 30, 1.0), (7, 50, 1.0), (2, 90, 1.0), (3, 40, 1.0)]);
        let found = step(&cheap, &better, 0.9, Score::Logits);
        assert_eq!((found.from.as_str(), found.to.as_str(), found.margin), ("4", "8", 4));
        assert_eq!((found.climbing, found.agreement), (0.25, 0.75));
        assert_eq!(found.confidence, None);
    }

    #[test]
    fn steps_on_probabilities_keep_the_temperature() {
        let cheap = answers("4", &[(0, 3, 0.1), (1, 5, 0.2), (2, 9, 0.6), (3, 4, 0.5)]);
        let better = answers("8", &[(0, 30, 1.0), (7, 50, 1.0), (2, 90, 1.0), (3, 40, 1.0)]);
        let found = step(&cheap, &better, 0.3, Score::Calibrated);
        assert_eq!(found.confidence, Some(Confidence { temperature: 1.5, lead: 0.3 }));
        assert_eq!((found.climbing, found.agreement), (0.5, 1.0));
        assert_eq!(found.margin, 6, "the image with 5 climbs, so must those below it");
        assert_eq!(step(&cheap, &better, 0.0, Score::Calibrated).margin, 0, "nobody climbs");
    }

    #[test]
    fn steps_know_who_got_to_them() {
        let narrow = answers("4", &[(0, 3, 0.1), (1, 5, 0.2), (2, 9, 0.6), (3, 4, 0.5)]);
        let middle = answers("8", &[(0, 2, 1.0), (7, 50, 1.0), (2, 1, 1.0), (3, 40, 1.0)]);
        let wide = answers("16", &[(0, 9, 1.0), (7, 50, 1.0), (2, 9, 1.0), (3, 40, 1.0)]);
        let steps = ladder(&[2, 1, 0], &[wide, middle, narrow], 1.25, Score::Logits);
        let counted = steps.iter().map(|step| step.passage.unwrap());
        let counted: Vec<_> = counted.map(|at| (at.reached, at.climbed)).collect();
        // Below 5 steps of 0.25: two images; of those one at 8 bits, where another did not get to.
        assert_eq!(counted, [(4, 2), (2, 1)]);
        assert_eq!(steps[1].climbing, 0.5, "of all images");
    }
}
