//! What comes along with the command: version, completions, manual pages.

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
