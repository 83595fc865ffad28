//! The geometry that convolution and pooling share.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A window sliding over an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Height and width.
    pub kernel: [usize; 2],
    /// Steps down and right.
    pub stride: [usize; 2],
    /// Rows and columns of padding: top, left, bottom, right.
    pub padding: [usize; 4],
    /// Distance between neighbouring taps.
    pub dilation: [usize; 2],
    /// Whether a last window that sticks out of the padded image counts (pooling only). It must
    /// still begin inside the image or its leading padding.
    pub ceil: bool,
}

/// Largest extent accepted anywhere in a window: keeps all arithmetic far from overflow.
const MAX_EXTENT: usize = 1 << 16;

impl Window {
    /// A square window with stride one and nothing else.
    pub fn square(side: usize) -> Self {
        Self { kernel: [side; 2], stride: [1; 2], padding: [0; 4], dilation: [1; 2], ceil: false }
    }

    /// The same window with another stride.
    pub fn stride(self, stride: usize) -> Self {
        Self { stride: [stride; 2], ..self }
    }

    /// The same window with equal padding on all sides.
    pub fn padding(self, padding: usize) -> Self {
        Self { padding: [padding; 4], ..self }
    }

    /// Number of taps.
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Rows or columns a window spans, dilation included (axis 0 is height).
    pub fn reach(&self, axis: usize) -> usize {
        self.dilation[axis] * (self.kernel[axis] - 1) + 1
    }

    /// Size of the output image, or what is wrong.
    pub fn output(&self, image: [usize; 2]) -> Result<[usize; 2], String> {
        let numbers = self.kernel.iter().chain(&self.stride).chain(&self.dilation);
        if numbers.clone().any(|n| *n == 0) {
            return Err("kernel, stride and dilation must be at least 1".into());
        }
        if numbers.chain(&self.padding).chain(&image).any(|n| *n > MAX_EXTENT) {
            return Err(format!("an extent above {MAX_EXTENT} is not supported"));
        }
        Ok([self.extent(image[0], 0)?, self.extent(image[1], 1)?])
    }

    fn extent(&self, image: usize, axis: usize) -> Result<usize, String> {
        let padded = image + self.padding[axis] + self.padding[axis + 2];
        let reach = self.reach(axis);
        let side = ["height", "width"][axis];
        if padded < reach {
            return Err(format!(
                "a window of {side} {reach} does not fit an image of {side} {padded} (padding \
                 included)"
            ));
        }
        let (steps, rest) =
            ((padded - reach) / self.stride[axis], (padded - reach) % self.stride[axis]);
        let extra_starts_inside = (steps + 1) * self.stride[axis] < image + self.padding[axis];
        Ok(steps + 1 + usize::from(self.ceil && rest != 0 && extra_starts_inside))
    }

    /// The taps along an axis (0 is height) that lie inside an image of that extent.
    pub fn taps_along(&self, axis: usize, output: usize, image: usize) -> Range<usize> {
        let (dilation, padding) = (self.dilation[axis], self.padding[axis]);
        let start = output * self.stride[axis];
        let first = padding.saturating_sub(start).div_ceil(dilation);
        let end = (image + padding).saturating_sub(start).div_ceil(dilation);
        first..end.min(self.kernel[axis])
    }

    /// The taps of the window at an output position that lie inside the image, as
    /// (tap row, tap column, image row, image column).
    pub fn taps_inside(
        self,
        output: [usize; 2],
        image: [usize; 2],
    ) -> impl Iterator<Item = (usize, usize, usize, usize)> {
        let place = move |axis: usize, tap: usize| {
            (output[axis] * self.stride[axis] + tap * self.dilation[axis])
                .checked_sub(self.padding[axis])
                .filter(|at| *at < image[axis])
        };
        (0..self.kernel[0]).filter_map(move |ky| Some((ky, place(0, ky)?))).flat_map(
            move |(ky, y)| {
                (0..self.kernel[1]).filter_map(move |kx| Some((ky, kx, y, place(1, kx)?)))
            },
        )
    }

    /// How many taps of the window at an output position lie inside the padded image.
    pub fn taps_padded(&self, output: [usize; 2], image: [usize; 2]) -> u32 {
        let along = |axis: usize| {
            let end = image[axis] + self.padding[axis] + self.padding[axis + 2];
            let start = output[axis] * self.stride[axis];
            (0..self.kernel[axis]).filter(|tap| start + tap * self.dilation[axis] < end).count()
        };
        (along(0) * along(1)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(Window::square(5).output([28, 28]), Ok([24, 24]));
        assert_eq!(Window::square(2).stride(2).output([5, 4]), Ok([2, 2]));
        let ceil = Window { ceil: true, ..Window::square(2).stride(2) };
        assert_eq!(ceil.output([5, 4]), Ok([3, 2]));
        assert_eq!(Window::square(3).padding(1).stride(2).output([7, 8]), Ok([4, 4]));
        let dilated = Window { dilation: [2, 1], ..Window::square(3) };
        assert_eq!(dilated.output([5, 5]), Ok([1, 3]));
    }

    #[test]
    fn a_ceil_window_never_begins_in_the_trailing_padding() {
        let window = Window { ceil: true, ..Window::square(1).stride(3).padding(1) };
        // Padded to 6: starts at 0 and 3; the next would be 6.
        assert_eq!(window.output([4, 4]), Ok([2, 2]));
        let window = Window { ceil: true, ..Window::square(2).stride(2).padding(1) };
        assert_eq!(window.output([3, 3]), Ok([2, 2]), "a start at 4 is trailing padding");
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(Window::square(0).output([4, 4]).unwrap_err().contains("at least 1"));
        assert!(Window::square(5).output([4, 9]).unwrap_err().contains("height 5"));
        assert!(Window::square(5).padding(1 << 40).output([4, 4]).is_err());
    }

    #[test]
    fn taps_along_an_axis_are_those_inside() {
        for (dilation, padding, output) in
            (1..4).flat_map(|d| (0..4).flat_map(move |p| (0..4).map(move |o| (d, p, o))))
        {
            let window = Window {
                kernel: [1, 3],
                stride: [1, 2],
                padding: [0, padding, 0, padding],
                dilation: [1, dilation],
                ceil: false,
            };
            let inside = window.taps_inside([0, output], [1, 3]).map(|(_, kx, _, _)| kx);
            let wanted: Vec<usize> = inside.collect();
            let found: Vec<usize> = window.taps_along(1, output, 3).collect();
            assert_eq!(found, wanted, "{window:?} at {output}");
        }
    }

    #[test]
    fn taps_at_a_corner() {
        let window = Window::square(3).padding(1);
        let taps: Vec<_> = window.taps_inside([0, 0], [4, 4]).collect();
        assert_eq!(taps, [(1, 1, 0, 0), (1, 2, 0, 1), (2, 1, 1, 0), (2, 2, 1, 1)]);
        assert_eq!(window.taps_padded([0, 0], [4, 4]), 9);
        let ceil = Window { ceil: true, ..Window::square(2).stride(2) };
        assert_eq!(ceil.taps_padded([2, 0], [5, 4]), 2, "outside even the padding");
    }
}
