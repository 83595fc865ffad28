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
