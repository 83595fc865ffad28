//! Lines and signals of the machine that the suite's networks and the digits reach, in Verilator:
//! writes docs/results/coverage.md. `./x coverage` runs it.

#[path = "../../device/tests/devices/digits.rs"]
#[allow(clippy::unwrap_used, dead_code, reason = "shared with tests")]
mod digits;

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use bitladder_machine::{MachineConfig, compile_package};
use bitladder_verify::bench::{Bus, Run, write_benches};
use bitladder_verify::coverage::{Coverage, Kind, Tally};
use bitladder_verify::mutate::Suite;

const INTRODUCTION: &str = "\
# What the networks reach

Made by `./x coverage` with Verilator's `--coverage`. The networks of the suite that faults are tried
on, and the digits network in 16, 8 and 4 bits, with weights of its own for each and with nested ones
for all, run on `sim-4x4` behind AXI4-Lite, and every result is compared. A line or a branch counts when it was run, a bit of a signal when it changed; instances
of a module count together.

";

const REASONS: &str = "\
## Why

- *Counters and addresses*: bits above what these networks need. They count in all their bits in the
  units' own tests, with contents put in (`bitladder mutate`, [results](mutation.md)).
- *Faults and refusals* (`error`, `bad`, `outside`, `ends`, `abort`, `overrun`): no program here is
  broken. The host's scenarios of the same suite break them, in the Rust simulation.
- *Watchdog, single layers, stop, clock levels, checks of memories*: the same.
- *Constants*: inputs that the bench holds (`clock_current_i`, strobes), bits that are zero by
  construction (sign-extended fields, parts of addresses), and reserved fields of descriptors.
";

fn digits_runs(config: &MachineConfig, formats: &[&str]) -> anyhow::Result<Vec<Run>> {
    let package = digits::package(formats);
    let image = compile_package(&package, config, 1)?;
    let run = |(profile, program): (&bitladder_package::Profile, _)| Run {
        program,
        batches: vec![vec![digits::images(&profile.network, 5..6)]],
    };
    Ok(package.profiles.iter().zip(image.programs).map(run).collect())
}

fn percent(tally: Tally) -> String {
    let share = 100.0 * tally.reached as f64 / tally.points.max(1) as f64;
    format!("{} of {} | {share:.1} %", tally.reached, tally.points)
}

/// The names of modules end in what shapes them.
fn short(module: &str) -> String {
    let name =
        |(index, word): &(usize, &str)| *index == 0 || !word.chars().any(|c| c.is_ascii_digit());
    let words = module.split('_').enumerate().take_while(name).map(|(_, word)| word);
    words.collect::<Vec<_>>().join("_")
}

/// The modules and their shares.
fn shares(text: &mut String, coverage: &Coverage) -> std::fmt::Result {
    let [lines, bits] = coverage.total();
    writeln!(text, "| module | lines | | bits | |\n|---|--:|--:|--:|--:|")?;
    writeln!(text, "| **all** | {} | {} |", percent(lines), percent(bits))?;
    for (module, [lines, bits]) in coverage.modules() {
        writeln!(text, "| `{}` | {} | {} |", short(module), percent(lines), percent(bits))?;
    }
    Ok(())
}

fn report(coverage: &Coverage, vectors: usize, runs: usize) -> Result<String, std::fmt::Error> {
    let mut text = format!("{INTRODUCTION}{runs} programs, {vectors} bus requests.\n\n");
    shares(&mut text, coverage)?;
    writeln!(text, "\n## Lines and branches never reached\n")?;
    for point in coverage.unreached().filter(|point| point.kind == Kind::Line) {
        writeln!(text, "- `{}`, line {}: {}", short(&point.module), point.line, point.what)?;
    }
    writeln!(text, "\n## Signals with bits that never change\n")?;
    let mut by_module: std::collections::BTreeMap<String, Vec<String>> = Default::default();
    for ((module, signal), bits) in coverage.still_signals() {
        by_module.entry(short(module)).or_default().push(format!("{signal} {bits}"));
    }
    for (module, signals) in by_module {
        writeln!(text, "- `{module}` (signal and bits): {}", signals.join(", "))?;
    }
    Ok(text + "\n" + REASONS)
}

fn main() -> anyhow::Result<()> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let config = MachineConfig::read(project.join("gen/configs/sim-4x4.toml"))?;
    let mut runs = Suite::new(&config)?.runs();
    for formats in [["16", "8", "4"], ["nested16", "nested8", "nested4"]] {
        runs.extend(digits_runs(&config, &formats)?);
    }
    let root = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".into());
    let folder = Path::new(&root).join("coverage");
    let vectors = write_benches(&config, Bus::AxiLite, &runs, &folder)?;
    let made = Command::new("make")
        .args(["verilator", "VERILATOR_FLAGS=--coverage"])
        .current_dir(&folder)
        .output()
        .context("make is missing: apt-get install make")?;
    let said = String::from_utf8_lossy(&made.stdout);
    ensure!(made.status.success(), "{said}{}", String::from_utf8_lossy(&made.stderr));
    let coverage = Coverage::read(&std::fs::read_to_string(folder.join("coverage.dat"))?);
    ensure!(coverage.total()[0].points > 0, "Verilator wrote no coverage");
    let page = project.join("docs/results/coverage.md");
    let text = report(&coverage, vectors, runs.len())?;
    std::fs::write(&page, text).with_context(|| page.display().to_string())
}
