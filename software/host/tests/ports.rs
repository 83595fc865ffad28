//! Boards at serial ports, and ports without one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "support/board.rs"]
mod board;
mod support;

use std::time::Instant;

use bitladder_device::Device;
use bitladder_host::{DeviceUrl, Session};
use bitladder_link::FaultRates;
use board::{Board, Cable};
use serialport::{SerialPort, TTYPort};
use support::{ENOUGH, config, golden, package, pixels, round_trip};

/// A board whose bit rate is off by a share, on a line that damages bytes.
fn board(error: f64, rates: FaultRates, seed: u64) -> Board {
    Board::new(config(), error, rates, seed)
}

fn url(board: &Board) -> DeviceUrl {
    board.url().parse().unwrap()
}

fn open(board: &Board) -> Box<dyn Device> {
    url(board).open(&config()).unwrap()
}

#[test]
fn clocks_may_differ_by_three_percent() {
    for error in [-0.03, 0.0, 0.03] {
        let board = board(error, FaultRates::default(), 0);
        round_trip(open(&board).as_mut(), 120, 1);
    }
}

#[test]
fn a_session_over_a_port_is_the_golden_one() {
    let board = board(0.01, FaultRates::default(), 0);
    let mut session = Session::open(&url(&board), &config(), package(0), 1).unwrap();
    let pixels = pixels(2, 3);
    session.set_clock(1).unwrap();
    let verdicts = session.infer("high", &pixels).unwrap();
    let step = support::network().output_format().scale.step();
    for (verdict, logits) in verdicts.iter().zip(golden(2, &pixels)) {
        let scores: Vec<f32> = logits.iter().map(|l| (f64::from(*l) * step) as f32).collect();
        assert_eq!(verdict.scores, scores);
    }
    let work = session.work();
    assert_eq!((work.batches, session.clock_mhz().unwrap()), (2, 25));
    assert_eq!(work.seconds, work.cycles as f64 / 25e6);
    assert!(session.counters().unwrap().cycles > 0);
    let error = session.set_clock(2).unwrap_err().to_string();
    assert_eq!(error, "clock level 2 was asked for; the machine has 2, from 0, the fastest");
}

#[test]
fn lost_doubled_and_damaged_bytes_are_survived() {
    let rates = FaultRates { flipped: 300, dropped: 300, doubled: 300, inserted: 300 };
    for seed in 0..2 {
        let board = board(-0.01, rates, seed);
        round_trip(open(&board).as_mut(), 400, seed);
    }
}

#[test]
fn noise_on_the_line_is_survived() {
    let board = board(0.01, FaultRates::default(), 0);
    let mut device = open(&board);
    board.order(Cable::Noise(40_000));
    round_trip(device.as_mut(), 300, 5);
}

#[test]
fn a_pulled_cable_has_a_name_and_plugging_it_in_again_helps() {
    let board = board(0.0, FaultRates::default(), 0);
    let mut opener = url(&board).opener(&config());
    for after in [1, 333, 900] {
        let mut device = opener().unwrap();
        round_trip(device.as_mut(), 20, 1);
        board.order(Cable::Pull { after });
        let words = vec![7; 2000];
        // Not that nobody answered after all tries: that would be long after the pull.
        let error = device.poke(bitladder_device::Memory::Weight, 0, &words).unwrap_err();
        assert!(error.to_string().ends_with("is gone: was it unplugged?"), "{error}");
        let error = opener().err().unwrap().to_string();
        assert!(
            error.ends_with("there is no such serial port: is the board plugged in?"),
            "{error}"
        );
        board.plug();
        round_trip(opener().unwrap().as_mut(), 20, 2);
    }
}

#[test]
fn a_port_without_a_board_ends_in_time() {
    let (_master, slave) = TTYPort::pair().unwrap();
    let name = slave.name().unwrap();
    drop(slave);
    let url: DeviceUrl = format!("uart:{name}?timeout_ms=20").parse().unwrap();
    let begin = Instant::now();
    let error = url.open(&config()).err().unwrap().to_string();
    assert!(error.contains("no device answers on this line after 8 tries"), "{error}");
    // Eight tries of 20 ms each; a busy computer takes longer, but ends.
    assert!(begin.elapsed() < ENOUGH, "{:?}", begin.elapsed());
}

#[test]
fn ports_that_cannot_be_opened_say_why() {
    let text = |path: &str| {
        let url: DeviceUrl = format!("uart:{path}").parse().unwrap();
        url.open(&config()).err().unwrap().to_string()
    };
    let (_master, slave) = TTYPort::pair().unwrap();
    let name = slave.name().unwrap();
    drop(slave);
    let _other = TTYPort::open(&serialport::new(&name, 9600)).unwrap();
    assert!(text(&name).ends_with("another program uses this serial port: end it"));
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display().to_string();
    assert!(text(&path).contains("cannot be opened at 3000000 bits per second: "));
}

#[test]
fn a_board_of_another_configuration_is_refused() {
    let board = board(0.0, FaultRates::default(), 0);
    let mut other = config();
    (other.name, other.memory.weight_groups) = ("other".into(), other.memory.weight_groups / 2);
    let error = url(&board).open(&other).err().unwrap().to_string();
    assert!(error.contains("was built from configuration"), "{error}");
    assert!(error.contains("not from `other`"), "{error}");
}
