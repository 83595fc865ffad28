//! `bitladder mutate`.

use std::collections::BTreeMap;

use anyhow::ensure;
use bitladder_machine::MachineConfig;
use bitladder_rtl::mutate::FaultKind;
use bitladder_verify::mutate::{Plan, Suite, Survey, engine, equal, hardware, line_of};
use serde::Serialize;

use super::{Session, machines, shown};
use crate::args::MutateArgs;
use crate::output::Outcome;
use crate::table::Table;

/// Array, multiplier, decoder and sequencer, by the names of their modules.
const USUAL: [&str; 7] =
    ["array", "lane", "weight_stream", "qsq", "sequencer", "descriptor", "passes"];

pub(crate) fn run(session: &Session, args: &MutateArgs) -> anyhow::Result<()> {
    let config = machines::find(&args.config)?;
    let suite = Suite::new(&config)?;
    let modules = match args.module.is_empty() {
        true => USUAL.map(str::to_owned).to_vec(),
        false => args.module.clone(),
    };
    let plan = Plan { modules, kinds: args.kind.clone(), count: args.count.get(), seed: args.seed };
    let bar = session.terminal.bar("faults", plan.count);
    let survey = hardware(&suite, &plan, session.threads, &mut |_| bar.inc(1))?;
    bar.finish_and_clear();
    ensure!(!survey.outcomes.is_empty(), "no module begins with {}", plan.modules.join(", "));
    let mut report = Report::new(&suite, &survey, args.seed, &config)?;
    if args.equal {
        report.compare(&survey, &config)?;
    }
    session.terminal.show(&report)?;
    let (share, least) = (100.0 * survey.share(), 100.0 * args.least);
    ensure!(share >= least, "{share:.1} % of the faults were seen, {least:.1} % are asked for");
    Ok(())
}

#[derive(Serialize)]
struct Report {
    machine: String,
    seed: u64,
    networks: usize,
    cycles: u64,
    possible: usize,
    faults: usize,
    seen: usize,
    by_kind: Vec<Row>,
    by_module: Vec<Row>,
    survivors: Vec<Survivor>,
    engine_faults: usize,
    engine_seen: usize,
    engine_survivors: Vec<&'static str>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    faults: usize,
    seen: usize,
}

#[derive(Serialize)]
struct Survivor {
    fault: String,
    /// Empty if the emitted Verilog does not change.
    file: String,
    line: usize,
    /// Proven to change nothing.
    equal: bool,
}

fn rows(survey: &Survey, name: impl Fn(FaultKind, &str) -> String) -> Vec<Row> {
    let mut rows: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for outcome in &survey.outcomes {
        let row = rows.entry(name(outcome.fault.kind(), outcome.fault.module())).or_default();
        row.0 += 1;
        row.1 += usize::from(outcome.seen.is_some());
    }
    rows.into_iter().map(|(name, (faults, seen))| Row { name, faults, seen }).collect()
}

impl Report {
    fn new(
        suite: &Suite,
        survey: &Survey,
        seed: u64,
        config: &MachineConfig,
    ) -> anyhow::Result<Report> {
        let top = bitladder_hdl_machine::top::machine(config)?;
        let survivors = survey.survivors().map(|fault| {
            let (file, line) = line_of(fault, &top).unwrap_or_default();
            Survivor { fault: fault.to_string(), file, line, equal: false }
        });
        let survivors: Vec<Survivor> = survivors.collect();
        let engine = engine::survey(suite);
        let unseen = engine.iter().filter(|outcome| outcome.seen.is_none());
        let engine_survivors: Vec<_> = unseen.map(|outcome| outcome.name).collect();
        Ok(Report {
            machine: config.name.clone(),
            seed,
            networks: suite.len(),
            cycles: suite.cycles(),
            possible: survey.possible,
            faults: survey.outcomes.len(),
            seen: survey.outcomes.len() - survivors.len(),
            by_kind: rows(survey, |kind, _| kind.name().into()),
            by_module: rows(survey, |_, module| module.into()),
            survivors,
            engine_faults: engine.len(),
            engine_seen: engine.len() - engine_survivors.len(),
            engine_survivors,
        })
    }
}

impl Report {
    /// Asks which survivors are faults at all.
    fn compare(&mut self, survey: &Survey, config: &MachineConfig) -> anyhow::Result<()> {
        let top = bitladder_hdl_machine::top::machine(config)?;
        let folder = std::env::temp_dir().join(format!("bitladder-equal-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        for (survivor, fault) in self.survivors.iter_mut().zip(survey.survivors()) {
            survivor.equal = survivor.file.is_empty() || equal(fault, &top, &folder)?;
        }
        Ok(std::fs::remove_dir_all(&folder)?)
    }
}

fn table(title: &str, rows: &[Row]) -> String {
    let mut table = Table::new(&[title, ">faults", ">seen", ">share"]);
    for Row { name, faults, seen } in rows {
        let share = 100.0 * *seen as f64 / (*faults).max(1) as f64;
        table.row(vec![
            name.clone(),
            faults.to_string(),
            seen.to_string(),
            format!("{share:.1} %"),
        ]);
    }
    table.text()
}

impl Outcome for Report {
    fn text(&self) -> String {
        let share = 100.0 * self.seen as f64 / self.faults.max(1) as f64;
        let mut text = format!(
            "machine {}, {} networks of {} cycles, {} faults possible, seed {}\n\n\
             RTL: {} of {} faults seen ({share:.1} %)\n\n{}\n{}",
            self.machine,
            self.networks,
            shown::count(self.cycles),
            shown::count(self.possible as u64),
            self.seed,
            self.seen,
            self.faults,
            table("kind", &self.by_kind),
            table("module", &self.by_module),
        );
        for Survivor { fault, file, line, equal } in &self.survivors {
            let what = if *equal { "changes nothing" } else { "survives" };
            let place = match file.as_str() {
                "" => "the emitted Verilog is the same".to_owned(),
                _ => format!("{file}:{line}"),
            };
            text.push_str(&format!("\n{what}: {fault} ({place})"));
        }
        let (seen, all) = (self.engine_seen, self.engine_faults);
        text.push_str(&format!("\n\ngolden engine: {seen} of {all} faults seen\n"));
        for name in &self.engine_survivors {
            text.push_str(&format!("survives: {name}\n"));
        }
        text
    }
}
