//! The shipped digits network in several precisions, and its test images.

use std::path::{Path, PathBuf};

use bitladder_data::{Part, load};
use bitladder_flow::{Model, Samples, calibrate, make_profile};
use bitladder_golden::IntBatch;
use bitladder_network::QuantNetwork;
use bitladder_package::{Package, Preprocess, Profile, Source};
use bitladder_quantize::{FormatPlan, LayerFormat, LowerOptions};
use bitladder_spec::ValueRounding;

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

/// The network in uniform formats, one profile each.
pub(crate) fn package(formats: &[&str]) -> Package {
    package_with(formats, LowerOptions::default())
}

/// The same, with what lowering is told.
pub(crate) fn package_with(formats: &[&str], options: LowerOptions) -> Package {
    let model = Model::read(&models().join("digits-cnn/model.onnx"), None).unwrap();
    let data = load(models().join("data/digits8x8"), Part::Train).unwrap();
    let samples = Samples::new(data, &model.network, &Preprocess::default()).unwrap();
    let calibration = calibrate(&model.network, &samples, 2, &mut |_| ()).unwrap();
    let profile = |name: &&str| {
        let plan = FormatPlan::uniform(name.parse::<LayerFormat>().unwrap());
        let made = make_profile(name, &model, &calibration, &plan, &options).unwrap();
        Profile { name: (*name).into(), accumulator_bits: 48, network: made.profile.network }
    };
    let source = Source { file: "model.onnx".into(), sha256: String::new(), config: String::new() };
    Package {
        name: "digits".into(),
        source,
        preprocess: Preprocess::default(),
        classes: Vec::new(),
        softmax: false,
        profiles: formats.iter().map(profile).collect(),
        ladder: Vec::new(),
    }
}

/// Test images as a network takes them.
pub(crate) fn images(network: &QuantNetwork, which: std::ops::Range<usize>) -> IntBatch {
    let test = load(models().join("data/digits8x8"), Part::Test).unwrap();
    let shape = [network.inputs[0].shape.as_slice()];
    let test = Samples::for_inputs(test, "digits", &shape, &Preprocess::default()).unwrap();
    test.images(which).quantized(network.inputs[0].format, ValueRounding::default())
}
