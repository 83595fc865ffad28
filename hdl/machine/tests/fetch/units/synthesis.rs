//! What units become on an ECP5.

use std::collections::BTreeMap;

use bitladder_blocks::{Mode, Multiplier, WeightKind};
use bitladder_hdl_machine::fetch::{FetchConfig, FetchPlan, patch_buffer, row_packer};
use bitladder_rtl::cosim;

use crate::shapes;

fn plan() -> FetchPlan {
    let modes = [Mode::Word16, Mode::Word8, Mode::Word4];
    let config = shapes::core([8, 8], &modes, &[WeightKind::Fixed], Multiplier::TwoDsp);
    FetchPlan::new(&FetchConfig { patch_words: 512, operand_bits: 16, ..config }).unwrap()
}

#[test]
fn a_patch_buffer_is_one_block_of_memory_and_nothing_else() {
    let found = cosim::cells(&patch_buffer(&plan()).unwrap(), "synth_ecp5").unwrap();
    assert_eq!(found.0, BTreeMap::from([("DP16KD".to_owned(), 1)]));
}

#[test]
fn a_packer_takes_some_200_luts() {
    let found = cosim::cells(&row_packer(&plan()).unwrap(), "synth_ecp5").unwrap();
    let luts = found.luts();
    println!("row packer: {luts} LUT4, {} flip-flops", found.registers());
    assert!(luts <= 220, "{found:?}");
}
