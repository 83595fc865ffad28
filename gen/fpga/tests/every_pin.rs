//! Every pin of every board: that its package has it, and that the standards go together. Needs
//! nextpnr: `./x fpga` gets it and runs this test.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bitladder_fpga::{Board, Expected, Flow, FlowError, Job, Report, SignalDirection, Subject};
use bitladder_rtl::{Design, EmitOptions, Module, ModuleBuilder, uint};

/// The board with each pin once, and its two-way pins as outputs: those are simpler to drive.
fn simplified(mut board: Board) -> Board {
    let mut taken = BTreeSet::new();
    board.signals.retain(|signal| signal.pins.iter().all(|pin| taken.insert(pin.clone())));
    for signal in &mut board.signals {
        if signal.direction == SignalDirection::Both {
            signal.direction = SignalDirection::Out;
        }
    }
    board
}

/// All outputs say whether an odd number of inputs was set.
fn parity(board: &Board) -> Arc<Module> {
    let m = ModuleBuilder::new("parity");
    let clk = m.clock(&board.clock.signal, "oscillator");
    let width = |pins: &[String]| u32::try_from(pins.len()).expect("a few pins");
    let data = |signal: &&bitladder_fpga::Signal| signal.name != board.clock.signal;
    let (inputs, outputs): (Vec<_>, Vec<_>) =
        board.signals.iter().filter(data).partition(|one| one.direction == SignalDirection::In);
    let bits: Vec<_> = inputs
        .iter()
        .map(|one| m.input(&one.name, uint(width(&one.pins)), "input").reduce_xor())
        .collect();
    let odd = m.pipe("odd_q", m.cat(&bits).reduce_xor(), clk);
    for one in outputs {
        let ty = uint(width(&one.pins));
        m.drive(m.output(&one.name, ty, "output"), odd.repeat(ty.width));
    }
    m.build().expect("a correct module")
}

fn build(board: &Board) -> Result<Report, FlowError> {
    let design = Design::elaborate(&parity(board)).expect("a correct design");
    let subject = Subject::new(&design, &EmitOptions::default()).expect("Verilog");
    let out = tempfile::tempdir().expect("a folder");
    let job = Job {
        board,
        subject: &subject,
        target_mhz: None,
        seeds: vec![1],
        expected: Expected::default(),
        wide_luts: true,
        by_module: false,
        folder: out.path().to_owned(),
    };
    Flow::default().build(&job)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fpga")
}

#[test]
#[ignore = "needs nextpnr: run ./x fpga"]
fn every_pin_can_be_used() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let board = simplified(Board::read(path).unwrap());
        let report = build(&board).unwrap_or_else(|error| panic!("{}: {error}", board.name));
        assert!(report.bitstream.is_some_and(|bitstream| bitstream.bytes > 10_000));
    }
}

#[test]
#[ignore = "needs nextpnr: run ./x fpga"]
fn a_pin_that_is_not_there_is_named() {
    for (name, pin) in [("ulx3s-12f", "Z99"), ("icebreaker", "99"), ("tang-nano-9k", "99")] {
        let mut board = simplified(Board::read(folder().join(format!("{name}.toml"))).unwrap());
        board.signals[1].pins[0] = pin.to_owned();
        let error = build(&board).unwrap_err().to_string();
        assert!(error.starts_with("nextpnr-") && error.contains(pin), "{error}");
        assert!(error.ends_with("check `package` and the pins in the board's file"), "{error}");
    }
}
