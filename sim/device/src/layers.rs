//! The counters of each layer: the program's descriptors, started one at a time.

use std::ops::AddAssign;

use bitladder_machine::isa::{DESCRIPTOR_WORDS, Operation};

use crate::DeviceError;
use crate::device::{Counters, Device};

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
