//! Whole compiled networks, layer by layer: what the back end and the decision leave in memory is
//! what the interpreter leaves there. The array's sums come from the interpreter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bitladder_golden::generate::{Limits, random_inputs, random_network};
use bitladder_hdl_machine::back_end::BackEndConfig;
use bitladder_hdl_machine::decide::{DecideConfig, decide};
use bitladder_machine::isa::{
    DECISION_WORDS, DESCRIPTOR_WORDS, Descriptor, Destination, Operation,
};
use bitladder_machine::{LanePlace, Machine, MachineConfig, Memories, Observer, Program, compile};

use crate::decide::run as run_decide;
use crate::rig::{Rig, Row};
use crate::support::Bench;

/// The complete machine, with room for small networks and another array.
fn machine(rows: usize, columns: usize) -> MachineConfig {
    let text = include_str!("../../../../gen/configs/sim-4x4.toml");
    let mut config = MachineConfig::parse("sim-4x4.toml", text).unwrap();
    (config.array.rows, config.array.columns) = (rows, columns);
    config.post.lanes = columns;
    config.array.accumulator_bits = 48;
    config.post.multiplier_bits = 17;
    config.memory.activation_groups = (1 << 15) / columns;
    config.memory.weight_groups = 1 << 16;
    config.memory.parameter_entries = 1 << 15;
    config.memory.program_descriptors = 1 << 10;
    config.memory.result_words = 1 << 14;
    config.memory.decision_images = 16;
    config.memory.patch_words = 1 << 13;
    config
}

/// The sums of the array in one layer.
#[derive(Default)]
struct Sums(BTreeMap<(usize, usize, usize, usize), i64>);

impl Observer for Sums {
    fn sum(&mut self, place: LanePlace, sum: i64) {
        self.0.insert((place.tile, place.pass, place.row, place.column), sum);
    }
}

impl Sums {
    /// Rows as the array hands them out.
    fn rows(&self, d: &Descriptor, config: &MachineConfig) -> Vec<Row> {
        let (rows, columns) = (config.array.rows, config.array.columns);
        let passes =
            (0..d.tiles as usize).flat_map(|tile| (0..d.passes as usize).map(move |t| (tile, t)));
        let places = passes.flat_map(|(tile, t)| (0..rows).rev().map(move |row| (tile, t, row)));
        let row = |(tile, pass, row)| {
            let sum = |column| self.0.get(&(tile, pass, row, column)).copied();
            let sums: Vec<i64> = (0..columns).map(|column| sum(column).unwrap_or(-1)).collect();
            let counts = tile * rows + row < d.total_pixels as usize;
            assert_eq!(counts, sum(0).is_some(), "a pixel without sums");
            Row { sums, counts, last: row == 0 }
        };
        places.map(row).collect()
    }
}

/// The interpreter with a program whose layers can be run one by one.
fn apart(program: &Program) -> (Machine, Vec<Descriptor>) {
    let descriptors = program.descriptors().unwrap();
    let end = Descriptor::default().pack().unwrap();
    let both = descriptors.iter().flat_map(|d| d.pack().unwrap().into_iter().chain(end));
    let memories = Memories { program: both.collect(), ..(*program.memories).clone() };
    (Machine::new(&program.config, Arc::new(memories)), descriptors)
}

/// Both sides of a machine, kept over many networks.
struct Pair {
    config: MachineConfig,
    rig: Rig,
    decide: Bench,
}

impl Pair {
    fn new(rows: usize, columns: usize, lanes: u32) -> Pair {
        let config = machine(rows, columns);
        let mut back = BackEndConfig::of(&config);
        back.post.lanes = lanes;
        let decide = Bench::new(&decide(&DecideConfig::of(&config)).unwrap(), 1);
        Pair { rig: Rig::new(&back, 1), config, decide }
    }

