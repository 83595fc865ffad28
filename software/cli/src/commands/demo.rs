//! `bitladder demo`: the shipped digits through the shipped network.

use std::path::Path;

use bitladder_data::Part;
use bitladder_flow::{Decision, Model, Samples, decide, evaluate, evaluate_float};
use bitladder_package::{Package, Preprocess};
use bitladder_quantize::{FormatPlan, LayerFormat, LowerOptions};
use serde::Serialize;

use super::Session;
use super::eval::{Row, precisions};
use super::ladder_run::{LadderResult, run_ladder};
use super::quantize::Job;
use crate::output::Outcome;

/// Files of the repository that the demo carries along, so that it runs anywhere.
macro_rules! shipped {
    ($($name:literal from $path:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../../models/", $path)))),*]
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
/// Digits that are drawn.
const DRAWN: usize = 4;

pub(crate) fn run(session: &Session) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for (name, bytes) in FILES {
        std::fs::write(folder.path().join(name), bytes)?;
    }
    let model = Model::read(&folder.path().join(FILES[0].0), None)?;
    let samples = |part| load(folder.path(), part, &model);
    let (training, test) = (samples(Part::Train)?, samples(Part::Test)?);
    let plan = |bits: u8| (bits.to_string(), FormatPlan::uniform(LayerFormat::fixed(bits)));
    let job = Job {
        plans: BITS.map(plan).to_vec(),
        options: LowerOptions::default(),
        preprocess: Preprocess::default(),
        agreement: 0.999,
    };
    let package = job.run(session, &model, Some(&training))?.package;

    let float = evaluate_float(&model.network, &test, session.threads, &mut |_| {})?;
    let mut rows = vec![Row::new("float", 32 * model.network.parameters() as u64, float)];
    for profile in &package.profiles {
        let result = evaluate(&profile.network, &test, session.threads, &mut |_| {})?;
        rows.push(Row::new(&profile.name, profile.network.weight_bits(), result));
    }
    let ladder = run_ladder(session, &package, &test)?;
    let digits = digits(session, &package, &test)?;
    session.terminal.show(&Demo { images: test.len(), precisions: rows, ladder, digits })
}

fn load(folder: &Path, part: Part, model: &Model) -> anyhow::Result<Samples> {
    let data = bitladder_data::load(folder, part)?;
    Ok(Samples::new(data, &model.network, &Preprocess::default())?)
}

/// The digits on which 4 bits are least sure, with every precision's decision.
fn digits(session: &Session, package: &Package, test: &Samples) -> anyhow::Result<Vec<Digit>> {
    let all: Vec<usize> = (0..test.len()).collect();
    let of = |profile: &bitladder_package::Profile| {
        decide(&profile.network, test, &all, session.threads)
    };
    let decisions = package.profiles.iter().map(of).collect::<Result<Vec<Vec<Decision>>, _>>()?;
    let mut order = all;
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
        format!(
            "{} handwritten digits of people the network has not seen, classified with integers \
             exactly as\nthe hardware computes them:\n\n{}\n{}\nthe digits 4 bits were least sure \
             about:\n\n{}",
            self.images,
            precisions(&self.precisions),
            self.ladder.text(),
            drawing(&self.digits),
        )
    }
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
