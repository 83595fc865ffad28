//! Orders of elements.
//!
//! Inside the engine a value's channels are innermost (pixel by pixel), because then a
//! convolution's products run along memory and outputs come out side by side. Outside, channels
//! are outermost.

/// A value as the engine sees it: shape `[channels, ...]`, the rest being pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) channels: usize,
    pub(super) pixels: usize,
}

impl Extent {
    pub(super) fn of(shape: &[usize]) -> Self {
        let channels = shape.first().copied().unwrap_or(1);
        Self { channels, pixels: shape.iter().skip(1).product() }
    }

    pub(super) fn size(self) -> usize {
        self.channels * self.pixels
    }

    /// Whether both orders are the same.
    fn is_flat(self) -> bool {
        self.channels == 1 || self.pixels == 1
    }
}

/// One image from the outer order to the engine's.
pub(super) fn channels_last(extent: Extent, from: &[i32], to: &mut [i32]) {
    transpose(extent.channels, extent.pixels, from, to);
}

/// One image from the engine's order to the outer one.
pub(super) fn channels_first(extent: Extent, from: &[i32], to: &mut [i32]) {
    transpose(extent.pixels, extent.channels, from, to);
}

/// Side of the squares that are transposed at once: their lines stay in the nearest cache.
const SQUARE: usize = 16;

/// `from` has `rows` rows of `columns`, `to` the opposite.
fn transpose(rows: usize, columns: usize, from: &[i32], to: &mut [i32]) {
    if rows == 1 || columns == 1 {
        return to.copy_from_slice(from);
    }
    for first_row in (0..rows).step_by(SQUARE) {
        let height = SQUARE.min(rows - first_row);
        for first_column in (0..columns).step_by(SQUARE) {
            for column in first_column..columns.min(first_column + SQUARE) {
                let to = &mut to[column * rows + first_row..][..height];
                let from = from[first_row * columns + column..].iter().step_by(columns);
                to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            }
        }
    }
}

/// The same elements, counted in the outer order, in another shape. `spare` is scratch space.
pub(super) fn reshape(
    [before, after]: [Extent; 2],
    from: &[i32],
    to: &mut [i32],
    spare: &mut Vec<i32>,
) {
    if before == after || (before.is_flat() && after.is_flat()) {
        to.copy_from_slice(from);
    } else if after.is_flat() {
        channels_first(before, from, to);
    } else {
        spare.resize(from.len(), 0);
        channels_first(before, from, spare);
        channels_last(after, spare, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let extent = Extent::of(&[2, 1, 3]);
        let (mut last, mut first) = ([0; 6], [0; 6]);
        channels_last(extent, &[1, 2, 3, 4, 5, 6], &mut last);
        assert_eq!(last, [1, 4, 2, 5, 3, 6]);
        channels_first(extent, &last, &mut first);
        assert_eq!(first, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn squares_and_what_is_left_of_them() {
        for (rows, columns) in [(16, 16), (17, 33), (40, 5), (3, 50), (1, 9), (9, 1)] {
            let from: Vec<i32> = (0..(rows * columns) as i32).collect();
            let mut to = vec![-1; from.len()];
            transpose(rows, columns, &from, &mut to);
            for (row, column) in (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c))) {
                assert_eq!(to[column * rows + row], from[row * columns + column]);
            }
        }
    }

    #[test]
    fn reshaping_counts_in_the_outer_order() {
        let (before, after) = (Extent::of(&[2, 3]), Extent::of(&[3, 2]));
        let mut to = [0; 6];
        reshape([before, after], &[1, 4, 2, 5, 3, 6], &mut to, &mut Vec::new());
        assert_eq!(to, [1, 3, 5, 2, 4, 6]);
    }
}
