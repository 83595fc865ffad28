//! Cycles layer by layer: the machine's counters next to the cycle model.

use bitladder_device::LayerCount;

use crate::commands::shown;
use crate::table::Table;

/// The layers of a precision as a table.
pub(super) fn table(layers: &[LayerCount]) -> String {
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
        let causes = &layer.counters;
        let counts = [causes.array, causes.element, causes.fill, causes.patches, causes.drain];
        let more = [causes.weights, causes.memory];
        let mut row = vec![layer.name.clone()];
        row.extend([layer.cycles, layer.predicted_cycles].map(shown::count));
        row.extend(counts.into_iter().chain(more).map(|cycles| shown::count(cycles.into())));
        row.push(layer.of_peak.map(shown::percent).unwrap_or_default());
        table.row(row);
    }
    table.text()
}
