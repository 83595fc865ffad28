//! The program from outside.
#![allow(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

use assert_cmd::Command;
use bitladder_onnx_proto::{Message, ModelProto};
use predicates::str::contains;

const DIGITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/data/digits8x8");

fn program() -> Command {
    Command::cargo_bin("bitladder-train").unwrap()
}

#[test]
fn fit_writes_a_model_that_says_how_it_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new/model.onnx");
    program()
        .args(["fit", "--network", "digits-cnn", "--epochs", "1", "--schedule", "step:3:0.5"])
        .arg("--data")
        .arg(DIGITS)
        .arg("--out")
        .arg(&out)
        .assert()
        .success()
        .stderr(contains("epoch 1: training loss"))
        .stdout(contains("8690 parameters, best epoch 1"))
        .stdout(contains("of 400)"));
    let model = ModelProto::decode(std::fs::read(out).unwrap().as_slice()).unwrap();
    assert_eq!(
        model.metadata("training_command"),
        Some(
            "bitladder-train fit --network digits-cnn --data DIR --out FILE --epochs 1 --batch 48 \
             --learning-rate 0.05 --momentum 0.9 --weight-decay 0.0005 --schedule step:3:0.5 \
             --max-shift 1 --max-rotation 10 --seed 1 --hold-out 200 --max-grey 16"
        )
    );
    assert_eq!(model.metadata("input_scale"), Some("grey 0..16 divided by 16"));
}

#[test]
fn unknown_networks_and_schedules_are_explained() {
    program()
        .args(["fit", "--network", "alexnet", "--data", ".", "--out", "x"])
        .assert()
        .failure()
        .stderr(contains("[possible values: lenet, digits-cnn]"));
    program()
        .args(["fit", "--network", "lenet", "--data", ".", "--out", "x", "--schedule", "step:0:1"])
        .assert()
        .failure()
        .stderr(contains("`step:0:1` is no schedule: give `cosine` or `step:EPOCHS:FACTOR`"));
}

#[test]
fn data_of_another_network_is_refused_before_training() {
    program()
        .args(["fit", "--network", "lenet", "--out", "x", "--data"])
        .arg(DIGITS)
        .assert()
        .failure()
        .stderr(contains("the test images are 1x8x8 but network `lenet` takes 1x28x28"));
}

#[test]
fn split_digits_names_the_missing_file() {
    let empty = tempfile::tempdir().unwrap();
    program()
        .arg("split-digits")
        .args([empty.path(), empty.path()])
        .assert()
        .failure()
        .stderr(contains("digits8x8-images-idx3-ubyte.gz"));
}
