//! `bitladder compile`.

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use bitladder_machine::{
    Checksum, CycleReport, MachineConfig, PackageImage, Placement, Program, compile_package, cycles,
};
use bitladder_package::Package;
use serde::Serialize;

use super::{Session, machines, package_with, quality, shown};
use crate::args::CompileArgs;
use crate::output::Outcome;
use crate::table::Table;

pub(crate) fn run(session: &Session, args: &CompileArgs) -> anyhow::Result<()> {
    let mut package = package_with(&args.package, &args.profile)?;
    quality::apply(&mut package, &args.quality)?;
    let config = machines::find(&args.config)?;
    let image = compile_package(&package, &config, args.batch.get())?;
    let files = match &args.output {
        Some(folder) => write(folder, &package, &config, &image)?,
        None => Vec::new(),
    };
    session.terminal.show(&Compiled::new(&config, &image, files)?)
}

/// Writes the memories for `$readmemh`, and what a host must know about them.
fn write(
    folder: &Path,
    package: &Package,
    config: &MachineConfig,
    image: &PackageImage,
) -> anyhow::Result<Vec<String>> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{}: cannot make the folder", folder.display()))?;
    let stamp = format!(
        "// bitladder {}, machine {} {}, package {}\n",
        env!("CARGO_PKG_VERSION"),
        config.name,
        &config.hash()[..16],
        package.source.config.get(..16).unwrap_or(&package.source.config),
    );
    let memories = &image.memories;
    let line = |group: &[u16]| {
        // The word of column 0 is the lowest.
        group.iter().rev().fold(String::new(), |text, word| format!("{text}{word:04x}"))
    };
    let groups = |words: &[u16]| hex(&stamp, words.chunks(config.array.columns).map(line));
    let host = Host::new(config, image);
    let mut files = vec![
        ("program.hex", hex(&stamp, memories.program.iter().map(|word| format!("{word:08x}")))),
        ("parameters.hex", hex(&stamp, memories.parameters.iter().map(|e| format!("{e:016x}")))),
        ("weights.hex", groups(&memories.weights)),
        ("host.json", serde_json::to_string_pretty(&host)? + "\n"),
    ];
    if !memories.external.is_empty() {
        files.push(("external.hex", groups(&memories.external)));
    }
    for (name, text) in &files {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("{}: not written", path.display()))?;
    }
    Ok(files.iter().map(|(name, _)| folder.join(name).display().to_string()).collect())
}

fn hex(stamp: &str, lines: impl Iterator<Item = String>) -> String {
    lines.fold(stamp.to_owned(), |mut text, line| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
        text
    })
}

/// What a host needs besides the memories.
#[derive(Serialize)]
struct Host {
    machine: String,
    config_hash: String,
    /// What each memory must have after loading: the machine's command `check` compares.
    checksums: Vec<HostChecksum>,
    programs: Vec<HostProgram>,
}

#[derive(Serialize)]
struct HostChecksum {
    memory: u32,
    transfers: usize,
    crc32: String,
}

#[derive(Serialize)]
struct HostProgram {
    name: String,
    start: usize,
    batch: usize,
    inputs: Vec<HostInput>,
    result_shape: Vec<usize>,
    result_format: String,
    decided: bool,
}

#[derive(Serialize)]
struct HostInput {
    name: String,
    base: usize,
    image_words: usize,
    bits: u8,
}

impl Host {
    fn new(config: &MachineConfig, image: &PackageImage) -> Self {
        let program = |program: &Program| HostProgram {
            name: program.name.clone(),
            start: program.start,
            batch: program.batch,
            inputs: program.inputs.iter().flatten().map(input).collect(),
            result_shape: program.result.shape.clone(),
            result_format: program.result.format.to_string(),
            decided: program.result.decided,
        };
        let programs = image.programs.iter().map(program).collect();
        let checksum = |sum: &Checksum| HostChecksum {
            memory: sum.memory,
            transfers: sum.transfers,
            crc32: format!("{:08x}", sum.crc),
        };
        let checksums = image.memories.checksums().iter().map(checksum).collect();
        Self { machine: config.name.clone(), config_hash: config.hash(), checksums, programs }
    }
}

fn input(layout: &bitladder_machine::TensorLayout) -> HostInput {
    HostInput {
        name: layout.name.clone(),
        base: layout.base,
        image_words: layout.image_words,
        bits: layout.mode.bits(),
    }
}

#[derive(Serialize)]
struct Compiled {
    machine: String,
    memories: Vec<Usage>,
    precisions: Vec<CycleReport>,
    /// Of each precision, if weights are outside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    placements: Vec<Vec<Where>>,
    files: Vec<String>,
}

