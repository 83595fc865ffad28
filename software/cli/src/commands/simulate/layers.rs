//! Cycles layer by layer: the machine's counters next to the cycle model.

use bitladder_device::{Counters, Device, count_layers};
use bitladder_golden::IntBatch;
use bitladder_machine::{LayerCycles, MachineConfig, Program, cycles};
use serde::Serialize;

use crate::commands::shown;
use crate::table::Table;

/// What a layer took, for a batch.
#[derive(Serialize)]
pub(super) struct Layer {
    name: String,
    cycles: u64,
    predicted_cycles: u64,
    macs: u64,
    /// Share of the multiplications that the array could have done in the layer's cycles.
    of_peak: Option<f64>,
    counters: Waits,
}

/// Cycles by what they were good for; the rest is reading descriptors and writing last results.
#[derive(Serialize)]
struct Waits {
    array: u32,
    element: u32,
    fill: u32,
    patches: u32,
    drain: u32,
    weights: u32,
    memory: u32,
}

/// Runs a batch layer by layer.
pub(super) fn count(
    device: &mut dyn Device,
    (program, config): (&Program, &MachineConfig),
    batch: IntBatch,
    limit: u64,
) -> anyhow::Result<Vec<Layer>> {
    device.set_inputs(&[batch])?;
    let model = cycles(program, config)?;
    let counted = count_layers(device, limit)?;
    Ok(model
        .layers
        .iter()
        .zip(&counted)
        .map(|(model, found)| layer(model, found, config))
        .collect())
}

fn layer(model: &LayerCycles, found: &Counters, config: &MachineConfig) -> Layer {
    let peak = found.cycles * config.array.peak_macs(model.mode) as u64;
    Layer {
        name: model.name.clone(),
        cycles: found.cycles,
        predicted_cycles: model.cycles,
        macs: model.macs,
        of_peak: (model.macs > 0 && peak > 0).then(|| model.macs as f64 / peak as f64),
        counters: Waits {
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

/// The layers of a precision as a table.
pub(super) fn table(layers: &[Layer]) -> String {
    let mut table = Table::new(&[
        "layer",
        ">cycles",
        ">predicted",
        ">array",
        ">element",
        ">waits: fill",
        ">patches",
        ">drain",
        ">weights",
        ">memory",
        ">of peak",
    ]);
    for layer in layers {
        let waits = &layer.counters;
        let causes = [waits.array, waits.element, waits.fill, waits.patches, waits.drain];
        let more = [waits.weights, waits.memory];
        let mut row = vec![layer.name.clone()];
        row.extend([layer.cycles, layer.predicted_cycles].map(shown::count));
        row.extend(causes.into_iter().chain(more).map(|cycles| shown::count(cycles.into())));
        row.push(layer.of_peak.map(shown::percent).unwrap_or_default());
        table.row(row);
    }
    table.text()
}
