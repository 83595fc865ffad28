//! `bitladder characterize`.

use std::path::PathBuf;

use anyhow::Context;
use bitladder_flow::Model;
use bitladder_package::Preprocess;
use bitladder_study::characterize::{
    Arrangement, Characterization, Climbed, CurvePoint, Histogram, Score, Wanted, Width,
};
use bitladder_study::energy::PowerTable;
use bitladder_study::{Sets, characterize};
use serde::Serialize;

use super::{Session, shown};
use crate::args::{CharacterizeArgs, NamedFormat, ScoreArg, SubjectArgs};
use crate::output::Outcome;
use crate::table::Table;

/// Lines of a curve in text; the JSON document has all.
const LINES: usize = 10;

pub(crate) fn run(session: &Session, args: &CharacterizeArgs) -> anyhow::Result<()> {
    let subject = Subject::load(&args.subject)?;
    let power = power(args)?;
    let wanted = Wanted {
        widths: widths(args),
        trained: trained(args)?,
        seed: (!args.nearest).then_some(args.seed),
        least_bar: args.least_bar,
        loss: args.loss,
        sure: args.sure,
        score: match args.score {
            ScoreArg::Logits => Score::Logits,
            ScoreArg::Probability => Score::Probability,
            ScoreArg::Calibrated => Score::Calibrated,
        },
        power: &power,
        state: args.state.as_deref(),
        threads: session.threads,
    };
    let sets = &subject.sets;
    let images: usize = sets.all().iter().map(|(_, samples)| samples.len()).sum();
    let bar = session.terminal.bar("float", images);
    let mut progress = |what: &str, done: usize| {
        bar.set_message(what.to_owned());
        bar.set_position(done as u64);
    };
    let result = characterize(&subject.model, sets, &subject.preprocess, &wanted, &mut progress);
    bar.finish_and_clear();
    let (study, package) = result?;
    if let (Some(path), Some(package)) = (&args.output, &package) {
        package.write(path)?;
    }
    let written = args.output.as_ref().filter(|_| package.is_some());
    let package = written.map(|path| path.display().to_string());
    session.terminal.show(&Report { study, advice: String::new(), package }.with_advice())
}

/// The models of single widths.
fn trained(args: &CharacterizeArgs) -> anyhow::Result<Vec<(String, Model)>> {
    let read = |(width, path): &(String, PathBuf)| {
        Ok((width.clone(), Model::read(path, args.subject.output_name.clone())?))
    };
    args.trained.iter().map(read).collect()
}

/// A model and its images.
pub(super) struct Subject {
    pub(super) model: Model,
    pub(super) preprocess: Preprocess,
    pub(super) sets: Sets,
}

impl Subject {
    pub(super) fn load(args: &SubjectArgs) -> anyhow::Result<Self> {
        let model = Model::read(&args.model, args.output_name.clone())?;
        let preprocess = Preprocess { mean: args.mean.clone(), deviation: args.deviation.clone() };
        preprocess.check().map_err(|what| anyhow::anyhow!("{what}"))?;
        let sets = Sets::load(&args.data, &model.network, &preprocess, args.images.get())?;
        Ok(Self { model, preprocess, sets })
    }
}

fn power(args: &CharacterizeArgs) -> anyhow::Result<PowerTable> {
    let Some(path) = &args.power else { return Ok(PowerTable::shipped()?) };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("{name}: cannot be read"))?;
    Ok(PowerTable::from_toml(&text, &name)?)
}

fn widths(args: &CharacterizeArgs) -> Vec<Width> {
    if args.width.is_empty() {
        return Width::defaults();
    }
    let width = |w: &NamedFormat| Width { name: w.name.clone(), format: w.format };
    args.width.iter().map(width).collect()
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    study: Characterization,
    advice: String,
    package: Option<String>,
}

impl Report {
    fn with_advice(self) -> Self {
        let advice = self.study.verdict.to_string();
        Self { advice, ..self }
    }
}

