//! `bitladder demo`: the shipped digits through the shipped network, in software, on the simulated
//! machine, and up to a bitstream.

mod hardware;
mod story;

use std::path::{Path, PathBuf};

use anyhow::ensure;
use bitladder_data::Part;
use bitladder_demo::check::Check;
use bitladder_demo::{Bitstream, Machine, Story};
use bitladder_flow::{Decision, Model, Samples, decide, evaluate, evaluate_float};
use bitladder_package::{Package, Preprocess, Profile};
use bitladder_quantize::{FormatPlan, LayerFormat, LowerOptions};
use serde::Serialize;

use super::Session;
use super::eval::{Row, precisions};
use super::ladder_run::{LadderResult, run_ladder};
use super::quantize::Job;
use super::shown;
use crate::args::DemoArgs;
use crate::output::Outcome;
use crate::table::Table;

/// Files of the repository that the demo carries along, so that it runs anywhere.
macro_rules! shipped {
    ($($name:literal from $path:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../data/models/", $path)))),*]
    };
}

const FILES: &[(&str, &[u8])] = shipped![
    "digits-cnn.onnx" from "digits-cnn/model.onnx",
    "dataset.json" from "data/digits8x8/dataset.json",
    "train-images-idx3-ubyte.gz" from "data/digits8x8/train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz" from "data/digits8x8/train-labels-idx1-ubyte.gz",
    "test-images-idx3-ubyte.gz" from "data/digits8x8/test-images-idx3-ubyte.gz",
    "test-labels-idx1-ubyte.gz" from "data/digits8x8/test-labels-idx1-ubyte.gz",
];

/// Precisions of the demo, best first.
const BITS: [u8; 3] = [16, 8, 4];
/// Other forms of the weights, with their names: the 3-bit code and powers of two.
const FORMS: [(&str, &str); 2] = [("3-bit code", "qsq"), ("power of two", "pow2")];
/// Digits that are drawn.
const DRAWN: usize = 4;

pub(crate) fn run(session: &Session, args: &DemoArgs) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for (name, bytes) in FILES {
        std::fs::write(folder.path().join(name), bytes)?;
    }
    let model = Model::read(&folder.path().join(FILES[0].0), None)?;
    let samples = |part| load(folder.path(), part, &model);
    let (training, test) = (samples(Part::Train)?, samples(Part::Test)?);
    let plan = |bits: u8| (bits.to_string(), FormatPlan::uniform(LayerFormat::fixed(bits)));
    let ladder = quantise(session, (&model, &training), BITS.map(plan).to_vec())?;
    let forms = FORMS.map(|(name, format)| Ok((name.into(), FormatPlan::uniform(format.parse()?))));
    let forms: anyhow::Result<Vec<_>> = forms.into_iter().collect();
    let forms = quantise(session, (&model, &training), forms?)?;

    let float = evaluate_float(&model.network, &test, session.threads, &mut |_| {})?;
    let right = float.evaluation.accuracy();
    let mut rows = vec![Row::new("float", 32 * model.network.parameters() as u64, float)];
    rows.extend(evaluated(session, &ladder, &test)?);
    let accuracies: Vec<f64> = rows.iter().skip(1).map(|row| row.accuracy).collect();
    let of_forms: Vec<f64> =
        evaluated(session, &forms, &test)?.iter().map(|row| row.accuracy).collect();
    let climbed = run_ladder(session, &ladder, &test)?;
    let decisions = decisions(session, &ladder, &test)?;
    let digits = digits(&decisions, &test)?;
    let known = story::Known {
        ladder: (&ladder, &accuracies),
        decisions: &decisions,
        forms: (&forms, &of_forms),
        test: &test,
        float: right,
    };
    let (report, story) = story::tell(session, args, &known)?;
    let differing = story.precisions.iter().flat_map(|one| &one.checks);
    let differing: usize = differing.map(|check| check.images - check.equal).sum();
    let shown =
        Demo { images: test.len(), precisions: rows, ladder: climbed, digits, report, story };
    session.terminal.show(&shown)?;
    ensure!(differing == 0, "{differing} image(s) differ from the golden model");
    Ok(())
}

type Learned<'a> = (&'a Model, &'a Samples);

fn quantise(
    session: &Session,
    (model, training): Learned,
    plans: Vec<(String, FormatPlan)>,
) -> anyhow::Result<Package> {
    let (options, preprocess) = (LowerOptions::default(), Preprocess::default());
    let job = Job { plans, options, preprocess, agreement: 0.999 };
    Ok(job.run(session, model, Some(training))?.package)
}

fn load(folder: &Path, part: Part, model: &Model) -> anyhow::Result<Samples> {
    let data = bitladder_data::load(folder, part)?;
    Ok(Samples::new(data, &model.network, &Preprocess::default())?)
}

