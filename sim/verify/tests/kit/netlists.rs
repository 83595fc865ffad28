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

/// One row and two columns of packed multipliers, and little besides.
fn small() -> MachineConfig {
    let text = include_str!("../../../../gen/configs/ecp5-25.toml");
    let mut config = MachineConfig::parse("ecp5-25.toml", text).unwrap();
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

fn icarus(folder: &Path) -> (bool, String) {
    let output = Command::new("make").arg("icarus").current_dir(folder).output().unwrap();
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (output.status.success(), text.concat())
}

#[test]
fn an_ecp5_netlist_with_packed_multipliers_passes() {
    let folder = tempfile::tempdir().unwrap();
    let made = bench(&small(), "ulx3s-25f", folder.path()).unwrap();
    // A block per lane: two products of 4 bits, of 8, or one of 16 come out of each.
    assert_eq!(made.cells["MULT18X18D"], 2);
    assert!(made.cells["DP16KD"] > 4 && made.resources.luts > 1000, "{made:?}");
    let (good, said) = icarus(folder.path());
    assert!(good && said.contains(&format!("PASS: {} vectors", made.vectors)), "{said}");
}

#[test]
fn a_machine_of_another_family_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let message = bench(&small(), "icebreaker", folder.path()).unwrap_err().to_string();
    let wanted = "machine `ecp5-25` has primitives of another family than board `icebreaker`; give \
                  it `family = \"ice40\"`, or choose another board";
    assert_eq!(message, wanted);
}
