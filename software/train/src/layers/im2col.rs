//! Unfolding images so that a convolution becomes a matrix product.

use crate::shape::Shape;

/// The geometry of a square kernel moved one pixel at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) input: Shape,
    pub(super) kernel: usize,
    pub(super) padding: usize,
}

impl Window {
    pub(super) fn output_height(&self) -> usize {
        self.input.height + 2 * self.padding + 1 - self.kernel
    }

    pub(super) fn output_width(&self) -> usize {
        self.input.width + 2 * self.padding + 1 - self.kernel
    }

    /// Rows of the unfolded matrix: one per kernel value.
    pub(super) fn rows(&self) -> usize {
        self.input.channels * self.kernel * self.kernel
    }

    /// Columns of the unfolded matrix: one per output pixel.
    pub(super) fn columns(&self) -> usize {
        self.output_height() * self.output_width()
    }

    /// Writes the patch under each output pixel into a column; padding gives zeros.
    pub(super) fn unfold(&self, image: &[f32], columns: &mut [f32]) {
        columns.fill(0.0);
        self.for_each_run(|pixels, unfolded| {
            columns[unfolded].copy_from_slice(&image[pixels]);
        });
    }

    /// The reverse of `unfold` for gradients: adds every column back to where it came from.
    pub(super) fn fold(&self, columns: &[f32], image: &mut [f32]) {
        image.fill(0.0);
        self.for_each_run(|pixels, unfolded| {
            for (pixel, value) in image[pixels].iter_mut().zip(&columns[unfolded]) {
                *pixel += value;
            }
        });
    }

    /// Visits every run of pixels that lies side by side both in the image and unfolded.
    fn for_each_run(&self, mut visit: impl FnMut(std::ops::Range<usize>, std::ops::Range<usize>)) {
        let (height, width) = (self.input.height, self.input.width);
        let (out_height, out_width) = (self.output_height(), self.output_width());
        for row in 0..self.rows() {
            let (channel, within) =
                (row / (self.kernel * self.kernel), row % (self.kernel * self.kernel));
            let (down, right) = (within / self.kernel, within % self.kernel);
            let first = self.padding.saturating_sub(right);
            let last = (width + self.padding).saturating_sub(right).min(out_width);
            for y in 0..out_height {
                let Some(source_y) = (y + down).checked_sub(self.padding) else {
                    continue;
                };
                if source_y >= height || first >= last {
                    continue;
                }
                let pixel = (channel * height + source_y) * width + first + right - self.padding;
                let unfolded = (row * out_height + y) * out_width + first;
                let length = last - first;
                visit(pixel..pixel + length, unfolded..unfolded + length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rng::SplitMix64;

    fn dot(left: &[f32], right: &[f32]) -> f64 {
        left.iter().zip(right).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    }

    #[test]
    fn patches_become_columns() {
        let window = Window { input: Shape::new(1, 2, 3), kernel: 2, padding: 0 };
        let mut columns = vec![f32::NAN; window.rows() * window.columns()];
        window.unfold(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &mut columns);
        assert_eq!(columns, [1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0, 6.0]);
    }

    proptest! {
        /// Folding is the transpose of unfolding: `<unfold x, y> = <x, fold y>`.
        #[test]
        fn folding_is_the_transpose_of_unfolding(
            channels in 1usize..3, height in 1usize..7, width in 1usize..7,
            kernel in 1usize..5, padding in 0usize..5, seed: u64,
        ) {
            prop_assume!(kernel <= height.min(width) + 2 * padding);
            let window = Window { input: Shape::new(channels, height, width), kernel, padding };
            let mut rng = SplitMix64::new(seed);
            let mut random = |count| (0..count).map(|_| rng.symmetric(1.0)).collect::<Vec<f32>>();
            let (image, columns) =
                (random(window.input.size()), random(window.rows() * window.columns()));
            let (mut unfolded, mut folded) = (columns.clone(), image.clone());
            window.unfold(&image, &mut unfolded);
            window.fold(&columns, &mut folded);
            prop_assert!((dot(&unfolded, &columns) - dot(&image, &folded)).abs() < 1e-3);
        }
    }
}
