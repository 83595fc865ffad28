//! `bitladder power`.

mod energies;
mod report;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context;
use bitladder_network::{QuantNetwork, QuantOp};
use bitladder_package::Package;
use bitladder_power::{Measured, Scope, Toggles, by_scope, cases, survey};
use bitladder_spec::WeightFormat;
use serde::Serialize;

use super::{Session, shown};
use crate::args::PowerArgs;
use crate::output::Outcome;
use crate::table::Table;

pub(crate) fn run(session: &Session, args: &PowerArgs) -> anyhow::Result<()> {
    match &args.trace {
        Some(file) => trace(session, file, args.depth),
        None => netlist(session, args),
    }
}

#[derive(Serialize)]
struct Changes {
    time: u64,
    total: u64,
    scopes: Vec<Scope>,
}

fn trace(session: &Session, file: &Path, depth: usize) -> anyhow::Result<()> {
    let open = File::open(file).with_context(|| file.display().to_string())?;
    let toggles =
        Toggles::read(BufReader::new(open)).with_context(|| file.display().to_string())?;
    let scopes = by_scope(&toggles, depth);
    session.terminal.show(&Changes { time: toggles.time, total: toggles.total(), scopes })
}

impl Outcome for Changes {
    fn text(&self) -> String {
        let mut table = Table::new(&["scope", ">bits", ">registers", ">wires", ">share"]);
        for scope in &self.scopes {
            let changes = scope.registers + scope.wires;
            let share = 100.0 * changes as f64 / self.total as f64;
            table.row(vec![
                scope.path.clone(),
                shown::count(scope.bits),
                shown::count(scope.registers),
                shown::count(scope.wires),
                format!("{share:.1} %"),
            ]);
        }
        let total = shown::count(self.total);
        format!("{total} changes of bits in {} units of time\n{}", self.time, table.text())
    }
}

/// What the products of an image cost, in a precision.
#[derive(Serialize)]
struct Image {
    precision: String,
    macs: u64,
    nanojoules: f64,
}

#[derive(Serialize)]
struct Found {
    measured: Vec<Measured>,
    model: Option<String>,
    images: Vec<Image>,
}

fn netlist(session: &Session, args: &PowerArgs) -> anyhow::Result<()> {
    let cases = cases(args.quick)?;
    let bar = session.terminal.bar("cases", cases.len());
    let measured = survey(&cases, &mut |_| bar.inc(1))?;
    bar.finish_and_clear();
    let package = args.model.as_ref().map(Package::read).transpose()?;
    let images = package.iter().flat_map(|package| &package.profiles);
    let images = images
        .map(|profile| image(&measured, &profile.name, &profile.network))
        .collect::<anyhow::Result<_>>()?;
    let found = Found { measured, model: package.map(|package| package.name), images };
    if let Some(file) = &args.energies {
        energies::write(&found.measured, file)?;
    }
    if let Some(file) = &args.report {
        report::write(&found, file)?;
    }
    session.terminal.show(&found)
}

/// The lane's format for a layer: the narrowest that holds weights and values.
fn format_of(network: &QuantNetwork, layer: usize) -> Option<String> {
    let inputs = &network.layers[layer].inputs;
    let values = u32::from(network.format(*inputs.first()?).ty.bits());
    let linear = match &network.layers[layer].op {
        QuantOp::Conv { linear, .. } | QuantOp::Dense { linear } => linear,
        _ => return None,
    };
    let (bits, kind) = match linear.weights.format() {
        WeightFormat::Fixed { bits } | WeightFormat::Nested { bits } => (u32::from(bits), "fixed"),
        WeightFormat::PowerOfTwo => (16, "power-of-two"),
        WeightFormat::Ternary => (1, "ternary"),
        WeightFormat::Binary if values == 1 => return Some("16x1 binary".into()),
        WeightFormat::Binary => (1, "ternary"),
        // Decoded to 16 bits in front of the array.
        WeightFormat::Qsq { .. } => (16, "fixed"),
    };
    let mode = match bits.max(values) {
        0..=4 => "4x4",
        5..=8 => "2x8",
        _ => "1x16",
    };
    Some(format!("{mode} {kind}"))
}

/// The products of an image at their formats' prices.
fn image(measured: &[Measured], name: &str, network: &QuantNetwork) -> anyhow::Result<Image> {
    let (mut macs, mut picojoules) = (0, 0.0);
    for layer in 0..network.layers.len() {
        let Some(work) = format_of(network, layer) else { continue };
        let price = measured.iter().find(|one| one.module == "lane" && one.work == work);
        let price = price.with_context(|| format!("the format {work} was not measured"))?;
        macs += network.macs(layer);
        picojoules += network.macs(layer) as f64 * price.each();
    }
    Ok(Image { precision: name.to_owned(), macs, nanojoules: picojoules / 1e3 })
}

impl Outcome for Found {
    fn text(&self) -> String {
        let headings =
            ["module", "work", ">gates", ">changes", ">registers", ">logic", ">pJ each", ">ratio"];
        let mut table = Table::new(&headings);
        let first = self.measured.first().map_or(1.0, Measured::each);
        for one in &self.measured {
            table.row(vec![
                one.module.clone(),
                one.work.clone(),
                one.cells.to_string(),
                format!("{:.0}", one.energy.toggles),
                format!("{:.1}", one.energy.registers),
                format!("{:.1}", one.energy.logic),
                format!("{:.1}", one.each()),
                format!("{:.3}", one.each() / first),
            ]);
        }
        let mut text = format!(
            "changes and pJ of registers and logic per cycle; pJ per product, or per cycle where \
             idle\n\n{}",
            table.text()
        );
        for Image { precision, macs, nanojoules } in &self.images {
            let macs = shown::count(*macs);
            text.push_str(&format!("\nprecision {precision}: {macs} products, {nanojoules:.0} nJ"));
        }
        text + "\n"
    }
}
