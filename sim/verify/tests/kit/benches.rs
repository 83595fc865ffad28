//! Generated benches pass on what they were made for, and on nothing else.

use std::path::Path;
use std::process::Command;

use bitladder_machine::{MachineConfig, compile_package};
use bitladder_rtl::Cells;
use bitladder_rtl::mutate::{Fault, FaultKind, faults};
use bitladder_verify::bench::{Bus, Run, top, verilog, write_benches};

/// Two rows and columns for small words, so that the simulators have little to do.
fn small() -> MachineConfig {
    let text = include_str!("../../../../gen/configs/sim-4x4.toml")
        .replace("\nrows = 4\n", "\nrows = 2\n")
        .replace("\ncolumns = 4\n", "\ncolumns = 2\n")
        .replace("\nlanes = 4\n", "\nlanes = 2\n")
        .replace("activation_groups = 4096", "activation_groups = 512")
        .replace("weight_groups = 16384", "weight_groups = 2048");
    let config = MachineConfig::parse("small.toml", &text).unwrap();
    assert_eq!((config.array.rows, config.array.columns), (2, 2));
    config
}

/// Writes the benches of the digits in one precision, one image.
fn benches(folder: &Path, bus: Bus) -> usize {
    let package = crate::digits::package(&["4"]);
    let image = compile_package(&package, &small(), 1).unwrap();
    let batch = crate::digits::images(&package.profiles[0].network, 5..6);
    let run = Run { program: image.programs[0].clone(), batches: vec![vec![batch]] };
    write_benches(&small(), bus, &[run], folder).unwrap()
}

/// Runs a target of the folder's makefile: whether it passes, and what it says.
fn make(folder: &Path, target: &str) -> (bool, String) {
    let output = Command::new("make").arg(target).current_dir(folder).output().unwrap();
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (output.status.success(), text.concat())
}

fn passes(folder: &Path, target: &str, vectors: usize) {
    let (good, text) = make(folder, target);
    assert!(good, "{target}: {text}");
    if target != "cocotb" {
        assert!(text.contains(&format!("PASS: {vectors} vectors")), "{text}");
    }
}

/// Changes the first occurrence in a file.
fn change(file: &Path, old: &str, new: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(old), "{}", file.display());
    std::fs::write(file, text.replacen(old, new, 1)).unwrap();
    text
}

/// A bench passes, and fails where a vector expects something else.
fn sees_vectors(folder: &Path, target: &str, vectors: usize) {
    passes(folder, target, vectors);
    // The last read of the table of decisions.
    let file = folder.join("vectors.hex");
    let text = std::fs::read_to_string(&file).unwrap();
    let last = text.lines().rev().find(|line| line.starts_with("02_")).unwrap();
    let other = format!("{:08x}", u32::from_str_radix(&last[15..], 16).unwrap() ^ 1);
    change(&file, last, &format!("{}{other}", &last[..15]));
    let (good, said) = make(folder, target);
    assert!(!good && !said.contains("PASS:"), "{target}: {said}");
    std::fs::write(&file, text).unwrap();
}

/// A bench fails where the design is broken.
fn sees_faults(folder: &Path, bus: Bus, target: &str) {
    // A bit of the address at which results are written.
    let top = top(&small(), bus).unwrap();
    let stuck =
        |fault: &&Fault| fault.module().starts_with("writer") && fault.place() == "address_q";
    let all = faults(&top);
    let fault = all.iter().filter(|fault| fault.kind() == FaultKind::Stuck).find(stuck).unwrap();
    let broken = verilog(&fault.apply(&top), &small(), Cells::Models).unwrap();
    let broken = broken.files.into_iter().find(|file| file.name.starts_with("writer")).unwrap();
    let file = folder.join("rtl").join(&broken.name);
    let sound = std::fs::read_to_string(&file).unwrap();
    assert_ne!(sound, broken.text);
    std::fs::write(&file, broken.text).unwrap();
    let (good, said) = make(folder, target);
    assert!(!good && !said.contains("PASS:"), "{target}: {said}");
    std::fs::write(&file, sound).unwrap();
}

#[test]
fn icarus_and_verilator_pass_and_can_fail() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = benches(folder.path(), Bus::AxiLite);
    sees_vectors(folder.path(), "icarus", vectors);
    sees_vectors(folder.path(), "verilator", vectors);
    sees_faults(folder.path(), Bus::AxiLite, "icarus");
    let vectors = benches(folder.path(), Bus::Wishbone);
    make(folder.path(), "clean");
    passes(folder.path(), "icarus", vectors);
}

/// Needs `cocotb-config` on the path: see `./x benches`.
#[test]
#[ignore = "needs cocotb, which ./x benches installs"]
fn cocotb_passes_and_can_fail() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = benches(folder.path(), Bus::AxiLite);
    sees_vectors(folder.path(), "cocotb", vectors);
    sees_faults(folder.path(), Bus::AxiLite, "cocotb");
    make(folder.path(), "clean");
    let vectors = benches(folder.path(), Bus::Wishbone);
    passes(folder.path(), "cocotb", vectors);
}
