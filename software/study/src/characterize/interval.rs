//! How sure a loss of accuracy is.

use serde::Serialize;

/// Standard deviations to either side that hold 95 % of a normal distribution.
const DEVIATIONS: f64 = 1.96;

/// A difference of two shares of the same images, with a 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// What was measured.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Share of images lost when `found` replaces `reference`.
    ///
    /// Both saw the same images, so only those on which they differ count. Half an image is added
    /// to either kind (Agresti and Min), or no difference at all would look certain.
    pub fn of_loss(reference: &[bool], found: &[bool]) -> Self {
        let pairs = || reference.iter().zip(found);
        let lost = pairs().filter(|(reference, found)| **reference && !**found).count() as f64;
        let won = pairs().filter(|(reference, found)| !**reference && **found).count() as f64;
        let images = reference.len() as f64;
        let (b, c, n) = (lost + 0.5, won + 0.5, images + 2.0);
        let middle = (b - c) / n;
        let reach = DEVIATIONS * ((b + c) - (b - c) * (b - c) / n).max(0.0).sqrt() / n;
        let value = (lost - won) / images.max(1.0);
        Self { value, low: (middle - reach).min(value), high: (middle + reach).max(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wins_and_losses_cancel_but_widen() {
        let reference: Vec<bool> = (0..1000).map(|image| image >= 10).collect();
        let same = Interval::of_loss(&reference, &reference);
        assert_eq!(same.value, 0.0);
        assert!(same.low < 0.0 && same.high > 0.0 && same.high < 0.003, "{same:?}");
        let moved: Vec<bool> = (0..1000).map(|image| !(10..20).contains(&image)).collect();
        let moved = Interval::of_loss(&reference, &moved);
        assert_eq!(moved.value, 0.0);
        assert!(moved.high > 2.0 * same.high, "{moved:?}");
    }

    #[test]
    fn the_interval_narrows_with_images() {
        let loss = |images: usize| {
            let found: Vec<bool> = (0..images).map(|image| image % 50 != 0).collect();
            Interval::of_loss(&vec![true; images], &found)
        };
        let (few, many) = (loss(100), loss(10_000));
        assert!((few.value - 0.02).abs() < 1e-12 && (many.value - 0.02).abs() < 1e-12);
        assert!(few.high - few.low > 5.0 * (many.high - many.low));
        assert!(many.low > 0.017 && many.high < 0.023, "{many:?}");
    }
}
