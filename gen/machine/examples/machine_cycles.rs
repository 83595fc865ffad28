//! Writes docs/results/machine-cycles.md: what the cycle model says about the shipped networks.
//!
//! ```text
//! cargo run --release -p bitladder-machine --example machine_cycles
//! ```

#[path = "../tests/support/digits.rs"]
mod digits;
#[path = "../tests/support/lenet.rs"]
mod lenet;

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use bitladder_machine::{CycleReport, MachineConfig, compile, cycles, precision_change_cycles};
use bitladder_network::QuantNetwork;
use digits::Digits;
use lenet::lenet;

const INTRO: &str = "\
# Cycles of the shipped networks

Written by `cargo run --release -p bitladder-machine --example machine_cycles`: the cycle model of
`gen/machine`, not a measurement. LeNet is two 5x5 convolutions of 20 and 50 filters, each with a
pool, and fully connected layers of 500 and 10 outputs, on one image of 28x28; digits-cnn is the
small network of `models/`. Cycles do not depend on the weights, so LeNet's are random.

## LeNet with everything resident

The machine is `gen/configs/ecp5-85.toml` (8 rows, 8 columns), with memories enlarged so that all
weights and a batch of 16 images are resident. *work*: cycles in which array or element unit work;
*setup*: reading descriptors; *fill*, *patches*: waiting for the first and for later patches;
*drain*: reductions shorter than the array's rows; *weights*: waiting for scalars or parameters;
*tail*: the last results on their way to memory. *of peak*: multiplications the network asks for, of
those the array could do in the same cycles; channels that do not fill the columns cost the rest.
";

const MACHINES: &str = "
## Shipped machines

As `gen/configs` has them, at their fastest clock, with the largest batch of 64, 32, 16, ... images
that fits.

| network | bits | machine | batch | cycles per image | of peak | images/s | refused |
|---|--:|---|--:|--:|--:|--:|---|
";

fn machine() -> Result<MachineConfig, Box<dyn Error>> {
    let text = include_str!("../../configs/ecp5-85.toml");
    let mut config = MachineConfig::parse("ecp5-85.toml", text)?;
    config.memory.activation_groups = 1 << 17;
    config.memory.weight_groups = 1 << 17;
    Ok(config)
}

fn report(bits: u8, batch: usize) -> Result<CycleReport, Box<dyn Error>> {
    let config = machine()?;
    let program = compile(&lenet(bits, 1), &config, batch)?;
    Ok(cycles(&program, &config)?)
}

fn page() -> Result<String, Box<dyn Error>> {
    let mut page = String::from(INTRO);
    let mhz = machine()?.clock.levels_mhz[0];
    writeln!(page)?;
    writeln!(page, "| bits | batch | cycles per image | of peak | images/s at {mhz} MHz |")?;
    writeln!(page, "|--:|--:|--:|--:|--:|")?;
    for (bits, batch) in [16, 8, 4].into_iter().flat_map(|bits| [1, 4, 16].map(|n| (bits, n))) {
        let report = report(bits, batch)?;
        let (per_image, share) = (report.cycles / batch as u64, 100.0 * report.utilisation());
        let rate = report.images_per_second();
        writeln!(page, "| {bits} | {batch} | {per_image} | {share:.1} % | {rate:.0} |")?;
    }
    let [wide, middle, narrow] = [report(16, 16)?, report(8, 16)?, report(4, 16)?];
    let ratio = |a: &CycleReport, b: &CycleReport| a.cycles as f64 / b.cycles as f64;
    let (first, second) = (ratio(&wide, &middle), ratio(&middle, &narrow));
    writeln!(
        page,
        "\nBatch 16: 8 bits are {first:.2} times as fast as 16, 4 bits {second:.2} times as"
    )?;
    writeln!(page, "fast as 8. A change of precision takes {} cycles.", precision_change_cycles())?;
    for report in [wide, middle, narrow] {
        write!(page, "\n### {}, batch {}\n\n{report}", report.program, report.batch)?;
    }
    page += &machines()?;
    Ok(page)
}

/// The largest batch of at most 64 images that a machine takes, and what it takes for it.
fn largest(network: &QuantNetwork, config: &MachineConfig) -> Result<CycleReport, String> {
    let mut refusal = String::new();
    for batch in [64, 32, 16, 8, 4, 2, 1] {
        match compile(network, config, batch) {
            Ok(program) => return cycles(&program, config).map_err(|error| error.to_string()),
            Err(error) => refusal = error.to_string(),
        }
    }
    Err(refusal)
}

fn row(
    page: &mut String,
    network: &QuantNetwork,
    (name, bits): (&str, u8),
    file: &Path,
) -> Result<(), Box<dyn Error>> {
    let config = MachineConfig::read(file)?;
    write!(page, "| {name} | {bits} | {} |", config.name)?;
    match largest(network, &config) {
        Ok(report) => {
            let per_image = report.cycles / report.batch as u64;
            let (share, rate) = (100.0 * report.utilisation(), report.images_per_second());
            writeln!(page, " {} | {per_image} | {share:.1} % | {rate:.0} | |", report.batch)?;
        }
        Err(refusal) => writeln!(page, " | | | | {refusal} |")?,
    }
    Ok(())
}

fn machines() -> Result<String, Box<dyn Error>> {
    let mut page = String::from(MACHINES);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs");
    let files = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut files = files.collect::<Result<Vec<_>, std::io::Error>>()?;
    files.sort();
    let digits = Digits::read();
    for file in &files {
        for bits in [16, 8, 4] {
            let network = digits.quantised(&bits.to_string());
            row(&mut page, &network, ("digits-cnn", bits), file)?;
        }
        for bits in [16, 8, 4] {
            row(&mut page, &lenet(bits, 1), ("LeNet", bits), file)?;
        }
    }
    Ok(page)
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/results/machine-cycles.md");
    Ok(std::fs::write(path, page()?)?)
}
