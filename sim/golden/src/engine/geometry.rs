//! Where the elements of a linear layer lie.

use bitladder_network::Window;

use crate::kernels::{Kernel, LANES, Segment, offset_bytes, offset_words};

/// A layer's input, padded: `[row][column][channel]`.
#[derive(Debug, Clone)]
pub(super) struct Padded {
    channels: usize,
    image: [usize; 2],
    /// Rows and columns before the image.
    before: [usize; 2],
    /// Rows and columns in all.
    full: [usize; 2],
}

impl Padded {
    /// For a window over an image; covers everything any output reads.
    pub(super) fn new(window: Window, channels: usize, image: [usize; 2], to: [usize; 2]) -> Self {
        let before = [window.padding[0], window.padding[1]];
        let full = [0, 1].map(|axis| {
            let read = to[axis].saturating_sub(1) * window.stride[axis] + window.reach(axis);
            read.max(before[axis] + image[axis])
        });
        Self { channels, image, before, full }
    }

    /// Elements of one padded image.
    pub(super) fn size(&self) -> usize {
        self.full[0] * self.full[1] * self.channels
    }

    /// Elements of one image without padding.
    pub(super) fn image_size(&self) -> usize {
        self.image[0] * self.image[1] * self.channels
    }

    /// Copies an image with `convert`, and fills its surroundings with `zero`.
    pub(super) fn fill<T: Copy>(
        &self,
        from: &[i32],
        to: &mut [T],
        zero: T,
        convert: impl Fn(&mut [T], &[i32]),
    ) {
        if self.full == self.image {
            return convert(to, from);
        }
        let line = self.full[1] * self.channels;
        let used = self.image[1] * self.channels;
        let left = self.before[1] * self.channels;
        for (y, to) in to.chunks_exact_mut(line.max(1)).enumerate() {
            let inside = y.checked_sub(self.before[0]).filter(|y| *y < self.image[0]);
            let Some(y) = inside else {
                to.fill(zero);
                continue;
            };
            to[..left].fill(zero);
            convert(&mut to[left..left + used], &from[y * used..(y + 1) * used]);
            to[left + used..].fill(zero);
        }
    }

    /// First element of each output's window, for `images` images packed one after another.
    pub(super) fn rows(&self, window: Window, to: [usize; 2], images: usize) -> Vec<usize> {
        let mut rows = Vec::with_capacity(images * to[0] * to[1]);
        for image in 0..images {
            for (y, x) in (0..to[0]).flat_map(|y| (0..to[1]).map(move |x| (y, x))) {
                let pixel = y * window.stride[0] * self.full[1] + x * window.stride[1];
                rows.push(image * self.size() + pixel * self.channels);
            }
        }
        rows
    }

    /// The runs of elements a window reads, in groups of `group`, and for each of their elements
    /// its place in a filter's weights (`None` where a run was rounded up to whole groups).
    pub(super) fn runs(
        &self,
        window: Window,
        inputs: usize,
        group: usize,
    ) -> (Vec<Segment>, Vec<Option<usize>>) {
        let [height, width] = window.kernel;
        let whole_rows = inputs == self.channels && window.dilation[1] == 1;
        let per_run = if whole_rows { width } else { 1 };
        let (mut segments, mut order) = (Vec::new(), Vec::new());
        for (ky, kx) in (0..height).flat_map(|y| (0..width).step_by(per_run).map(move |x| (y, x))) {
            let pixel = ky * window.dilation[0] * self.full[1] + kx * window.dilation[1];
            let groups = (per_run * inputs).div_ceil(group);
            segments.push(Segment { offset: pixel * self.channels, groups });
            order.extend((0..groups * group).map(|at| {
                let (column, channel) = (kx + at / inputs, at % inputs);
                let weight = (channel * height + ky) * width + column;
                (at < per_run * inputs).then_some(weight)
            }));
        }
        (segments, order)
    }
}

/// Packed activations: the stored integers less an offset that brings them into the type.
pub(super) trait Packed: Copy + Default + Send + Sync {
    /// Converts a row.
    fn convert(kernel: Kernel, to: &mut [Self], from: &[i32], offset: i32);
    /// Converts one value that is known to fit.
    fn one(value: i32) -> Self;
}

impl Packed for u8 {
    fn convert(kernel: Kernel, to: &mut [Self], from: &[i32], offset: i32) {
        offset_bytes(kernel, to, from, offset);
    }

    fn one(value: i32) -> Self {
        value as u8
    }
}

impl Packed for i16 {
    fn convert(kernel: Kernel, to: &mut [Self], from: &[i32], offset: i32) {
        offset_words(kernel, to, from, offset);
    }

    fn one(value: i32) -> Self {
        value as i16
    }
}

/// How outputs are dealt out to panels: each group of channels begins a panel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panels {
    /// Channel groups.
    pub(super) groups: usize,
    /// Outputs of each.
    pub(super) outputs: usize,
}

impl Panels {
    /// Panels of one group.
    pub(super) fn per_group(self) -> usize {
        self.outputs.div_ceil(LANES)
    }

    /// The output of a panel's lane, if it has one.
    pub(super) fn output(self, panel: usize, lane: usize) -> Option<usize> {
        let (group, within) = (panel / self.per_group(), panel % self.per_group());
        let output = within * LANES + lane;
        (output < self.outputs).then_some(group * self.outputs + output)
    }

    /// Something per lane of all panels.
    pub(super) fn lanes<T: Copy>(self, of: impl Fn(Option<usize>) -> T) -> Vec<[T; LANES]> {
        (0..self.groups * self.per_group())
            .map(|panel| std::array::from_fn(|lane| of(self.output(panel, lane))))
            .collect()
    }
}
