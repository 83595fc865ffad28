//! What Yosys makes of our modules: that every block maps to the primitive that was meant.
//! Needs `yosys` 0.23 or later in `PATH`, as the other hardware tests do.

use std::path::Path;

use bitladder_fpga::{Board, Expected, Flow, FlowError, Job, Subject, Synthesis, designs};
use bitladder_rtl::{
    Design, EmitOptions, Module, ModuleBuilder, ReadDuringWrite, address_width, sint, uint,
};

fn board(name: &str) -> Board {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fpga");
    Board::read(folder.join(format!("{name}.toml"))).expect("a shipped board")
}

fn subject(module: &std::sync::Arc<Module>) -> Subject {
    let design = Design::elaborate(module).expect("a correct design");
    Subject::new(&design, &EmitOptions::default()).expect("Verilog")
}

fn synthesise(
    board: &str,
    subject: &Subject,
    expected: Expected,
    by_module: bool,
) -> Result<Synthesis, FlowError> {
    let folder = tempfile::tempdir().expect("a folder");
    synthesise_in(folder.path(), board, subject, expected, by_module)
}

fn synthesise_in(
    folder: &Path,
    board: &str,
    subject: &Subject,
    expected: Expected,
    by_module: bool,
) -> Result<Synthesis, FlowError> {
    let board = self::board(board);
    let job = Job {
        board: &board,
        subject,
        target_mhz: None,
        seeds: vec![1],
        expected,
        wide_luts: true,
        by_module,
        folder: folder.to_owned(),
    };
    Flow::default().synthesise(&job)
}

/// A registered product of two numbers.
fn multiplier() -> Subject {
    let m = ModuleBuilder::new("multiplier");
    let clk = m.clock("clk", "clock");
    let (a, b) = (m.input("a", sint(16), "left"), m.input("b", sint(16), "right"));
    let product = m.pipe("product_q", a * b, clk);
    m.drive(m.output("y", product.ty(), "product"), product);
    subject(&m.build().expect("a correct module"))
}

/// A memory of `depth` words of 16 bits.
fn memory(depth: usize) -> Subject {
    let m = ModuleBuilder::new("store").param("d", depth);
    let clk = m.clock("clk", "clock");
    let address = uint(address_width(depth));
    let read = m.input("read_at", address, "address");
    let (at, data) = (m.input("write_at", address, "address"), m.input("data", uint(16), "word"));
    let write = m.input("write", uint(1), "write the word");
    let store = m.memory("words", uint(16), depth, ReadDuringWrite::DontCare);
    store.write(clk, write, at, data);
    let word = store.read("word", clk, read);
    m.drive(m.output("word", uint(16), "what is there"), word);
    subject(&m.build().expect("a correct module"))
}

fn blocks(dsp: u64, bram: u64) -> Expected {
    Expected { dsp: Some(dsp), bram: Some(bram), spram: Some(0) }
}

#[test]
fn products_take_one_block() {
    for name in ["ulx3s-25f", "icebreaker"] {
        let synthesis = synthesise(name, &multiplier(), blocks(1, 0), false);
        assert_eq!(synthesis.unwrap_or_else(|error| panic!("{name}: {error}")).total.dsp, 1);
    }
}

#[test]
fn a_product_without_a_block_is_an_error() {
    let error = synthesise("hx8k-breakout", &multiplier(), blocks(1, 0), true).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`multiplier` has 0 multiplier blocks, 1 were intended (no module has any); a product was \
         built from lookup tables: instantiate the block, or use a newer Yosys"
    );
}

#[test]
fn memories_take_blocks() {
    // 1,024 words of 16 bits: one block of 18 kbit, four of 4 kbit.
    for (name, bram) in [("ulx3s-25f", 1), ("icebreaker", 4), ("hx8k-breakout", 4)] {
        let synthesis = synthesise(name, &memory(1024), blocks(0, bram), false);
        assert_eq!(synthesis.unwrap_or_else(|error| panic!("{name}: {error}")).total.registers, 0);
    }
}

