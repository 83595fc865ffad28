//! A package with the recommended widths and their margins.

use bitladder_flow::Model;
use bitladder_package::{Package, Preprocess, Profile, Source, Step};

use super::choose::{Arrangement, VALIDATION};
use super::record::Answers;

/// What a package needs besides its profiles.
pub(super) struct Origin<'a> {
    pub(super) model: &'a Model,
    pub(super) preprocess: &'a Preprocess,
    pub(super) classes: Vec<String>,
    pub(super) fingerprint: String,
}

/// The profiles of an arrangement with its steps; `profiles` and `answers` go from wide to narrow.
pub(super) fn package(
    origin: Origin,
    profiles: &[(Profile, bool)],
    answers: &[Answers],
    arrangement: &Arrangement,
) -> Package {
    let chosen = || arrangement.rungs.iter().rev();
    let pairs = arrangement.rungs.windows(2);
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
        ladder: pairs
            .map(|pair| step(&answers[pair[0]], &answers[pair[1]], arrangement.threshold))
            .collect(),
    }
}

/// From logits to integers: the least margin that is not below the threshold.
fn step(cheap: &Answers, better: &Answers, threshold: Option<f64>) -> Step {
    let margin = (threshold.unwrap_or(0.0) / cheap.step).ceil() as u64;
    let (from, to) = (&cheap.sets[VALIDATION], &better.sets[VALIDATION]);
    let share = |count: usize| count as f64 / from.len().max(1) as f64;
    let stays_different =
        |(a, b): &(&super::Scored, &super::Scored)| a.margin >= margin && a.class != b.class;
    Step {
        from: cheap.width.clone(),
        to: better.width.clone(),
        margin,
        climbing: share(from.iter().filter(|scored| scored.margin < margin).count()),
        agreement: 1.0 - share(from.iter().zip(to).filter(stays_different).count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characterize::Scored;

    #[test]
    fn steps_are_in_integers_of_the_narrow_result() {
        let answers = |width: &str, list: &[(usize, u64)]| Answers {
            width: width.into(),
            step: 0.25,
            sets: [
                vec![],
                list.iter()
                    .map(|(class, margin)| Scored {
                        correct: true,
                        class: *class,
                        margin: *margin,
                        ..Scored::default()
                    })
                    .collect(),
                vec![],
            ],
            ..Answers::default()
        };
        let cheap = answers("4", &[(0, 3), (1, 5), (2, 9), (3, 4)]);
        let better = answers("8", &[(0, 30), (7, 50), (2, 90), (3, 40)]);
        let found = step(&cheap, &better, Some(0.9));
        assert_eq!((found.from.as_str(), found.to.as_str(), found.margin), ("4", "8", 4));
        assert_eq!((found.climbing, found.agreement), (0.25, 0.75));
    }
}
