//! A netlist does what the golden model says.

use std::path::Path;
use std::process::Command;

use bitladder_fpga::{Board, Flow};
use bitladder_machine::isa::Operation;
use bitladder_machine::{MachineConfig, compile_package};
use bitladder_quantize::LowerOptions;
use bitladder_verify::bench::Run;
use bitladder_verify::netlist::{NetlistBench, NetlistError, write_netlist};

fn board(name: &str) -> Board {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fpga");
    Board::read(folder.join(format!("{name}.toml"))).unwrap()
}

/// A machine with one row and two columns of multiplier blocks, and little besides.
fn small(name: &str) -> MachineConfig {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../gen/configs");
    let mut config = MachineConfig::read(folder.join(format!("{name}.toml"))).unwrap();
    (config.array.rows, config.array.columns, config.post.lanes) = (1, 2, 1);
    config.array.weight_kinds = vec![bitladder_machine::isa::WeightKind::Fixed];
    config.element.operations = vec![Operation::MaxPool];
    config.post.multiplier_bits = 1;
    config.memory.activation_groups = 512;
    config.memory.checks = false;
    config.validate().unwrap();
    config
}

/// The digits in 4 bits, one image.
fn bench(config: &MachineConfig, on: &str, out: &Path) -> Result<NetlistBench, NetlistError> {
    let options = LowerOptions { multiplier_bits: 1, ..LowerOptions::default() };
    let package = crate::digits::package_with(&["4"], options);
    let image = compile_package(&package, config, 1).unwrap();
    let batch = crate::digits::images(&package.profiles[0].network, 5..6);
    let run = Run { program: image.programs[0].clone(), batches: vec![vec![batch]] };
    write_netlist(config, &board(on), &Flow::default(), &[run], out)
}

fn simulate(simulator: &str, folder: &Path) -> (bool, String) {
    let output = Command::new("make").arg(simulator).current_dir(folder).output().unwrap();
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (output.status.success(), text.concat())
}

/// Runs the digits on a netlist, and on the same with a cell's model changed: then logits differ.
fn sees_a_broken_multiplier(
    simulator: &str,
    [name, on]: [&str; 2],
    cell: &str,
    [sound, broken]: [&str; 2],
) {
    let folder = tempfile::tempdir().unwrap();
    let made = bench(&small(name), on, folder.path()).unwrap();
    // As many blocks in each of two lanes: all products come out of them.
    let blocks = made.cells[cell];
    assert!(blocks >= 2 && blocks.is_multiple_of(2), "{made:?}");
    assert!(made.resources.luts > 1000, "{made:?}");
    let (good, said) = simulate(simulator, folder.path());
    assert!(good && said.contains(&format!("PASS: {} vectors", made.vectors)), "{said}");
    let file = folder.path().join("rtl/cells.v");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches(sound).count(), 1, "{sound}");
    std::fs::write(&file, text.replace(sound, broken)).unwrap();
    let (good, said) = simulate(simulator, folder.path());
    assert!(!good && said.contains("FAIL: ") && !said.contains("PASS"), "{said}");
}

#[test]
fn the_ecp5_bench_sees_a_broken_multiplier() {
    let change = ["product_q[35:0] :", "~product_q[35:0] :"];
    sees_a_broken_multiplier("verilator", ["ecp5-25", "ulx3s-25f"], "MULT18X18D", change);
}

#[test]
fn the_ice40_bench_sees_a_broken_multiplier() {
    let change = ["assign O = {Oh, Ol};", "assign O = ~{Oh, Ol};"];
    sees_a_broken_multiplier("icarus", ["up5k-tiny", "icebreaker"], "SB_MAC16", change);
}

#[test]
#[ignore = "needs a newer Yosys, which ./x netlist installs"]
fn the_gowin_bench_sees_a_broken_multiplier() {
    let change = ["product_q[35:0] :", "~product_q[35:0] :"];
    sees_a_broken_multiplier("verilator", ["gw2a-18", "tang-nano-20k"], "MULT18X18", change);
}

#[test]
fn a_machine_of_another_family_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let message = bench(&small("ecp5-25"), "icebreaker", folder.path()).unwrap_err().to_string();
    let wanted = "machine `ecp5-25` has primitives of another family than board `icebreaker`; give \
                  it `family = \"ice40\"`, or choose another board";
    assert_eq!(message, wanted);
}
