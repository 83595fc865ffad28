//! The back end in simulation, with models of the memories around it.

use bitladder_hdl_machine::back_end::{BackEndConfig, back_end};
use bitladder_machine::isa::Descriptor;
use bitladder_rtl::Signal;

use crate::reference::{Inputs, Outputs};
use crate::support::Bench;

/// The back end with its memories.
pub(crate) struct Rig {
    bench: Bench,
    pub(crate) columns: usize,
    pub(crate) activations: Vec<u16>,
    pub(crate) parameters: Vec<u64>,
    words: Vec<Signal>,
    pub(crate) written: Outputs,
    /// Reads of activation memory, and cycles, of the last layer.
    pub(crate) reads: usize,
    pub(crate) cycles: usize,
    /// Chances in 8 that the shared parameter memory answers.
    pub(crate) patience: u64,
}

/// A row of the array.
pub(crate) struct Row {
    pub(crate) sums: Vec<i64>,
    pub(crate) counts: bool,
    pub(crate) last: bool,
}

impl Rig {
    pub(crate) fn new(config: &BackEndConfig, seed: u64) -> Rig {
        let mut bench = Bench::new(&back_end(config).unwrap(), seed);
        let columns = config.post.columns as usize;
        let words = (0..columns).map(|c| bench.sim.input(&format!("activation_{c}")).unwrap());
        let words = words.collect();
        let activations = (0..config.post.activation_groups * columns)
            .map(|_| bench.noise.next_u64() as u16)
            .collect();
        let (parameters, written, reads, cycles) =
            (vec![0; config.post.parameter_entries], Outputs::default(), 0, 0);
        Rig { bench, columns, activations, parameters, words, written, reads, cycles, patience: 8 }
    }

    pub(crate) fn inputs(&self) -> Inputs<'_> {
        Inputs {
            columns: self.columns,
            activations: &self.activations,
            parameters: &self.parameters,
        }
    }

    /// Runs a layer until it is done.
    pub(crate) fn run(&mut self, layer: &Descriptor, rows: &[Row]) {
        self.bench.layer(layer);
        self.bench.set("array_valid", 0);
        // The fields stand before the layer starts.
        self.cycle();
        self.bench.set("start", 1);
        self.cycle();
        self.bench.set("start", 0);
        (self.written, self.reads, self.cycles) = (Outputs::default(), 0, 0);
        let (mut at, mut stays) = (0, false);
        while !self.bench.is("done") {
            self.cycles += 1;
            assert!(self.cycles < 200_000, "never done: {layer:?}");
            let offered = rows.get(at).filter(|_| stays || self.bench.chance(self.patience));
            self.bench.set("array_valid", i128::from(offered.is_some()));
            if let Some(row) = offered {
                self.bench.set("array_counts", i128::from(row.counts));
                self.bench.set("array_last", i128::from(row.last));
                for (c, sum) in row.sums.iter().enumerate() {
                    self.bench.set(&format!("array_sum_{c}"), *sum);
                }
            }
            let taken = offered.is_some() && self.bench.is("array_ready");
            at += usize::from(taken);
            stays = offered.is_some() && !taken;
            self.cycle();
        }
        self.cycle();
        assert_eq!(at, rows.len(), "done too early");
    }

    /// One clock edge, with what the memories do at it.
    fn cycle(&mut self) {
        let bench = &mut self.bench;
        let group = bench.is("read_enable").then(|| bench.get("read_address") as usize);
        let answers = bench.chance(self.patience);
        bench.set("parameter_read_ready", i128::from(answers));
        let entry = (bench.is("parameter_read_enable") && answers)
            .then(|| bench.get("parameter_read_address"));
        assert!(!bench.is("outside"));
        self.write();
        self.bench.step();
        if let Some(group) = group {
            self.reads += 1;
            for (c, word) in self.words.iter().enumerate() {
                self.bench.sim.write(*word, self.activations[group * self.columns + c].into());
            }
        }
        let data = entry.map_or(0x5555, |entry| self.parameters[entry as usize]);
        self.bench.set("parameter_read_data", data);
    }

    fn write(&mut self) {
        let bench = &mut self.bench;
        let (mask, group) =
            (bench.get("activation_write_mask"), bench.get("activation_write_address"));
        for c in (0..self.columns).filter(|c| mask >> c & 1 == 1) {
            let word = bench.get(&format!("activation_write_data_{c}")) as u32;
            let old = self.written.activations.insert(group as usize * self.columns + c, word);
            assert!(old.is_none(), "a word twice");
        }
        if bench.is("result_write_enable") {
            let (at, value) = (bench.get("result_write_address"), bench.get("result_write_data"));
            assert!(
                self.written.results.insert(at as usize, value as u32).is_none(),
                "a result twice"
            );
        }
    }
}
