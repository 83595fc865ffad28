//! The threshold for a wanted loss, and arrangements of widths that pay.

use serde::Serialize;

use super::Score;
use super::climbing::{Climbed, Judge};
use crate::StudyError;

/// Thresholds a curve is drawn with.
const POINTS: usize = 100;

/// Sets in their order.
pub(super) const VALIDATION: usize = 1;
pub(super) const TEST: usize = 2;

/// A threshold and what it does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The threshold: leads of at least this much are accepted.
    pub threshold: f64,
    /// What climbing does.
    pub climbed: Climbed,
}

/// Widths with the threshold that keeps the wanted loss; one width alone has none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Arrangement {
    /// Its widths, from narrow to wide.
    pub widths: Vec<String>,
    /// Their numbers in the study.
    #[serde(skip)]
    pub(super) rungs: Vec<usize>,
    /// The threshold in units of the score; `None` for one width.
    pub threshold: Option<f64>,
    /// On the images it was chosen by.
    pub validation: Climbed,
    /// On images that had no say.
    pub test: Climbed,
}

/// Accuracy and energy over thresholds, on one set. Thresholds are spread evenly over the margins
/// that occur, from accepting everything to accepting nothing.
pub(super) fn curve(
    judge: &Judge,
    set: usize,
    rungs: &[usize],
    score: Score,
) -> Result<Vec<CurvePoint>, StudyError> {
    let margins = judge.margins(set, rungs, score);
    thresholds(&margins)
        .into_iter()
        .map(|(threshold, _)| {
            Ok(CurvePoint { threshold, climbed: judge.climb(set, rungs, score, threshold)? })
        })
        .collect()
}

/// Thresholds and how many margins lie below each.
fn thresholds(margins: &[f64]) -> Vec<(f64, usize)> {
    let mut list = vec![(0.0, 0)];
    let places = (1..=POINTS).map(|point| (point * margins.len()).div_ceil(POINTS));
    for place in places.filter(|place| *place > 0) {
        if list.last().is_none_or(|(_, last)| *last < place) {
            list.push((above(margins, place - 1), place));
        }
    }
    list
}

/// A threshold that the margin at a place fails and the next one meets.
fn above(margins: &[f64], place: usize) -> f64 {
    match margins.get(place + 1) {
        Some(next) => (margins[place] + next) / 2.0,
        None => margins[place] * (1.0 + 1e-9) + f64::MIN_POSITIVE,
    }
}

/// The smallest threshold whose loss on the validation images is at most `loss`: coarse
/// steps first, then every margin between the last that fails and the first that does not.
/// `None` if even climbing with all images loses more.
pub(super) fn smallest_threshold(
    judge: &Judge,
    rungs: &[usize],
    loss: f64,
) -> Result<Option<f64>, StudyError> {
    let margins = judge.margins(VALIDATION, rungs, judge.score);
    let meets = |threshold: f64| -> Result<bool, StudyError> {
        let climbed = judge.climb(VALIDATION, rungs, judge.score, threshold)?;
        Ok(judge.counted(&climbed) <= loss)
    };
    let mut failed = 0;
    for (threshold, below) in thresholds(&margins) {
        if !meets(threshold)? {
            failed = below;
            continue;
        }
        for place in failed..below {
            let finer = above(&margins, place);
            if meets(finer)? {
                return Ok(Some(finer));
            }
        }
        return Ok(Some(threshold));
    }
    Ok(None)
}

/// Widths `rungs` with the smallest threshold that keeps the loss, if there is one.
pub(super) fn arrange(
    judge: &Judge,
    rungs: &[usize],
    loss: f64,
) -> Result<Option<Arrangement>, StudyError> {
    let threshold = match rungs {
        [_] => None,
        _ => match smallest_threshold(judge, rungs, loss)? {
            None => return Ok(None),
            found => found,
        },
    };
    let climb = |set| judge.climb(set, rungs, judge.score, threshold.unwrap_or(0.0));
    let validation = climb(VALIDATION)?;
    if judge.counted(&validation) > loss {
        return Ok(None);
    }
    let name = |width: &usize| judge.answers[*width].width.clone();
    Ok(Some(Arrangement {
        widths: rungs.iter().map(name).collect(),
        rungs: rungs.to_vec(),
        threshold,
        validation,
        test: climb(TEST)?,
    }))
}

/// The arrangement of least energy on the validation images among all with `sizes` widths. Of
/// equals the first, which has fewer widths.
pub(super) fn cheapest(
    judge: &Judge,
    sizes: std::ops::RangeInclusive<usize>,
    loss: f64,
) -> Result<Option<Arrangement>, StudyError> {
    let mut best: Option<Arrangement> = None;
    for size in sizes {
        for rungs in subsets(judge.answers.len(), size) {
            let cost = |a: &Arrangement| a.validation.milliwatts;
            // All images run at the narrowest width, so no threshold makes it cheaper than that.
            let first = rungs.first().map_or(0, |width| judge.bits[*width]);
            let least = judge.power.milliwatts(first)?;
            if best.as_ref().is_some_and(|best| cost(best) <= least) {
                continue;
            }
            let found = arrange(judge, &rungs, loss)?;
            best = match (best, found) {
                (Some(best), Some(found)) if cost(&found) < cost(&best) => Some(found),
                (None, found) => found,
                (best, _) => best,
            };
        }
    }
    Ok(best)
}

/// All subsets of a size, as numbers from narrow to wide: falling, as 0 is the widest.
fn subsets(count: usize, size: usize) -> Vec<Vec<usize>> {
    let has = |set: u32, width: usize| set >> width & 1 == 1;
    (0..1u32 << count.min(20))
        .filter(|set| set.count_ones() as usize == size)
        .map(|set| (0..count).rev().filter(|width| has(set, *width)).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_lie_between_margins() {
        let margins = [0.5, 1.0, 4.0];
        let list = thresholds(&margins);
        assert_eq!(list[..3], [(0.0, 0), (0.75, 1), (2.5, 2)]);
        assert!(list[3].0 > 4.0 && list[3].1 == 3 && list.len() == 4);
        assert_eq!(thresholds(&[]), [(0.0, 0)]);
        let many: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(thresholds(&many).len(), POINTS + 1);
    }

    #[test]
    fn subsets_are_ladders() {
        assert_eq!(subsets(3, 2), [[1, 0], [2, 0], [2, 1]]);
        assert_eq!(subsets(3, 1).len() + subsets(3, 3).len(), 4);
    }
}
