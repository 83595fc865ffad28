//! Synthesises the modules in their variants and writes `docs/results/hdl-modules.md`.
//!
//! `cargo run --release -p bitladder-blocks --example synth_table -- [--seeds N] [--keep FOLDER] [text...]`
//!
//! Without texts everything is measured, else what has one of them in its name; other rows stay
//! as they are in `docs/results/hdl-modules.csv`. With `--seeds` arrays are placed and routed
//! that many times, with the seeds from 1 on (minutes each, 8x8 lanes up to half an hour). With
//! `--keep FOLDER` the last design's files and logs stay there. Needs `yosys`, and
//! `nextpnr-ecp5`, `nextpnr-ice40` and `nextpnr-himbaechel-gowin` (or their `yowasp-` builds) in
//! `PATH`.

#![allow(clippy::print_stdout, reason = "a command")]

use std::error::Error;
use std::path::{Path, PathBuf};

use bitladder_rtl::cosim;

mod arrays;
mod designs;
mod devices;
mod report;
mod tools;

use designs::Entry;
use report::Row;

fn main() -> Result<(), Box<dyn Error>> {
    let mut filters: Vec<String> = std::env::args().skip(1).collect();
    let mut option = |name: &str| {
        let at = filters.iter().position(|word| word == name)?;
        filters.remove(at);
        (at < filters.len()).then(|| filters.remove(at))
    };
    let seeds = option("--seeds").map_or(Ok(0), |number| number.parse::<u32>())?;
    let keep = option("--keep").map(PathBuf::from);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/results");
    let entries = designs::entries()?;
    for entry in &entries {
        let name = format!("{} {}", entry.family, entry.name);
        if !filters.is_empty() && !filters.iter().any(|filter| name.contains(filter.as_str())) {
            continue;
        }
        let row = measure(entry, seeds, keep.as_deref())?;
        println!("{}", row.text());
        // Read again each time: several runs with different texts may share the file.
        let mut rows = report::read(&folder)?;
        report::replace(&mut rows, row);
        let order: Vec<(&str, &str)> =
            entries.iter().map(|entry| (entry.family.name(), entry.name.as_str())).collect();
        report::write(&folder, &mut rows, &order)?;
    }
    Ok(())
}

fn measure(entry: &Entry, seeds: u32, keep: Option<&Path>) -> Result<Row, Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let place = keep.unwrap_or(temporary.path());
    let command = tools::synthesis(entry.family);
    let cost = cosim::synthesise(place, &entry.module, command)?;
    let mut routes = Vec::new();
    if let Some(device) = entry.device.filter(|_| seeds > 0) {
        let framed = bitladder_blocks::frame(&entry.module)?;
        cosim::synthesise(place, &framed, command)?;
        for seed in 1..=seeds {
            routes.push(tools::route(place, device, seed)?);
        }
    }
    Ok(Row::new(entry, &cost, &routes))
}
