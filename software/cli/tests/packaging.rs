//! What comes along with the command: version, completions, manual pages.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::*;
use predicates::prelude::*;

#[test]
fn the_version_names_the_release() {
    let version = format!("bitladder {}", env!("CARGO_PKG_VERSION"));
    bitladder().arg("--version").assert().success().stdout(predicate::str::starts_with(version));
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let result = json(bitladder().arg("man").arg(folder.path().join("man1")));
    let pages: Vec<&str> =
        result["pages"].as_array().unwrap().iter().map(|page| page.as_str().unwrap()).collect();
    assert!(pages.contains(&"bitladder.1") && pages.contains(&"bitladder-simulate.1"), "{pages:?}");
    let page = std::fs::read_to_string(folder.path().join("man1/bitladder-compile.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("Examples:"), "{page}");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let text = refusal(bitladder().arg("man").arg(file.join("man1")));
    assert!(text.contains("cannot make the folder"), "{text}");
}

#[test]
fn completions_know_the_commands() {
    bitladder()
        .args(["completions", "bash"])
        .assert()
        .success()
        .stdout(predicate::str::contains("simulate"));
}

/// Runs Cargo on the workspace, without network.
fn cargo(arguments: &[&str]) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = std::process::Command::new(env!("CARGO"))
        .current_dir(root)
        .args(arguments)
        .args(["--offline", "--allow-dirty"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    assert!(!said.contains("warning"), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_crate_can_be_packed() {
    /// What the registry takes at the most.
    const MOST: u64 = 10 << 20;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().to_str().unwrap();
    cargo(&["package", "--workspace", "--no-verify", "--target-dir", target]);
    let packed: Vec<_> = std::fs::read_dir(folder.path().join("package"))
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().extension().is_some_and(|kind| kind == "crate"))
        .collect();
    assert!(packed.len() > 30, "{packed:?}");
    for entry in packed {
        let size = entry.metadata().unwrap().len();
        assert!(size < MOST, "{entry:?} has {size} bytes");
    }
}

#[test]
fn the_command_carries_boards_machines_and_models_along() {
    let files = cargo(&["package", "-p", "bitladder", "--list"]);
    for wanted in [
        "data/boards/icebreaker.toml",
        "data/configs/up5k-tiny.toml",
        "data/models/digits-cnn/model.onnx",
        "data/models/data/digits8x8/test-images-idx3-ubyte.gz",
    ] {
        assert!(files.lines().any(|file| file == wanted), "{wanted} is missing:\n{files}");
    }
}
