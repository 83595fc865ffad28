//! The table as data and as a page.

use std::error::Error;
use std::fmt::Write;
use std::io::ErrorKind;
use std::path::Path;

use bitladder_rtl::cosim::CellCounts;

use crate::designs::Entry;

const HEADER: &str = "family,design,luts,registers,dsp,memories,lanes,mhz_best,mhz_worst,seeds";
const FIELDS: usize = 10;

/// One measured design.
pub(crate) struct Row(Vec<String>);

impl Row {
    pub(crate) fn new(entry: &Entry, cost: &CellCounts, clocks: &[f64]) -> Row {
        let clock = |pick: fn(f64, f64) -> f64| {
            clocks.iter().copied().reduce(pick).map_or(String::new(), |mhz| format!("{mhz:.1}"))
        };
        let blocks = cost.of(&["MULT18X18D", "SB_MAC16", "MULT18X18"]);
        let memories = cost.of(&["DP16KD", "SB_RAM40_4K", "SB_SPRAM256KA"]);
        let numbers = [cost.luts(), cost.registers(), blocks, memories];
        let mut fields = vec![entry.family.name().to_owned(), entry.name.replace(',', ";")];
        fields.extend(numbers.map(|number| number.to_string()));
        fields.push(entry.lanes.to_string());
        fields.extend([clock(f64::max), clock(f64::min), clocks.len().to_string()]);
        Row(fields)
    }

    pub(crate) fn text(&self) -> String {
        self.0.join(",")
    }

    fn key(&self) -> (&str, String) {
        (&self.0[0], self.0[1].replace(';', ","))
    }
}

pub(crate) fn read(folder: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let text = match std::fs::read_to_string(folder.join("hdl-modules.csv")) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    let rows = text.lines().skip(1).map(|line| Row(line.split(',').map(str::to_owned).collect()));
    let rows: Vec<Row> = rows.collect();
    match rows.iter().find(|row| row.0.len() != FIELDS) {
        Some(row) => Err(format!("hdl-modules.csv: {} fields in `{}`", FIELDS, row.text()).into()),
        None => Ok(rows),
    }
}

/// Puts a row in the place of the one with its key; clocks that were not measured again stay.
pub(crate) fn replace(rows: &mut Vec<Row>, mut row: Row) {
    if let Some(at) = rows.iter().position(|old| old.key() == row.key()) {
        let old = rows.remove(at);
        if row.0[9] == "0" {
            row.0[7..].clone_from_slice(&old.0[7..]);
        }
    }
    rows.push(row);
}

/// Writes data and page; rows of designs that no longer exist go.
pub(crate) fn write(
    folder: &Path,
    rows: &mut Vec<Row>,
    order: &[(&str, &str)],
) -> Result<(), Box<dyn Error>> {
    let place = |row: &Row| {
        let (family, name) = row.key();
        order.iter().position(|(f, n)| *f == family && *n == name)
    };
    rows.retain(|row| place(row).is_some());
    rows.sort_by_key(place);
    let mut data = format!("{HEADER}\n");
    for row in rows.iter() {
        let _ = writeln!(data, "{}", row.text());
    }
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("hdl-modules.csv"), data)?;
    std::fs::write(folder.join("hdl-modules.md"), page(rows))?;
    Ok(())
}

fn page(rows: &[Row]) -> String {
    let mut text = String::from(include_str!("intro.md"));
    for (family, title) in [("ecp5", "ECP5"), ("ice40", "iCE40"), ("gowin", "Gowin")] {
        let _ = write!(text, "\n## {title}\n\n");
        text.push_str("| design | LUT | FF | DSP | RAM | LUT per lane | MHz (best, worst) |\n");
        text.push_str("|---|---|---|---|---|---|---|\n");
        for row in rows.iter().filter(|row| row.0[0] == family) {
            let (f, name) = (&row.0, row.key().1);
            let number = |at: usize| f[at].parse::<u64>().unwrap_or(0);
            let lanes = number(6);
            let share =
                number(2).checked_div(lanes).map(|share| share.to_string()).unwrap_or_default();
            let clock = match f[9].as_str() {
                "0" => String::new(),
                seeds => format!("{}, {} of {seeds} seeds", f[7], f[8]),
            };
            let [luts, registers, dsp, memories] = [&f[2], &f[3], &f[4], &f[5]];
            let _ = writeln!(
                text,
                "| {name} | {luts} | {registers} | {dsp} | {memories} | {share} | {clock} |"
            );
        }
    }
    text
}
