//! Which width each image needs, and whether a ladder can use that.

use std::fmt;

use serde::Serialize;

use super::record::Answers;

/// How many images need a width at least, among those the float network gets right.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bar {
    /// The width.
    pub width: String,
    /// Images for which it is the least that is right.
    pub images: usize,
    /// Their share of all images in the histogram.
    pub share: f64,
}

/// Bars from wide to narrow.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// A bar for each width.
    pub bars: Vec<Bar>,
    /// Images right in float that are wrong at every width.
    pub never: usize,
    /// Images in all.
    pub images: usize,
}

/// Whether the shape of the histogram suits a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Two bars or more, and the lowest holds most images.
    Suitable,
    /// One width serves nearly all images.
    OneBar,
    /// Most images need more than the lowest width.
    LowestNotDominant,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Suitable => {
                "suitable: most images are served by the lowest width, some need more"
            }
            Self::OneBar => {
                "not suitable: one width serves nearly all images, so that a fixed width does"
            }
            Self::LowestNotDominant => {
                "not suitable: the lowest width does not serve most images, so that they would \
                 be computed twice"
            }
        })
    }
}

impl Histogram {
    /// The least correct width of every image of training and validation that is right in float;
    /// `answers` go from wide to narrow.
    pub(super) fn new(answers: &[Answers], float: &[Vec<bool>; 3]) -> Self {
        let mut counts = vec![0; answers.len()];
        let (mut never, mut images) = (0, 0);
        for set in [0, 1] {
            for image in (0..float[set].len()).filter(|image| float[set][*image]) {
                images += 1;
                match answers.iter().rposition(|a| a.sets[set][image].correct) {
                    Some(width) => counts[width] += 1,
                    None => never += 1,
                }
            }
        }
        let names = answers.iter().map(|answers| answers.width.clone());
        Self { bars: bars(names.zip(counts), images), never, images }
    }

    /// Without bars below `least`: they join the next wider one, for their images must stay right.
    /// The widest, which has none above it, joins the next narrower.
    pub fn merged(&self, least: f64) -> Self {
        let mut counts: Vec<(String, usize)> =
            self.bars.iter().map(|bar| (bar.width.clone(), bar.images)).collect();
        let small = |count: usize| (count as f64) < least * self.images as f64;
        let mut place = counts.len();
        while place > 1 {
            place -= 1;
            if small(counts[place].1) {
                let (_, images) = counts.remove(place);
                counts[place - 1].1 += images;
            }
        }
        while counts.len() > 1 && small(counts[0].1) {
            let (_, images) = counts.remove(0);
            counts[0].1 += images;
        }
        Self { bars: bars(counts, self.images), ..self.clone() }
    }

    /// Whether a ladder over these bars can pay.
    pub fn shape(&self) -> Shape {
        match self.bars.last() {
            Some(_) if self.bars.len() < 2 => Shape::OneBar,
            Some(lowest) if 2 * lowest.images > self.images => Shape::Suitable,
            _ => Shape::LowestNotDominant,
        }
    }
}

fn bars(counts: impl IntoIterator<Item = (String, usize)>, images: usize) -> Vec<Bar> {
    let share = |count: usize| count as f64 / images.max(1) as f64;
    let bar = |(width, images)| Bar { width, images, share: share(images) };
    counts.into_iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characterize::Scored;

    fn histogram(counts: &[usize]) -> Histogram {
        let images = counts.iter().sum();
        let names = (0..counts.len()).map(|place| (16 >> place).to_string());
        Histogram { bars: bars(names.zip(counts.iter().copied()), images), never: 0, images }
    }

    fn counts(histogram: &Histogram) -> Vec<(&str, usize)> {
        histogram.bars.iter().map(|bar| (bar.width.as_str(), bar.images)).collect()
    }

    #[test]
    fn small_bars_join_wider_ones() {
        let merged = histogram(&[5, 300, 690, 4, 1]).merged(0.01);
        assert_eq!(counts(&merged), [("8", 305), ("4", 695)]);
        assert_eq!(merged.shape(), Shape::Suitable);
        assert_eq!(counts(&histogram(&[20, 5, 975]).merged(0.01)), [("16", 25), ("4", 975)]);
    }

    #[test]
    fn shapes_in_words() {
        let shape = |counts: &[usize]| histogram(counts).merged(0.01).shape();
        assert_eq!(shape(&[1, 1, 998]), Shape::OneBar);
        assert_eq!(shape(&[500, 500]), Shape::LowestNotDominant);
        assert!(shape(&[1, 998, 1]).to_string().starts_with("not suitable: one width"));
        assert!(shape(&[600, 400]).to_string().contains("computed twice"));
    }

    #[test]
    fn the_narrowest_correct_width_counts() {
        let scored = |correct| Scored { correct, ..Scored::default() };
        let answers = |width: &str, right: [bool; 4]| Answers {
            width: width.into(),
            step: 1.0,
            sets: [right.map(scored).to_vec(), vec![], vec![]],
            ..Answers::default()
        };
        let all = [
            answers("16", [true, true, false, true]),
            answers("8", [true, false, false, true]),
            answers("4", [true, false, false, true]),
        ];
        let float = [vec![true, true, true, false], vec![], vec![]];
        let found = Histogram::new(&all, &float);
        assert_eq!(counts(&found), [("16", 1), ("8", 0), ("4", 1)]);
        assert_eq!((found.never, found.images), (1, 3), "float was wrong about the last");
    }
}
