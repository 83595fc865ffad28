//! One thread's way through a plan.

use std::ops::Range;

use crate::IntBatch;
use crate::engine::Scratch;
use crate::engine::layout::{channels_first, channels_last, reshape};
use crate::engine::plan::{Plan, Step, Work};
use crate::kernels::Kernel;

impl Plan {
    /// Buffers for one thread.
    pub(super) fn scratch(&self) -> Scratch {
        let slots = self.slots.iter().map(|size| vec![0; size * self.block]).collect();
        let mut scratch = Scratch { slots, ..Scratch::default() };
        for step in &self.steps {
            if let Work::Linear(linear) = &step.work {
                linear.reserve(&mut scratch);
            }
        }
        scratch
    }

    /// Takes a range of images through all layers. `kept` has for each value the place its
    /// integers are to be kept in, if any: that of the range's first image.
    pub(super) fn run(
        &self,
        kernel: Kernel,
        inputs: &[IntBatch],
        range: Range<usize>,
        mut kept: Vec<Option<&mut [i32]>>,
        scratch: &mut Scratch,
    ) {
        for first in range.clone().step_by(self.block) {
            let images = self.block.min(range.end - first);
            for (value, input) in inputs.iter().enumerate() {
                self.load(value, input, first..first + images, scratch);
                self.keep(value, first - range.start, images, &mut kept, scratch);
            }
            for step in &self.steps {
                self.step(kernel, step, images, scratch);
                self.keep(step.target, first - range.start, images, &mut kept, scratch);
            }
        }
    }

    fn load(&self, value: usize, input: &IntBatch, range: Range<usize>, scratch: &mut Scratch) {
        let place = self.values[value];
        let size = place.extent.size();
        for (index, image) in range.enumerate() {
            let to = &mut scratch.slots[place.slot][index * size..(index + 1) * size];
            channels_last(place.extent, input.image(image), to);
        }
    }

    fn keep(
        &self,
        value: usize,
        first: usize,
        images: usize,
        kept: &mut [Option<&mut [i32]>],
        scratch: &Scratch,
    ) {
        let Some(kept) = &mut kept[value] else { return };
        let place = self.values[value];
        let size = place.extent.size();
        for image in 0..images {
            let from = &scratch.slots[place.slot][image * size..(image + 1) * size];
            let to = &mut kept[(first + image) * size..(first + image + 1) * size];
            channels_first(place.extent, from, to);
        }
    }

    fn step(&self, kernel: Kernel, step: &Step, images: usize, scratch: &mut Scratch) {
        let target = self.values[step.target];
        let to_size = target.extent.size();
        if to_size == 0 {
            return;
        }
        // The target's buffer is never one of the sources'.
        let mut buffer = std::mem::take(&mut scratch.slots[target.slot]);
        let to = &mut buffer[..images * to_size];
        let place = self.values[step.sources[0]];
        let from_size = place.extent.size();
        let slot = std::mem::take(&mut scratch.slots[place.slot]);
        let from = &slot[..images * from_size];
        let image = |index: usize| &from[index * from_size..(index + 1) * from_size];
        let outputs = to.chunks_exact_mut(to_size).zip(0..);
        match &step.work {
            Work::Linear(linear) => linear.run(kernel, images, from, to, scratch),
            Work::Maximum(pool, runs) => outputs.for_each(|(to, index)| {
                pool.maximum(kernel, runs, image(index), to, &mut scratch.taps);
            }),
            Work::Average(average) => {
                outputs.for_each(|(to, index)| average.run(kernel, image(index), to));
            }
            Work::Elementwise(layer) => {
                let other = step.sources.get(1).map(|value| self.values[*value].slot);
                match other.filter(|other| *other != place.slot) {
                    Some(other) => layer.run(kernel, &[from, &scratch.slots[other]], to),
                    None => layer.run(kernel, &[from, from], to),
                }
            }
            Work::Reshape => outputs.for_each(|(to, index)| {
                let extents = [place.extent, target.extent];
                reshape(extents, image(index), to, &mut scratch.reshaped);
            }),
        }
        scratch.slots[place.slot] = slot;
        scratch.slots[target.slot] = buffer;
    }
}
