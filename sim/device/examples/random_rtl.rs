//! Runs random networks on the machine's Verilog, compares each with the oracle to the bit, and
//! writes `docs/results/machine-random.md`.
//!
//! `cargo run --release -p bitladder-device --example random_rtl [NETWORKS] [FIRST SEED]`
//!
//! Needs `verilator` and a C++ compiler. Networks that do not fit the machine are passed over, until
//! so many have run (500 by default).

#![allow(clippy::print_stdout, reason = "a command")]

#[path = "../tests/support/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use bitladder_device::{Device, locate, run, verilator};
use bitladder_golden::generate::random_inputs;
use bitladder_golden::oracle;
use bitladder_machine::{MachineConfig, compile};
use bitladder_verilated::BuildOptions;

/// What ran.
#[derive(Default)]
struct Tally {
    networks: u64,
    passed_over: u64,
    layers: usize,
    images: usize,
    cycles: u64,
    /// Networks that asked for something.
    features: BTreeMap<String, u64>,
}

/// Runs the network of a seed, if it fits.
fn run_seed<D: Device>(
    device: &mut D,
    config: &MachineConfig,
    seed: u64,
    tally: &mut Tally,
) -> Result<(), Box<dyn Error>> {
    let (network, images) = (random::network(seed), random::images(seed));
    let Ok(program) = compile(&network, config, images) else {
        tally.passed_over += 1;
        return Ok(());
    };
    let inputs = random_inputs(&network, images, seed)?;
    let outcome = run(device, &program, &inputs, 100_000_000)
        .map_err(|error| format!("seed {seed}: {error}"))?;
    if outcome.results != oracle::run(&network, &inputs, |_, _| ())? {
        let place = locate(device, &program, &inputs)?;
        let place = place.map_or("nowhere".to_owned(), |place| place.to_string());
        return Err(format!("seed {seed} differs: {place}").into());
    }
    tally.networks += 1;
    tally.layers += program.layers.len();
    tally.images += images;
    tally.cycles += device.counters()?.cycles;
    let features: std::collections::BTreeSet<String> = random::features(&program).collect();
    for feature in features {
        *tally.features.entry(feature).or_default() += 1;
    }
    Ok(())
}

fn page(tally: &Tally, seeds: std::ops::Range<u64>) -> Result<String, std::fmt::Error> {
    let (wanted, first) = (tally.networks, seeds.start);
    let mut page = format!(
        "# Random networks on the machine's Verilog\n\nWritten by `cargo run --release -p \
         bitladder-device --example random_rtl {wanted} {first}`:\nnetworks of random shapes, \
         strides, pads and formats, in batches of one to three, on the\nmachine `sim-4x4` in \
         Verilator. Every result is that of the integer oracle, to the bit; a\ndifference would \
         have ended the run with layer, tile, lane and bit.\n\n"
    );
    writeln!(page, "| seeds | passed over: do not fit | networks | layers | images | cycles |")?;
    writeln!(page, "|---|--:|--:|--:|--:|--:|")?;
    let Tally { networks, passed_over, layers, images, cycles, .. } = tally;
    let last = seeds.end - 1;
    writeln!(
        page,
        "| {first} to {last} | {passed_over} | {networks} | {layers} | {images} | {cycles} |"
    )?;
    writeln!(page, "\n| what programs asked for | networks |\n|---|--:|")?;
    for (feature, networks) in &tally.features {
        writeln!(page, "| {feature} | {networks} |")?;
    }
    Ok(page)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let wanted = numbers.next().transpose()?.unwrap_or(500);
    let first = numbers.next().transpose()?.unwrap_or(0);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let config = MachineConfig::read(root.join("gen/configs/sim-4x4.toml"))?;
    let mut device = verilator(&config, &BuildOptions::default())?;
    let (mut tally, mut seed) = (Tally::default(), first);
    while tally.networks < wanted {
        run_seed(&mut device, &config, seed, &mut tally)?;
        seed += 1;
    }
    let page = page(&tally, first..seed)?;
    println!("{page}");
    std::fs::write(root.join("docs/results/machine-random.md"), page)?;
    Ok(())
}