/// Where a layer's weights are.
#[derive(Serialize)]
struct Where {
    layer: String,
    inside: usize,
    outside: usize,
    loads: usize,
}

impl From<Placement> for Where {
    fn from(Placement { layer, inside, outside, loads }: Placement) -> Self {
        Self { layer, inside, outside, loads }
    }
}

/// Where the weights of a precision are.
fn placement(name: &str, places: &[Where]) -> String {
    let mut table = Table::new(&["layer", ">groups inside", ">groups outside", ">loads"]);
    for place in places {
        let counts = [place.inside, place.outside, place.loads];
        let counts = counts.map(|count| shown::count(count as u64));
        table.row([std::slice::from_ref(&place.layer), &counts[..]].concat());
    }
    format!("\nweights of precision {name}\n{}", table.text())
}

#[derive(Serialize)]
struct Usage {
    memory: &'static str,
    used: usize,
    available: usize,
}

impl Compiled {
    fn new(
        config: &MachineConfig,
        image: &PackageImage,
        files: Vec<String>,
    ) -> anyhow::Result<Self> {
        let (memories, sizes) = (&image.memories, &config.memory);
        let words = bitladder_machine::isa::DESCRIPTOR_WORDS;
        let usage = |memory, used, available| Usage { memory, used, available };
        let reports = image.programs.iter().map(|program| cycles(program, config));
        let outside = !memories.external.is_empty();
        let placed = image.programs.iter().filter(|_| outside).map(|program| {
            program.placement().map(|places| places.into_iter().map(Where::from).collect())
        });
        let external = config.external_memory.as_ref().map(|memory| {
            let columns = config.array.columns;
            usage("external groups", memories.external.len() / columns, memory.groups(columns))
        });
        Ok(Self {
            machine: config.name.clone(),
            memories: vec![
                usage("descriptors", memories.program.len() / words, sizes.program_descriptors),
                usage("parameters", memories.parameters.len(), sizes.parameter_entries),
                usage(
                    "weight groups",
                    memories.weights.len() / config.array.columns,
                    sizes.weight_groups,
                ),
            ]
            .into_iter()
            .chain(external)
            .collect(),
            placements: placed.collect::<Result<_, _>>()?,
            precisions: reports.collect::<Result<_, _>>()?,
            files,
        })
    }
}

/// Where the cycles of a precision go.
fn precision(report: &CycleReport) -> String {
    let mut table = Table::new(&[
        "layer",
        "operation",
        "mode",
        ">cycles",
        ">work",
        ">setup",
        ">fill",
        ">patches",
        ">drain",
        ">weights",
        ">memory",
        ">tail",
        ">of peak",
    ]);
    for layer in &report.layers {
        let stalls = &layer.stalls;
        let causes = [stalls.setup, stalls.fill, stalls.patches, stalls.drain, stalls.weights];
        let waits = [stalls.memory, stalls.tail];
        let numbers = [&[layer.cycles, layer.work], &causes[..], &waits].concat();
        let mut cells =
            vec![layer.name.clone(), layer.operation.name().into(), layer.mode.name().into()];
        cells.extend(numbers.into_iter().map(shown::count));
        let peak = (layer.macs > 0).then(|| shown::percent(layer.utilisation()));
        cells.push(peak.unwrap_or_default());
        table.row(cells);
    }
    format!(
        "\nprecision {}, batch {}: {} cycles per batch ({} of peak), {} images/s at the fastest \
         clock\n{}",
        report.program,
        report.batch,
        shown::count(report.cycles),
        shown::percent(report.utilisation()),
        shown::count(report.images_per_second().round() as u64),
        table.text()
    )
}

impl Outcome for Compiled {
    fn text(&self) -> String {
        let mut text = format!("machine {}\n\n", self.machine);
        let mut table = Table::new(&["memory", ">used", ">available", ">share"]);
        for usage in &self.memories {
            let share = usage.used as f64 / usage.available.max(1) as f64;
            let [used, available] = [usage.used, usage.available].map(|n| shown::count(n as u64));
            table.row(vec![usage.memory.into(), used, available, shown::percent(share)]);
        }
        text.push_str(&table.text());
        for report in &self.precisions {
            text.push_str(&precision(report));
        }
        for (report, places) in self.precisions.iter().zip(&self.placements) {
            text.push_str(&placement(&report.program, places));
        }
        for file in &self.files {
            let _ = write!(text, "\nwrote {file}");
        }
        text.truncate(text.trim_end().len());
        text + "\n"
    }
}
