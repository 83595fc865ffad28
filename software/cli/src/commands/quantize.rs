//! `bitladder quantize`.

use std::path::Path;

use anyhow::ensure;
use bitladder_flow::{
    Made, Model, Samples, TensorReport, calibrate, find_ladder, fingerprint, make_profile, report,
};
use bitladder_package::{Package, Preprocess, Source, Step};
use bitladder_quantize::{Calibration, FormatPlan, LowerOptions, RadixRule};
use bitladder_spec::{Rounding, Saturation, ValueRounding};
use serde::Serialize;

use super::{Session, shown};
use crate::args::{NumberArgs, QuantizeArgs, RadixArg, RoundingArg};
use crate::output::Outcome;
use crate::table::Table;

pub(crate) fn run(session: &Session, args: &QuantizeArgs) -> anyhow::Result<()> {
    let model = Model::read(&args.model, args.output_name.clone())?;
    let preprocess = Preprocess { mean: args.mean.clone(), deviation: args.deviation.clone() };
    preprocess.check().map_err(|what| anyhow::anyhow!("{what}"))?;
    let plans = plans(args)?;
    let samples = args.calib.as_deref().map(|path| samples(args, &model, &preprocess, path));
    let samples = samples.transpose()?;
    let job = Job { plans, options: options(&args.numbers), preprocess, agreement: args.agreement };
    let result = job.run(session, &model, samples.as_ref())?;
    result.package.write(&args.output)?;
    session.terminal.show(&Summary::new(&args.output, &result))
}

/// What is to be done with a model.
pub(crate) struct Job {
    pub(crate) plans: Vec<(String, FormatPlan)>,
    pub(crate) options: LowerOptions,
    pub(crate) preprocess: Preprocess,
    pub(crate) agreement: f64,
}

/// A package and its report, one list of tensors per precision.
pub(crate) struct JobResult {
    pub(crate) package: Package,
    pub(crate) reports: Vec<Vec<TensorReport>>,
}

impl Job {
    pub(crate) fn run(
        self,
        session: &Session,
        model: &Model,
        samples: Option<&Samples>,
    ) -> anyhow::Result<JobResult> {
        let calibration = match samples {
            Some(samples) => {
                let bar = session.terminal.bar("calibrating", samples.len());
                let seen = calibrate(&model.network, samples, session.threads, &mut |done| {
                    bar.set_position(done as u64);
                });
                bar.finish_and_clear();
                seen?
            }
            None => Calibration::new(&model.network),
        };
        let make = |(name, plan): &(String, FormatPlan)| {
            make_profile(name, model, &calibration, plan, &self.options)
        };
        let made = self.plans.iter().map(make).collect::<Result<Vec<Made>, _>>()?;
        let of = |made| report(model, &calibration, made, samples);
        let reports = made.iter().map(of).collect::<Result<Vec<_>, _>>()?;
        let package = self.package(session, model, samples, made)?;
        Ok(JobResult { package, reports })
    }

    fn package(
        self,
        session: &Session,
        model: &Model,
        samples: Option<&Samples>,
        made: Vec<Made>,
    ) -> anyhow::Result<Package> {
        let plans: Vec<FormatPlan> = self.plans.iter().map(|(_, plan)| plan.clone()).collect();
        let source = Source {
            file: model.file.clone(),
            sha256: model.sha256.clone(),
            config: fingerprint(model, &plans, &self.options, samples),
        };
        let softmax = made.iter().any(|made| made.lowered.softmax);
        let profiles: Vec<_> = made.into_iter().map(|made| made.profile).collect();
        let ladder = match samples {
            Some(samples) => {
                let bar = session.terminal.bar("finding margins", samples.len() * profiles.len());
                let share = self.agreement;
                let tick = &mut |done| bar.set_position(done as u64);
                let ladder = find_ladder(&profiles, samples, share, session.threads, tick);
                bar.finish_and_clear();
                ladder?
            }
            None => Vec::new(),
        };
        Ok(Package {
            name: model.network.name().into(),
            source,
            preprocess: self.preprocess,
            classes: samples.map(Samples::class_names).unwrap_or_default(),
            softmax,
            profiles,
            ladder,
        })
    }
}

fn samples(
    args: &QuantizeArgs,
    model: &Model,
    preprocess: &Preprocess,
    path: &Path,
) -> anyhow::Result<Samples> {
    let data = bitladder_data::load(path, args.calib_part.into())?;
    let data = Samples::spread(&data, args.calib_images.get());
    Ok(Samples::new(data, &model.network, preprocess)?)
}