/// How good each precision of a package is.
fn evaluated(session: &Session, package: &Package, test: &Samples) -> anyhow::Result<Vec<Row>> {
    let row = |profile: &Profile| {
        let result = evaluate(&profile.network, test, session.threads, &mut |_| {})?;
        Ok(Row::new(&profile.name, profile.network.weight_bits(), result))
    };
    package.profiles.iter().map(row).collect()
}

/// What each precision of a package says of each image.
fn decisions(
    session: &Session,
    package: &Package,
    test: &Samples,
) -> anyhow::Result<Vec<Vec<Decision>>> {
    let all: Vec<usize> = (0..test.len()).collect();
    let of = |profile: &Profile| Ok(decide(&profile.network, test, &all, session.threads)?);
    package.profiles.iter().map(of).collect()
}

/// The digits on which 4 bits are least sure, with every precision's decision.
fn digits(decisions: &[Vec<Decision>], test: &Samples) -> anyhow::Result<Vec<Digit>> {
    let mut order: Vec<usize> = (0..test.len()).collect();
    if let Some(cheapest) = decisions.last() {
        order.sort_by_key(|image| cheapest[*image].margin);
    }
    let labels = test.labels()?;
    let digit = |image: &usize| Digit {
        image: *image,
        label: usize::from(labels[*image]),
        decisions: decisions.iter().map(|list| list[*image].class).collect(),
        pixels: test.images(*image..image + 1).data().to_vec(),
    };
    Ok(order.iter().take(DRAWN).map(digit).collect())
}

#[derive(Serialize)]
struct Demo {
    images: usize,
    precisions: Vec<Row>,
    ladder: LadderResult,
    digits: Vec<Digit>,
    /// Where the page is.
    report: PathBuf,
    #[serde(skip)]
    story: Story,
}

#[derive(Serialize)]
struct Digit {
    image: usize,
    label: usize,
    decisions: Vec<Option<usize>>,
    #[serde(skip)]
    pixels: Vec<f32>,
}

impl Outcome for Demo {
    fn text(&self) -> String {
        let page = self.report.display();
        let text = format!(
            "{} handwritten digits of people the network has not seen, classified with integers \
             exactly as\nthe hardware computes them:\n\n{}\n{}\nthe digits 4 bits were least sure \
             about:\n\n{}",
            self.images,
            precisions(&self.precisions),
            self.ladder.text(),
            drawing(&self.digits),
        );
        format!("{text}\n{}\nthe report is in {page}\n", hardware_text(&self.story))
    }
}

/// What the simulated machine did, and what became of the bitstream.
fn hardware_text(story: &Story) -> String {
    let Machine { name, array, mhz, .. } = &story.machine;
    let [rows, columns] = array;
    let mut text =
        format!("on the simulated machine {name} ({rows} x {columns} lanes, {mhz} MHz):\n\n");
    let head = ["precision", ">as golden", ">cycles per image", ">images/s", ">uJ per image"];
    let mut table = Table::new(&head);
    for (one, cost) in story.precisions.iter().zip(&story.costs) {
        let of = |count: fn(&Check) -> usize| one.checks.iter().map(count).sum::<usize>();
        table.row(vec![
            one.name.clone(),
            format!("{} of {}", of(|check| check.equal), of(|check| check.images)),
            shown::count(one.cycles / one.batch as u64),
            shown::count((1.0 / cost.seconds).round() as u64),
            format!("{:.2}", cost.microjoules),
        ]);
    }
    text += &table.text();
    let bitstream = match &story.bitstream {
        Bitstream::Built(built) => format!(
            "bitstream of {} for {}: {:.1} MHz",
            built.machine, built.report.board, built.reached_mhz
        ),
        Bitstream::Missing(why) => format!("no bitstream: {why}"),
    };
    text + "\n" + &bitstream + "\n"
}

/// Digits side by side, in shades, with label and decisions below.
fn drawing(digits: &[Digit]) -> String {
    const SHADES: [&str; 5] = ["  ", "░░", "▒▒", "▓▓", "██"];
    const SIDE: usize = 8;
    let mut text = String::new();
    for row in 0..SIDE {
        for digit in digits {
            text.push_str("  ");
            for pixel in digit.pixels.iter().skip(row * SIDE).take(SIDE) {
                let shade = (pixel * (SHADES.len() - 1) as f32).round() as usize;
                text.push_str(SHADES[shade.min(SHADES.len() - 1)]);
            }
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    let mut line = |what: &str, of: &dyn Fn(&Digit) -> String| {
        for digit in digits {
            text.push_str(&format!("  {:<16}", format!("{what}{}", of(digit))));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    };
    line("it is a ", &|digit| digit.label.to_string());
    for (place, bits) in BITS.iter().enumerate() {
        let decision = |digit: &Digit| match digit.decisions[place] {
            Some(class) => class.to_string(),
            None => "nothing".into(),
        };
        line(&format!("{bits} bits say "), &decision);
    }
    text
}
