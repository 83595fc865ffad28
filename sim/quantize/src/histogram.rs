//! How often which value occurred, in bounded memory.

/// Bins on each side of zero.
const HALF: usize = 2048;

/// A histogram whose range doubles as larger values come, so that the result does not depend on
/// knowing the range beforehand, nor on the order of values.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Width of a bin as a power of two; `None` until a value other than zero has come.
    exponent: Option<i32>,
    bins: Vec<u64>,
    count: u64,
    min: f32,
    max: f32,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            exponent: None,
            bins: vec![0; 2 * HALF],
            count: 0,
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
        }
    }
}

impl Histogram {
    /// Counts values; returns the first that is not finite, which is not counted.
    pub fn extend(&mut self, values: &[f32]) -> Option<f32> {
        let mut odd = None;
        for value in values.iter().copied() {
            if value.is_finite() {
                self.add(value);
            } else if odd.is_none() {
                odd = Some(value);
            }
        }
        odd
    }

    fn add(&mut self, value: f32) {
        self.count += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        if value == 0.0 {
            // Zero is exact in every format: it needs no bin.
            return;
        }
        let exponent = self.reach(f64::from(value).abs());
        let bin = (f64::from(value) * (-f64::from(exponent)).exp2()).floor() as i64 + HALF as i64;
        self.bins[bin.clamp(0, 2 * HALF as i64 - 1) as usize] += 1;
    }

    /// Widens the bins until `magnitude` has one, and returns their width's exponent.
    fn reach(&mut self, magnitude: f64) -> i32 {
        let wanted = magnitude.log2().floor() as i32 + 1 - HALF.ilog2() as i32;
        let exponent = match self.exponent {
            None => wanted,
            Some(mut current) => {
                while current < wanted {
                    self.merge_pairs();
                    current += 1;
                }
                current
            }
        };
        self.exponent = Some(exponent);
        exponent
    }

    fn merge_pairs(&mut self) {
        let merged: Vec<u64> = (0..HALF).map(|i| self.bins[2 * i] + self.bins[2 * i + 1]).collect();
        self.bins.fill(0);
        // Bin pairs meet at zero, so each half shrinks towards the middle.
        self.bins[HALF / 2..HALF / 2 + HALF].copy_from_slice(&merged);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Smallest value; plus infinity if there was none.
    pub fn min(&self) -> f32 {
        self.min
    }

    /// Largest value; minus infinity if there was none.
    pub fn max(&self) -> f32 {
        self.max
    }

    /// The occupied bins as (centre, count), without the zeros.
    pub fn bins(&self) -> impl Iterator<Item = (f64, u64)> {
        let width = self.exponent.map_or(1.0, |e| f64::from(e).exp2());
        self.bins
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(move |(bin, count)| ((bin as f64 - HALF as f64 + 0.5) * width, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_does_not_matter() {
        let values: Vec<f32> = (0..1000)
            .map(|i| ((i * 37 % 1000) as f32 - 300.0) * 0.01 * (1 << (i % 9)) as f32)
            .collect();
        let (mut forward, mut backward) = (Histogram::default(), Histogram::default());
        forward.extend(&values);
        backward.extend(&values.iter().rev().copied().collect::<Vec<_>>());
        assert_eq!(forward, backward);
        assert_eq!(forward.count(), 1000);
    }

    #[test]
    fn bins_are_near_their_values() {
        let mut histogram = Histogram::default();
        histogram.extend(&[0.001, 5.0, -3.0, 0.0]);
        let bins: Vec<(f64, u64)> = histogram.bins().collect();
        assert_eq!(bins.iter().map(|(_, count)| count).sum::<u64>(), 3, "zero has no bin");
        for value in [-3.0, 5.0] {
            let nearest = bins.iter().map(|(c, _)| (c - value).abs()).fold(f64::MAX, f64::min);
            assert!(nearest <= 8.0 / HALF as f64, "{value}: {nearest}");
        }
        assert_eq!((histogram.min(), histogram.max()), (-3.0, 5.0));
    }

    #[test]
    fn numbers_that_are_not_finite_are_reported() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.extend(&[1.0, f32::INFINITY]), Some(f32::INFINITY));
        assert_eq!(histogram.count(), 1);
    }
}
