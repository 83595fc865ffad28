//! What units become on an ECP5.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;

use bitladder_blocks::{Mode, Multiplier, WeightKind};
use bitladder_hdl_machine::fetch::{FetchConfig, FetchPlan, patch_buffer, row_packer};
use bitladder_rtl::{Design, EmitOptions, Module};

use crate::shapes;

/// Cells by type.
fn cells(module: &Arc<Module>) -> BTreeMap<String, u64> {
    let emitted = Design::elaborate(module).unwrap().verilog(&EmitOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("design.v"), emitted.single_file()).unwrap();
    let top = &emitted.top;
    let script = format!("read_verilog design.v; synth_ecp5 -top {top}; tee -q -o stat.txt stat");
    let run = Command::new("yosys").args(["-q", "-p", &script]).current_dir(folder.path()).output();
    let output = run.expect("yosys is installed: apt-get install yosys");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(folder.path().join("stat.txt")).unwrap();
    let table = text.rsplit("umber of cells").next().unwrap_or_default();
    let cell = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
    };
    table.lines().skip(1).filter_map(cell).collect()
}

fn plan() -> FetchPlan {
    let modes = [Mode::Word16, Mode::Word8, Mode::Word4];
    let config = shapes::core([8, 8], &modes, &[WeightKind::Fixed], Multiplier::TwoDsp);
    FetchPlan::new(&FetchConfig { patch_words: 512, operand_bits: 16, ..config }).unwrap()
}

#[test]
fn a_patch_buffer_is_one_block_of_memory_and_nothing_else() {
    let found = cells(&patch_buffer(&plan()).unwrap());
    assert_eq!(found, BTreeMap::from([("DP16KD".to_owned(), 1)]));
}

#[test]
fn a_packer_takes_some_200_luts() {
    let found = cells(&row_packer(&plan()).unwrap());
    let luts = found["LUT4"] + 2 * found["CCU2C"];
    println!("row packer: {luts} LUT4, {} flip-flops", found["TRELLIS_FF"]);
    assert!(luts <= 220, "{found:?}");
}
