//! Where tensors lie in activation memory: a tensor's place is free again after its last reader.

use bitladder_network::ValueId;

use super::graph::Graph;
use super::layout::TensorLayout;

/// A tensor in memory.
#[derive(Debug, Clone)]
pub(super) struct Buffer {
    pub(super) value: ValueId,
    pub(super) layout: TensorLayout,
    /// First and last step at which it must be there; step `n` is the `n`th computed layer.
    life: (usize, usize),
    words: usize,
}

/// The most words in use, and the step at which that is.
pub(super) struct Peak {
    pub(super) words: usize,
    pub(super) step: usize,
}

/// Gives every tensor its base, first fit in the order of making.
pub(super) fn allocate(
    graph: &Graph,
    layouts: Vec<(ValueId, TensorLayout)>,
    batch: usize,
) -> (Vec<Buffer>, Peak) {
    let mut buffers: Vec<Buffer> = Vec::new();
    let mut peak = Peak { words: 0, step: 0 };
    for (value, layout) in layouts {
        let words = (layout.image_words * batch).next_multiple_of(layout.columns);
        let life = life(graph, value);
        let mut buffer = Buffer { value, layout, life, words };
        buffer.layout.base = free_place(&buffers, &buffer);
        if buffer.layout.base + words > peak.words {
            peak = Peak { words: buffer.layout.base + words, step: life.0 };
        }
        buffers.push(buffer);
    }
    (buffers, peak)
}

fn life(graph: &Graph, value: ValueId) -> (usize, usize) {
    let step = |layer: usize| graph.layers.iter().position(|l| *l == layer).unwrap_or(0);
    let made = graph.network.layer_of_value(value).map_or(0, step);
    let last_read = graph.readers(value).map(|reader| step(reader.index)).max().unwrap_or(made);
    let copied = graph.copied && value == graph.result();
    (made, if copied { graph.layers.len() } else { last_read })
}

fn free_place(buffers: &[Buffer], buffer: &Buffer) -> usize {
    let mut others: Vec<(usize, usize)> = buffers
        .iter()
        .filter(|other| other.life.1 >= buffer.life.0 && buffer.life.1 >= other.life.0)
        .map(|other| (other.layout.base, other.layout.base + other.words))
        .collect();
    others.sort_unstable();
    let mut base = 0;
    for (from, to) in others {
        if from >= base + buffer.words {
            break;
        }
        base = base.max(to);
    }
    base
}

#[cfg(test)]
mod tests {
    use bitladder_golden::generate::{Limits, random_network};

    use super::*;
    use crate::config::MachineConfig;

    #[test]
    fn tensors_alive_together_share_no_word_and_places_are_used_again() {
        let text = include_str!("../../../configs/sim-4x4.toml");
        let config = MachineConfig::parse("sim-4x4.toml", text).unwrap();
        let limits = Limits { layers: 9, widths: vec![16, 8, 4], ..Limits::default() };
        let mut reused = 0;
        for seed in 0..200 {
            let network = random_network(seed, &limits);
            let Ok(graph) = Graph::new(&network) else { continue };
            let Ok(storage) = super::super::modes::storage(&graph, &config) else { continue };
            let layout = |(value, storage)| {
                let (dims, ty) = (graph.dims[value], network.format(value).ty);
                (value, TensorLayout::new("", dims, ty, 4, storage))
            };
            let (buffers, peak) = allocate(&graph, storage.into_iter().map(layout).collect(), 3);
            let ends = |b: &Buffer| (b.layout.base, b.layout.base + b.words);
            for (index, a) in buffers.iter().enumerate() {
                assert!(a.layout.base.is_multiple_of(4) && ends(a).1 <= peak.words);
                for b in &buffers[..index] {
                    let together = a.life.0 <= b.life.1 && b.life.0 <= a.life.1;
                    let apart = ends(a).1 <= ends(b).0 || ends(b).1 <= ends(a).0;
                    assert!(!together || apart, "seed {seed}: {a:?} and {b:?}");
                    reused += usize::from(!apart);
                }
            }
        }
        assert!(reused > 50, "only {reused} places used twice");
    }
}
