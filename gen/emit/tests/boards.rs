//! Every board with the smallest machine for it, up to the bitstream. Takes hours: run
//! `./x nightly-boards`. One board, and that synthesis repeats: `./x fpga`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "helpers of tests")]

use std::path::Path;

use bitladder_emit::{Accelerator, Build, BuildError, Built, Host};
use bitladder_fpga::{Board, Family, Flow, FlowError, Job, Resource};
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

/// Two lanes of 4 bits without multiplier blocks, and little memory.
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

fn build(name: &str) -> Result<Built, Box<BuildError>> {
    let board = board(name);
    let accelerator = Accelerator::on_board(&smallest(&board), Host::Uart, &board)?;
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
#[ignore = "minutes of place and route: run ./x fpga"]
fn the_smallest_machine_builds_on_an_ecp5() {
    check("ulx3s-25f", &build("ulx3s-25f").unwrap());
}

#[test]
#[ignore = "synthesises a machine twice: run ./x fpga"]
fn equal_machines_have_equal_netlists() {
    let board = board("ulx3s-25f");
    let netlist = || {
        let accelerator = Accelerator::on_board(&smallest(&board), Host::Uart, &board).unwrap();
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
#[ignore = "hours of synthesis, place and route: run ./x nightly-boards"]
fn the_smallest_machine_builds_on_every_board_with_room() {
    let mut small = Vec::new();
    for name in BOARDS {
        match build(name) {
            Ok(built) => check(name, &built),
            Err(error) => match *error {
                BuildError::Flow(flow) => match *flow {
                    FlowError::Size { device, resource: Resource::Luts, used, .. } => {
                        println!("{name}: {used} lookup tables are too many");
                        small.push(device);
                    }
                    other => panic!("{name}: {other}"),
                },
                other => panic!("{name}: {other}"),
            },
        }
    }
    // Control and packets around the lanes alone are larger than these.
    assert!(small.iter().all(|device| device.starts_with("iCE40")), "{small:?}");
}
