//! The command and the files it works on.

#![allow(clippy::unwrap_used, dead_code, reason = "helpers of tests; not every test uses all")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").canonicalize().unwrap()
}

pub(crate) fn model() -> PathBuf {
    models().join("digits-cnn/model.onnx")
}

pub(crate) fn digits() -> PathBuf {
    models().join("data/digits8x8")
}

pub(crate) fn bitladder() -> Command {
    Command::new(env!("CARGO_BIN_EXE_bitladder"))
}

pub(crate) fn json(command: &mut Command) -> Value {
    let output = command.arg("--json").assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).unwrap()
}

/// What a failing command says.
pub(crate) fn refusal(command: &mut Command) -> String {
    let output = command.assert().failure().code(1).stdout("").get_output().stderr.clone();
    String::from_utf8(output).unwrap()
}

/// A package of the digits network at 16, 8 and 4 bits.
pub(crate) fn package(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("digits.blp");
    let mut command = bitladder();
    command.arg("quantize").arg(model()).arg("--calib").arg(digits()).arg("-o").arg(&path);
    command.assert().success();
    path
}

/// Packages as cargo knows them: the workspace's, and unless `args` say otherwise all dependencies.
pub(crate) fn packages(args: &[&str]) -> Vec<Value> {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args(["metadata", "--locked", "--format-version", "1"]).args(args);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}
