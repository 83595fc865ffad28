//! When a host climbs from a cheap profile to a better one.

use bitladder_package::{Profile, Step, count_passages};

use crate::{Decision, FlowError, Progress, Samples, decide};

/// A step for each neighbouring pair of profiles (which are ordered best first).
///
/// The margin is the smallest one with which at least the share `agreement` of all samples ends in
/// the better profile's decision: images that climb agree by construction, so the margin lies just
/// above the leads of the images that must not stay. No labels are needed.
pub fn find_ladder(
    profiles: &[Profile],
    samples: &Samples,
    agreement: f64,
    threads: usize,
    progress: Progress,
) -> Result<Vec<Step>, FlowError> {
    let all: Vec<usize> = (0..samples.len()).collect();
    let mut decisions = Vec::new();
    for (done, profile) in profiles.iter().enumerate() {
        decisions.push(decide(&profile.network, samples, &all, threads)?);
        progress((done + 1) * all.len());
    }
    let pairs = profiles.windows(2).zip(decisions.windows(2));
    let mut steps: Vec<Step> =
        pairs.map(|(names, pair)| step(names, &pair[1], &pair[0], agreement)).collect();
    count(&mut steps, &decisions);
    Ok(steps)
}

/// Counts who climbs how far; profiles and steps from the best on.
fn count(steps: &mut [Step], decisions: &[Vec<Decision>]) {
    let margins: Vec<u64> = steps.iter().rev().map(|step| step.margin).collect();
    let cheap: Vec<&Vec<Decision>> = decisions.iter().rev().collect();
    let images = cheap.first().map_or(0, |decisions| decisions.len());
    count_passages(steps.iter_mut().rev(), images, |place, image| {
        cheap[place][image].margin < margins[place]
    });
}

fn step(names: &[Profile], cheap: &[Decision], better: &[Decision], agreement: f64) -> Step {
    let mut leads: Vec<u64> = cheap
        .iter()
        .zip(better)
        .filter(|(cheap, better)| cheap.class != better.class)
        .map(|(cheap, _)| cheap.margin)
        .collect();
    leads.sort_unstable_by(|a, b| b.cmp(a));
    let tolerated = ((1.0 - agreement) * cheap.len() as f64).floor() as usize;
    let margin = leads.get(tolerated).map_or(0, |lead| lead.saturating_add(1));
    let share = |count: usize| count as f64 / cheap.len().max(1) as f64;
    let staying_wrong = leads.iter().filter(|lead| **lead >= margin).count();
    Step {
        from: names[1].name.clone(),
        to: names[0].name.clone(),
        margin,
        confidence: None,
        climbing: share(cheap.iter().filter(|decision| decision.margin < margin).count()),
        agreement: 1.0 - share(staying_wrong),
        passage: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_network::QuantNetwork;

    fn profiles() -> [Profile; 2] {
        ["16", "4"].map(|name| Profile {
            name: name.into(),
            accumulator_bits: 48,
            network: QuantNetwork { name: "net".into(), inputs: vec![], layers: vec![], output: 0 },
        })
    }

    /// Decisions by (class, margin).
    fn list(of: &[(usize, u64)]) -> Vec<Decision> {
        of.iter().map(|(class, margin)| Decision { class: Some(*class), margin: *margin }).collect()
    }

    #[test]
    fn the_margin_lies_just_above_the_last_disagreement() {
        let cheap = list(&[(0, 5), (1, 9), (2, 30), (3, 2)]);
        let better = list(&[(0, 50), (7, 60), (2, 70), (8, 80)]);
        let found = step(&profiles(), &cheap, &better, 1.0);
        assert_eq!((found.from.as_str(), found.to.as_str()), ("4", "16"));
        assert_eq!(found.margin, 10, "9 must climb, so 5 does too");
        assert_eq!((found.climbing, found.agreement), (0.75, 1.0));
    }

    #[test]
    fn tolerated_disagreements_lower_the_margin() {
        let cheap = list(&[(0, 5), (1, 9), (2, 30), (3, 2)]);
        let better = list(&[(0, 50), (7, 60), (2, 70), (8, 80)]);
        let found = step(&profiles(), &cheap, &better, 0.75);
        assert_eq!((found.margin, found.climbing, found.agreement), (3, 0.25, 0.75));
        let all = step(&profiles(), &cheap, &better, 0.0);
        assert_eq!((all.margin, all.climbing, all.agreement), (0, 0.0, 0.5));
    }

    #[test]
    fn without_disagreement_nothing_climbs() {
        let same = list(&[(0, 0), (1, 3)]);
        let found = step(&profiles(), &same, &same, 1.0);
        assert_eq!((found.margin, found.climbing, found.agreement), (0, 0.0, 1.0));
    }

    #[test]
    fn steps_count_the_images_that_get_to_them() {
        let cheap = list(&[(0, 5), (1, 9), (2, 30), (3, 2)]);
        let middle = list(&[(0, 7), (1, 9), (2, 1), (8, 80)]);
        let better = list(&[(0, 50), (7, 60), (2, 70), (8, 80)]);
        let mut steps =
            [step(&profiles(), &middle, &better, 1.0), step(&profiles(), &cheap, &middle, 1.0)];
        assert_eq!((steps[0].margin, steps[1].margin), (10, 3));
        count(&mut steps, &[better, middle, cheap]);
        let counted = steps.map(|step| step.passage.unwrap());
        // Only the last image climbs from 4 bits, and stays after that.
        assert_eq!(counted.map(|at| (at.reached, at.climbed)), [(1, 0), (4, 1)]);
    }
}
