//! When a host climbs from a cheap profile to a better one.

use bitladder_spec::decision::{probability_margin, softmax, top_two};
use serde::{Deserialize, Serialize};

/// A step of the ladder: an image whose lead in `from` is too small is run again in `to`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The cheaper profile.
    pub from: String,
    /// The better one.
    pub to: String,
    /// Images climb whose best result leads the second by less, in integers of `from`'s result.
    /// What a device compares that has no probabilities.
    pub margin: u64,
    /// Decides instead of `margin` wherever there are logits, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// Share of the calibration images that climbed.
    pub climbing: f64,
    /// Share of the calibration images on which the ladder from here agrees with `to`.
    pub agreement: f64,
    /// What calibration counted here, for who watches whether it stays so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<Passage>,
}

/// Calibration images on their way up the whole ladder: unlike [`Step::climbing`], which is a share of
/// all images, only those count that the steps below let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passage {
    /// Images that got to `from`.
    pub reached: u64,
    /// Those of them that went on to `to`.
    pub climbed: u64,
}

/// A lead in probabilities, after a temperature has made them honest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confidence {
    /// Logits are divided by this before the softmax.
    pub temperature: f64,
    /// Images climb whose best class leads the second by less.
    pub lead: f64,
}

/// The best class's lead over the second, in integers; infinite where there is no second.
pub(crate) fn integer_lead(logits: &[i32]) -> f64 {
    let margin = top_two(logits).and_then(|best| best.margin());
    margin.map_or(f64::INFINITY, |margin| margin as f64)
}

impl Step {
    /// An image's lead, in the units of [`Self::threshold`]: from its logits in `from`, integers
    /// worth `unit` each. Infinite where there is no second class.
    pub fn lead(&self, logits: &[i32], unit: f64) -> f64 {
        let integers = integer_lead(logits);
        match self.confidence {
            Some(Confidence { temperature, .. }) if integers.is_finite() => {
                probability_margin(&softmax(logits, unit / temperature))
            }
            _ => integers,
        }
    }

    /// Leads below this climb.
    pub fn threshold(&self) -> f64 {
        self.confidence.map_or(self.margin as f64, |confidence| confidence.lead)
    }

    /// Whether an image with these logits climbs.
    pub fn climbs(&self, logits: &[i32], unit: f64) -> bool {
        self.lead(logits, unit) < self.threshold()
    }

    /// Share of the images that get here which climb on; [`Self::climbing`] where none was counted.
    pub fn going_on(&self) -> f64 {
        match self.passage {
            Some(Passage { reached, climbed }) if reached > 0 => climbed as f64 / reached as f64,
            _ => self.climbing.clamp(0.0, 1.0),
        }
    }

    /// What keeps the numbers from being computed with.
    pub(crate) fn problem(&self) -> Option<String> {
        if let Some(Passage { reached, climbed }) = self.passage
            && climbed > reached
        {
            let from = &self.from;
            return Some(format!("ladder: {climbed} of {reached} images climbed from `{from}`"));
        }
        let Confidence { temperature, lead } = self.confidence?;
        let refused = |what, value| format!("ladder: {what} {value} from `{}`", self.from);
        if !temperature.is_finite() || temperature <= 0.0 {
            return Some(refused("no softmax has the temperature", temperature));
        }
        let possible = lead.is_finite() && lead >= 0.0;
        (!possible).then(|| refused("no image has the lead", lead))
    }
}

/// Sends `images` images `up` steps, the cheapest first, and notes at each how many came and went on.
/// `climbs` gets the place of a step and the number of an image.
pub fn count_passages<'a>(
    up: impl IntoIterator<Item = &'a mut Step>,
    images: usize,
    climbs: impl Fn(usize, usize) -> bool,
) {
    let mut here: Vec<usize> = (0..images).collect();
    for (place, step) in up.into_iter().enumerate() {
        let reached = here.len() as u64;
        here.retain(|image| climbs(place, *image));
        step.passage = Some(Passage { reached, climbed: here.len() as u64 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(confidence: Option<Confidence>) -> Step {
        let (from, to) = ("4".into(), "8".into());
        Step { from, to, margin: 3, confidence, climbing: 0.5, agreement: 1.0, passage: None }
    }

    #[test]
    fn margins_decide_by_themselves() {
        let step = step(None);
        assert!(step.climbs(&[7, 5, 0], 0.5) && !step.climbs(&[8, 5, 0], 0.5));
        assert_eq!((step.lead(&[8, 5, 0], 0.5), step.threshold()), (3.0, 3.0));
        assert!(!step.climbs(&[-9], 0.5), "one class leaves no doubt");
        assert!(!step.climbs(&[], 0.5));
    }

    /// Of two classes 2 apart at temperature 2, the better one has the probability 1 / (1 + 1/e).
    #[test]
    fn confidence_looks_at_probabilities() {
        let honest = |lead| step(Some(Confidence { temperature: 2.0, lead }));
        let wanted = (1.0 - (-1f64).exp()) / (1.0 + (-1f64).exp());
        assert!((honest(0.5).lead(&[4, 0], 0.5) - wanted).abs() < 1e-12);
        assert!(honest(wanted + 0.01).climbs(&[4, 0], 0.5));
        assert!(!honest(wanted - 0.01).climbs(&[4, 0], 0.5));
        assert!(!honest(2.0).climbs(&[4], 0.5));
        // The third class matters too, unlike for margins.
        assert!(honest(wanted - 0.01).climbs(&[4, 0, 0], 0.5));
    }

    #[test]
    fn impossible_numbers_are_named() {
        let problem = |temperature, lead| step(Some(Confidence { temperature, lead })).problem();
        assert_eq!(problem(1.5, 0.9), None);
        let cold = problem(0.0, 0.9).unwrap();
        assert_eq!(cold, "ladder: no softmax has the temperature 0 from `4`");
        let negative = problem(1.0, -0.5).unwrap();
        assert_eq!(negative, "ladder: no image has the lead -0.5 from `4`");
    }

    /// Of six images three climb from each step by themselves, but only two of those get to the second.
    #[test]
    fn only_images_that_get_to_a_step_count_there() {
        let mut steps = [step(None), step(None)];
        let leads = [[1, 2, 0, 5, 6, 7], [9, 2, 0, 1, 8, 7]];
        count_passages(&mut steps, 6, |place, image| leads[place][image] < 3);
        assert_eq!(steps[1].going_on(), 2.0 / 3.0);
        assert_eq!(step(None).going_on(), 0.5, "the share of all images, for want of another");
        let counted = steps.map(|step| step.passage.unwrap());
        assert_eq!(
            counted,
            [(6, 3), (3, 2)].map(|(reached, climbed)| Passage { reached, climbed })
        );
    }

    #[test]
    fn more_climbing_images_than_there_were_are_refused() {
        let passage = |reached, climbed| Some(Passage { reached, climbed });
        let problem = |passage| Step { passage, ..step(None) }.problem();
        assert_eq!(problem(passage(3, 3)), None);
        assert_eq!(problem(passage(2, 3)).unwrap(), "ladder: 3 of 2 images climbed from `4`");
    }
}
