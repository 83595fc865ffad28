//! `bitladder reproduce`.

use bitladder_reproduce::{Files, Inputs, Reproduction, all, find};
use serde::Serialize;

use super::Session;
use crate::args::ReproduceArgs;
use crate::output::Outcome;
use crate::table::Table;

pub(crate) fn run(session: &Session, args: &ReproduceArgs) -> anyhow::Result<()> {
    if args.list {
        let of = |one: &Reproduction| Listed { name: one.name, what: one.what, runs: one.runs };
        return session.terminal.show(&List { reproductions: all().iter().map(of).collect() });
    }
    let wanted: Vec<&Reproduction> = match args.all {
        true => all().iter().collect(),
        false => args.name.iter().map(|name| find(name)).collect::<Result<_, _>>()?,
    };
    let subject = args.model.clone().zip(args.data.clone());
    let inputs = Inputs::new(subject, args.images.get(), session.threads);
    let bar = session.terminal.steps("reproducing", wanted.len());
    let mut made = Vec::new();
    for one in wanted {
        bar.set_message(one.name);
        let outcome = one.run(&inputs)?;
        if args.check {
            outcome.files.check(&args.output)?;
        } else {
            outcome.files.write(&args.output)?;
        }
        made.push(Made::new(one, outcome.covered, &outcome.files));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let folder = args.output.display().to_string();
    session.terminal.show(&Report { folder, checked: args.check, made })
}

#[derive(Serialize)]
struct List {
    reproductions: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    what: &'static str,
    runs: bool,
}

impl Outcome for List {
    fn text(&self) -> String {
        let mut table = Table::new(&["name", "shows", "needs"]);
        for one in &self.reproductions {
            let needs = if one.runs { "--model and --data" } else { "" };
            table.row(vec![one.name.into(), one.what.into(), needs.into()]);
        }
        table.text()
    }
}

#[derive(Serialize)]
struct Report {
    folder: String,
    checked: bool,
    made: Vec<Made>,
}

#[derive(Serialize)]
struct Made {
    name: &'static str,
    /// Values the paper prints.
    printed: Option<usize>,
    /// Those that stand beside one of ours.
    compared: Option<usize>,
    files: Vec<String>,
}

impl Made {
    fn new(one: &Reproduction, covered: Option<[usize; 2]>, files: &Files) -> Self {
        Self {
            name: one.name,
            printed: covered.map(|[printed, _]| printed),
            compared: covered.map(|[_, compared]| compared),
            files: files.iter().map(|(name, _)| name.to_owned()).collect(),
        }
    }
}

impl Outcome for Report {
    fn text(&self) -> String {
        let mut table = Table::new(&["name", ">printed", ">compared", ">files"]);
        let number = |count: Option<usize>| count.map_or("-".into(), |count| count.to_string());
        for made in &self.made {
            let files = made.files.len().to_string();
            table.row(vec![made.name.into(), number(made.printed), number(made.compared), files]);
        }
        let done = if self.checked { "up to date" } else { "written" };
        format!("{}{}: {done}\n", table.text(), self.folder)
    }
}
