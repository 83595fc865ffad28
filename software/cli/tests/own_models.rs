//! Three networks that PyTorch trained and exported (testbenches/own-models), from the ONNX file to
//! the simulated machine. What ONNX Runtime says of them lies beside them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;

use std::path::{Path, PathBuf};

use common::*;
use serde_json::Value;

/// Scores at 16 bits may be off by so much of their largest.
const TOLERANCE: f64 = 2e-3;

fn own_models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testbenches/own-models")
}

/// What ONNX Runtime computed: images that are right, and scores of the first ones.
struct Runtime {
    correct: u64,
    scores: Vec<f64>,
}

impl Runtime {
    fn read(model: &Path) -> Self {
        let text = std::fs::read_to_string(model.with_extension("json")).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let rows = value["scores"].as_array().unwrap().iter();
        let scores =
            rows.flat_map(|row| row.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()));
        Self { correct: value["correct"].as_u64().unwrap(), scores: scores.collect() }
    }

    fn images(&self) -> usize {
        self.scores.len() / 10
    }
}

/// The last tensor at 16 bits in real numbers.
fn sixteen_bit_scores(package: &Path, images: usize, folder: &Path) -> Vec<f64> {
    let mut dump = bitladder();
    dump.arg("dump").arg(package).arg("--data").arg(digits()).args(["--profile", "16", "--count"]);
    let made = json(dump.arg(images.to_string()).arg("-o").arg(folder));
    let last = made["files"].as_array().unwrap().last().unwrap();
    let format = last["format"].as_str().unwrap();
    let exponent: i32 = format.strip_prefix("i32 x 2^").unwrap().parse().unwrap();
    let array = bitladder_data::read_npy(folder.join(last["file"].as_str().unwrap())).unwrap();
    assert_eq!(array.shape, [images, 10]);
    let bitladder_data::NpyValues::I32(values) = array.values else { panic!("{:?}", array.shape) };
    values.iter().map(|value| f64::from(*value) * f64::from(exponent).exp2()).collect()
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.map(f64::abs).fold(0.0, f64::max)
}

/// The model quantised, its decisions and scores compared, and two images on the machine's RTL.
fn take(name: &str) {
    let model = own_models().join(name).with_extension("onnx");
    let runtime = Runtime::read(&model);
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("net.blp");
    let mut quantize = bitladder();
    quantize.arg("quantize").arg(&model).arg("--calib").arg(digits()).arg("-o").arg(&package);
    quantize.assert().success();

    let mut eval = bitladder();
    eval.arg("eval").arg(&package).arg("--data").arg(digits()).arg("--model").arg(&model);
    let evaluated = json(&mut eval);
    let correct = |row: usize| evaluated["precisions"][row]["correct"].as_u64().unwrap();
    assert_eq!(correct(0), runtime.correct, "{name} in float, and in ONNX Runtime");
    assert!(correct(1).abs_diff(runtime.correct) <= 1, "{name} at 16 bits: {}", correct(1));

    let scores = sixteen_bit_scores(&package, runtime.images(), &folder.path().join("tensors"));
    let apart = largest(scores.iter().zip(&runtime.scores).map(|(ours, theirs)| ours - theirs));
    let limit = TOLERANCE * largest(runtime.scores.iter().copied());
    assert!(runtime.images() == 16 && apart <= limit, "{name}: {apart} of {limit}");

    let mut simulate = bitladder();
    simulate.arg("simulate").arg(&package).args(["--config", "sim-4x4", "--data"]).arg(digits());
    let simulated = json(simulate.args(["--limit", "2", "--batch", "2", "--backend", "rust"]));
    let rows = simulated["precisions"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!((&row["images"], &row["differences"]), (&2.into(), &0.into()), "{name}: {row}");
    }
}

#[test]
fn a_depthwise_separable_network_runs_to_the_bit() {
    take("depthwise");
}

#[test]
fn a_residual_network_with_batch_norms_runs_to_the_bit() {
    take("residual");
}

#[test]
fn a_perceptron_runs_to_the_bit() {
    take("perceptron");
}
