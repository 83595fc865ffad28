//! Helpers of the tests.

#![allow(dead_code, reason = "each test program uses some of them")]

use std::path::PathBuf;

use bitladder_network::FloatNetwork;
use bitladder_train::Model;
use bitladder_train::checkpoint::EpochReport;
use bitladder_train::data::Splits;
use bitladder_train::definitions::find;
use bitladder_train::optimiser::Method;
use bitladder_train::quantised::Plan;
use bitladder_train::score::Score;
use bitladder_train::settings::Settings;
use bitladder_train::trainer::{Observer, Session};
use burn_tensor::Device;

/// The folder of shipped models and data.
pub(crate) fn models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

/// The shipped digits.
pub(crate) fn digits_path() -> PathBuf {
    models().join("data/digits8x8")
}

/// The shipped digits.
pub(crate) fn digits() -> Splits {
    Splits::load(&digits_path()).unwrap()
}

/// The shipped digits with fewer images to learn from.
pub(crate) fn few_digits(images: usize) -> Splits {
    let all = digits();
    Splits { train: all.train.take(images), ..all }
}

/// A network by its name, with weights drawn.
pub(crate) fn network(name: &str) -> FloatNetwork {
    let definition = find(name).unwrap();
    let network = definition.network(definition.classes).unwrap();
    let mut model = Model::new(network, &Device::flex());
    model.initialise(3);
    model.to_network().unwrap()
}

/// The shipped network of the digits.
pub(crate) fn shipped_digits() -> FloatNetwork {
    bitladder_train::folder::read_network(&models().join("digits-cnn/model.onnx")).unwrap()
}

/// Settings of a short run.
pub(crate) fn short(epochs: usize, formats: &[&str]) -> Settings {
    let plan = formats.split_first().map(|(default, layers)| Plan {
        default: default.parse().unwrap(),
        layers: layers
            .iter()
            .map(|text| text.split_once('=').unwrap())
            .map(|(layer, format)| (layer.to_owned(), format.parse().unwrap()))
            .collect(),
    });
    let (method, rate) = match plan {
        Some(_) => (Method::Adam, 0.003),
        None => (Method::Sgd { momentum: 0.9 }, 0.05),
    };
    Settings { epochs, batch: 48, rate, method, plan, calibration: 200, ..Settings::default() }
}

/// Watches nothing.
pub(crate) struct Nobody;

impl Observer for Nobody {
    fn after_step(&mut self, _: usize, _: Score) {}
    fn after_epoch(&mut self, _: &EpochReport) {}
}

/// A session trained to its end.
pub(crate) fn trained<'a>(
    network: &FloatNetwork,
    settings: Settings,
    data: &'a Splits,
) -> Session<'a> {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::new(network, settings, data, &Device::flex()).unwrap();
    session.train(&folder.path().join("checkpoint.bin"), &mut Nobody).unwrap();
    session
}

/// Three convolutions with norms, the last with a shortcut, and a fully connected layer.
pub(crate) fn push_normed(network: &mut FloatNetwork) {
    use bitladder_network::{FloatOp, Window};
    use bitladder_spec::BatchNorm;

    let (mut value, mut inputs) = (0, 1);
    for (name, outputs, stride) in [("conv1", 12, 2), ("conv2", 24, 2), ("conv3", 24, 1)] {
        let source = value;
        let weight = |index: usize| ((index * 37 % 101) as f32 - 50.0) / 200.0;
        let weights = (0..outputs * inputs * 9).map(weight).collect();
        let window = Window::square(3).padding(1).stride(stride);
        let bias = vec![0.0; outputs];
        let conv = FloatOp::Conv { window, groups: 1, outputs, weights, bias };
        value = network.push(name, conv, vec![value]).unwrap();
        let norm = BatchNorm {
            gamma: vec![1.0; outputs],
            beta: vec![0.0; outputs],
            mean: vec![0.0; outputs],
            variance: vec![1.0; outputs],
            epsilon: 1e-5,
        };
        value =
            network.push(format!("{name}.norm"), FloatOp::BatchNorm(norm), vec![value]).unwrap();
        if stride == 1 {
            value = network.push(format!("{name}.add"), FloatOp::Add, vec![value, source]).unwrap();
        }
        value = network.push(format!("{name}.relu"), FloatOp::relu(), vec![value]).unwrap();
        inputs = outputs;
    }
    let flat = FloatOp::Reshape { shape: vec![96] };
    value = network.push("flatten", flat, vec![value]).unwrap();
    let weights = (0..960).map(|index| ((index * 29 % 97) as f32 - 48.0) / 400.0).collect();
    let dense = FloatOp::Dense { outputs: 10, weights, bias: vec![0.0; 10] };
    network.push("fc", dense, vec![value]).unwrap();
}
