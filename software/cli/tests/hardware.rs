//! `bitladder build`, `estimate` and `fit`, as far as they go without tools.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::*;

/// Files of `bitladder build --emit-only` that are below `verilog/` and begin with these words.
fn tops(arguments: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = bitladder();
    command.arg("build").args(arguments).arg("--emit-only").arg("-o").arg(folder.path());
    command.assert().success();
    let files = std::fs::read_dir(folder.path().join("verilog")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let starts = ["board_", "frame_", "machine_"];
    let mut names: Vec<String> =
        names.filter(|name| starts.iter().any(|start| name.starts_with(start))).collect();
    names.sort();
    names
}

#[test]
fn the_host_link_is_the_configurations_unless_told_otherwise() {
    let machine = ["--config", "ecp5-25"];
    let board = ["--config", "ecp5-25", "--board", "ulx3s-25f"];
    let on_board = tops(&board);
    assert_eq!(on_board[0], "board_ulx3s_25f_ecp5_25.v");
    assert!(on_board.contains(&"machine_uart_ecp5_25.v".to_owned()), "{on_board:?}");
    let pins = tops(&[&board[..], &["--host", "pins"]].concat());
    assert_eq!(pins, ["frame_machine_ecp5_25.v", "machine_ecp5_25.v"]);
    let wishbone = tops(&[&machine[..], &["--host", "wishbone-pipelined"]].concat());
    assert_eq!(wishbone, ["machine_ecp5_25.v", "machine_wishbone_pipelined_ecp5_25.v"]);
    let mut command = bitladder();
    command.arg("build").args(board).args(["--host", "mailbox", "--emit-only"]);
    let message = refusal(&mut command);
    assert!(message.contains("host link `mailbox` is for systems on a chip"), "{message}");
}

#[test]
fn estimates_and_the_best_machine_are_there_without_tools() {
    let estimate = json(bitladder().args(["estimate", "--config", "ecp5-25"]));
    assert_eq!(estimate["machine"], "ecp5-25");
    assert!(estimate["resources"]["luts"].as_u64().unwrap() > 5_000, "{estimate}");
    let folder = tempfile::tempdir().unwrap();
    let (package, best) = (package(&folder), folder.path().join("best.toml"));
    let mut command = bitladder();
    command.args(["fit", "--board", "ulx3s-25f", "--model"]).arg(&package).arg("-o").arg(&best);
    let found = json(&mut command);
    let first = &found["fitting"][0];
    let luts = first["estimate"]["resources"]["luts"].as_u64().unwrap();
    assert!(luts > 0 && luts < 24_288, "{luts}");
    let again = json(bitladder().arg("estimate").arg("--config").arg(&best));
    assert_eq!(again["resources"]["luts"].as_u64().unwrap(), luts);
}