    /// Runs a layer on both sides and compares what they leave.
    fn layer(&mut self, machine: &mut Machine, start: usize, d: &Descriptor) {
        self.rig.activations = machine.activations().to_vec();
        let (before, results) = (machine.activations().to_vec(), machine.results().to_vec());
        let mut sums = Sums::default();
        machine.run(start, &mut sums).unwrap();
        let rows = match d.operation {
            Operation::Conv => sums.rows(d, &self.config),
            _ => Vec::new(),
        };
        self.rig.run(d, &rows);
        let written = &self.rig.written;
        for (address, word) in &written.activations {
            assert_eq!(*word, u32::from(machine.activations()[*address]), "word {address}, {d:?}");
        }
        for (address, value) in &written.results {
            assert_eq!(*value, machine.results()[*address], "result {address}, {d:?}");
        }
        let changed = before.iter().zip(machine.activations()).enumerate();
        for (address, _) in changed.filter(|(_, (old, new))| old != new) {
            assert!(written.activations.contains_key(&address), "word {address} is missing, {d:?}");
        }
        let changed = results.iter().zip(machine.results()).enumerate();
        for (address, _) in changed.filter(|(_, (old, new))| old != new) {
            assert!(written.results.contains_key(&address), "result {address} is missing, {d:?}");
        }
    }

    fn decision(&mut self, machine: &mut Machine, start: usize, d: &Descriptor) {
        machine.run(start, &mut Sums::default()).unwrap();
        let logits: Vec<i32> = machine.results().iter().map(|word| *word as i32).collect();
        let (table, _) = run_decide(&mut self.decide, &logits, d.images, d.classes);
        let found: Vec<u32> = table.into_iter().map(|word| word.unwrap()).collect();
        assert_eq!(found, machine.decisions()[..d.images as usize * DECISION_WORDS]);
    }

    /// Runs a network of a seed, if the machine can; gives what was exercised.
    fn network(&mut self, seed: u64, limits: &Limits) -> Vec<String> {
        let network = random_network(seed, limits);
        let inputs = random_inputs(&network, 1 + seed as usize % 3, seed).unwrap();
        let Ok(program) = compile(&network, &self.config, inputs[0].images()) else {
            return Vec::new();
        };
        let (mut machine, descriptors) = apart(&program);
        machine.load(&program, &inputs).unwrap();
        self.rig.parameters.clone_from(&program.memories.parameters);
        let mut seen = Vec::new();
        for (index, d) in descriptors.iter().enumerate() {
            let start = index * 2 * DESCRIPTOR_WORDS;
            match (d.operation, d.classes) {
                (Operation::End, 0) => seen.push("end".to_owned()),
                (Operation::End, _) => {
                    self.decision(&mut machine, start, d);
                    seen.push("decision".to_owned());
                }
                _ => {
                    self.layer(&mut machine, start, d);
                    seen.push(format!("{} {}", d.operation.name(), d.mode.name()));
                    let results = d.destination == Destination::Results;
                    seen.extend((d.divisor > 1).then(|| "divisor".to_owned()));
                    seen.extend(results.then(|| format!("{} to results", d.operation.name())));
                }
            }
        }
        seen
    }
}

#[test]
fn compiled_networks_leave_what_the_interpreter_leaves() {
    let widths = vec![16, 8, 8, 8, 4, 4, 2, 1, 3, 12];
    let limits = Limits { layers: 4, channels: 14, side: 6, widths, ..Limits::default() };
    let mut seen = BTreeSet::new();
    let mut networks = 0;
    for (first, (rows, columns, lanes)) in [(0, (4, 4, 4)), (1000, (3, 8, 2)), (2000, (5, 2, 2))] {
        let mut pair = Pair::new(rows, columns, lanes);
        for seed in first..first + 200 {
            let found = pair.network(seed, &limits);
            networks += usize::from(!found.is_empty());
            seen.extend(found);
        }
    }
    assert!(networks > 250, "{networks} networks");
    for wanted in [
        "conv word16",
        "conv word8",
        "conv word4",
        "conv to results",
        "max-pool word8",
        "max-pool word4",
        "average-pool word8",
        "add word8",
        "add word16",
        "rescale word8",
        "divisor",
        "rescale to results",
        "decision",
    ] {
        assert!(seen.contains(wanted), "not exercised: {wanted} among {seen:?}");
    }
}
