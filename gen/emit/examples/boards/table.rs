//! The rows of `docs/results/boards.csv`, and the page made of them.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Result, ensure};
use bitladder_emit::{Built, Performance};
use bitladder_fpga::Resource;
use bitladder_machine::MachineConfig;
use bitladder_machine::isa::Mode;

const BITS: [(&str, Mode); 3] = [("16", Mode::Word16), ("8", Mode::Word8), ("4", Mode::Word4)];
const KINDS: [(&str, Resource); 4] = [
    ("LUT", Resource::Luts),
    ("FF", Resource::Registers),
    ("DSP", Resource::Dsp),
    ("BRAM", Resource::Bram),
];
const HEAD: &str = "# Machines on boards

Written by `cargo run --release -p bitladder-emit --example boards` (`--only MACHINE,...` renews some
rows), with the figures in [boards.csv](boards.csv): the named machines of `gen/configs`, each behind
its host link with the board's PLL, up to the bitstream. MHz are those of the seed that was packed, in
brackets those of all seeds, against the clock that the board's PLL makes; where the clock is not
reached, figures per second are for what was reached. No bitstream was tried on a board.
";

/// A machine on a board: values by the names of their columns.
#[derive(Clone)]
pub(crate) struct Row(Vec<(String, String)>);

/// All rows.
pub(crate) struct Table(Vec<Row>);

fn digits(value: f64) -> String {
    if value < 10.0 { format!("{value:.2}") } else { format!("{value:.1}") }
}

impl Row {
    fn new(config: &MachineConfig, board: &str) -> Row {
        let mut row = Row(Vec::new());
        row.put("machine", &config.name);
        row.put("board", board);
        row.put("lanes", (config.array.rows * config.array.columns).to_string());
        for (bits, mode) in BITS {
            let there = config.array.modes.contains(&mode);
            let macs = if there { config.array.peak_macs(mode).to_string() } else { "".into() };
            row.put(&format!("mac_{bits}"), macs);
        }
        row
    }

    /// A machine that was built.
    pub(crate) fn fits(config: &MachineConfig, built: &Built) -> Row {
        let report = &built.report;
        let mut row = Row::new(config, &report.board);
        for (name, kind) in KINDS {
            let found = report.resources.iter().find(|one| one.resource == kind);
            let text =
                found.map_or(String::new(), |one| format!("{} of {}", one.used, one.available));
            row.put(name, text);
        }
        row.put("target_mhz", digits(built.target_mhz));
        row.put("mhz", digits(built.reached_mhz));
        let seeds: Vec<String> = built.reached_by_seed().map(digits).collect();
        row.put("seeds_mhz", seeds.join(" "));
        for (bits, mode) in BITS {
            let peak = built.peaks.iter().find(|peak| peak.mode == mode);
            row.put(
                &format!("peak_gops_{bits}"),
                peak.map_or(String::new(), |one| digits(one.gops)),
            );
            let one = built.performances.iter().find(|one| one.precision == bits);
            let text = |of: fn(&Performance) -> String| one.map_or(String::new(), of);
            row.put(&format!("cycles_{bits}"), text(|one| one.cycles.to_string()));
            let images = text(|one| format!("{:.0}", one.images_per_second));
            row.put(&format!("images_per_second_{bits}"), images);
            row.put(&format!("gops_{bits}"), text(|one| digits(one.achieved_gops)));
        }
        row.put("tools", report.tools.join("; ").replace(',', ";"));
        row
    }

    /// A machine that could not be built.
    pub(crate) fn refused(config: &MachineConfig, board: &str, why: &str) -> Row {
        let mut row = Row::new(config, board);
        row.put("refused", why.replace(',', ";").replace('\n', " "));
        row
    }

    fn put(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(column, _)| column == name).map_or("", |(_, value)| value)
    }

    /// The row as a line of the table.
    pub(crate) fn csv(&self) -> String {
        let values: Vec<&str> = columns().iter().map(|column| self.get(column)).collect();
        values.join(",")
    }

    /// Values of all bits, as in `16 / 32 / 64`; a dash where there is none.
    fn each(&self, name: &str) -> String {
        let of = |(bits, _): (&str, Mode)| match self.get(&format!("{name}_{bits}")) {
            "" => "-".to_owned(),
            value => value.to_owned(),
        };
        BITS.map(of).join(" / ")
    }
}

