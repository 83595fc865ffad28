//! The shipped digits network in any format.

use std::path::{Path, PathBuf};

use bitladder_data::{Part, load};
use bitladder_flow::{Model, Samples, calibrate, make_profile};
use bitladder_network::QuantNetwork;
use bitladder_package::Preprocess;
use bitladder_quantize::{Calibration, FormatPlan, LayerFormat, LowerOptions};

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

/// The model, and what its values do on the training images.
pub(crate) struct Digits {
    model: Model,
    calibration: Calibration,
}

fn samples(model: &Model, part: Part) -> Samples {
    let data = load(models().join("data/digits8x8"), part).expect("digits are shipped");
    Samples::new(data, &model.network, &Preprocess::default()).expect("they suit")
}

impl Digits {
    pub(crate) fn read() -> Self {
        let model = Model::read(&models().join("digits-cnn/model.onnx"), None)
            .expect("the model is in the repository");
        let samples = samples(&model, Part::Train);
        let calibration = calibrate(&model.network, &samples, 2, &mut |_| ())
            .expect("the model runs on its images");
        Self { model, calibration }
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
}
