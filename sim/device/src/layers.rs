//! The counters of each layer: the program's descriptors, started one at a time.

use std::ops::AddAssign;

use bitladder_machine::isa::{DESCRIPTOR_WORDS, Operation};
use bitladder_machine::{LayerCycles, MachineConfig, cycles};
use serde::{Deserialize, Serialize};

use crate::DeviceError;
use crate::{Counters, Device};

impl AddAssign for Counters {
    fn add_assign(&mut self, other: Counters) {
        self.cycles += other.cycles;
        self.array += other.array;
        self.stall_fill += other.stall_fill;
        self.stall_patches += other.stall_patches;
        self.stall_drain += other.stall_drain;
        self.stall_weights += other.stall_weights;
        self.stall_memory += other.stall_memory;
        self.element += other.element;
        self.decide += other.decide;
        self.row_words += other.row_words;
        self.weight_reads += other.weight_reads;
        self.activation_reads += other.activation_reads;
        self.activation_writes += other.activation_writes;
    }
}

/// What a layer took for a batch, by the machine's counters and by the cycle model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerCount {
    /// Its name.
    pub name: String,
    /// All its cycles.
    pub cycles: u64,
    /// Those of the cycle model.
    pub predicted_cycles: u64,
    /// Multiplications the network asks for.
    pub macs: u64,
    /// Their share of what the array could have done in the layer's cycles.
    pub of_peak: Option<f64>,
    /// What the cycles were good for; the rest is reading descriptors and writing last results.
    pub counters: Causes,
}

/// Cycles by what they were good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Causes {
    /// The array took a word.
    pub array: u32,
    /// The element unit worked.
    pub element: u32,
    /// First patches were missing.
    pub fill: u32,
    /// Later patches were missing.
    pub patches: u32,
    /// Results had to leave first.
    pub drain: u32,
    /// Weights or scalars were missing.
    pub weights: u32,
    /// Weights had to come from memory outside.
    pub memory: u32,
}

impl LayerCount {
    /// A layer's counters next to the model's cycles.
    fn new(model: &LayerCycles, found: &Counters, config: &MachineConfig) -> LayerCount {
        let peak = found.cycles * config.array.peak_macs(model.mode) as u64;
        LayerCount {
            name: model.name.clone(),
            cycles: found.cycles,
            predicted_cycles: model.cycles,
            macs: model.macs,
            of_peak: (model.macs > 0 && peak > 0).then(|| model.macs as f64 / peak as f64),
            counters: Causes {
                array: found.array,
                element: found.element,
                fill: found.stall_fill,
                patches: found.stall_patches,
                drain: found.stall_drain,
                weights: found.stall_weights,
                memory: found.stall_memory,
            },
        }
    }
}

/// Runs the program that was loaded, on the inputs that were set, layer by layer; gives the counters
/// of each layer of `Program::layers`, for a number of the machine's cycles per layer at the most.
/// Weights that a layer waits for count as its own; the decision at the end is no layer's.
pub fn count_layers<D: Device + ?Sized>(
    device: &mut D,
    cycles: u64,
) -> Result<Vec<Counters>, DeviceError> {
    let program = device.loaded().ok_or(DeviceError::NotLoaded)?.clone();
    let mut layers = vec![Counters::default(); program.layers.len()];
    for (index, descriptor) in program.descriptors()?.iter().enumerate() {
        if descriptor.operation == Operation::End {
            continue;
        }
        device.start_layer((program.start + index * DESCRIPTOR_WORDS) as u32)?;
        let status = device.settle(cycles)?;
        if let Some(fault) = status.fault {
            let name = program.layer_name(status.layer).unwrap_or("unknown").to_owned();
            return Err(DeviceError::Failed { fault, layer: status.layer, name });
        }
        if status.busy {
            return Err(DeviceError::Timeout { cycles });
        }
        let own = program.layers.iter().position(|info| info.index == descriptor.layer as usize);
        if let Some(layer) = own {
            layers[layer] += device.counters()?;
        }
    }
    Ok(layers)
}

/// [`count_layers`] next to the cycle model.
pub fn compare_layers<D: Device + ?Sized>(
    device: &mut D,
    limit: u64,
) -> Result<Vec<LayerCount>, DeviceError> {
    let found = count_layers(device, limit)?;
    let program = device.loaded().ok_or(DeviceError::NotLoaded)?;
    let model = cycles(program, &program.config)?;
    let pairs = model.layers.iter().zip(&found);
    Ok(pairs.map(|(model, found)| LayerCount::new(model, found, &program.config)).collect())
}
