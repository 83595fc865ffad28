//! Memories become exactly the block RAM they should, and products only the DSP blocks they may.

use bitladder_blocks::arith::{
    OutputConfig, RequantiserConfig, ScaleConfig, TileConfig, TileWeights, requantiser, tile,
};
use bitladder_blocks::csd::{CsdSerialConfig, csd_serial};
use bitladder_blocks::memory::{RamConfig, ram};
use bitladder_rtl::cosim;
use bitladder_spec::IntType;

#[test]
fn a_memory_that_fits_is_one_block_and_nothing_else() {
    let cases = [
        ("synth_ecp5 -nodsp", 16, 1024, vec![], &["DP16KD"][..]),
        ("synth_ecp5 -nodsp", 9, 2048, vec![1, 2], &["DP16KD"]),
        ("synth_ice40", 16, 256, vec![], &["SB_RAM40_4K"]),
        ("synth_gowin", 16, 1024, vec![7], &["SDPB", "SDPX9B", "DPB", "DPX9", "DPX9B"]),
    ];
    for (command, width, depth, init, blocks) in cases {
        let module = ram(&RamConfig { width, depth, init, ..RamConfig::default() }).unwrap();
        let mut found = cosim::cells(&module, command).unwrap().0;
        // Yosys chooses among the modes of Gowin's one kind of block by version.
        let used: u64 = blocks.iter().filter_map(|block| found.remove(*block)).sum();
        assert_eq!(used, 1, "{command} {width} x {depth}: {found:?}");
        found.retain(|name, _| !["IBUF", "OBUF", "GND", "VCC"].contains(&name.as_str()));
        // The write mask of SB_RAM40_4K is active low.
        let inverters = if command == "synth_ice40" { found.remove("SB_LUT4") } else { None };
        assert!(inverters.unwrap_or(0) <= 1, "{inverters:?} LUTs");
        assert!(found.is_empty(), "{command} {width} x {depth}: also {found:?}");
    }
}

#[test]
fn only_true_products_take_dsp_blocks() {
    let output = OutputConfig::plain(IntType::new(8, true).unwrap());
    let requant = |multiplier_bits| {
        let scale = ScaleConfig { multiplier_bits, max_shift: 31 };
        let config = RequantiserConfig { accumulator_bits: 32, scale, output: output.clone() };
        requantiser(&config).unwrap()
    };
    let shifting = TileConfig {
        neurons: 1,
        inputs: 4,
        activation_bits: 8,
        weights: TileWeights::PowerOfTwo,
        accumulator_bits: 32,
        levels_per_stage: 2,
        relu: true,
    };
    let serial = CsdSerialConfig { weight_bits: 8, activation_bits: 8 };
    let cases = [
        (requant(16), 2),
        (requant(1), 0),
        (tile(&shifting).unwrap(), 0),
        (csd_serial(&serial).unwrap(), 0),
    ];
    for (module, wanted) in cases {
        let found = cosim::cells(&module, "synth_ecp5").unwrap();
        assert_eq!(found.of(&["MULT18X18D"]), wanted, "{}", module.name());
    }
}
