//! Networks give the oracle's results.

use std::collections::BTreeSet;
use std::ops::Range;

use bitladder_device::{Counters, Device, locate, run};
use bitladder_golden::generate::random_inputs;
use bitladder_golden::{classify, oracle};
use bitladder_machine::{MachineConfig, compile, compile_package};

use crate::{backends, digits, random};

/// More than any of these programs needs.
pub(crate) const ENOUGH: u64 = 10_000_000;

pub(crate) fn says_what_it_is<D: Device>(device: &mut D) {
    let info = device.info().unwrap();
    assert_eq!((info.rows, info.columns, info.accumulator_bits), (4, 4, 40));
    assert_eq!((info.modes.len(), info.weight_kinds.len()), (4, 4));
    assert_eq!(format!("{:08x}", info.config_hash), backends::config().hash()[..8]);
    let status = device.status().unwrap();
    assert_eq!(status, bitladder_device::Status::default());
}

pub(crate) fn digits_in_three_precisions<D: Device>(device: &mut D) {
    let package = digits::package(&["16", "8", "4"]);
    let mut took = Vec::new();
    for profile in &package.profiles {
        let program = compile(&profile.network, &backends::config(), 4).unwrap();
        let batch = digits::images(&profile.network, 0..4);
        let outcome = run(device, &program, std::slice::from_ref(&batch), ENOUGH).unwrap();
        let wanted = oracle::run(&profile.network, &[batch], |_, _| ()).unwrap();
        assert_eq!(outcome.results, wanted, "{} bits", profile.name);
        let decisions: Vec<_> = outcome.decisions.into_iter().map(Some).collect();
        assert_eq!(decisions, classify(&wanted), "{} bits", profile.name);
        took.push(device.counters().unwrap());
    }
    if device.info().unwrap().timed {
        let [wide, middle, narrow] = [0, 1, 2].map(|index| took[index]);
        assert!(middle.cycles < wide.cycles && narrow.cycles < middle.cycles, "{took:?}");
        assert!(took.iter().all(adds_up), "{took:?}");
    }
}

/// What is counted happened within the run, and everything that works was counted.
fn adds_up(counters: &Counters) -> bool {
    let conv = [
        counters.array,
        counters.stall_fill,
        counters.stall_patches,
        counters.stall_drain,
        counters.stall_weights,
    ];
    let all: u64 = conv.into_iter().map(u64::from).sum();
    let others = u64::from(counters.element) + u64::from(counters.decide);
    counters.array > 0
        && counters.element > 0
        && counters.decide > 0
        && all + others <= counters.cycles
}

pub(crate) fn precision_changes_between_images<D: Device>(device: &mut D) {
    let package = digits::package(&["16", "8", "4"]);
    let image = compile_package(&package, &backends::config(), 1).unwrap();
    // Down the ladder and up again: nothing but the start address changes.
    for (number, index) in [0, 1, 2, 1, 0].into_iter().enumerate() {
        let (program, network) = (&image.programs[index], &package.profiles[index].network);
        let batch = digits::images(network, number..number + 1);
        let outcome = run(device, program, std::slice::from_ref(&batch), ENOUGH).unwrap();
        let wanted = oracle::run(network, &[batch], |_, _| ()).unwrap();
        assert_eq!(outcome.results, wanted, "image {number} in {} bits", program.name);
    }
}

/// Escalation: the same image in 4, 8 and 16 bits, from one store of weights.
pub(crate) fn escalates_from_one_store<D: Device>(device: &mut D) {
    let package = digits::package(&["nested16", "nested8", "nested4"]);
    let image = compile_package(&package, &backends::config(), 2).unwrap();
    let wide = compile(&package.profiles[0].network, &backends::config(), 2).unwrap();
    assert_eq!(image.memories.weights, wide.memories.weights, "one store");
    for number in 0..3 {
        for index in [2, 1, 0] {
            let (program, network) = (&image.programs[index], &package.profiles[index].network);
            let batch = digits::images(network, 2 * number..2 * number + 2);
            let outcome = run(device, program, std::slice::from_ref(&batch), ENOUGH).unwrap();
            let wanted = oracle::run(network, &[batch], |_, _| ()).unwrap();
            assert_eq!(outcome.results, wanted, "images {number} in {}", program.name);
        }
    }
}

/// Runs the networks of some seeds on a device; gives what they asked of it. Those that do not fit
/// the machine are passed over.
pub(crate) fn run_random<D: Device>(
    device: &mut D,
    config: &MachineConfig,
    seeds: Range<u64>,
) -> (usize, BTreeSet<String>) {
    let (mut ran, mut seen) = (0, BTreeSet::new());
    for seed in seeds {
        let (network, images) = (random::network(seed), random::images(seed));
        let Ok(program) = compile(&network, config, images) else { continue };
        let inputs = random_inputs(&network, images, seed).unwrap();
        let outcome = run(device, &program, &inputs, ENOUGH)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let wanted = oracle::run(&network, &inputs, |_, _| ()).unwrap();
        if outcome.results != wanted {
            let place = locate(device, &program, &inputs).unwrap();
            panic!("{}, seed {seed}: {}", config.name, place.map_or("?".into(), |p| p.to_string()));
        }
        seen.extend(random::features(&program));
        ran += 1;
    }
    (ran, seen)
}

/// What the networks must have asked of the machine.
const WANTED: [&str; 28] = [
    "conv word16",
    "conv word8",
    "conv word4",
    "conv binary",
    "max-pool word16",
    "max-pool word8",
    "max-pool word4",
    "average-pool word16",
    "average-pool word8",
    "add word16",
    "add word8",
    "rescale word16",
    "rescale word8",
    "rescale word4",
    "fixed weights",
    "power-of-two weights",
    "ternary weights",
    "qsq weights",
    "passes and tiles",
    "dense",
    "taps apart",
    "divisor",
    "nested word16",
    "nested word8",
    "nested word4",
    "quality word16",
    "quality word8",
    "quality word4",
];

pub(crate) fn random_networks<D: Device>(device: &mut D) {
    let (ran, seen) = run_random(device, &backends::config(), 0..220);
    let missing: Vec<_> = WANTED.into_iter().filter(|wanted| !seen.contains(*wanted)).collect();
    assert!(missing.is_empty(), "{ran} networks, none with {missing:?}");
}
