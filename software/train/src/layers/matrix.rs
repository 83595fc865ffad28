//! Matrix products on flat slices (`matrixmultiply` behind the safe interface of `ndarray`).

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

/// A row-major slice seen as a matrix; `.t()` transposes it at no cost.
pub(super) fn matrix(values: &[f32], rows: usize, columns: usize) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((rows, columns), values).expect("slices are sized by the layer")
}

/// `target = left * right`, or `target += left * right` when `accumulate`.
pub(super) fn multiply(
    left: &ArrayView2<'_, f32>,
    right: &ArrayView2<'_, f32>,
    target: &mut [f32],
    accumulate: bool,
) {
    let size = (left.nrows(), right.ncols());
    let mut target =
        ArrayViewMut2::from_shape(size, target).expect("slices are sized by the layer");
    general_mat_mul(1.0, left, right, if accumulate { 1.0 } else { 0.0 }, &mut target);
}
