//! Every building block that has multipliers or memories becomes exactly the blocks that were
//! intended. Needs `yosys` in `PATH`; for Gowin the newer one that `./x fpga` gets.

use std::path::Path;

use bitladder_fpga::{Board, Expected, Flow, Job, Subject};
use bitladder_rtl::{Design, EmitOptions};

#[path = "../examples/blocks/catalogue.rs"]
mod catalogue;

/// Synthesises the listed blocks for a board; the flow compares.
fn check(board: usize) {
    let name = catalogue::BOARDS[board];
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../fpga/{name}.toml"));
    let shipped = Board::read(file).expect("a shipped board");
    let device = shipped.fpga.device;
    let modules = catalogue::blocks().expect("valid configurations");
    let mut checked = 0;
    for (module, blocks) in catalogue::MAPPED {
        let [dsp, bram] = catalogue::expected(module, board);
        assert_eq!([dsp, bram], blocks[board]);
        // What is all fabric here, or too large for the device, is checked elsewhere.
        if [dsp, bram] == [0, 0] || dsp > device.dsp {
            continue;
        }
        let found = modules.iter().find(|one| one.name() == module).expect(module);
        let design = Design::elaborate(found).expect("a correct design");
        let subject = Subject::new(&design, &EmitOptions::default()).expect("Verilog");
        let folder = tempfile::tempdir().expect("a folder");
        let job = Job {
            board: &shipped,
            subject: &subject,
            target_mhz: None,
            seeds: vec![1],
            expected: Expected { dsp: Some(dsp), bram: Some(bram), spram: Some(0) },
            by_module: false,
            wide_luts: true,
            folder: folder.path().to_owned(),
        };
        Flow::default().synthesise(&job).expect(module);
        checked += 1;
    }
    assert!(checked >= 5, "{checked} blocks on {name}");
}

#[test]
fn ecp5() {
    check(0);
}

#[test]
fn hx8k() {
    check(1);
}

#[test]
fn up5k() {
    check(2);
}

#[test]
#[ignore = "needs Yosys 0.45: run ./x fpga"]
fn gowin() {
    check(3);
}
