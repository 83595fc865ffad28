//! `bitladder mutate`.

mod report;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use bitladder_machine::MachineConfig;
use bitladder_rtl::Module;
use bitladder_rtl::mutate::{Fault, FaultKind};
use bitladder_verify::mutate::{
    Plan, Suite, Survey, Verdict, engine, equal, hardware, line_of, sample,
};
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
    let mut report = Report::new(&suite, &plan, &config)?;
    ensure!(report.faults > 0, "no module begins with {}", plan.modules.join(", "));
    let survey = survey(session, args, (&suite, &plan), &mut report)?;
    if args.equal {
        report.compare(session, args, &survey)?;
    }
    session.terminal.show(&report)?;
    let (share, least) = (100.0 * survey.share(), 100.0 * args.least);
    ensure!(share >= least, "{share:.1} % of the faults were seen, {least:.1} % are asked for");
    Ok(())
}

/// Tries all faults; what is found is written again and again: it takes an hour, and should not be
/// lost.
fn survey(
    session: &Session,
    args: &MutateArgs,
    (suite, plan): (&Suite, &Plan),
    report: &mut Report,
) -> anyhow::Result<Survey> {
    let bar = session.terminal.steps("faults", report.faults);
    let mut so_far = Survey { outcomes: Vec::new(), possible: report.possible };
    let mut written = Ok(());
    let survey = hardware(suite, plan, session.threads, &mut |outcome| {
        bar.inc(1);
        so_far.outcomes.push(outcome.clone());
        report.take(&so_far);
        written = report::write(report, args);
    })?;
    bar.finish_and_clear();
    written?;
    // Now in the order of the plan.
    report.take(&survey);
    report::write(report, args)?;
    Ok(survey)
}

#[derive(Serialize)]
struct Report {
    machine: String,
    seed: u64,
    networks: usize,
    cycles: u64,
    possible: usize,
    /// Faults in the plan.
    faults: usize,
    tried: usize,
    seen: usize,
    by_kind: Vec<Row>,
    by_module: Vec<Row>,
    survivors: Vec<Survivor>,
    engine_faults: usize,
    engine_seen: usize,
    engine_survivors: Vec<&'static str>,
    #[serde(skip)]
    top: Arc<Module>,
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
    /// Whether it changes anything, if that was asked.
    verdict: Option<Change>,
}

/// What Yosys says about a survivor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Change {
    /// Proven to change nothing.
    Nothing,
    /// No proof found.
    Unproven,
    /// No proof found in time.
    Undecided,
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

impl Survivor {
    fn new(fault: &Fault, top: &Arc<Module>) -> Survivor {
        let (file, line) = line_of(fault, top).unwrap_or_default();
        Survivor { fault: fault.to_string(), file, line, verdict: None }
    }

    /// Where it is.
    fn place(&self) -> String {
        match self.file.as_str() {
            "" => "the emitted Verilog is the same".to_owned(),
            file => format!("{file}:{}", self.line),
        }
    }
}

impl Report {
    fn new(suite: &Suite, plan: &Plan, config: &MachineConfig) -> anyhow::Result<Report> {
        let top = bitladder_hdl_machine::top::machine(config)?;
        let (picked, possible) = sample(&top, plan);
        let engine = engine::survey(suite);
        let unseen = engine.iter().filter(|outcome| outcome.seen.is_none());
        let engine_survivors: Vec<_> = unseen.map(|outcome| outcome.name).collect();
        Ok(Report {
            machine: config.name.clone(),
            seed: plan.seed,
            networks: suite.len(),
            cycles: suite.cycles(),
            possible,
            faults: picked.len(),
            tried: 0,
            seen: 0,
            by_kind: Vec::new(),
            by_module: Vec::new(),
            survivors: Vec::new(),
            engine_faults: engine.len(),
            engine_seen: engine.len() - engine_survivors.len(),
            engine_survivors,
            top,
        })
    }

    /// Takes over what is known of the RTL's faults.
    fn take(&mut self, survey: &Survey) {
        let unseen: Vec<&Fault> = survey.survivors().collect();
        // Finding a fault's line takes longer than all else here: known ones stay.
        let mut known: BTreeMap<String, Survivor> =
            self.survivors.drain(..).map(|known| (known.fault.clone(), known)).collect();
        for fault in unseen {
            let survivor = known.remove(&fault.to_string());
            self.survivors.push(survivor.unwrap_or_else(|| Survivor::new(fault, &self.top)));
        }
        self.tried = survey.outcomes.len();
        self.seen = self.tried - self.survivors.len();
        self.by_kind = rows(survey, |kind, _| kind.name().into());
        self.by_module = rows(survey, |_, module| module.into());
    }

    /// Asks which survivors are faults at all.
    fn compare(
        &mut self,
        session: &Session,
        args: &MutateArgs,
        survey: &Survey,
    ) -> anyhow::Result<()> {
        let folder = std::env::temp_dir().join(format!("bitladder-equal-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let bar = session.terminal.steps("survivors", self.survivors.len());
        for (index, fault) in survey.survivors().enumerate() {
            let change = self.change(index, fault, &folder, args.equal_limit)?;
            self.survivors[index].verdict = Some(change);
            report::write(self, args)?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(std::fs::remove_dir_all(&folder)?)
    }

    fn change(
        &self,
        index: usize,
        fault: &Fault,
        folder: &Path,
        limit: u64,
    ) -> anyhow::Result<Change> {
        if self.survivors[index].file.is_empty() {
            return Ok(Change::Nothing);
        }
        Ok(match equal(fault, &self.top, folder, Duration::from_secs(limit))? {
            Verdict::Same => Change::Nothing,
            Verdict::Unproven => Change::Unproven,
            Verdict::OutOfTime => Change::Undecided,
        })
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
        let share = 100.0 * self.seen as f64 / self.tried.max(1) as f64;
        let mut text = format!(
            "machine {}, {} networks of {} cycles, {} faults possible, seed {}\n\n\
             RTL: {} of {} faults seen ({share:.1} %)\n\n{}\n{}",
            self.machine,
            self.networks,
            shown::count(self.cycles),
            shown::count(self.possible as u64),
            self.seed,
            self.seen,
            self.tried,
            table("kind", &self.by_kind),
            table("module", &self.by_module),
        );
        for survivor in &self.survivors {
            let what = match survivor.verdict {
                Some(Change::Nothing) => "changes nothing",
                Some(Change::Undecided) => "survives, undecided",
                Some(Change::Unproven) | None => "survives",
            };
            text.push_str(&format!("\n{what}: {} ({})", survivor.fault, survivor.place()));
        }
        let (seen, all) = (self.engine_seen, self.engine_faults);
        text.push_str(&format!("\n\ngolden engine: {seen} of {all} faults seen\n"));
        for name in &self.engine_survivors {
            text.push_str(&format!("survives: {name}\n"));
        }
        text
    }
}
