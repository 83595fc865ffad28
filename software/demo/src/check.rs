//! The simulated machine next to the golden model.

use bitladder_device::{Device, LayerCount, compare_layers, cycle_limit, run};
use bitladder_flow::Samples;
use bitladder_golden::{Engine, IntBatch};
use bitladder_machine::{Program, cycles};
use bitladder_network::QuantNetwork;
use serde::{Deserialize, Serialize};

use crate::DemoError;

/// A precision of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Precision {
    /// Its name.
    pub name: String,
    /// Share of the test images it gets right, by the golden model.
    pub accuracy: f64,
    /// Bits of all weights.
    pub weight_bits: u64,
    /// What simulations said.
    pub checks: Vec<Check>,
    /// Images per batch.
    pub batch: usize,
    /// Cycles per batch, by the machine's own counter.
    pub cycles: u64,
    /// Layer by layer.
    pub layers: Vec<LayerCount>,
}

/// A comparison with the golden model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What simulated the machine.
    pub backend: String,
    /// Images that ran.
    pub images: usize,
    /// Those whose every output was the golden model's, bit for bit.
    pub equal: usize,
}

/// A precision with the images it runs on.
pub struct Subject<'a> {
    /// The network.
    pub network: &'a QuantNetwork,
    /// The same, compiled.
    pub program: &'a Program,
    /// The images.
    pub samples: &'a Samples,
}

impl Subject<'_> {
    fn batch(&self, first: usize) -> IntBatch {
        let places = self.program.places(self.samples.len() - first);
        self.samples.chosen(places.map(|place| first + place)).quantized_for(self.network)
    }

    /// Cycles after which a batch is given up.
    fn patience(&self) -> Result<u64, DemoError> {
        Ok(cycle_limit(cycles(self.program, &self.program.config)?.cycles))
    }

    /// Runs the first images, at most all there are, and compares all outputs; `tick` hears of
    /// images that are done. Gives the most cycles that a batch took, too.
    pub fn compare(
        &self,
        device: &mut dyn Device,
        (backend, images): (&str, usize),
        tick: &mut dyn FnMut(usize),
    ) -> Result<(Check, u64), DemoError> {
        let (engine, patience) = (Engine::new(self.network)?, self.patience()?);
        let images = images.min(self.samples.len());
        let mut check = Check { backend: backend.into(), images: 0, equal: 0 };
        let mut most = 0;
        for first in (0..images).step_by(self.program.batch) {
            let batch = [self.batch(first)];
            let found = run(device, self.program, &batch, patience)?;
            let wanted = engine.run(&batch, 1)?;
            let count = self.program.batch.min(images - first);
            let same = |image: &usize| wanted.image(*image) == found.results.image(*image);
            check.equal += (0..count).filter(same).count();
            check.images += count;
            most = most.max(device.cycles()?);
            tick(check.images);
        }
        Ok((check, most))
    }

    /// Runs the first batch layer by layer.
    pub fn layers(&self, device: &mut dyn Device) -> Result<Vec<LayerCount>, DemoError> {
        device.load(self.program)?;
        device.set_inputs(&[self.batch(0)])?;
        Ok(compare_layers(device, self.patience()?)?)
    }
}
