//! The shipped digits network in some precisions.

use std::path::{Path, PathBuf};

use anyhow::Result;
use bitladder_data::{Part, load};
use bitladder_flow::{Model, Samples, calibrate, make_profile};
use bitladder_package::{Package, Preprocess, Source};
use bitladder_quantize::{Calibration, FormatPlan, LayerFormat, LowerOptions};

/// The model, and what its values do on the training images.
pub(crate) struct Digits {
    model: Model,
    calibration: Calibration,
}

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

impl Digits {
    pub(crate) fn read() -> Result<Digits> {
        let model = Model::read(&models().join("digits-cnn/model.onnx"), None)?;
        let data = load(models().join("data/digits8x8"), Part::Train)?;
        let samples = Samples::new(data, &model.network, &Preprocess::default())?;
        let calibration = calibrate(&model.network, &samples, 2, &mut |_| ())?;
        Ok(Digits { model, calibration })
    }

    /// The network in the given bits.
    pub(crate) fn package(&self, bits: &[u8], options: &LowerOptions) -> Result<Package> {
        let profile = |bits: &u8| {
            let plan = FormatPlan::uniform(LayerFormat::fixed(*bits));
            let name = bits.to_string();
            Ok(make_profile(&name, &self.model, &self.calibration, &plan, options)?.profile)
        };
        let source = Source {
            file: "model.onnx".into(),
            sha256: self.model.sha256.clone(),
            config: String::new(),
        };
        Ok(Package {
            name: self.model.network.name().into(),
            source,
            preprocess: Preprocess::default(),
            classes: Vec::new(),
            softmax: false,
            profiles: bits.iter().map(profile).collect::<Result<_>>()?,
            ladder: Vec::new(),
        })
    }
}
