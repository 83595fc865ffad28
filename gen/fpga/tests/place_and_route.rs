//! The whole flow, up to the bitstream. Needs nextpnr and the packers: `./x fpga` gets them and
//! runs these tests.

use std::path::Path;

use bitladder_fpga::{Board, Flow, FlowError, Job, Report, designs};

fn board(name: &str) -> Board {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fpga");
    Board::read(folder.join(format!("{name}.toml"))).expect("a shipped board")
}

fn build(name: &str, design: &str, seeds: &[u32], folder: &Path) -> Result<Report, FlowError> {
    let board = board(name);
    let plan = designs::plan(design, board.fpga.device).expect("a design");
    let (subject, expected) = designs::subject(&plan).expect("Verilog");
    let job = Job {
        board: &board,
        subject: &subject,
        target_mhz: None,
        seeds: seeds.to_vec(),
        expected,
        wide_luts: true,
        by_module: true,
        folder: folder.to_owned(),
    };
    Flow::default().build(&job)
}

/// Builds and checks what every build must give.
fn check(name: &str, design: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let report = build(name, design, &[1], folder.path()).expect(name);
    let bitstream = report.bitstream.as_ref().expect("a bitstream");
    let length = std::fs::metadata(folder.path().join(&bitstream.file)).expect("its file").len();
    assert_eq!(length, bitstream.bytes);
    assert!(length > 10_000, "{length}");
    assert_eq!(report.seeds.len(), 1);
    assert!(report.seeds[0].clocks.iter().all(|clock| clock.mhz > 10.0), "{:?}", report.seeds);
    let path = report.critical.as_ref().expect("a critical path");
    let ours =
        |module: &String| ["lane_", "array_", "frame_"].iter().any(|p| module.starts_with(p));
    assert!(path.hops.iter().any(|hop| hop.module.as_ref().is_some_and(ours)), "{path:?}");
    let json = std::fs::read_to_string(folder.path().join("report.json")).expect("report.json");
    assert_eq!(serde_json::from_str::<Report>(&json).expect("JSON"), report);
    assert!(folder.path().join("Makefile").is_file() && folder.path().join("report.txt").is_file());
}

#[test]
#[ignore = "needs nextpnr: run ./x fpga"]
fn up5k() {
    check("icebreaker", "array-2x1-mac16-8.4");
}

#[test]
#[ignore = "needs nextpnr: run ./x fpga"]
fn hx8k() {
    check("hx8k-breakout", "array-2x1-fabric-4");
}

#[test]
#[ignore = "needs nextpnr: run ./x fpga"]
fn ecp5() {
    check("ulx3s-25f", "array-2x1-dsp1");
}

#[test]
#[ignore = "needs nextpnr: run ./x fpga"]
fn gowin_gw1n() {
    check("tang-nano-9k", "array-2x1-dsp1-16");
}

#[test]
#[ignore = "needs nextpnr: run ./x fpga"]
fn gowin_gw5a() {
    check("tang-primer-25k", "array-2x1-fabric-4");
}

#[test]
#[ignore = "needs nextpnr: run ./x fpga"]
fn builds_repeat_and_the_best_seed_is_packed() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let build = |folder: &tempfile::TempDir| {
        build("icebreaker", "array-2x1-mac16-8", &[1, 2, 3], folder.path()).unwrap()
    };
    let (first, second) = (build(&one), build(&two));
    assert_eq!(first, second);
    let margin = |seed| first.seeds.iter().find(|one| one.seed == seed).unwrap().margin();
    let best = margin(first.best_seed.unwrap());
    assert!(first.seeds.iter().all(|one| one.margin() <= best), "{:?}", first.seeds);
}

#[test]
#[ignore = "needs nextpnr: run ./x fpga"]
fn the_makefile_makes_the_same_bitstream() {
    let folder = tempfile::tempdir().unwrap();
    let report = build("icebreaker", "array-2x1-mac16-8", &[1], folder.path()).unwrap();
    let bitstream = report.bitstream.unwrap();
    let before = std::fs::read(folder.path().join(&bitstream.file)).unwrap();
    std::fs::remove_file(folder.path().join(&bitstream.file)).unwrap();
    std::fs::remove_file(folder.path().join("netlist.json")).unwrap();
    let tools = bitladder_fpga::tools::environment().join("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::env::split_paths(&path).chain([tools])).unwrap();
    let make = std::process::Command::new("make").current_dir(&folder).env("PATH", path).output();
    let make = make.unwrap();
    assert!(make.status.success(), "{}", String::from_utf8_lossy(&make.stderr));
    assert_eq!(std::fs::read(folder.path().join(&bitstream.file)).unwrap(), before);
}
