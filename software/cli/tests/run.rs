//! `bitladder run` on simulations and on a board at a serial port.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "../../host/tests/support/board.rs"]
mod board;
mod common;

use std::time::{Duration, Instant};

use bitladder_link::FaultRates;
use bitladder_machine::MachineConfig;
use board::Board;
use common::*;
use predicates::prelude::*;
use serde_json::Value;

fn run(folder: &tempfile::TempDir, device: &str) -> assert_cmd::Command {
    let mut command = bitladder();
    command.args(["run", "--device", device, "-c", "sim-4x4"]).arg(package(folder)).arg(digits());
    command
}

/// Class, margin and precision of each image.
fn verdicts(result: &Value) -> Vec<(u64, u64, String)> {
    let images = result["results"].as_array().unwrap().iter();
    let number = |image: &Value, key: &str| image[key].as_u64().unwrap();
    let precision = |image: &Value| image["precision"].as_str().unwrap().to_owned();
    images.map(|i| (number(i, "class"), number(i, "margin"), precision(i))).collect()
}

#[test]
fn climbing_on_a_device_ends_where_the_golden_ladder_ends() {
    let folder = tempfile::tempdir().unwrap();
    let found =
        json(run(&folder, "sim:golden").args(["--ladder", "--batch", "8", "--limit", "100"]));
    let mut eval = bitladder();
    eval.arg("eval").arg(package(&folder)).arg("--data").arg(digits());
    let wanted = &json(eval.args(["--ladder", "--limit", "100"]))["ladder"];
    assert_eq!(found["correct"], wanted["correct"]);
    for rung in wanted["rungs"].as_array().unwrap() {
        let decided = verdicts(&found).iter().filter(|v| rung["precision"] == v.2).count();
        assert_eq!(rung["ended"], decided, "{rung}");
    }
    assert!(found["device_seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn margins_and_clocks_can_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let limit = ["--limit", "5", "--ladder", "--clock", "25"];
    let always =
        json(run(&folder, "sim:golden").args(limit).args(["--margin", "4=99999,8=99999999"]));
    assert!(verdicts(&always).iter().all(|verdict| verdict.2 == "16"), "{always}");
    assert_eq!((&always["clock_mhz"], &always["batches"]), (&25.into(), &15.into()));
    run(&folder, "sim:golden").args(["--limit", "3", "-p", "4"]).assert().success().stdout(
        predicate::str::contains("sim:golden: sim-4x4 at 50 MHz")
            .and(predicate::str::contains("image  class  name  margin  precision  label"))
            .and(predicate::str::contains("3 image(s), 3 at 4; 3 as labelled (100.00 %)")),
    );
}

/// The whole way: this command, a serial port of the operating system, and the machine's Verilog.
#[test]
fn a_board_at_a_serial_port_answers_as_the_golden_model() {
    let folder = tempfile::tempdir().unwrap();
    let text = include_str!("../../../gen/configs/sim-4x4.toml");
    let config = MachineConfig::parse("sim-4x4.toml", text).unwrap();
    let board = Board::new(config, 0.01, FaultRates { flipped: 200, ..FaultRates::default() }, 1);
    let arguments = ["--limit", "3", "-p", "8", "--clock", "25"];
    let url = board.url();
    let found = json(run(&folder, &url).args(arguments));
    let golden = json(run(&folder, "sim:golden").args(arguments));
    assert_eq!(verdicts(&found), verdicts(&golden));
    assert_eq!(found["clock_mhz"], 25);
    assert!(found["cycles"].as_u64().unwrap() > 0);
}

#[test]
fn what_cannot_be_run_is_said_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[&str], &str); 6] = [
        (
            "uart:/dev/none",
            &[],
            "/dev/none: there is no such serial port: is the board plugged in?",
        ),
        ("pcie:ffff:ff:1f.7", &[], "ffff:ff:1f.7: there is no such PCI device"),
        ("usb:1", &[], "`usb:1` names no device"),
        ("sim:golden", &["--clock", "33"], "machine `sim-4x4` has clocks of [50, 25] MHz"),
        ("sim:golden", &["-p", "5"], "no precision is called `5`; it has 16, 8, 4"),
        ("sim:golden", &["--ladder", "--margin", "16=1"], "no step of the package's ladder begins"),
    ];
    for (device, arguments, text) in cases {
        let begin = Instant::now();
        let error = refusal(run(&folder, device).args(arguments));
        assert!(error.contains(text), "{device}: {error}");
        assert!(begin.elapsed() < Duration::from_secs(30), "{device}");
    }
    let mut command = bitladder();
    let error =
        refusal(command.args(["run", "-d", "sim:golden"]).arg(package(&folder)).arg(digits()));
    assert!(error.contains("which machine is it? Give --config"), "{error}");
}
