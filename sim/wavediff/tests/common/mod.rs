//! Helpers of the tests: traces written as text, and comparisons of them.
// Each test uses a part of this; what fails here fails its test.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::panic, clippy::unwrap_used)]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use bitladder_wavediff::cli::Args;
use bitladder_wavediff::{DiffError, Report, compare};
use clap::Parser;
use tempfile::TempDir;

pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// A VCD text: `vars` are `path width id [range]`, one per line, with one scope per dot.
pub fn vcd(vars: &str, body: &str) -> String {
    let mut text = String::from("$timescale 1ns $end\n");
    for var in vars.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<_> = var.splitn(4, ' ').collect();
        let mut scopes: Vec<_> = words[0].split('.').collect();
        let name = scopes.pop().unwrap();
        for scope in &scopes {
            text += &format!("$scope module {scope} $end\n");
        }
        let range = words.get(3).map_or(String::new(), |range| format!(" {range}"));
        text += &format!("$var wire {} {} {name}{range} $end\n", words[1], words[2]);
        text += &"$upscope $end\n".repeat(scopes.len());
    }
    let body: String = body.lines().map(|line| format!("{}\n", line.trim())).collect();
    format!("{text}$enddefinitions $end\n{}", body.trim_start())
}

/// Compares two texts with the options of the command line.
pub fn diff(golden: &str, dut: &str, options: &str) -> Result<Report, DiffError> {
    let folder = Folder::new();
    let golden = folder.write("golden.vcd", golden);
    diff_files(&golden, &folder.write("dut.vcd", dut), options)
}

pub fn diff_files(golden: &Path, dut: &Path, options: &str) -> Result<Report, DiffError> {
    let files = [golden.to_str().unwrap(), dut.to_str().unwrap()];
    let words = ["wavediff"].into_iter().chain(files).chain(options.split_whitespace());
    let args = Args::try_parse_from(words).unwrap();
    compare(golden, dut, &args.options().unwrap(), &mut |_| {})
}

/// The message of a comparison that must fail, without the folder of its files.
pub fn failure(golden: &str, dut: &str, options: &str) -> String {
    let folder = Folder::new();
    let golden = folder.write("golden.vcd", golden);
    let dut = folder.write("dut.vcd", dut);
    let error = diff_files(&golden, &dut, options).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.0.path().display()), "")
}

/// The mismatches of a signal as `position+span expected/found`.
pub fn listed(report: &Report, signal: &str) -> Vec<String> {
    let found = report.signals.iter().find(|report| report.name == signal);
    let found = found.unwrap_or_else(|| panic!("{signal} does not differ: {report:?}"));
    let describe = found.listed.iter().map(|mismatch| {
        let (expected, found) = (&mismatch.expected, &mismatch.found);
        format!("{}+{} {expected}/{found}", mismatch.position, mismatch.span)
    });
    describe.collect()
}

/// The FST inside the wrapper that GHDL puts around all.
pub fn unwrapped(wrapped: &[u8]) -> Vec<u8> {
    let mut unwrapped = Vec::new();
    flate2::read::GzDecoder::new(&wrapped[17..]).read_to_end(&mut unwrapped).unwrap();
    unwrapped
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Runs a program that must succeed; a missing one fails the test and says what to install.
pub fn run(program: &str, package: &str, folder: &Folder, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).current_dir(folder.0.path()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}; install {package}"));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
}
