//! The program from outside: results, and refusals that say what to do.

#![allow(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

mod common;

use std::path::Path;

use assert_cmd::Command;
use bitladder_onnx_proto::{Message, ModelProto};
use common::{digits_path, models};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

fn program() -> Command {
    Command::cargo_bin("bitladder-train").unwrap()
}

fn train(out: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command.arg("train").arg("--data").arg(digits_path()).arg("--out").arg(out).args(arguments);
    command
}

fn shipped() -> String {
    models().join("digits-cnn/model.onnx").to_str().unwrap().to_owned()
}

#[test]
fn the_list_names_networks_with_their_sizes() {
    program().arg("list").assert().success().stdout(contains("lenet").and(contains("431080")));
    let output = program().args(["list", "--json"]).output().unwrap().stdout;
    let lines: serde_json::Value = serde_json::from_slice(&output).unwrap();
    let lenet = lines.as_array().unwrap().iter().find(|line| line["name"] == "lenet").unwrap();
    assert_eq!(lenet["parameters"], 431_080);
    assert_eq!(lenet["products"], 2_293_000);
}

#[test]
fn a_run_leaves_models_and_a_result() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let from = shipped();
    let arguments = ["--from", &from, "--format", "4", "--epochs", "1", "--rate", "0.01", "--json"];
    let done =
        train(&out, &arguments).assert().success().stderr(contains("epoch 1: training loss"));
    let printed: serde_json::Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    let stored = std::fs::read(out.join("result.json")).unwrap();
    assert_eq!(printed, serde_json::from_slice::<serde_json::Value>(&stored).unwrap());
    assert_eq!(printed["scores"][2]["part"], "test");
    assert!(printed["scores"][2]["accuracy"].as_f64().unwrap() > 0.95);
    let command = "bitladder-train train --from MODEL.onnx --data DATA --out DIR --format 4 --epochs 1 --rate 0.01";
    assert_eq!(printed["command"], command);
    for file in ["model.onnx", "model-qdq.onnx"] {
        let bytes = std::fs::read(out.join(file)).unwrap();
        let model = ModelProto::decode(bytes.as_slice()).unwrap();
        assert_eq!(model.metadata("training_command"), Some(command));
        assert!(model.metadata("accuracy_test").unwrap().ends_with("of 400)"));
    }
    train(&out, &arguments).assert().failure().stderr(contains("there already is a run here"));
    let resumed = program().arg("resume").arg(&out).args(["--json"]).output().unwrap().stdout;
    assert_eq!(printed, serde_json::from_slice::<serde_json::Value>(&resumed).unwrap());
}

fn refusal(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = train(&folder.path().join("run"), arguments);
    let output = command.env("RUST_BACKTRACE", "1").output().unwrap();
    assert!(!output.status.success(), "{arguments:?} was not refused");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_does_not_suit_is_refused_by_name() {
    let from = shipped();
    let table: [(&[&str], &str); 9] = [
        (
            &["--network", "lenet"],
            "the train images of digits8x8 are [1, 8, 8] (channels, rows, columns), but network \
             `lenet` takes [1, 28, 28]: choose a network for such images, or other data",
        ),
        (
            &["--network", "digits-cnn", "--classes", "9"],
            "contain 9, but network `digits-cnn` has 9 outputs: give --classes 10",
        ),
        (&["--network", "lenet-6"], "no network is called `lenet-6`; there are digits-cnn, lenet"),
        (
            &["--from", &from, "--format", "8", "--layer", "relu1=4"],
            "no layer with weights is called `relu1`; the network has conv1, conv2, fc1, fc2",
        ),
        (&["--from", &from, "--format", "1"], "`1` is not a format"),
        (&["--from", &from, "--format", "8", "--layer", "conv1"], "give LAYER=FORMAT"),
        (&["--network", "digits-cnn", "--epochs", "0"], "`epochs` is 0: give a positive number"),
        (
            &["--from", &from, "--format", "ternarya2", "--batch", "48", "--rate", "30"],
            "can no longer be quantised; its numbers have run away: lower `rate`",
        ),
        (&["--network", "digits-cnn", "--rate", "1e30"], "the loss became infinite in epoch 1"),
    ];
    for (arguments, wanted) in table {
        let message = refusal(arguments).replace('\n', " ");
        assert!(!message.contains("backtrace"), "{arguments:?}: {message}");
        assert!(message.contains(wanted), "{arguments:?}: {message}");
    }
}

#[test]
fn a_quantised_model_is_no_start() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let from = shipped();
    let arguments = ["--from", &from, "--format", "8", "--epochs", "1", "--calibration", "50"];
    train(&out, &arguments).assert().success();
    let model = out.join("model-qdq.onnx");
    let message = refusal(&["--from", model.to_str().unwrap(), "--format", "4"]);
    assert!(message.contains("the model is already quantised"), "{message}");
}

#[test]
fn damaged_runs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let resume = || {
        let output = program().arg("resume").arg(&out).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(resume().contains("there is no run here"), "{}", resume());
    train(&out, &["--network", "digits-cnn", "--epochs", "1"]).assert().success();
    let checkpoint = out.join("checkpoint.bin");
    let mut bytes = std::fs::read(&checkpoint).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&checkpoint, bytes).unwrap();
    assert!(resume().contains("the checkpoint is damaged (its checksum is wrong)"), "{}", resume());
    let description = out.join("run.json");
    let text = std::fs::read_to_string(&description).unwrap();
    std::fs::write(&description, text.replace("\"epochs\"", "\"ages\"")).unwrap();
    assert!(resume().contains("unknown field `ages`"), "{}", resume());
}
