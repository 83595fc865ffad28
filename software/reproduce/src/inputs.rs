//! A network and images to measure on, loaded when the first reproduction needs them.

use std::cell::OnceCell;
use std::path::PathBuf;

use bitladder_flow::{Made, Model, calibrate, evaluate, evaluate_float, make_profile};
use bitladder_network::{QuantNetwork, QuantOp};
use bitladder_package::Preprocess;
use bitladder_quantize::{Calibration, FormatPlan, LayerFormat, LowerOptions};
use bitladder_study::Sets;
use bitladder_study::characterize::Characterization;
use bitladder_study::pca::{Criteria, Dimensions, dimensions};

use crate::ReproduceError;

/// What reproductions are given.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The model file and the folder with its images; without them nothing is measured.
    pub subject: Option<(PathBuf, PathBuf)>,
    /// Use at most this many images of each part.
    pub images: usize,
    /// Threads.
    pub threads: usize,
    loaded: OnceCell<Subject>,
}

/// A network with its images and ranges.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) model: Model,
    pub(crate) sets: Sets,
    pub(crate) calibration: Calibration,
    threads: usize,
    pub(crate) study: OnceCell<Characterization>,
}

impl Inputs {
    /// A network and its images.
    pub fn new(subject: Option<(PathBuf, PathBuf)>, images: usize, threads: usize) -> Self {
        Self { subject, images, threads, loaded: OnceCell::new() }
    }

    /// The network, loaded once; `None` if there is none.
    pub(crate) fn subject(&self) -> Result<Option<&Subject>, ReproduceError> {
        let Some((model, data)) = &self.subject else { return Ok(None) };
        if let Some(loaded) = self.loaded.get() {
            return Ok(Some(loaded));
        }
        let model = Model::read(model, None)?;
        let sets = Sets::load(data, &model.network, &Preprocess::default(), self.images)?;
        let calibration = calibrate(&model.network, &sets.train, self.threads, &mut |_| {})?;
        let loaded =
            Subject { model, sets, calibration, threads: self.threads, study: OnceCell::new() };
        Ok(Some(self.loaded.get_or_init(|| loaded)))
    }
}

impl Subject {
    /// The network in a format.
    pub(crate) fn made(&self, format: LayerFormat) -> Result<Made, ReproduceError> {
        let plan = FormatPlan::uniform(format);
        let options = LowerOptions::default();
        let name = format.to_string();
        Ok(make_profile(&name, &self.model, &self.calibration, &plan, &options)?)
    }

    /// Percent of the test images that are right.
    pub(crate) fn accuracy(&self, network: &QuantNetwork) -> Result<f64, ReproduceError> {
        let found = evaluate(network, &self.sets.test, self.threads, &mut |_| {})?;
        Ok(100.0 * found.evaluation.accuracy())
    }

    /// The same in float.
    pub(crate) fn float_accuracy(&self) -> Result<f64, ReproduceError> {
        let network = &self.model.network;
        let found = evaluate_float(network, &self.sets.test, self.threads, &mut |_| {})?;
        Ok(100.0 * found.evaluation.accuracy())
    }

    /// Principal components of every layer with weights.
    pub(crate) fn dimensions(&self, criteria: Criteria) -> Result<Vec<Dimensions>, ReproduceError> {
        let (network, train) = (&self.model.network, &self.sets.train);
        Ok(dimensions(network, train, criteria, self.threads, &mut |_| {})?)
    }

    /// What was measured on, for a note.
    pub(crate) fn told(&self) -> String {
        format!(
            "Measured on {} test images with {} ({}); ranges come from {} training images.",
            self.sets.test.len(),
            self.model.network.name(),
            self.model.file,
            self.sets.train.len()
        )
    }
}

/// The weights of a network, layer by layer.
pub(crate) fn weights(network: &QuantNetwork) -> impl Iterator<Item = &bitladder_spec::Weights> {
    network.layers.iter().filter_map(|layer| match &layer.op {
        QuantOp::Conv { linear, .. } | QuantOp::Dense { linear } => Some(&linear.weights),
        _ => None,
    })
}

/// The note where nothing was measured.
pub(crate) const NOT_MEASURED: &str =
    "Measured values are missing: give a network and its images with `--model` and `--data`.";