fn plans(args: &QuantizeArgs) -> anyhow::Result<Vec<(String, FormatPlan)>> {
    let mut plans = Vec::new();
    for wanted in &args.format {
        let twice = plans.iter().any(|(name, _)| *name == wanted.name);
        ensure!(!twice, "--format: there are two precisions called `{}`", wanted.name);
        let mut plan = FormatPlan::uniform(wanted.format);
        plan.radix = match args.numbers.radix {
            RadixArg::LeastError => RadixRule::LeastError,
            RadixArg::Maximum => RadixRule::Maximum,
        };
        plan.unsigned = !args.numbers.signed;
        if let Some(seed) = args.numbers.stochastic {
            plan.rounding = ValueRounding::Stochastic { seed };
        }
        let here = |profile: &Option<String>| profile.as_ref().is_none_or(|p| *p == wanted.name);
        let own = args.layer.iter().filter(|choice| here(&choice.profile));
        plan.layers = own.map(|choice| (choice.layer.clone(), choice.format)).collect();
        plans.push((wanted.name.clone(), plan));
    }
    let known = |name: &String| plans.iter().any(|(plan, _)| plan == name);
    let named = args.layer.iter().filter_map(|choice| choice.profile.as_ref());
    if let Some(name) = named.into_iter().find(|name| !known(name)) {
        anyhow::bail!("--layer: no precision is called `{name}`; name it with --format {name}=...");
    }
    Ok(plans)
}

fn options(numbers: &NumberArgs) -> LowerOptions {
    LowerOptions {
        accumulator_bits: numbers.accumulator_bits,
        multiplier_bits: numbers.multiplier_bits,
        rounding: match numbers.rounding {
            RoundingArg::HalfUp => Rounding::HalfUp,
            RoundingArg::HalfEven => Rounding::HalfEven,
            RoundingArg::HalfAway => Rounding::HalfAway,
            RoundingArg::TowardZero => Rounding::TowardZero,
            RoundingArg::Floor => Rounding::Floor,
        },
        saturation: Saturation::Saturate,
    }
}

#[derive(Serialize)]
struct Summary {
    package: String,
    bytes: u64,
    precisions: Vec<PrecisionSummary>,
    ladder: Vec<Step>,
}

#[derive(Serialize)]
struct PrecisionSummary {
    name: String,
    weight_bits: u64,
    tensors: Vec<TensorReport>,
}

impl Summary {
    fn new(path: &Path, result: &JobResult) -> Self {
        let pairs = result.package.profiles.iter().zip(&result.reports);
        let precisions = pairs.map(|(profile, tensors)| PrecisionSummary {
            name: profile.name.clone(),
            weight_bits: profile.network.weight_bits(),
            tensors: tensors.clone(),
        });
        Self {
            package: path.display().to_string(),
            bytes: std::fs::metadata(path).map_or(0, |data| data.len()),
            precisions: precisions.collect(),
            ladder: result.package.ladder.clone(),
        }
    }
}

impl Outcome for Summary {
    fn text(&self) -> String {
        let mut text = String::new();
        for precision in &self.precisions {
            let weights = shown::bytes(precision.weight_bits);
            text.push_str(&format!("precision {}: weights {weights}\n", precision.name));
            text.push_str(&tensors(&precision.tensors));
            text.push('\n');
        }
        for step in &self.ladder {
            text.push_str(&format!(
                "climb from {} to {} below {}: {} of the images, {} agreement\n",
                step.from,
                step.to,
                shown::lead(step),
                shown::percent(step.climbing),
                shown::percent(step.agreement),
            ));
        }
        text.push_str(&format!("{}: {}\n", self.package, shown::bytes(8 * self.bytes)));
        text
    }
}

fn tensors(tensors: &[TensorReport]) -> String {
    let mut table = Table::new(&[
        "tensor",
        "operation",
        "shape",
        "format",
        ">smallest",
        ">largest",
        ">error",
        "weights",
        ">their error",
        ">accumulator",
    ]);
    for tensor in tensors {
        table.row(vec![
            tensor.name.clone(),
            tensor.op.into(),
            shown::shape(&tensor.shape),
            tensor.format.clone(),
            shown::real(tensor.min),
            shown::real(tensor.max),
            shown::error(tensor.error),
            tensor.weights.clone().unwrap_or_default(),
            shown::error(tensor.weight_error),
            tensor.accumulator_bits.map(|bits| format!("{bits} bits")).unwrap_or_default(),
        ]);
    }
    table.text()
}
