//! Pooling, to the bit.
//!
//! A window counts only positions inside the image; for average pooling the padding may count
//! too, as zeros. The average is the exact sum of the centred values times the requantisation's
//! factor divided by the count, rounded once: see [`crate::OutputStage::finish`].

/// The largest of a window's values; `None` for an empty window.
pub fn max(window: impl IntoIterator<Item = i32>) -> Option<i32> {
    window.into_iter().max()
}

/// The exact sum of a window's centred values and how many there were.
pub fn sum(window: impl IntoIterator<Item = i32>, zero_point: i32) -> (i64, u32) {
    window.into_iter().fold((0, 0), |(sum, count), value| {
        (sum + i64::from(value) - i64::from(zero_point), count + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IntType, OutputStage, Rounding};

    #[test]
    fn averages_round_by_name() {
        let average = |values: &[i32], rounding| {
            let ty = IntType::new(8, true).unwrap();
            let stage = OutputStage { rounding, ty, clamp: ty.span(), ..OutputStage::raw() };
            let (sum, count) = sum(values.iter().copied(), 0);
            stage.finish(sum, 0, count)
        };
        assert_eq!(average(&[1, 2, 2, 1], Rounding::HalfUp), 2);
        assert_eq!(average(&[-1, -2, -2, -1], Rounding::HalfUp), -1);
        assert_eq!(average(&[-1, -2, -2, -1], Rounding::HalfEven), -2);
        assert_eq!(average(&[-1, -2, -2, -1], Rounding::Floor), -2);
        assert_eq!(average(&[5; 9], Rounding::HalfUp), 5, "a divisor of nine is exact");
        assert_eq!(average(&[1, 0, 0], Rounding::HalfUp), 0);
    }

    #[test]
    fn windows() {
        assert_eq!(max([-3, -1, -2]), Some(-1));
        assert_eq!(max([]), None);
        assert_eq!(sum([130, 120], 128), (-6, 2));
    }
}
