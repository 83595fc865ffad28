//! The shipped digits network in any format.

use std::path::{Path, PathBuf};

use bitladder_data::{Part, load};
use bitladder_flow::{Model, Samples, calibrate, make_profile};
use bitladder_golden::{FloatBatch, IntBatch};
use bitladder_network::QuantNetwork;
use bitladder_package::{Package, Preprocess, Source};
use bitladder_quantize::{Calibration, FormatPlan, LayerFormat, LowerOptions};
use bitladder_spec::ValueRounding;

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

/// The model, what its values do on the training images, and the test images.
pub(crate) struct Digits {
    pub(crate) model: Model,
    calibration: Calibration,
    test: Samples,
}

impl Digits {
    pub(crate) fn read() -> Self {
        let model = Model::read(&models().join("digits-cnn/model.onnx"), None)
            .expect("the model is in the repository");
        let samples = |part| {
            let data = load(models().join("data/digits8x8"), part).expect("digits are shipped");
            Samples::new(data, &model.network, &Preprocess::default()).expect("they suit")
        };
        let calibration = calibrate(&model.network, &samples(Part::Train), 2, &mut |_| ())
            .expect("the model runs on its images");
        let test = samples(Part::Test);
        Self { model, calibration, test }
    }

    /// The network with a format for all layers and others for some: `8 conv1=ternary`.
    pub(crate) fn quantised(&self, formats: &str) -> QuantNetwork {
        let mut parts = formats.split(' ');
        let format = |text: &str| text.parse::<LayerFormat>().expect("a format");
        let mut plan = FormatPlan::uniform(format(parts.next().unwrap_or("8")));
        for part in parts {
            let (layer, of) = part.split_once('=').expect("layer=format");
            assert!(self.model.network.layers().iter().any(|l| l.name == layer), "no {layer}");
            plan.layers.insert(layer.into(), format(of));
        }
        let options = LowerOptions::default();
        make_profile(formats, &self.model, &self.calibration, &plan, &options)
            .expect("the model can be quantised")
            .profile
            .network
    }

    /// A package of several precisions.
    pub(crate) fn package(&self, formats: &[&str]) -> Package {
        let profile = |name: &&str| bitladder_package::Profile {
            name: (*name).into(),
            accumulator_bits: 48,
            network: self.quantised(name),
        };
        let source =
            Source { file: "model.onnx".into(), sha256: String::new(), config: String::new() };
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

    /// All test images as a network takes them, in batches of one size; the last one begins
    /// earlier so that it is full.
    pub(crate) fn batches(&self, network: &QuantNetwork, size: usize) -> Vec<IntBatch> {
        let starts = (0..self.test.len()).step_by(size);
        let start = |first: usize| first.min(self.test.len() - size);
        let images = starts.map(|first| self.test.images(start(first)..start(first) + size));
        let integers =
            |batch: FloatBatch| batch.quantized(network.inputs[0].format, ValueRounding::default());
        images.map(integers).collect()
    }
}
