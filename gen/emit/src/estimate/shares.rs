//! Shares that are near to what is known of them and fit what was measured.

use bitladder_fpga::estimate::least_squares;

/// How far measurements are from any sum of shares: synthesis simplifies across parts.
const NOISE: f64 = 0.02;
/// How far a share may be from what is known of it, both relative.
const DOUBT: f64 = 0.5;

/// The shares `x` for which `rows * x` is near to `values`, and `x` to `known`.
pub(super) fn shares<const N: usize>(
    rows: &[[f64; N]],
    values: &[f64],
    known: [f64; N],
) -> Option<[f64; N]> {
    // In multiples of the doubt; what is known then is zero.
    let measured = rows.iter().zip(values).map(|(row, value)| {
        let scale = 1.0 / (NOISE * value.max(1.0));
        let expected: f64 = row.iter().zip(known).map(|(term, share)| term * share).sum();
        let row: [f64; N] = std::array::from_fn(|at| row[at] * known[at] * DOUBT * scale);
        (row, (value - expected) * scale)
    });
    let unit = |index| (std::array::from_fn(|at| f64::from(u8::from(at == index))), 0.0);
    let (rows, values): (Vec<[f64; N]>, Vec<f64>) = measured.chain((0..N).map(unit)).unzip();
    let steps = least_squares(&rows, &values)?;
    Some(std::array::from_fn(|at| known[at] * (1.0 + DOUBT * steps[at])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_measurements_shares_are_what_is_known() {
        assert_eq!(shares(&[], &[], [3.0, 5.0]).unwrap(), [3.0, 5.0]);
    }

    #[test]
    fn measurements_move_the_shares_that_they_tell_of() {
        let rows = [[100.0, 0.0], [200.0, 0.0]];
        let [a, b] = shares(&rows, &[400.0, 800.0], [3.0, 5.0]).unwrap();
        assert!((a - 4.0).abs() < 0.02, "{a}");
        assert_eq!(b, 5.0);
    }
}
