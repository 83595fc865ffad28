//! `bitladder mix`.

use anyhow::ensure;
use bitladder_flow::{Samples, calibrate, evaluate, make_profile};
use bitladder_quantize::{Calibration, FormatPlan, LowerOptions};
use bitladder_study::mixed::{Budget, MixedStep, mix, plan_cost};
use bitladder_study::shapes_of;
use serde::Serialize;

use super::characterize::Subject;
use super::pareto::energies;
use super::{Session, shown};
use crate::args::MixArgs;
use crate::output::Outcome;
use crate::table::Table;

pub(crate) fn run(session: &Session, args: &MixArgs) -> anyhow::Result<()> {
    let (budget, limit) = match (args.energy, args.memory) {
        (Some(microjoules), _) => (Budget::Energy, 1e6 * microjoules),
        (None, memory) => (Budget::Memory, 8.0 * 1024.0 * memory.unwrap_or(0.0)),
    };
    ensure!(limit.is_finite() && limit > 0.0, "the budget is no number above zero");
    let subject = Subject::load(&args.subject)?;
    let network = &subject.model.network;
    let bar = session.terminal.bar("calibrating", subject.sets.train.len());
    let tick = &mut |done| bar.set_position(done as u64);
    let calibration = calibrate(network, &subject.sets.train, session.threads, tick);
    bar.finish_and_clear();
    let (layers, model) = (shapes_of(network), energies(&args.energies)?);
    let bench = Bench { session, subject: &subject, calibration: calibration? };
    let validation = &subject.sets.validation;
    let bar = session.terminal.steps("plans measured", layers.len() * args.format.len());
    let cost = |plan: &FormatPlan| Ok(plan_cost(budget, &model, &layers, plan)?);
    let found = mix(&layers, &args.format, limit, cost, |plan| {
        bar.inc(1);
        bench.accuracy(plan, validation)
    });
    bar.finish_and_clear();
    let found = found?;
    let least = found.steps.last().map_or(0.0, |step| step.cost);
    ensure!(
        found.kept,
        "the budget is too small: the narrowest formats take {}; raise it or add narrower ones \
         with --format",
        amount(budget, least)
    );
    let test = bench.accuracy(&found.plan, &subject.sets.test)?;
    let formats = layers.iter().map(|l| (l.name.clone(), found.plan.of(&l.name).to_string()));
    let layers = formats.collect();
    session.terminal.show(&Report { budget, limit, steps: found.steps, layers, test })
}

/// What plans are measured with.
struct Bench<'a> {
    session: &'a Session<'a>,
    subject: &'a Subject,
    calibration: Calibration,
}

impl Bench<'_> {
    fn accuracy(&self, plan: &FormatPlan, samples: &Samples) -> anyhow::Result<f64> {
        let (model, options) = (&self.subject.model, LowerOptions::default());
        let made = make_profile("mix", model, &self.calibration, plan, &options)?;
        let threads = self.session.threads;
        let found = evaluate(&made.profile.network, samples, threads, &mut |_| {})?;
        Ok(found.evaluation.accuracy())
    }
}

#[derive(Serialize)]
struct Report {
    budget: Budget,
    /// Picojoules or bits.
    limit: f64,
    /// Accuracies here are on the validation images.
    steps: Vec<MixedStep>,
    layers: Vec<(String, String)>,
    /// Accuracy on the test images.
    test: f64,
}

/// A cost in its unit.
fn amount(budget: Budget, cost: f64) -> String {
    match budget {
        Budget::Energy => format!("{:.3} uJ", cost / 1e6),
        Budget::Memory => shown::bytes(cost.max(0.0) as u64),
    }
}

impl Outcome for Report {
    fn text(&self) -> String {
        let mut table = Table::new(&["layer", "narrowed to", ">accuracy (validation)", ">cost"]);
        for step in &self.steps {
            let layer = if step.layer.is_empty() { "all" } else { &step.layer };
            let cost = amount(self.budget, step.cost);
            table.row(vec![layer.into(), step.format.clone(), shown::percent(step.accuracy), cost]);
        }
        let options =
            self.layers.iter().map(|(layer, format)| format!(" --layer {layer}={format}"));
        let options: String = options.collect();
        format!(
            "{}\nbudget {}; accuracy on the test images: {}\nbitladder quantize MODEL{options}\n",
            table.text(),
            amount(self.budget, self.limit),
            shown::percent(self.test)
        )
    }
}
