//! `bitladder search`.

use anyhow::{Context, bail};
use bitladder_flow::{Model, calibrate, evaluate, make_profile};
use bitladder_package::Preprocess;
use bitladder_quantize::{
    Center, CodeStatistics, FormatPlan, Grid, LayerFormat, LowerOptions, RadixRule, Scalable,
    WeightScheme, code_error, quantize_weights, search_thresholds, weights_of,
};
use bitladder_spec::ValueRounding;
use bitladder_study::Sets;
use serde::Serialize;

use super::{Session, shown};
use crate::args::SearchArgs;
use crate::output::Outcome;
use crate::table::Table;

pub(crate) fn run(session: &Session, args: &SearchArgs) -> anyhow::Result<()> {
    let WeightScheme::Scalable(base) = args.code.weights else {
        bail!("--code {}: only codes like `qsq.c16.o4` have thresholds to search", args.code);
    };
    let model = Model::read(&args.model, None)?;
    let grid = grid(args);
    let center = if args.about_mean { Center::Mean } else { Center::Zero };
    let bar = session.terminal.steps("searching", model.network.layers().len());
    let mut layers = Vec::new();
    for layer in model.network.layers() {
        if let Some((shape, values)) = weights_of(&model.network, layer) {
            bar.set_message(layer.name.clone());
            let found = search(values, shape, base, center, &grid);
            layers.push(found.with_context(|| layer.name.clone())?.named(&layer.name, args));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let accuracy = measure(session, args, &model, &layers)?;
    session.terminal.show(&Report { layers, accuracy })
}

fn grid(args: &SearchArgs) -> Grid {
    let mut grid = Grid::default();
    if !args.delta.is_empty() {
        grid.delta.clone_from(&args.delta);
    }
    if !args.gamma.is_empty() {
        grid.gamma.clone_from(&args.gamma);
    }
    grid
}

/// The best code of a layer and what it makes of the weights.
struct Best {
    code: Scalable,
    error: f64,
    nearest: f64,
    counts: CodeStatistics,
    bits: u64,
}

fn search(
    values: &[f32],
    shape: [usize; 4],
    base: Scalable,
    center: Center,
    grid: &Grid,
) -> anyhow::Result<Best> {
    let found = search_thresholds(values, shape, base, center, grid)?;
    let found = found.context("the grid has no points; give --delta and --gamma")?;
    let scheme = WeightScheme::Scalable(found.code);
    let rounding = ValueRounding::default();
    let coded = quantize_weights(values, shape, scheme, RadixRule::default(), rounding)?.weights;
    let mut counts = CodeStatistics::default();
    counts.add(&coded);
    let codes = u64::from(found.code.code_bits()) * counts.weights;
    let nearest = code_error(values, shape, Scalable { thresholds: None, ..base })?;
    let bits = codes + 32 * coded.scalars().len() as u64;
    Ok(Best { code: found.code, error: found.error, nearest, counts, bits })
}

impl Best {
    fn named(self, layer: &str, args: &SearchArgs) -> Layer {
        let format = LayerFormat {
            weights: WeightScheme::Scalable(self.code),
            input_bits: args.code.input_bits,
        };
        Layer {
            layer: layer.into(),
            format: format.to_string(),
            error: self.error,
            error_of_nearest: self.nearest,
            zeros: self.counts.zeros,
            weights: self.counts.weights,
            container_bits: self.bits,
            chosen: format,
        }
    }
}

/// Share of test images that are right with the codes found, if there are images.
fn measure(
    session: &Session,
    args: &SearchArgs,
    model: &Model,
    layers: &[Layer],
) -> anyhow::Result<Option<f64>> {
    let Some(data) = &args.data else { return Ok(None) };
    let none = Preprocess::default();
    let sets = Sets::load(data, &model.network, &none, args.images.get())?;
    let bar = session.terminal.bar("calibrating", sets.train.len());
    let tick = &mut |done| bar.set_position(done as u64);
    let calibration = calibrate(&model.network, &sets.train, session.threads, tick);
    bar.finish_and_clear();
    let mut plan = FormatPlan::uniform(args.code);
    plan.layers = layers.iter().map(|layer| (layer.layer.clone(), layer.chosen)).collect();
    let options = LowerOptions::default();
    let made = make_profile("found", model, &calibration?, &plan, &options)?;
    let bar = session.terminal.bar("measuring", sets.test.len());
    let tick = &mut |done| bar.set_position(done as u64);
    let found = evaluate(&made.profile.network, &sets.test, session.threads, tick);
    bar.finish_and_clear();
    Ok(Some(found?.evaluation.accuracy()))
}

#[derive(Serialize)]
struct Report {
    layers: Vec<Layer>,
    accuracy: Option<f64>,
}

#[derive(Serialize)]
struct Layer {
    layer: String,
    format: String,
    /// Squared error relative to the squared weights.
    error: f64,
    /// The same if every weight takes the nearest factor.
    error_of_nearest: f64,
    zeros: u64,
    weights: u64,
    /// Codes and a scalar of 32 bits per vector: equations 11 and 12.
    container_bits: u64,
    #[serde(skip)]
    chosen: LayerFormat,
}

impl Outcome for Report {
    fn text(&self) -> String {
        let headings =
            ["layer", "format", ">error", ">nearest factor", ">zeros", ">container", ">of 32 bits"];
        let mut table = Table::new(&headings);
        for layer in &self.layers {
            let weights = layer.weights.max(1) as f64;
            table.row(vec![
                layer.layer.clone(),
                layer.format.clone(),
                format!("{:.4}", layer.error),
                format!("{:.4}", layer.error_of_nearest),
                shown::percent(layer.zeros as f64 / weights),
                shown::bytes(layer.container_bits),
                shown::percent(layer.container_bits as f64 / (32.0 * weights)),
            ]);
        }
        let options = self.layers.iter().map(|l| format!(" --layer {}={}", l.layer, l.format));
        let options: String = options.collect();
        let mut text = format!("{}\nbitladder quantize MODEL{options}\n", table.text());
        if let Some(accuracy) = self.accuracy {
            text.push_str(&format!("accuracy on the test images: {}\n", shown::percent(accuracy)));
        }
        text
    }
}
