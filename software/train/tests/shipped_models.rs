//! What the project ships must be what its cards and metadata say.

#![allow(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

mod common;

use bitladder_data::Dataset;
use bitladder_onnx_proto::{Message, ModelProto};
use bitladder_train::definitions::trainable_parameters;
use bitladder_train::folder::read_network;
use bitladder_train::frozen::Frozen;
use bitladder_train::trainer::evaluate;
use burn_tensor::Device;
use common::{digits, models, shipped_digits};

fn shipped(folder: &str) -> ModelProto {
    let bytes = std::fs::read(models().join(folder).join("model.onnx")).unwrap();
    ModelProto::decode(bytes.as_slice()).unwrap()
}

#[test]
fn the_digits_model_scores_what_it_says() {
    let model = shipped("digits-cnn");
    let frozen = Frozen::float(&shipped_digits(), &Device::flex()).unwrap();
    let splits = digits();
    let score = |part: &Dataset| {
        let score = evaluate(&frozen, part);
        format!("{:.4} ({} of {})", score.accuracy(), score.correct, score.samples)
    };
    assert_eq!(model.metadata("accuracy_train"), Some(score(&splits.train).as_str()));
    assert_eq!(model.metadata("accuracy_validation"), Some(score(&splits.validation).as_str()));
    assert_eq!(model.metadata("accuracy_test"), Some(score(&splits.test).as_str()));
    assert_eq!(score(&splits.test), "0.9900 (396 of 400)");
}

#[test]
fn the_cards_state_the_numbers_of_the_models() {
    for (folder, parameters, test) in
        [("digits-cnn", "8,690", "(396 of 400)"), ("lenet-mnist", "431,080", "(9948 of 10000)")]
    {
        let model = shipped(folder);
        let card = std::fs::read_to_string(models().join(folder).join("README.md")).unwrap();
        assert!(card.contains(&format!("| Parameters | {parameters} |")), "{folder}");
        assert_eq!(model.metadata("parameters"), Some(parameters.replace(',', "").as_str()));
        let accuracy = model.metadata("accuracy_test").unwrap();
        assert!(accuracy.ends_with(test), "{folder}: {accuracy}");
        let said = card.lines().find(|line| line.starts_with("| Accuracy, test")).unwrap();
        assert!(said.replace(',', "").contains(test), "{folder}: {said}");
        assert!(model.metadata("training_command").unwrap().contains("--seed 1 "), "{folder}");
    }
}

#[test]
fn the_shipped_networks_are_the_defined_ones() {
    for (folder, name) in [("digits-cnn", "digits-cnn"), ("lenet-mnist", "lenet")] {
        let found = read_network(&models().join(folder).join("model.onnx")).unwrap();
        let defined = common::network(name);
        assert_eq!(trainable_parameters(&found), trainable_parameters(&defined), "{folder}");
        let shapes = |network: &bitladder_network::FloatNetwork| -> Vec<Vec<usize>> {
            network.layers().iter().map(|layer| layer.shape.clone()).collect()
        };
        assert_eq!(shapes(&found), shapes(&defined), "{folder}");
    }
}
