//! The report as text: columns are laid out here, the page is a template.

use tera::{Context, Tera};

use super::{Report, Resources};

const TEMPLATE: &str = include_str!("../../templates/report.txt.tera");

pub(super) fn render(report: &Report) -> Result<String, tera::Error> {
    let mut context = Context::new();
    context.insert("report", report);
    context.insert("resources", &resources(report));
    context.insert("modules", &modules(report));
    context.insert("seeds", &seeds(report));
    context.insert("hops", &hops(report));
    Tera::one_off(TEMPLATE, &context, false)
}

fn resources(report: &Report) -> Vec<String> {
    let line = |one: &super::ResourceUse| {
        let share = match one.available {
            0 => String::new(),
            available => format!(" ({} %)", (100 * one.used).div_ceil(available)),
        };
        let name = one.resource.to_string();
        format!("{name:<18} {:>7} of {:>6}{share}", one.used, one.available)
    };
    report.resources.iter().map(line).collect()
}

fn modules(report: &Report) -> Vec<String> {
    let width = report.modules.iter().map(|one| one.module.len()).max().unwrap_or(0).max(6);
    let mut lines = vec![format!(
        "{:<width$} {:>6} {:>8} {:>8} {:>5} {:>5} {:>8} {:>8}",
        "module", "times", "own LUT", "own FF", "DSP", "BRAM", "all LUT", "all FF"
    )];
    for one in &report.modules {
        let Resources { luts, registers, dsp, bram, .. } = one.own;
        lines.push(format!(
            "{:<width$} {:>6} {luts:>8} {registers:>8} {dsp:>5} {bram:>5} {:>8} {:>8}",
            one.module, one.instances, one.total.luts, one.total.registers
        ));
    }
    lines
}

fn seeds(report: &Report) -> Vec<String> {
    let line = |one: &super::SeedResult| {
        let clock = |c: &super::ClockResult| {
            format!("{} {:.1} MHz (target {:.1})", c.clock, c.mhz, c.target_mhz)
        };
        let clocks: Vec<String> = one.clocks.iter().map(clock).collect();
        let best = if report.best_seed == Some(one.seed) { ", packed" } else { "" };
        match clocks.as_slice() {
            [] => format!("seed {}: no path between registers{best}", one.seed),
            _ => format!("seed {}: {}{best}", one.seed, clocks.join(", ")),
        }
    };
    report.seeds.iter().map(line).collect()
}

fn hops(report: &Report) -> Vec<String> {
    let Some(path) = &report.critical else { return Vec::new() };
    let line = |hop: &super::Hop| {
        let module = hop.module.as_ref().map_or(String::new(), |name| format!("  in {name}"));
        format!("{:>8.3} ns {:>3} cells  {}{module}", hop.ns, hop.levels, hop.signal)
    };
    path.hops.iter().map(line).collect()
}
