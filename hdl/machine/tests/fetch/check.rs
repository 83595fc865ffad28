//! Runs convolutions and compares every sum with the direct computation.

use bitladder_spec::SplitMix64;

use crate::bench::{Bench, Cycles, Manners, Row};
use crate::conv::Conv;
use crate::data::{Bases, Data};

/// Puts a layer's data somewhere into the memories.
fn load(bench: &mut Bench, data: &Data) -> Bases {
    let columns = bench.shape[1];
    let groups = data.input.len().div_ceil(columns);
    let input = columns * bench.place(bench.memory.len() / columns, groups);
    let weights = bench.place(bench.weights.len(), data.weights.len());
    let used = if bench.scalars.is_empty() { 0 } else { data.scalars.len() };
    let scalars = bench.place(bench.scalars.len(), used);
    bench.memory[input..input + data.input.len()].copy_from_slice(&data.input);
    bench.weights[weights..weights + data.weights.len()].clone_from_slice(&data.weights);
    bench.scalars[scalars..scalars + used].copy_from_slice(&data.scalars[..used]);
    Bases { input, weights, scalars }
}

/// Runs a layer with random data and checks its sums.
pub(crate) fn check(bench: &mut Bench, conv: &Conv, seed: u64, manners: Manners) -> Cycles {
    println!("{conv:?}");
    let shape = bench.shape;
    let data = Data::random(conv, shape[1], &mut SplitMix64::new(seed));
    let bases = load(bench, &data);
    for (name, value) in conv.fields(shape, bases) {
        bench.field(name, value as u128);
    }
    let seen = vec![false; conv.pixels() * conv.passes(shape[1])];
    let patch = (usize::MAX, Vec::new());
    let mut check = Check { conv, data: &data, columns: shape[1], seen, ended: false, patch };
    let limit = 40 * (conv.pixels() + 20) * (conv.words() + 20) * conv.passes(shape[1]);
    let cycles = bench.run(manners, limit as u64, |row| check.row(&row));
    assert!(check.ended, "no last row");
    assert!(check.seen.iter().all(|seen| *seen), "rows are missing");
    cycles
}

/// The rows that have come, against those that must.
struct Check<'a> {
    conv: &'a Conv,
    data: &'a Data,
    columns: usize,
    seen: Vec<bool>,
    ended: bool,
    /// A pixel and its patch.
    patch: (usize, Vec<u16>),
}

impl Check<'_> {
    fn row(&mut self, row: &Row) {
        let conv = self.conv;
        assert!(!self.ended, "a row after the last one");
        self.ended = row.end;
        assert_eq!(row.wanted, row.pixel < conv.pixels());
        if !row.wanted {
            return;
        }
        if self.patch.0 != row.pixel {
            self.patch = (row.pixel, conv.patch(&self.data.input, self.columns, row.pixel));
        }
        for (c, found) in row.sums.iter().enumerate() {
            let filter = row.pass * self.columns + c;
            let sum = self.data.sum(conv, &self.patch.1, filter);
            assert_eq!(*found, i128::from(sum), "pixel {}, filter {filter}", row.pixel);
        }
        assert!(!row.saturated);
        let seen = &mut self.seen[row.pixel * conv.passes(self.columns) + row.pass];
        assert!(!*seen, "pixel {} twice in pass {}", row.pixel, row.pass);
        *seen = true;
    }
}
