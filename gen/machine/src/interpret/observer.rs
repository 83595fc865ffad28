//! Looking inside a run.

/// Which lane computes what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LanePlace {
    /// The layer, as in its descriptor.
    pub layer: u32,
    /// The tile.
    pub tile: usize,
    /// The pass over the tile.
    pub pass: usize,
    /// The lane's row.
    pub row: usize,
    /// The lane's column.
    pub column: usize,
}

/// One word of a dot product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The lane.
    pub place: LanePlace,
    /// The word's number in the reduction.
    pub k: usize,
    /// The word of the patch, as the lane gets it.
    pub activations: u16,
    /// The lane's sum with this word.
    pub sum: i64,
}

/// Is shown intermediate values in the machine's order, to compare with those of RTL. All methods
/// do nothing unless they are written.
pub trait Observer {
    /// Whether [`Observer::step`] is wanted for a layer: it is called for every word and lane.
    fn wants_steps(&self, layer: u32) -> bool {
        let _ = layer;
        false
    }

    /// A patch as a row's buffer holds it.
    fn patch(&mut self, layer: u32, tile: usize, row: usize, words: &[u16]) {
        let _ = (layer, tile, row, words);
    }

    /// One word of a dot product.
    fn step(&mut self, step: Step) {
        let _ = step;
    }

    /// A sum as it leaves the array.
    fn sum(&mut self, place: LanePlace, sum: i64) {
        let _ = (place, sum);
    }

    /// Stored integers of one pixel and pass, as post gives them (max pool: operands of a group).
    fn stored(&mut self, layer: u32, pixel: usize, pass: usize, values: &[i32]) {
        let _ = (layer, pixel, pass, values);
    }
}

/// Looks at nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Blind;

impl Observer for Blind {}