impl Outcome for Report {
    fn text(&self) -> String {
        let study = &self.study;
        let [train, validation, test] = study.images.map(|images| shown::count(images as u64));
        let mut text = format!(
            "{train} training, {validation} validation and {test} test images; float: {} of the \
             test images\n\nleast correct width of {} images that float gets right\n{}",
            shown::percent(study.float[2]),
            shown::count(study.histogram.images as u64),
            bars(&study.histogram, &study.merged),
        );
        text.push_str(&format!("{}\n\n", study.merged.shape()));
        text.push_str("score margins (probabilities), mean and standard deviation\n");
        text.push_str(&margins(study));
        text.push_str("\ntemperatures that make the probabilities honest, on the test images\n");
        text.push_str(&temperatures(study));
        text.push_str("\nladder of the merged bars on the validation images\n");
        text.push_str(&curve(match study.score {
            Score::Logits => &study.curve,
            Score::Probability => &study.probability_curve,
            Score::Calibrated => &study.calibrated_curve,
        }));
        text.push_str("\non the test images\n");
        text.push_str(&arrangements(study));
        text.push_str(&format!("\n{}\n", self.advice));
        if let Some(package) = &self.package {
            text.push_str(&format!("{package}: written\n"));
        }
        text
    }
}

fn bars(histogram: &Histogram, merged: &Histogram) -> String {
    let mut table = Table::new(&["width", ">images", ">share", ">merged"]);
    for bar in &histogram.bars {
        let kept = merged.bars.iter().find(|kept| kept.width == bar.width);
        table.row(vec![
            bar.width.clone(),
            shown::count(bar.images as u64),
            shown::percent(bar.share),
            kept.map_or("-".into(), |kept| shown::percent(kept.share)),
        ]);
    }
    let never = histogram.never as f64 / histogram.images.max(1) as f64;
    let images = shown::count(histogram.never as u64);
    table.row(vec!["none".into(), images, shown::percent(never), "-".into()]);
    table.text()
}

fn margins(study: &Characterization) -> String {
    let mut table = Table::new(&["width", ">easy", "", ">difficult", ""]);
    for margins in &study.margins {
        let mut cells = vec![margins.width.clone()];
        for spread in [margins.easy, margins.difficult] {
            cells.push(format!("{:.3} +- {:.3}", spread.mean, spread.deviation));
            cells.push(format!("({} images)", spread.images));
        }
        table.row(cells);
    }
    table.text()
}

fn temperatures(study: &Characterization) -> String {
    let mut table = Table::new(&["width", ">temperature", ">error without", ">error with"]);
    for (width, found) in &study.temperatures {
        let errors = [found.error_without, found.error_with].map(shown::percent);
        let [without, with] = errors;
        table.row(vec![width.clone(), format!("{:.3}", found.value), without, with]);
    }
    table.text()
}

fn curve(points: &[CurvePoint]) -> String {
    let mut table = Table::new(&[">threshold", ">accuracy", ">power", ">climbing"]);
    let every = points.len().div_ceil(LINES).max(1);
    for point in points.iter().step_by(every) {
        let climbing = point.climbed.reached.get(1).copied().unwrap_or(0.0);
        table.row(vec![
            format!("{:.3}", point.threshold),
            shown::percent(point.climbed.accuracy()),
            format!("{:.1} mW", point.climbed.milliwatts),
            shown::percent(climbing),
        ]);
    }
    table.text()
}

fn arrangements(study: &Characterization) -> String {
    let mut table = Table::new(&["", "widths", ">threshold", ">accuracy", ">loss", "", ">power"]);
    let mut row = |what: &str, widths: String, threshold: Option<f64>, climbed: &Climbed| {
        let loss = climbed.loss;
        table.row(vec![
            what.into(),
            widths,
            threshold.map_or(String::new(), |threshold| format!("{threshold:.3}")),
            shown::percent(climbed.accuracy()),
            shown::percent(loss.value),
            format!("({} to {})", shown::percent(loss.low), shown::percent(loss.high)),
            format!("{:.1} mW", climbed.milliwatts),
        ]);
    };
    for (width, climbed) in &study.widths {
        row("alone", width.clone(), None, climbed);
    }
    let verdict = &study.verdict;
    let named: [(&str, &Option<Arrangement>); 3] = [
        ("ladder of the bars", &verdict.bars),
        ("cheapest ladder", &verdict.ladder),
        ("cheapest width", &verdict.single),
    ];
    for (what, found) in named {
        if let Some(found) = found {
            row(what, found.widths.join(" to "), found.threshold, &found.test);
        }
    }
    table.text()
}
