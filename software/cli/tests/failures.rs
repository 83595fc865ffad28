//! What the command says when it cannot do what it is asked.

mod common;

use assert_cmd::Command;
use common::*;
use predicates::prelude::*;
use serde_json::Value;

/// The message is one line that begins with the command's name and holds all parts.
fn check(command: &mut Command, wanted: &[&str]) {
    let message = refusal(command);
    assert!(message.starts_with("bitladder: "), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    for part in wanted {
        assert!(message.contains(part), "`{part}` is not in {message}");
    }
}

#[test]
fn files_that_are_not_what_they_should_be() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    check(bitladder().arg("inspect").arg(&nowhere), &["nowhere", "No such file"]);
    let text = folder.path().join("text.onnx");
    std::fs::write(&text, "this is no model").unwrap();
    check(bitladder().arg("inspect").arg(&text), &["text.onnx"]);
    let wanted = ["text.onnx: not a bitladder package", "bitladder quantize"];
    check(bitladder().arg("eval").arg(&text).arg("--data").arg(digits()), &wanted);
}

#[test]
fn packages_that_do_not_have_what_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let package = package(&folder);
    let eval = || {
        let mut command = bitladder();
        command.arg("eval").arg(&package).arg("--data");
        command
    };
    let empty = folder.path().display().to_string();
    check(eval().arg(folder.path()), &[&empty]);
    let wanted = ["no precision is called `7`; it has 16, 8, 4"];
    check(eval().arg(digits()).args(["--profile", "7"]), &wanted);
    let mut damaged = std::fs::read(&package).unwrap();
    damaged.pop();
    let path = folder.path().join("short.blp");
    std::fs::write(&path, damaged).unwrap();
    let wanted = ["short.blp", "damaged", "section DATA"];
    check(bitladder().arg("inspect").arg(&path), &wanted);
}

#[test]
fn images_of_another_size() {
    let folder = tempfile::tempdir().unwrap();
    let package = package(&folder);
    let images = folder.path().join("images.npy");
    bitladder_data::write_npy(&images, &[2, 1, 9, 9], &[0.5f32; 162]).unwrap();
    let wanted = ["[1, 9, 9]", "`digits-cnn` takes [1, 8, 8]: choose data or a network"];
    check(bitladder().arg("eval").arg(&package).arg("--data").arg(&images), &wanted);
    bitladder_data::write_npy(&images, &[2, 1, 8, 8], &[0.5f32; 128]).unwrap();
    let wanted = ["has no labels"];
    check(bitladder().arg("eval").arg(&package).arg("--data").arg(&images), &wanted);
}

#[test]
fn plans_that_cannot_be_followed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("x.blp");
    let quantize = || {
        let mut command = bitladder();
        command.arg("quantize").arg(model()).arg("-o").arg(&out);
        command
    };
    check(&mut quantize(), &["value `image` has no format", "--calib"]);
    let calibrated = || {
        let mut command = quantize();
        command.arg("--calib").arg(digits());
        command
    };
    let wanted = ["`conv9`", "conv1, conv2, fc1, fc2"];
    check(calibrated().args(["--layer", "conv9=8"]), &wanted);
    let wanted = ["no precision is called `7`", "--format 7="];
    check(calibrated().args(["--layer", "7:conv1=8"]), &wanted);
    check(calibrated().args(["--format", "8,8"]), &["there are two precisions called `8`"]);
    check(calibrated().args(["--deviation", "0"]), &["deviation: 0 is not above zero"]);
    check(calibrated().args(["--mean", "1,2,3"]), &["mean: 3 values", "1 channel(s)"]);
    let wanted = ["layer `conv1` needs an accumulator of", "16 are allowed"];
    check(calibrated().args(["--accumulator-bits", "16"]), &wanted);
    assert!(!out.exists(), "nothing is written");
}

#[test]
fn machines_that_do_not_exist_or_are_too_small() {
    let folder = tempfile::tempdir().unwrap();
    let package = package(&folder);
    let compile = |config: &str| {
        let mut command = bitladder();
        command.arg("compile").arg(&package).args(["--config", config]);
        command
    };
    check(&mut compile("ecp5-99"), &["no machine is called `ecp5-99`", "ecp5-85", "up5k-tiny"]);
    let wanted = ["profile `16`", "needs mode word16", "use narrower formats"];
    check(&mut compile("hx8k-small"), &wanted);
    let wanted = ["no precision is called `9`; it has 16, 8, 4"];
    check(compile("sim-4x4").args(["--profile", "8,9"]), &wanted);
    let wanted = ["--quality: no layer is called `conv9`"];
    check(compile("sim-4x4").args(["--quality", "conv9=2"]), &wanted);
    let wanted = ["--quality: layer `pool1` has no weights"];
    check(compile("sim-4x4").args(["--quality", "pool1=2"]), &wanted);
    let broken = folder.path().join("broken.toml");
    std::fs::write(&broken, "name = \"broken\"\nrows = 3\n").unwrap();
    // The message shows the line itself, so it is not one line.
    let message = refusal(&mut compile(&broken.display().to_string()));
    assert!(message.contains("broken.toml") && message.contains("2 | rows = 3"), "{message}");
}

#[test]
fn mistakes_on_the_command_line_are_code_2() {
    for (args, wanted) in [
        (vec!["quantize", "m.onnx", "-o", "x", "--format", "9z"], "`9z` is not a format"),
        (vec!["quantize", "m.onnx", "-o", "x", "--layer", "conv1"], "write LAYER=FORMAT"),
        (vec!["quantize", "m.onnx", "-o", "x", "--agreement", "2"], "from 0 to 1"),
        (vec!["eval", "x.blp"], "--data"),
        (vec!["frobnicate"], "unrecognized subcommand"),
    ] {
        bitladder().args(args).assert().code(2).stderr(predicate::str::contains(wanted));
    }
}

#[test]
fn errors_are_json_on_request() {
    let output = bitladder().args(["inspect", "nowhere.onnx", "--json"]).assert().code(1);
    let error: Value = serde_json::from_slice(&output.get_output().stderr).unwrap();
    assert!(error["error"].as_str().unwrap().contains("nowhere.onnx"));
}
