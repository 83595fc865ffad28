//! Accuracy over energy when images climb from a cheap precision to better ones.

use std::convert::Infallible;

use bitladder_flow::Decision;
use bitladder_package::{Rung as Way, climb};
use serde::{Deserialize, Serialize};

/// A threshold and what comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Images whose margin is below climb.
    pub threshold: u64,
    /// Share of images that climb from the cheapest precision.
    pub climbing: f64,
    /// Share of images that are right in the end.
    pub accuracy: f64,
    /// Energy per image, all precisions it ran at together.
    pub microjoules: f64,
}

/// Climbing over all thresholds of the cheapest precision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Escalation {
    /// The precisions, cheapest first.
    pub rungs: Vec<String>,
    /// From no image to all images climbing.
    pub curve: Vec<Point>,
    /// With the package's own threshold.
    pub chosen: Point,
    /// Each precision alone: name, accuracy, energy.
    pub alone: Vec<(String, f64, f64)>,
}

/// A rung of the ladder.
#[derive(Debug, Clone)]
pub struct Rung {
    /// The precision.
    pub name: String,
    /// Microjoules per image.
    pub microjoules: f64,
    /// What it says of each image.
    pub decisions: Vec<Decision>,
    /// Images with less than this margin climb; nothing climbs from the last rung.
    pub margin: u64,
}

/// Points of the curve.
const POINTS: usize = 24;

/// Tries thresholds on the first rung; those of the others stay as they are. Rungs are ordered from
/// the cheapest to the best; labels are the true classes.
pub fn escalation(rungs: &[Rung], labels: &[usize]) -> Option<Escalation> {
    let first = rungs.first()?;
    let mut margins: Vec<u64> = first.decisions.iter().map(|one| one.margin).collect();
    margins.sort_unstable();
    let most = margins.last()?.saturating_add(1);
    let quantile = |step: usize| margins[step * (margins.len() - 1) / POINTS];
    let mut thresholds: Vec<u64> = (0..=POINTS).map(quantile).chain([0, most]).collect();
    thresholds.sort_unstable();
    thresholds.dedup();
    let curve =
        thresholds.iter().map(|threshold| with_threshold(rungs, labels, *threshold)).collect();
    let alone =
        |rung: &Rung| (rung.name.clone(), share_right(&rung.decisions, labels), rung.microjoules);
    Some(Escalation {
        rungs: rungs.iter().map(|rung| rung.name.clone()).collect(),
        curve,
        chosen: with_threshold(rungs, labels, first.margin),
        alone: rungs.iter().map(alone).collect(),
    })
}

/// What comes of a threshold of the first rung.
fn with_threshold(rungs: &[Rung], labels: &[usize], threshold: u64) -> Point {
    let way = rungs.iter().enumerate().map(|(place, rung)| {
        let least = if place == 0 { threshold } else { rung.margin };
        Way { profile: place, threshold: least as f64 }
    });
    let (mut climbing, mut energy) = (0, 0.0);
    let classify = |place: usize, images: &[usize]| {
        energy += rungs[place].microjoules * images.len() as f64;
        // All images begin on the first rung; those on the second have climbed.
        climbing = if place == 1 { images.len() } else { climbing };
        Ok::<_, Infallible>(images.iter().map(|image| rungs[place].decisions[*image]).collect())
    };
    let way: Vec<Way> = way.collect();
    let Ok(answers) = climb(&way, labels.len(), classify, |one| one.margin as f64);
    let images = labels.len().max(1) as f64;
    Point {
        threshold,
        climbing: climbing as f64 / images,
        accuracy: share_right(&answers, labels),
        microjoules: energy / images,
    }
}

fn share_right(decisions: &[Decision], labels: &[usize]) -> f64 {
    let right = decisions.iter().zip(labels).filter(|(one, label)| one.class == Some(**label));
    right.count() as f64 / labels.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rung(name: &str, microjoules: f64, of: &[(usize, u64)], margin: u64) -> Rung {
        let decision =
            |(class, margin): &(usize, u64)| Decision { class: Some(*class), margin: *margin };
        Rung {
            name: name.into(),
            microjoules,
            decisions: of.iter().map(decision).collect(),
            margin,
        }
    }

    #[test]
    fn doubtful_images_climb_and_pay_for_both() {
        let cheap = rung("4", 1.0, &[(0, 9), (7, 2), (2, 5), (8, 1)], 3);
        let good = rung("16", 10.0, &[(0, 50), (1, 50), (2, 50), (9, 50)], 0);
        let found = escalation(&[cheap, good], &[0, 1, 2, 3]).unwrap();
        assert_eq!(found.chosen.climbing, 0.5, "two of four are below 3");
        assert_eq!(found.chosen.accuracy, 0.75, "the better precision is wrong about the last");
        assert_eq!(found.chosen.microjoules, (4.0 + 20.0) / 4.0);
        let (least, most) = (found.curve[0], found.curve[found.curve.len() - 1]);
        assert_eq!((least.climbing, least.accuracy, least.microjoules), (0.0, 0.5, 1.0));
        assert_eq!((most.climbing, most.accuracy, most.microjoules), (1.0, 0.75, 11.0));
        assert_eq!(found.alone[1], ("16".into(), 0.75, 10.0));
    }

    #[test]
    fn without_rungs_or_images_there_is_no_curve() {
        assert_eq!(escalation(&[], &[]), None);
        assert_eq!(escalation(&[rung("4", 1.0, &[], 3)], &[]), None);
    }
}
