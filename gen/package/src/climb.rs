//! The way up a package's ladder.

use crate::ladder::integer_lead;
use crate::{Package, Step};

/// A precision on the way up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rung {
    /// Its place among the package's profiles.
    pub profile: usize,
    /// Answers with at least this lead stay; 0 on the last one, where all do.
    pub threshold: f64,
}

impl Package {
    /// The ladder's steps in the order in which an image takes them, from the cheapest profile on.
    /// Each leads to a better profile, so that climbing ends.
    pub fn steps_up(&self) -> Vec<&Step> {
        let place = |name: &str| self.profiles.iter().position(|profile| profile.name == name);
        let up = |step: &&Step| match (place(&step.from), place(&step.to)) {
            (Some(from), Some(to)) => to < from,
            _ => false,
        };
        let steps: Vec<&Step> = self.ladder.iter().filter(up).collect();
        let lowest = steps.iter().max_by_key(|step| place(&step.from)).copied();
        let next = |step: &&Step| steps.iter().find(|other| other.from == step.to).copied();
        std::iter::successors(lowest, next).collect()
    }

    /// The precisions of the ladder, the cheapest first; none without a ladder.
    pub fn rungs(&self) -> Vec<Rung> {
        let place = |name: &str| self.profiles.iter().position(|profile| profile.name == name);
        let steps = self.steps_up();
        let rung = |name: &str, threshold| place(name).map(|profile| Rung { profile, threshold });
        let last = steps.last().and_then(|step| rung(&step.to, 0.0));
        steps.iter().filter_map(|step| rung(&step.from, step.threshold())).chain(last).collect()
    }

    /// How far the best class of an answer in a profile is ahead as the profile's step sees it, from
    /// the answer's logits; in their integers where no step leads on, and infinite where there is no
    /// second class. To be asked for once for many answers.
    pub fn leads(&self, profile: usize) -> impl Fn(&[i32]) -> f64 + '_ {
        let profile = self.profiles.get(profile);
        let step = profile.and_then(|profile| {
            let step = self.steps_up().into_iter().find(|step| step.from == profile.name)?;
            Some((step, profile.network.output_format().scale.step()))
        });
        move |logits| match step {
            Some((step, unit)) => step.lead(logits, unit),
            None => integer_lead(logits),
        }
    }
}

/// Classifies images on the first rung, those whose lead is too small on the next, and so on.
///
/// `classify` gets a profile's place and the numbers of its images, and gives one answer for each;
/// `lead` says how far an answer's best class is ahead: see [`Package::leads`].
pub fn climb<A, E>(
    rungs: &[Rung],
    images: usize,
    mut classify: impl FnMut(usize, &[usize]) -> Result<Vec<A>, E>,
    lead: impl Fn(&A) -> f64,
) -> Result<Vec<A>, E> {
    let mut doubtful: Vec<usize> = (0..images).collect();
    let mut answers: Vec<A> = Vec::new();
    for rung in rungs {
        if doubtful.is_empty() {
            break;
        }
        let found = classify(rung.profile, &doubtful)?;
        let stays = |answer: &A| lead(answer) >= rung.threshold;
        let going = doubtful.iter().zip(&found).filter(|(_, answer)| !stays(answer));
        let next = going.map(|(image, _)| *image).collect();
        if answers.is_empty() {
            answers = found;
        } else {
            for (image, answer) in doubtful.into_iter().zip(found) {
                answers[image] = answer;
            }
        }
        doubtful = next;
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bitladder_network::QuantNetwork;

    use super::*;
    use crate::{Preprocess, Profile, Source};

    fn package(ladder: &[(&str, &str, u64)]) -> Package {
        let network =
            QuantNetwork { name: "net".into(), inputs: vec![], layers: vec![], output: 0 };
        let profile = |name: &str| Profile {
            name: name.into(),
            accumulator_bits: 48,
            network: network.clone(),
        };
        let step = |(from, to, margin): &(&str, &str, u64)| Step {
            from: (*from).into(),
            to: (*to).into(),
            margin: *margin,
            confidence: None,
            climbing: 0.5,
            agreement: 1.0,
            passage: None,
        };
        Package {
            name: "net".into(),
            source: Source { file: String::new(), sha256: String::new(), config: String::new() },
            preprocess: Preprocess::default(),
            classes: vec![],
            softmax: false,
            profiles: ["16", "8", "4"].map(profile).to_vec(),
            ladder: ladder.iter().map(step).collect(),
        }
    }

    fn rung(profile: usize, threshold: u64) -> Rung {
        Rung { profile, threshold: threshold as f64 }
    }

    #[test]
    fn rungs_go_from_the_cheapest_profile_to_the_best() {
        let both = package(&[("8", "16", 5), ("4", "8", 9)]);
        assert_eq!(both.rungs(), [rung(2, 9), rung(1, 5), rung(0, 0)]);
        assert_eq!(package(&[("4", "16", 7)]).rungs(), [rung(2, 7), rung(0, 0)]);
        assert!(package(&[]).rungs().is_empty());
    }

    #[test]
    fn steps_down_and_to_nowhere_are_not_taken() {
        let circle = package(&[("4", "8", 9), ("8", "4", 3), ("16", "16", 1), ("8", "gone", 1)]);
        assert_eq!(circle.rungs(), [rung(2, 9), rung(1, 0)]);
    }

    #[test]
    fn only_doubtful_images_climb() {
        // Margins of four images at each profile.
        let margins = [[0, 0, 0, 0], [9, 4, 9, 9], [3, 1, 9, 0]];
        let mut runs = Vec::new();
        let classify = |profile: usize, images: &[usize]| {
            runs.push((profile, images.to_vec()));
            let answer = |image: &usize| (profile, margins[profile][*image]);
            Ok::<_, Infallible>(images.iter().map(answer).collect())
        };
        let rungs = [rung(2, 3), rung(1, 5), rung(0, 0)];
        let Ok(answers) = climb(&rungs, 4, classify, |answer| f64::from(answer.1));
        assert_eq!(answers, [(2, 3), (0, 0), (2, 9), (1, 9)]);
        assert_eq!(runs, [(2, vec![0, 1, 2, 3]), (1, vec![1, 3]), (0, vec![1])]);
    }

    #[test]
    fn an_answer_without_rivals_stays() {
        let classify =
            |profile: usize, images: &[usize]| Ok::<_, Infallible>(vec![profile; images.len()]);
        let Ok(answers) = climb(&[rung(1, 5), rung(0, 0)], 2, classify, |_| f64::INFINITY);
        assert_eq!(answers, [1, 1]);
    }
}
