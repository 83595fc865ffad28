//! The table as data and as a page.

use std::fmt::Write;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use bitladder_fpga::Resources;

use crate::catalogue::BOARDS;

const HEADER: &str = "board,module,luts,registers,dsp,bram,mhz_best,mhz_worst,seeds";
const FIELDS: usize = 9;
/// The first field that place and route fills.
const CLOCKS: usize = 6;
const TITLES: [&str; 4] =
    ["ECP5: LFE5U-25F, speed grade 6", "iCE40: HX8K", "iCE40: UP5K", "Gowin: GW2AR-18C"];
const INTRODUCTION: &str = include_str!("introduction.md");

/// A module on a board.
pub(crate) struct Row(Vec<String>);

impl Row {
    pub(crate) fn new(board: &str, module: &str, cost: &Resources, clocks: &[f64]) -> Row {
        let clock = |pick: fn(f64, f64) -> f64| {
            clocks.iter().copied().reduce(pick).map_or(String::new(), |mhz| format!("{mhz:.1}"))
        };
        let numbers = [cost.luts, cost.registers, cost.dsp, cost.bram];
        let mut fields = vec![board.to_owned(), module.to_owned()];
        fields.extend(numbers.map(|number| number.to_string()));
        fields.extend([clock(f64::max), clock(f64::min), clocks.len().to_string()]);
        Row(fields)
    }

    pub(crate) fn text(&self) -> String {
        self.0.join(",")
    }
}

/// All rows, and where they are kept.
pub(crate) struct Table {
    rows: Vec<Row>,
    folder: PathBuf,
    modules: Vec<String>,
}

impl Table {
    /// Reads the rows that are there; those of modules that no longer exist go.
    pub(crate) fn read(folder: &Path, modules: Vec<String>) -> Result<Table> {
        let text = match std::fs::read_to_string(folder.join("hdl-blocks.csv")) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.into()),
        };
        let mut rows = Vec::new();
        for line in text.lines().skip(1) {
            let fields: Vec<String> = line.split(',').map(str::to_owned).collect();
            ensure!(fields.len() == FIELDS, "hdl-blocks.csv: {FIELDS} fields expected in `{line}`");
            if modules.contains(&fields[1]) {
                rows.push(Row(fields));
            }
        }
        Ok(Table { rows, folder: folder.to_owned(), modules })
    }

    /// Puts a row in the place of the one it measures again, and writes everything.
    pub(crate) fn put(&mut self, mut row: Row) -> Result<()> {
        if let Some(at) = self.rows.iter().position(|old| old.0[..2] == row.0[..2]) {
            let old = self.rows.remove(at);
            if row.0[FIELDS - 1] == "0" {
                row.0[CLOCKS..].clone_from_slice(&old.0[CLOCKS..]);
            }
        }
        self.rows.push(row);
        let modules = &self.modules;
        self.rows.sort_by_key(|row| {
            let board = BOARDS.iter().position(|board| **board == row.0[0]);
            (board, modules.iter().position(|module| *module == row.0[1]))
        });
        let lines: String = self.rows.iter().map(|row| row.text() + "\n").collect();
        std::fs::write(self.folder.join("hdl-blocks.csv"), format!("{HEADER}\n{lines}"))?;
        Ok(std::fs::write(self.folder.join("hdl-blocks.md"), self.page())?)
    }

    fn page(&self) -> String {
        let mut page = INTRODUCTION.to_owned();
        for (board, title) in BOARDS.iter().zip(TITLES) {
            let _ = write!(page, "\n## {title}\n\n| module | LUT | FF | DSP | RAM | MHz |\n");
            page.push_str("|---|---|---|---|---|---|\n");
            for row in self.rows.iter().filter(|row| row.0[0] == *board) {
                let f = &row.0;
                let clock = match f[8].as_str() {
                    "0" => String::new(),
                    _ => format!("{}, {}", f[6], f[7]),
                };
                let [name, luts, registers, dsp, bram] = [&f[1], &f[2], &f[3], &f[4], &f[5]];
                let _ = writeln!(
                    page,
                    "| `{name}` | {luts} | {registers} | {dsp} | {bram} | {clock} |"
                );
            }
        }
        page
    }
}
