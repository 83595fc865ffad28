//! The framework's layers against the float reference, which others wrote.

#![allow(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

mod common;

use bitladder_data::{Dataset, ImageShape, Pixels};
use bitladder_golden::{FloatBatch, GoldenError, float};
use bitladder_network::fold_batch_norms;
use bitladder_train::data::Splits;
use bitladder_train::frozen::Frozen;
use bitladder_train::settings::Settings;
use bitladder_train::trainer::{Session, evaluate};
use burn_tensor::Device;
use common::network;

/// Two images of noise, the same every time.
fn noise([channels, height, width]: [usize; 3], labels: Vec<u16>) -> Dataset {
    let values = (0..labels.len() * channels * height * width).map(|i| (i * 7919 % 251) as u8);
    let shape = ImageShape::new(channels, height, width);
    let data = Dataset::new("noise", shape, Pixels::Bytes(values.collect())).unwrap();
    data.with_labels(labels).unwrap()
}

/// The class that the float reference gives each image.
fn reference(name: &str, data: &Dataset) -> Vec<u16> {
    let network = fold_batch_norms(&network(name)).unwrap();
    let shape = network.inputs()[0].shape.clone();
    let images = FloatBatch::new(data.len(), shape, data.floats()).unwrap();
    let logits = float::run(&network, &[images], 1, |_, _| Ok::<(), GoldenError>(())).unwrap();
    let best = |image: usize| {
        let row = logits.image(image);
        (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap() as u16
    };
    (0..data.len()).map(best).collect()
}

#[test]
fn every_kind_of_layer_computes_what_the_reference_does() {
    for name in ["lenet", "alex", "alex++", "convnet-4", "resnet-8", "resnet-8-every"] {
        let shape = bitladder_train::definitions::find(name).unwrap().image;
        let labels = reference(name, &noise(shape, vec![0; 12]));
        let data = noise(shape, labels);
        let frozen = Frozen::float(&network(name), &Device::flex()).unwrap();
        let score = evaluate(&frozen, &data);
        assert_eq!(score.correct, 12, "{name}: same classes");
        // The loss is a fingerprint of all logits.
        let network = fold_batch_norms(&network(name)).unwrap();
        let images = FloatBatch::new(12, shape.to_vec(), data.floats()).unwrap();
        let logits = float::run(&network, &[images], 1, |_, _| Ok::<(), GoldenError>(())).unwrap();
        let wanted = bitladder_train::score::score(logits.data(), data.labels().unwrap());
        assert!((score.loss - wanted.loss).abs() < 1e-3, "{name}: {} {}", score.loss, wanted.loss);
    }
}

#[test]
fn norms_train_on_batches_and_are_judged_by_what_they_have_seen() {
    let data = noise([3, 32, 32], (0..24).map(|label| label % 3).collect());
    let splits = Splits { train: data.clone(), validation: data.clone(), test: data };
    let settings = Settings { epochs: 8, batch: 12, rate: 0.02, ..Settings::default() };
    let network = network("resnet-8-every");
    let mut session = Session::new(&network, settings, &splits, &Device::flex()).unwrap();
    let before = evaluate(&session.frozen().unwrap().0, &splits.train);
    let folder = tempfile::tempdir().unwrap();
    session.train(&folder.path().join("checkpoint.bin"), &mut common::Nobody).unwrap();
    let after = evaluate(&session.frozen().unwrap().0, &splits.train);
    assert!(after.loss < before.loss, "{} {}", before.loss, after.loss);
    let norms = |network: &bitladder_network::FloatNetwork| -> Vec<f32> {
        let mean = |layer: &bitladder_network::FloatLayer| match &layer.op {
            bitladder_network::FloatOp::BatchNorm(norm) => norm.mean.clone(),
            _ => Vec::new(),
        };
        network.layers().iter().flat_map(mean).collect()
    };
    assert!(norms(&network).iter().all(|mean| *mean == 0.0));
    assert!(norms(&session.network().unwrap()).iter().any(|mean| *mean != 0.0));
}