fn columns() -> Vec<String> {
    let mut all: Vec<String> = ["machine", "board", "lanes"].map(String::from).into();
    let of = |name: &str| BITS.map(|(bits, _)| format!("{name}_{bits}"));
    all.extend(of("mac"));
    all.extend(KINDS.map(|(name, _)| name.to_owned()));
    all.extend(["target_mhz", "mhz", "seeds_mhz"].map(String::from));
    for name in ["peak_gops", "cycles", "images_per_second", "gops"] {
        all.extend(of(name));
    }
    all.extend(["refused", "tools"].map(String::from));
    all
}

impl Table {
    /// The table of a file; an empty one if it is not there.
    pub(crate) fn read(file: &Path) -> Result<Table> {
        if !file.exists() {
            return Ok(Table(Vec::new()));
        }
        let text = std::fs::read_to_string(file)?;
        let mut lines = text.lines();
        let columns = columns();
        ensure!(lines.next() == Some(&columns.join(",")), "{}: other columns", file.display());
        let row = |line: &str| {
            Row(columns.iter().cloned().zip(line.split(',').map(str::to_owned)).collect())
        };
        Ok(Table(lines.map(row).collect()))
    }

    /// Adds a row, or puts it in the place of the one of its machine and board.
    pub(crate) fn put(&mut self, row: Row) {
        let same =
            |one: &&mut Row| ["machine", "board"].iter().all(|key| one.get(key) == row.get(key));
        match self.0.iter_mut().find(same) {
            Some(old) => *old = row,
            None => self.0.push(row),
        }
    }

    /// Writes table and page.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let rows: String = self.0.iter().map(|row| row.csv() + "\n").collect();
        std::fs::write(folder.join("boards.csv"), columns().join(",") + "\n" + &rows)?;
        Ok(std::fs::write(folder.join("boards.md"), self.page()?)?)
    }

    fn page(&self) -> Result<String> {
        let mut text = HEAD.to_owned();
        text.push_str(
            "\n| machine | board | lanes | MAC per cycle at 16 / 8 / 4 bits | LUT | FF | DSP | BRAM | MHz |\n\
             |---|---|--:|---|---|---|---|---|---|\n",
        );
        for row in &self.0 {
            let of = |name: &str| row.get(name).to_owned();
            let kinds = KINDS.map(|(name, _)| of(name)).join(" | ");
            let clock = match (of("mhz"), of("refused")) {
                (_, why) if !why.is_empty() => format!("does not fit: {why}"),
                (mhz, _) => format!("{mhz} ({}) of {}", of("seeds_mhz"), of("target_mhz")),
            };
            let (machine, board, lanes) = (of("machine"), of("board"), of("lanes"));
            let macs = row.each("mac");
            writeln!(text, "| `{machine}` | {board} | {lanes} | {macs} | {kinds} | {clock} |")?;
        }
        text.push_str(
            "\nThe digits CNN of `models/`, one image at a time, at 16 / 8 / 4 bits; cycles are the cycle\n\
             model's ([how near it is](machine-rtl.md)), GOPS count two operations per multiplication.\n\n\
             | machine | cycles per image | images per second | GOPS | peak GOPS |\n|---|---|---|---|---|\n",
        );
        for row in self.0.iter().filter(|row| row.get("refused").is_empty()) {
            let of = |name| row.each(name);
            let (cycles, images) = (of("cycles"), of("images_per_second"));
            let (gops, peak) = (of("gops"), of("peak_gops"));
            writeln!(text, "| `{}` | {cycles} | {images} | {gops} | {peak} |", row.get("machine"))?;
        }
        let tools = self.0.iter().map(|row| row.get("tools")).filter(|tools| !tools.is_empty());
        let mut tools: Vec<&str> = tools.collect();
        tools.sort_unstable();
        tools.dedup();
        if !tools.is_empty() {
            writeln!(text, "\nTools: {}.", tools.join("; "))?;
        }
        Ok(text)
    }
}
