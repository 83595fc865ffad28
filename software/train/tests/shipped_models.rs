//! What the project ships must be what its cards and metadata say.
#![allow(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

mod common;

use bitladder_onnx_proto::{GraphProto, Message, ModelProto};
use bitladder_train::dataset::Dataset;
use bitladder_train::export::to_onnx;
use bitladder_train::import::load_weights;
use bitladder_train::network::Network;
use bitladder_train::spec::{DIGITS_CNN, LENET, NetworkSpec};
use bitladder_train::trainer::evaluate;
use common::{digits, models};

fn shipped(folder: &str) -> ModelProto {
    let bytes = std::fs::read(models().join(folder).join("model.onnx")).unwrap();
    ModelProto::decode(bytes.as_slice()).unwrap()
}

fn loaded(spec: NetworkSpec, model: &ModelProto) -> Network {
    let mut network = Network::new(spec, 0).unwrap();
    load_weights(&mut network, model).unwrap();
    network
}

#[test]
fn the_digits_model_scores_what_it_says() {
    let model = shipped("digits-cnn");
    let network = loaded(DIGITS_CNN, &model);
    let splits = digits();
    let score = |part: &Dataset| {
        let score = evaluate(&network, part, 16, 2).unwrap();
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
fn parameter_counts_are_those_of_the_networks() {
    assert_eq!(loaded(DIGITS_CNN, &shipped("digits-cnn")).parameter_count(), 8_690);
    assert_eq!(loaded(LENET, &shipped("lenet-mnist")).parameter_count(), 431_080);
}

#[test]
fn writing_a_loaded_model_gives_the_same_graph() {
    for (spec, folder) in [(DIGITS_CNN, "digits-cnn"), (LENET, "lenet-mnist")] {
        let model = shipped(folder);
        let again = to_onnx(&loaded(spec, &model), &[]).unwrap();
        assert_eq!(again.graph, model.graph, "{folder}");
    }
}

#[test]
fn the_graph_uses_the_plain_operators() {
    let model = shipped("lenet-mnist");
    assert_eq!((model.ir_version, model.opset_version()), (8, Some(13)));
    let operators: Vec<_> =
        model.graph.unwrap().node.into_iter().map(|node| (node.op_type, node.name)).collect();
    let expected = [
        ("Conv", "conv1"),
        ("Relu", "relu1"),
        ("MaxPool", "pool1"),
        ("Conv", "conv2"),
        ("Relu", "relu2"),
        ("MaxPool", "pool2"),
        ("Flatten", "flatten1"),
        ("Gemm", "fc1"),
        ("Relu", "relu3"),
        ("Gemm", "fc2"),
    ];
    assert_eq!(operators, expected.map(|(operator, name)| (operator.into(), name.into())));
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    let refusal = |change: fn(&mut GraphProto)| {
        let mut model = shipped("digits-cnn");
        model.graph.as_mut().map(change).unwrap();
        let mut network = Network::new(DIGITS_CNN, 0).unwrap();
        load_weights(&mut network, &model).unwrap_err().to_string()
    };
    assert_eq!(
        refusal(|graph| graph.name = "lenet".into()),
        "the file holds the network `lenet`, expected `digits-cnn`: choose the right file"
    );
    assert_eq!(
        refusal(|graph| graph.initializer.truncate(3)),
        "the file has no tensor `conv2.bias`: only models written by this trainer can be read"
    );
    assert_eq!(
        refusal(|graph| graph.initializer[0].dims[0] = 9),
        "tensor `conv1.weight` has shape [9, 1, 3, 3], expected [8, 1, 3, 3]: \
         the network has changed"
    );
    assert_eq!(
        refusal(|graph| graph.initializer[0].data_type = bitladder_onnx_proto::data_type::INT8),
        "tensor `conv1.weight` holds INT8 values, expected FLOAT: convert it before use"
    );
}