#[test]
fn lanes_map_as_planned_and_are_found_by_module() {
    for (name, design, dsp) in [
        ("ulx3s-25f", "array-2x1-dsp2", 4),
        ("ulx3s-25f", "array-2x1-fabric-8.4", 0),
        ("icebreaker", "array-2x1-mac16", 4),
    ] {
        let plan = designs::plan(design, board(name).fpga.device).unwrap();
        let (subject, expected) = designs::subject(&plan).unwrap();
        assert_eq!(expected, blocks(dsp, 0));
        let synthesis = synthesise(name, &subject, expected, true);
        let synthesis = synthesis.unwrap_or_else(|error| panic!("{design}: {error}"));
        // Two shapes: the last lane of a column has nobody's results to pass on.
        let lanes = synthesis.modules.iter().filter(|one| one.module.starts_with("lane_"));
        let lanes: Vec<_> = lanes.map(|one| (one.instances, one.total.dsp)).collect();
        assert_eq!(lanes, [(1, dsp / 2); 2], "{design}");
        assert!(synthesis.instances["inner.lane_1_0"].starts_with("lane_"));
        assert_eq!(synthesis.modules[0].total.dsp, dsp, "the top comes first");
    }
}

/// Yosys' `synth_ice40 -dsp` would make unregistered 16 x 16 multipliers of the lanes' blocks.
#[test]
fn blocks_that_are_placed_by_hand_stay_as_they_are() {
    let plan = designs::plan("array-1x1-mac16-8.4", board("icebreaker").fpga.device).unwrap();
    let (subject, expected) = designs::subject(&plan).unwrap();
    let folder = tempfile::tempdir().unwrap();
    synthesise_in(folder.path(), "icebreaker", &subject, expected, false).unwrap();
    let netlist = std::fs::read_to_string(folder.path().join("netlist.json")).unwrap();
    let netlist: serde_json::Value = serde_json::from_str(&netlist).unwrap();
    let cells = netlist["modules"][subject.top()]["cells"].as_object().unwrap();
    let blocks: Vec<_> = cells.values().filter(|cell| cell["type"] == "SB_MAC16").collect();
    assert_eq!(blocks.len(), 1);
    for parameter in ["MODE_8x8", "A_REG", "B_REG", "TOP_8x8_MULT_REG", "BOT_8x8_MULT_REG"] {
        let bits = blocks[0]["parameters"][parameter].as_str().unwrap();
        assert!(bits.ends_with('1'), "{parameter} is {bits}");
    }
}

#[test]
fn too_many_blocks_are_refused_before_placing() {
    let plan = designs::plan("array-3x1-mac16-8.4", board("icebreaker").fpga.device).unwrap();
    let (subject, expected) = designs::subject(&plan).unwrap();
    assert!(synthesise("icebreaker", &subject, expected, false).is_ok());
    let error = synthesise("hx8k-breakout", &subject, expected, true).unwrap_err().to_string();
    assert!(error.contains(" needs 3 multiplier blocks, iCE40-HX8K has 0 (2 x `lane_"), "{error}");
    assert!(error.ends_with("take a larger device, fewer lanes, or lanes with fewer blocks"));
}

#[test]
fn equal_inputs_give_equal_netlists() {
    let twice = [(), ()].map(|()| synthesise("icebreaker", &multiplier(), blocks(1, 0), false));
    let [first, second] = twice.map(|result| result.unwrap());
    assert_eq!(first, second);
    let other = synthesise("icebreaker", &memory(256), blocks(0, 1), false).unwrap();
    assert_ne!(first.netlist_sha256, other.netlist_sha256);
}

#[test]
fn a_design_without_pins_is_refused_at_once() {
    let (board, subject, folder) =
        (board("icebreaker"), multiplier(), tempfile::tempdir().unwrap());
    let job = |mhz, seeds| Job {
        board: &board,
        subject: &subject,
        target_mhz: mhz,
        seeds,
        expected: Expected::default(),
        wide_luts: true,
        by_module: false,
        folder: folder.path().to_owned(),
    };
    let error = Flow::default().build(&job(None, vec![1])).unwrap_err().to_string();
    assert!(error.starts_with("port `a_i` has no pin on `icebreaker`; rename it to"), "{error}");
}
