//! Eigenvalues of symmetric matrices, by Jacobi's rotations: slow for large ones, but exact to
//! rounding and never astray.

/// Rounds over all elements; a handful is enough for any matrix.
const ROUNDS: usize = 60;

/// Eigenvalues of a symmetric matrix of `size` rows, largest first.
pub(crate) fn eigenvalues(mut matrix: Vec<f64>, size: usize) -> Vec<f64> {
    let total: f64 = matrix.iter().map(|value| value * value).sum();
    for _ in 0..ROUNDS {
        let off: f64 = pairs(size).map(|(p, q)| matrix[p * size + q].powi(2)).sum();
        if off <= total * 1e-24 {
            break;
        }
        for (p, q) in pairs(size) {
            rotate(&mut matrix, size, p, q);
        }
    }
    let mut values: Vec<f64> = (0..size).map(|i| matrix[i * size + i]).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

fn pairs(size: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..size).flat_map(move |p| (p + 1..size).map(move |q| (p, q)))
}

/// Turns the plane of two axes so that they become uncorrelated.
fn rotate(matrix: &mut [f64], size: usize, p: usize, q: usize) {
    let shared = matrix[p * size + q];
    if shared == 0.0 {
        return;
    }
    let theta = (matrix[q * size + q] - matrix[p * size + p]) / (2.0 * shared);
    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for i in 0..size {
        let (a, b) = (matrix[i * size + p], matrix[i * size + q]);
        matrix[i * size + p] = cosine * a - sine * b;
        matrix[i * size + q] = sine * a + cosine * b;
    }
    for i in 0..size {
        let (a, b) = (matrix[p * size + i], matrix[q * size + i]);
        matrix[p * size + i] = cosine * a - sine * b;
        matrix[q * size + i] = sine * a + cosine * b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        let found = eigenvalues(vec![2.0, 1.0, 1.0, 2.0], 2);
        assert!((found[0] - 3.0).abs() < 1e-12 && (found[1] - 1.0).abs() < 1e-12, "{found:?}");
        assert_eq!(eigenvalues(vec![], 0), Vec::<f64>::new());
        assert_eq!(eigenvalues(vec![0.0; 9], 3), [0.0; 3]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn traces_are_kept(size in 1usize..12, values in prop::collection::vec(-5.0f64..5.0, 144)) {
            let symmetric: Vec<f64> = (0..size * size)
                .map(|i| (i / size, i % size))
                .map(|(r, c)| values[r.min(c) * 12 + r.max(c)])
                .collect();
            let trace: f64 = (0..size).map(|i| symmetric[i * size + i]).sum();
            let squares: f64 = symmetric.iter().map(|v| v * v).sum();
            let found = eigenvalues(symmetric, size);
            prop_assert!((found.iter().sum::<f64>() - trace).abs() < 1e-9 * (1.0 + trace.abs()));
            prop_assert!((found.iter().map(|v| v * v).sum::<f64>() - squares).abs() < 1e-9 * squares);
            prop_assert!(found.is_sorted_by(|a, b| a >= b));
        }
    }
}
