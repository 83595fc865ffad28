//! The energies as Markdown and as a plot.

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use bitladder_power::Measured;

use super::{Found, Image};
use crate::commands::shown;

const INTRODUCTION: &str = "\
# Energy by activity

Made by `./x power`, explained in [power.md](../power.md). Gates of OSU's open 180 nm library (typical
corner, 1.8 V), changes from 400 cycles in Icarus Verilog without delays, power by OpenSTA. Weights
are normal (three standard deviations are the range), activations half 0 and never negative, all with
seed 1; words of binary, ternary and 3-bit weights are uniform. *Changes* are those of gates' outputs per
cycle; *registers* (with their clock pins) and *logic* are picojoules per cycle. No wires, no clock tree,
no glitches, no memories: compare ratios.

The lane is `sim-4x4`'s with all modes and kinds of weights in fabric, with its operand ports and its
way out; 3-bit codes are decoded in its weight port. The array is `sim-4x4`'s: sixteen such lanes, which share
their operands' registers, and pass results on from row to row.

![picojoules per product](power.svg)

";

fn table(text: &mut String, rows: &[&Measured], unit: &str, first: f64) {
    let head = "| module | work | gates | changes | registers | logic |";
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{head} {unit} | ratio |\n|---|---|--:|--:|--:|--:|--:|--:|");
    for one in rows {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.0} | {:.1} | {:.1} | {:.1} | {:.3} |",
            one.module,
            one.work,
            one.cells,
            one.energy.toggles,
            one.energy.registers,
            one.energy.logic,
            one.each(),
            one.each() / first
        );
    }
}

/// Bars of picojoules per product.
fn plot(rows: &[&Measured]) -> String {
    let most = rows.iter().map(|row| row.each()).fold(1.0, f64::max);
    let height = 18 * rows.len() + 12;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"640\" height=\"{height}\" \
         fill=\"white\"/>\n"
    );
    for (index, row) in rows.iter().enumerate() {
        let (y, wide) = (18 * index + 6, 280.0 * row.each() / most);
        let baseline = y + 11;
        let _ = writeln!(
            text,
            "<text x=\"6\" y=\"{baseline}\">{}: {}</text><rect x=\"290\" y=\"{y}\" \
             width=\"{wide:.1}\" height=\"13\" fill=\"#4477aa\"/><text x=\"{:.1}\" \
             y=\"{baseline}\">{:.1} pJ</text>",
            row.module,
            row.work,
            294.0 + wide,
            row.each()
        );
    }
    text + "</svg>\n"
}

/// Writes the report, and the plot beside it.
pub(super) fn write(found: &Found, file: &Path) -> anyhow::Result<()> {
    let (busy, idle): (Vec<&Measured>, Vec<&Measured>) =
        found.measured.iter().partition(|one| one.products > 0);
    let first = found.measured.first().map_or(1.0, Measured::each);
    let mut text = INTRODUCTION.to_owned();
    table(&mut text, &busy, "pJ per product", first);
    if !idle.is_empty() {
        text.push_str("\n## Without work\n\nThe ratio is to a product of 16 bits.\n\n");
        table(&mut text, &idle, "pJ per cycle", first);
    }
    if let Some(model) = &found.model {
        let _ = writeln!(
            text,
            "\n## Images of `{model}`\n\nAll products of an image at their format's price; lanes \
             without work, post and memories not counted.\n\n| precision | products | nJ per \
             image | ratio |\n|---|--:|--:|--:|"
        );
        let whole = found.images.first().map_or(1.0, |image| image.nanojoules);
        for Image { precision, macs, nanojoules } in &found.images {
            let (macs, ratio) = (shown::count(*macs), nanojoules / whole);
            let _ = writeln!(text, "| {precision} | {macs} | {nanojoules:.1} | {ratio:.3} |");
        }
    }
    std::fs::write(file, text).with_context(|| file.display().to_string())?;
    let picture = file.with_extension("svg");
    std::fs::write(&picture, plot(&busy)).with_context(|| picture.display().to_string())
}
