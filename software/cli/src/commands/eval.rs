//! `bitladder eval`.

use bitladder_flow::{Evaluated, Model, Samples, evaluate, evaluate_float};
use bitladder_package::Package;
use serde::Serialize;

use super::ladder_run::{LadderResult, run_ladder};
use super::{Session, profile, quality, shown};
use crate::args::EvalArgs;
use crate::output::Outcome;
use crate::table::Table;

pub(crate) fn run(session: &Session, args: &EvalArgs) -> anyhow::Result<()> {
    let mut package = Package::read(&args.package)?;
    quality::apply(&mut package, &args.quality)?;
    let wanted = match &args.profile {
        Some(name) => vec![profile(&package, &args.package, Some(name))?],
        None => package.profiles.iter().collect(),
    };
    let mut data = bitladder_data::load(&args.data, args.part.into())?;
    if let Some(limit) = args.limit {
        data = data.take(limit.get());
    }
    let samples = Samples::for_package(data, &package, &wanted[0].network)?;
    let mut rows = Vec::new();
    if let Some(path) = &args.model {
        let model = Model::read(path, None)?;
        let bar = session.terminal.bar("float", samples.len());
        let result = evaluate_float(&model.network, &samples, session.threads, &mut |done| {
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        rows.push(Row::new("float", 32 * model.network.parameters() as u64, result?));
    }
    for profile in wanted {
        let bar = session.terminal.bar(&profile.name, samples.len());
        let result = evaluate(&profile.network, &samples, session.threads, &mut |done| {
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        rows.push(Row::new(&profile.name, profile.network.weight_bits(), result?));
    }
    let ladder = args.ladder.then(|| run_ladder(session, &package, &samples)).transpose()?;
    let data = args.data.display().to_string();
    session.terminal.show(&Report { data, threads: session.threads, precisions: rows, ladder })
}

#[derive(Serialize)]
pub(crate) struct Report {
    data: String,
    threads: usize,
    precisions: Vec<Row>,
    ladder: Option<LadderResult>,
}

#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) images: u64,
    pub(crate) correct: u64,
    pub(crate) accuracy: f64,
    pub(crate) weight_bits: u64,
    pub(crate) images_per_second: f64,
    pub(crate) confusion: Vec<Vec<u64>>,
}

impl Row {
    pub(crate) fn new(name: &str, weight_bits: u64, result: Evaluated) -> Self {
        let seconds = result.time.as_secs_f64().max(1e-9);
        let accuracy = result.evaluation.accuracy();
        Self {
            name: name.into(),
            images: result.evaluation.images,
            correct: result.evaluation.correct,
            accuracy,
            weight_bits,
            images_per_second: result.evaluation.images as f64 / seconds,
            confusion: result.evaluation.confusion,
        }
    }
}

/// The table of precisions.
pub(crate) fn precisions(rows: &[Row]) -> String {
    let headings = ["precision", ">accuracy", ">correct", ">weights", ">images/s"];
    let mut table = Table::new(&headings);
    for row in rows {
        table.row(vec![
            row.name.clone(),
            shown::percent(row.accuracy),
            format!("{} of {}", row.correct, row.images),
            shown::bytes(row.weight_bits),
            shown::count(row.images_per_second.round() as u64),
        ]);
    }
    table.text()
}

/// Rows are labels, columns decisions.
fn confusion(row: &Row) -> String {
    let classes = row.confusion.len();
    let names: Vec<String> = (0..classes).map(|class| format!(">{class}")).collect();
    let headings: Vec<&str> =
        std::iter::once("label").chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    for (label, counts) in row.confusion.iter().enumerate() {
        let cells = counts.iter().map(|n| if *n == 0 { ".".into() } else { n.to_string() });
        table.row(std::iter::once(label.to_string()).chain(cells).collect());
    }
    table.text()
}

impl Outcome for Report {
    fn text(&self) -> String {
        let mut text = format!("{} ({} threads)\n\n", self.data, self.threads);
        text.push_str(&precisions(&self.precisions));
        for row in &self.precisions {
            text.push_str(&format!("\n{}: labels down, decisions across\n", row.name));
            text.push_str(&confusion(row));
        }
        if let Some(ladder) = &self.ladder {
            text.push('\n');
            text.push_str(&ladder.text());
        }
        text
    }
}
