//! Memories become exactly the block RAM they should.

use bitladder_blocks::memory::{RamConfig, ram};

use crate::yosys::{Family, cells};

#[test]
fn a_memory_that_fits_is_one_block_and_nothing_else() {
    let cases = [
        (Family::Ecp5, 16, 1024, vec![], &["DP16KD"][..]),
        (Family::Ecp5, 9, 2048, vec![1, 2], &["DP16KD"]),
        (Family::Ice40, 16, 256, vec![], &["SB_RAM40_4K"]),
        (Family::Gowin, 16, 1024, vec![7], &["SDPB", "SDPX9B", "DPB", "DPX9", "DPX9B"]),
    ];
    for (family, width, depth, init, blocks) in cases {
        let module = ram(&RamConfig { width, depth, init, ..RamConfig::default() }).unwrap();
        let mut found = cells(&module, family).unwrap();
        // Yosys chooses among the modes of Gowin's one kind of block by version.
        let used: u64 = blocks.iter().filter_map(|block| found.remove(*block)).sum();
        assert_eq!(used, 1, "{family:?} {width} x {depth}: {found:?}");
        found.retain(|name, _| !["IBUF", "OBUF", "GND", "VCC"].contains(&name.as_str()));
        // The write mask of SB_RAM40_4K is active low.
        let inverters = if family == Family::Ice40 { found.remove("SB_LUT4") } else { None };
        assert!(inverters.unwrap_or(0) <= 1, "{inverters:?} LUTs");
        assert!(found.is_empty(), "{family:?} {width} x {depth}: also {found:?}");
    }
}
