//! The fast integer engine: what the oracle computes, to the bit, at the speed of the machine.
//!
//! [`Engine::new`] validates a network, packs its weights once and decides for each layer which
//! arithmetic is exact and cheapest; that decision rests on the same proven bounds of accumulators
//! that size the hardware. Images are spread over threads, and each thread takes a few images
//! through the network at a time, in buffers that are kept from run to run.

mod depthwise;
mod elementwise;
mod finisher;
mod gemm;
mod general;
mod geometry;
mod layout;
mod linear;
mod plan;
mod pooling;
mod tile;
mod worker;

use std::sync::{Mutex, PoisonError};

use bitladder_network::{QuantInput, QuantNetwork, ValueId};
use bitladder_spec::accumulator;

use crate::engine::plan::Plan;
use crate::kernels::{Kernel, KernelChoice};
use crate::oracle::check_integers;
use crate::{GoldenError, IntBatch};

/// A network made ready to run.
#[derive(Debug)]
pub struct Engine {
    name: String,
    inputs: Vec<QuantInput>,
    shapes: Vec<Vec<usize>>,
    output: ValueId,
    kernel: Kernel,
    plan: Plan,
    /// Buffers of threads that have finished.
    spare: Mutex<Vec<Scratch>>,
}

/// The buffers of one thread.
#[derive(Debug, Default)]
struct Scratch {
    slots: Vec<Vec<i32>>,
    bytes: Vec<u8>,
    words: Vec<i16>,
    integers: Vec<i32>,
    reshaped: Vec<i32>,
    taps: Vec<usize>,
}

impl Engine {
    /// Validates and packs a network for the fastest kernels of this machine.
    pub fn new(network: &QuantNetwork) -> Result<Self, GoldenError> {
        Self::pack(network, Kernel::best())
    }

    /// The same for kernels of choice; refuses those the machine cannot run.
    pub fn with_kernel(network: &QuantNetwork, choice: KernelChoice) -> Result<Self, GoldenError> {
        let missing = GoldenError::Kernel { kernel: choice.name() };
        Self::pack(network, Kernel::detect(choice).ok_or(missing)?)
    }

    fn pack(network: &QuantNetwork, kernel: Kernel) -> Result<Self, GoldenError> {
        network.validate(accumulator::MAX_BITS)?;
        Ok(Self {
            name: network.name.clone(),
            inputs: network.inputs.clone(),
            shapes: (0..network.values()).map(|value| network.shape(value).to_vec()).collect(),
            output: network.output,
            kernel,
            plan: Plan::new(network, kernel),
            spare: Mutex::default(),
        })
    }

    /// The kernels in use.
    pub fn kernel(&self) -> KernelChoice {
        self.kernel.choice()
    }

    /// Runs a batch on up to `threads` threads and returns the network's result.
    pub fn run(&self, inputs: &[IntBatch], threads: usize) -> Result<IntBatch, GoldenError> {
        let images = self.check(inputs)?;
        let mut result = IntBatch::zeros(images, &self.shapes[self.output]);
        let mut kept: Vec<Option<&mut [i32]>> = self.shapes.iter().map(|_| None).collect();
        kept[self.output] = Some(result.data_mut());
        self.spread(inputs, images, threads, kept);
        Ok(result)
    }

    /// The same, and shows every value to an observer: in order, inputs first. All of them are
    /// held in memory at once.
    pub fn run_observed(
        &self,
        inputs: &[IntBatch],
        threads: usize,
        mut observer: impl FnMut(ValueId, &IntBatch),
    ) -> Result<IntBatch, GoldenError> {
        let images = self.check(inputs)?;
        let mut values: Vec<IntBatch> =
            self.shapes.iter().map(|shape| IntBatch::zeros(images, shape)).collect();
        let kept = values.iter_mut().map(|batch| Some(batch.data_mut())).collect();
        self.spread(inputs, images, threads, kept);
        for (value, batch) in values.iter().enumerate() {
            observer(value, batch);
        }
        Ok(values.swap_remove(self.output))
    }

    /// Number of images of valid inputs.
    fn check(&self, inputs: &[IntBatch]) -> Result<usize, GoldenError> {
        check_integers(&self.name, &self.inputs, inputs)?;
        // A network without inputs has no images either.
        Ok(inputs.first().map_or(0, IntBatch::images))
    }

    /// Deals the images out to threads.
    fn spread(
        &self,
        inputs: &[IntBatch],
        images: usize,
        threads: usize,
        mut kept: Vec<Option<&mut [i32]>>,
    ) {
        let share = images.div_ceil(threads.clamp(1, images.max(1))).max(1);
        if share >= images {
            return self.work(inputs, 0..images, kept);
        }
        std::thread::scope(|scope| {
            for first in (0..images).step_by(share) {
                let range = first..images.min(first + share);
                let part = kept.iter_mut().zip(&self.shapes).map(|(values, shape)| {
                    let size = range.len() * shape.iter().product::<usize>();
                    values.as_mut().and_then(|values| values.split_off_mut(..size))
                });
                let part = part.collect();
                scope.spawn(move || self.work(inputs, range, part));
            }
        });
    }

    /// Takes a range of images through the network in buffers of its own.
    fn work(
        &self,
        inputs: &[IntBatch],
        range: std::ops::Range<usize>,
        kept: Vec<Option<&mut [i32]>>,
    ) {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = spare.unwrap_or_else(|| self.plan.scratch());
        self.plan.run(self.kernel, inputs, range, kept, &mut scratch);
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Limits, random_network};

    /// The comparison with the oracle on random networks is worth what these networks reach.
    #[test]
    fn random_networks_reach_every_form_of_arithmetic() {
        let plans: String = (0..100)
            .map(|seed| random_network(seed, &Limits::default()))
            .map(|network| format!("{:?}", Plan::new(&network, Kernel::best()).steps))
            .collect();
        for form in [
            "Words(",
            "Depthwise(",
            "narrow: true",
            "narrow: false",
            "General(",
            "Narrow { start",
            "Split { start",
            "Narrow(Narrow",
            "Wide(Wide",
            "wrap: Some",
            "Exact { stage",
            "per_channel: true",
            "Maximum(",
            "Average(",
            "Elementwise(",
            "Reshape",
        ] {
            assert!(plans.contains(form), "no network uses `{form}`");
        }
        assert_eq!(plans.contains("Bytes("), Kernel::best().multiplies_bytes());
    }
}
