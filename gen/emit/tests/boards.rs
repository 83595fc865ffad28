//! Boards with the smallest machine for them, up to the bitstream. One of each family is built by
//! `./x test`, with tools from PyPI; every board, in an hour, by `./x nightly-boards`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "helpers of tests")]

use std::path::Path;

use bitladder_emit::{Accelerator, Build, BuildError, Built, Host};
use bitladder_fpga::{Board, Family, Flow, Job};
use bitladder_machine::isa::{Mode, WeightKind};
use bitladder_machine::{MachineConfig, Multiplier};

const BOARDS: [&str; 12] = [
    "hx8k-breakout",
    "icebreaker",
    "orangecrab-25f",
    "orangecrab-85f",
    "tang-nano-20k",
    "tang-nano-9k",
    "tang-primer-25k",
    "ulx3s-12f",
    "ulx3s-25f",
    "ulx3s-85f",
    "upduino-v3",
    "versa-ecp5",
];

fn board(name: &str) -> Board {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fpga");
    Board::read(folder.join(format!("{name}.toml"))).unwrap()
}

/// Two lanes of 4 bits without multiplier blocks, little memory, and the smallest link.
fn smallest(board: &Board) -> MachineConfig {
    let text = include_str!("../../configs/hx8k-small.toml");
    let mut config = MachineConfig::parse("hx8k-small.toml", text).unwrap();
    config.name = "smallest".into();
    config.family = match board.fpga.device.family {
        Family::Ecp5 => bitladder_machine::Family::Ecp5,
        Family::Ice40 => bitladder_machine::Family::Ice40,
        Family::Gowin => bitladder_machine::Family::Gowin,
    };
    (config.array.rows, config.array.columns) = (1, 2);
    config.array.modes = vec![Mode::Word4];
    config.array.weight_kinds = vec![WeightKind::Fixed];
    config.array.multiplier = Multiplier::Fabric;
    config.memory.activation_groups = 256;
    config.memory.weight_groups = 256;
    config.clock.levels_mhz = vec![12];
    config.host.baud = 1_000_000;
    config.validate().unwrap();
    config
}

fn on(board: &Board) -> Accelerator {
    let config = smallest(board);
    Accelerator::on_board(&config, Host::of(&config), board).unwrap()
}

fn build(name: &str) -> Result<Built, Box<BuildError>> {
    let board = board(name);
    let accelerator = on(&board);
    let folder = tempfile::tempdir().unwrap();
    let build = Build::new(&accelerator, &board, folder.path().to_owned());
    let build = Build { by_module: false, ..build };
    Ok(build.run(&Flow::default(), None)?)
}

/// What every bitstream must be.
fn check(name: &str, built: &Built) {
    let bitstream = built.report.bitstream.as_ref().expect(name);
    assert!(bitstream.bytes > 10_000, "{name}: {} bytes", bitstream.bytes);
    assert!(built.in_time(), "{name}: {} of {} MHz", built.reached_mhz, built.target_mhz);
}

#[test]
fn every_board_is_in_the_list() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fpga");
    let names = std::fs::read_dir(folder).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        let toml = path.extension().is_some_and(|ending| ending == "toml");
        toml.then(|| path.file_stem().unwrap().to_string_lossy().into_owned())
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(names, BOARDS);
}

#[test]
#[ignore = "needs tools from PyPI: run ./x test"]
fn the_smallest_machine_builds_on_an_ecp5() {
    check("ulx3s-25f", &build("ulx3s-25f").unwrap());
}

#[test]
#[ignore = "needs tools from PyPI: run ./x test"]
fn the_smallest_machine_builds_on_an_ultra_plus() {
    check("icebreaker", &build("icebreaker").unwrap());
}

#[test]
#[ignore = "needs tools from PyPI: run ./x test"]
fn the_smallest_machine_builds_on_a_gowin() {
    check("tang-nano-9k", &build("tang-nano-9k").unwrap());
}

#[test]
#[ignore = "synthesises a machine twice: run ./x fpga"]
fn equal_machines_have_equal_netlists() {
    let board = board("ulx3s-25f");
    let netlist = || {
        let accelerator = on(&board);
        let folder = tempfile::tempdir().unwrap();
        let job = Job {
            board: &board,
            subject: &accelerator.subject,
            target_mhz: None,
            seeds: vec![1],
            expected: accelerator.expected,
            wide_luts: false,
            by_module: false,
            folder: folder.path().to_owned(),
        };
        (accelerator.subject.clone(), Flow::default().synthesise(&job).unwrap().netlist_sha256)
    };
    assert_eq!(netlist(), netlist());
}

#[test]
#[ignore = "an hour of synthesis, place and route: run ./x nightly-boards"]
fn the_smallest_machine_builds_on_every_board() {
    for name in BOARDS {
        check(name, &build(name).unwrap_or_else(|error| panic!("{name}: {error}")));
    }
}
