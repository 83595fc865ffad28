//! The walks of `docs/walks`: their commands run, and print what is quoted.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod document;
mod quoted;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use document::{Block, blocks};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// An empty folder from which the project's models and test benches can be reached.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["models", "testbenches"] {
        std::os::unix::fs::symlink(root().join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// One script of all blocks, which share their variables; each prints to a file of its own.
fn script(blocks: &[Block]) -> String {
    let group = |(number, block): (usize, &Block)| {
        format!("{{\n{}}} > printed.{number} 2>&1\n", block.commands)
    };
    let groups: String = blocks.iter().enumerate().map(group).collect();
    format!("set -eu\n{groups}")
}

/// Held by walks whose servers listen on ports that the document names.
static PORTS: Mutex<()> = Mutex::new(());

/// Runs a walk; panics with the command's output if it fails or prints something else.
fn walk(name: &str, long: bool) {
    let text = std::fs::read_to_string(root().join("docs/walks").join(name)).unwrap();
    let mut blocks = blocks(&text);
    assert!(blocks.len() >= 4, "{name} has commands");
    blocks.retain(|block| long || !block.long);
    let folder = folder();
    let command = Path::new(env!("CARGO_BIN_EXE_bitladder")).parent().unwrap();
    let path = format!("{}:{}", command.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    shell.args(["-c", &script(&blocks)]).env("PATH", path).current_dir(folder.path());
    let ended = shell.status().unwrap();
    for (number, block) in blocks.iter().enumerate() {
        let file = folder.path().join(format!("printed.{number}"));
        let Ok(printed) = std::fs::read_to_string(&file) else { break };
        if let Err(missing) = quoted::check(&block.quoted, &printed) {
            panic!(
                "{name}: after\n{}\n`{missing}` was not printed, but\n{printed}",
                block.commands
            );
        }
    }
    assert!(ended.success(), "{name} ended with {ended}");
}

#[test]
fn the_hardware_engineer_gets_there() {
    walk("hardware-engineer.md", false);
}

#[test]
fn the_verification_engineer_gets_there() {
    walk("verification-engineer.md", false);
}

#[test]
fn the_application_developer_gets_there() {
    let _alone = PORTS.lock().unwrap_or_else(PoisonError::into_inner);
    walk("application-developer.md", false);
}

#[test]
#[ignore = "builds a bitstream: up to an hour"]
fn the_hardware_engineer_gets_to_a_bitstream() {
    walk("hardware-engineer.md", true);
}

#[test]
#[ignore = "compiles the library for C"]
fn the_application_developer_gets_to_c() {
    let _alone = PORTS.lock().unwrap_or_else(PoisonError::into_inner);
    walk("application-developer.md", true);
}
