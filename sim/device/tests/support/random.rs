//! Random networks for the machine, and what they ask of it.

use bitladder_golden::generate::{Limits, random_network, with_weight_views};
use bitladder_machine::Program;
use bitladder_machine::isa::Operation;
use bitladder_network::QuantNetwork;

/// The network of a seed: every third one has weights of which less is used than is stored.
pub(crate) fn network(seed: u64) -> QuantNetwork {
    let widths = vec![16, 8, 8, 8, 4, 4, 2, 1, 1, 3, 12];
    let limits = Limits { layers: 4, channels: 12, side: 6, widths, accumulator_bits: 40 };
    let network = random_network(seed, &limits);
    match seed % 3 {
        0 => with_weight_views(network, seed, &limits),
        _ => network,
    }
}

/// Images of its batch.
pub(crate) fn images(seed: u64) -> usize {
    1 + seed as usize % 3
}

/// What a program asks of the machine.
pub(crate) fn features(program: &Program) -> impl Iterator<Item = String> {
    program.descriptors().unwrap_or_default().into_iter().flat_map(|d| {
        let (operation, mode) = (d.operation.name(), d.mode.name());
        let conv = d.operation == Operation::Conv;
        let mut seen = vec![format!("{operation} {mode}")];
        seen.extend(conv.then(|| format!("{} weights", d.weight_kind.name())));
        seen.extend((conv && d.passes > 1 && d.tiles > 1).then(|| "passes and tiles".to_owned()));
        seen.extend((conv && d.pixel_words == 0).then(|| "dense".to_owned()));
        seen.extend(d.taps_apart.then(|| "taps apart".to_owned()));
        seen.extend(d.nested.then(|| format!("nested {mode}")));
        seen.extend((d.quality > 0).then(|| format!("quality {mode}")));
        seen.extend((d.divisor > 1).then(|| "divisor".to_owned()));
        seen
    })
}
