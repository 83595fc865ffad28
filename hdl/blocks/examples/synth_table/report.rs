//! The table as data and as a page.

use std::error::Error;
use std::fmt::Write;
use std::io::ErrorKind;
use std::path::Path;

use bitladder_rtl::cosim::CellCounts;

use crate::designs::Entry;
use crate::tools::Routed;

const HEADER: &str = "family,design,luts,registers,dsp,memories,lanes,mhz_best,mhz_worst,seeds,\
                      cells,reference_luts,reference_mhz";
const FIELDS: usize = 13;
/// The fields that place and route fills.
const ROUTED: std::ops::Range<usize> = 7..11;
const SEEDS: usize = 9;

/// One measured design.
pub(crate) struct Row(Vec<String>);

impl Row {
    pub(crate) fn new(entry: &Entry, cost: &CellCounts, routes: &[Routed]) -> Row {
        let clock = |pick: fn(f64, f64) -> f64| {
            let clocks = routes.iter().map(|route| route.mhz);
            clocks.reduce(pick).map_or(String::new(), |mhz| format!("{mhz:.1}"))
        };
        let blocks = cost.of(&["MULT18X18D", "SB_MAC16", "MULT18X18"]);
        let memories = cost.of(&["DP16KD", "SB_RAM40_4K", "SB_SPRAM256KA"]);
        let numbers = [cost.luts(), cost.registers(), blocks, memories];
        let mut fields = vec![entry.family.name().to_owned(), entry.name.replace(',', ";")];
        fields.extend(numbers.map(|number| number.to_string()));
        fields.push(entry.lanes.to_string());
        fields.extend([clock(f64::max), clock(f64::min), routes.len().to_string()]);
        fields.push(routes.first().map_or(String::new(), |route| route.cells.to_string()));
        let (luts, mhz) = entry.reference.unzip();
        fields.push(luts.map_or(String::new(), |luts| luts.to_string()));
        fields.push(mhz.map_or(String::new(), |mhz| mhz.to_string()));
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
        if row.0[SEEDS] == "0" {
            row.0[ROUTED].clone_from_slice(&old.0[ROUTED]);
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
        let of = |arrays: bool| {
            rows.iter().filter(move |row| row.0[0] == family && (row.0[6] != "0") == arrays)
        };
        let _ = write!(text, "\n## {title}\n\n");
        text.push_str("| design | LUT | FF | DSP |\n|---|---|---|---|\n");
        for row in of(false) {
            let [luts, registers, dsp] = [&row.0[2], &row.0[3], &row.0[4]];
            let _ = writeln!(text, "| {} | {luts} | {registers} | {dsp} |", row.key().1);
        }
        text.push_str("\n| array | LUT | reference | per lane | FF | DSP | cells placed |");
        text.push_str(" MHz | reference |\n|---|---|---|---|---|---|---|---|---|\n");
        of(true).for_each(|row| array(&mut text, row));
    }
    text
}

fn array(text: &mut String, row: &Row) {
    let f = &row.0;
    let number = |at: usize| f[at].parse::<u64>().unwrap_or(0);
    let share = number(2).checked_div(number(6)).unwrap_or_default();
    let clock = match f[SEEDS].as_str() {
        "0" => String::new(),
        "1" => format!("{} (1 seed)", f[7]),
        seeds => format!("{} to {} ({seeds} seeds)", f[8], f[7]),
    };
    let [luts, registers, dsp, cells] = [&f[2], &f[3], &f[4], &f[10]];
    let [reference, mhz] = [&f[11], &f[12]];
    let _ = writeln!(
        text,
        "| {} | {luts} | {reference} | {share} | {registers} | {dsp} | {cells} | {clock} | {mhz} |",
        row.key().1
    );
}
