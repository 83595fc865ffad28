//! Least squares by the normal equations.

/// Weight against large shares: terms that the samples cannot tell apart (an array where all have
/// both narrow modes) divide their share instead of growing without bound.
const RIDGE: f64 = 1e-3;

/// The shares `x` with the least sum of squares of `rows * x - values`; nothing without rows.
pub fn least_squares<const N: usize>(rows: &[[f64; N]], values: &[f64]) -> Option<[f64; N]> {
    if rows.is_empty() {
        return None;
    }
    let mut matrix = [[0.0; N]; N];
    let mut right = [0.0; N];
    for (row, value) in rows.iter().zip(values) {
        for i in 0..N {
            right[i] += row[i] * value;
            for j in 0..N {
                matrix[i][j] += row[i] * row[j];
            }
        }
    }
    for (index, row) in matrix.iter_mut().enumerate() {
        row[index] += RIDGE;
    }
    solve(matrix, right)
}

/// Gauss with pivots.
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let size = |row: &usize| matrix[*row][column].abs();
        let pivot = (column..N).max_by(|a, b| size(a).total_cmp(&size(b)))?;
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let (top, top_right) = (matrix[column], right[column]);
        for row in column + 1..N {
            let factor = matrix[row][column] / top[column];
            for (value, above) in matrix[row].iter_mut().zip(top).skip(column) {
                *value -= factor * above;
            }
            right[row] -= factor * top_right;
        }
    }
    let mut solution = [0.0; N];
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|column| matrix[row][column] * solution[column]).sum();
        solution[row] = (right[row] - known) / matrix[row][row];
    }
    solution.iter().all(|value| value.is_finite()).then_some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_through_points() {
        let rows = [[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 10.0]];
        let [offset, slope] = least_squares(&rows, &[3.0, 5.0, 7.0, 23.0]).unwrap();
        assert!((offset - 3.0).abs() < 0.01 && (slope - 2.0).abs() < 0.01, "{offset} {slope}");
    }

    #[test]
    fn equal_terms_share() {
        let rows = [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]];
        let [a, b] = least_squares(&rows, &[4.0, 8.0, 12.0]).unwrap();
        assert!((a - 2.0).abs() < 0.01 && (b - 2.0).abs() < 0.01, "{a} {b}");
    }
}
