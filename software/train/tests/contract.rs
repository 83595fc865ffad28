//! What training sees is what the engine computes.

#![allow(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

mod common;

use bitladder_data::Dataset;
use bitladder_flow::{Model, Samples, calibrate, evaluate as engine_evaluate, make_profile};
use bitladder_network::{FloatNetwork, QuantNetwork};
use bitladder_onnx_proto::Message;
use bitladder_package::Preprocess;
use bitladder_quantize::{FormatPlan, LowerOptions};
use bitladder_train::data::Splits;
use bitladder_train::export::to_onnx;
use bitladder_train::export_qdq::to_qdq;
use bitladder_train::quantised::Quantised;
use bitladder_train::settings::Settings;
use bitladder_train::trainer::{Session, evaluate};
use common::{digits, shipped_digits, short, trained};

/// Images whose class may differ because sums of single precision round where integers do not:
/// one in two hundred.
const TOLERANCE: f64 = 0.005;

fn samples(data: &Dataset, network: &FloatNetwork) -> Samples {
    Samples::new(data.clone(), network, &Preprocess::default()).unwrap()
}

/// Accuracy of an integer network on the engine.
fn on_engine(network: &QuantNetwork, data: &Dataset) -> f64 {
    let inputs = [network.inputs[0].shape.as_slice()];
    let samples =
        Samples::for_inputs(data.clone(), &network.name, &inputs, &Preprocess::default()).unwrap();
    engine_evaluate(network, &samples, 1, &mut |_| {}).unwrap().evaluation.accuracy()
}

/// The integer network that the tool flow makes of a model file.
fn imported(bytes: &[u8], plan: &FormatPlan, data: &Splits, settings: &Settings) -> QuantNetwork {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    std::fs::write(&path, bytes).unwrap();
    let model = Model::read(&path, None).unwrap();
    let some = Samples::spread(&data.train, settings.calibration);
    let calibration =
        calibrate(&model.network, &samples(&some, &model.network), 1, &mut |_| {}).unwrap();
    let made = make_profile("p", &model, &calibration, plan, &LowerOptions::default()).unwrap();
    made.profile.network
}

fn result(session: &Session<'_>) -> (f64, Quantised) {
    let (frozen, quantised) = session.frozen().unwrap();
    let test = session.scores(&frozen)[2].1;
    (test.accuracy(), quantised.unwrap())
}

/// Trains a little in the formats and holds the accuracy it reports against the engine's, for the
/// network it lowered itself, for the exported float model quantised again, and for the exported
/// integers.
fn agrees(epochs: usize, formats: &[&str], keeps_integers: bool) {
    let data = digits();
    let settings = short(epochs, formats);
    let plan = settings.plan.clone().unwrap().format_plan();
    let session = trained(&shipped_digits(), settings.clone(), &data);
    let (trained, quantised) = result(&session);
    let close = |found: f64, what: &str| {
        assert!((found - trained).abs() <= TOLERANCE, "{formats:?} {what}: {found}, not {trained}");
    };
    assert!(trained > 0.5, "{formats:?}: {trained} is chance, which proves nothing");
    close(on_engine(&quantised.lowered.network, &data.test), "lowered");
    let qdq = to_qdq(&quantised, &[]).unwrap().encode_to_vec();
    if keeps_integers {
        close(on_engine(&imported(&qdq, &plan, &data, &settings), &data.test), "integers");
    }
    if quantised.declared.is_empty() {
        let float = to_onnx(&quantised.network, &[]).unwrap().encode_to_vec();
        let again = imported(&float, &plan, &data, &settings);
        assert_eq!(again, quantised.lowered.network, "{formats:?}: quantising again");
    }
}

#[test]
fn fixed_point() {
    for bits in ["16", "8", "4", "3"] {
        agrees(1, &[bits], bits != "16");
    }
}

#[test]
fn two_bits_between_eight() {
    agrees(3, &["2", "conv1=8", "fc2=8"], true);
}

/// Not without stopping gradients where values saturate.
#[test]
fn two_bits_throughout() {
    agrees(6, &["2"], true);
}

#[test]
fn codes() {
    // ONNX has no integers for 2^15 with a sign, so powers of two go by the float model alone.
    agrees(3, &["pow2"], false);
    agrees(3, &["qsq"], true);
    agrees(3, &["qsq9:1.5"], true);
    agrees(3, &["ternary"], true);
    agrees(3, &["binary"], true);
}

#[test]
fn levels_of_equation_3() {
    agrees(10, &["kbit4a8"], true);
    agrees(10, &["kbit2a4", "conv1=8", "fc2=8"], true);
}

#[test]
fn a_hybrid_network_keeps_its_formats() {
    agrees(3, &["binarya4", "conv1=16", "conv2=w2a2", "fc2=16"], false);
}

#[test]
fn norms_kept_in_training_fold_to_the_same_network() {
    let data = common::digits();
    // A small network with norms, through the trainer's own float training first.
    let mut network = FloatNetwork::new(
        "normed",
        vec![bitladder_network::Input { name: "image".into(), shape: vec![1, 8, 8] }],
    )
    .unwrap();
    common::push_normed(&mut network);
    let float = trained(&network, short(2, &[]), &data).network().unwrap();
    for formats in [["w4a4", "fc=8"], ["binarya2", "fc=8"]] {
        let settings = Settings { keep_norms: true, ..short(3, &formats) };
        let session = trained(&float, settings, &data);
        let (frozen, quantised) = session.frozen().unwrap();
        let found = evaluate(&frozen, &data.test).accuracy();
        let engine = on_engine(&quantised.unwrap().lowered.network, &data.test);
        assert!((found - engine).abs() <= TOLERANCE, "{formats:?}: {found} {engine}");
        assert!(found > 0.6, "{formats:?}: {found}");
    }
}
