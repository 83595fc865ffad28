//! The example array: right results, the same in every simulator, clean for every linter.

use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{Design, EmitOptions, Sim};

#[path = "../examples/mac_array/array.rs"]
mod array;
use array::{ArrayConfig, array, lane};

const CONFIG: ArrayConfig = ArrayConfig { rows: 4, columns: 4, word: 16, accumulator: 48 };

/// The sum of products of sub-words, computed without the layer.
fn expected(a: u16, b: u16, width: u32) -> i64 {
    let part = |word: u16, index: u32| {
        let spare = 64 - width;
        (i64::from(word) >> (index * width)) << spare >> spare
    };
    (0..16 / width).map(|index| part(a, index) * part(b, index)).sum()
}

#[test]
fn a_lane_sums_products_of_every_width() {
    let design = Design::elaborate(&lane(&CONFIG).unwrap()).unwrap();
    let words = [0, 1, 0x7fff, 0x8000, 0xffff, 0x7f80, 0x8778, 0x1234, 0xfedc];
    for (mode, width) in [(0, 16), (1, 8), (2, 4), (3, 4)] {
        let mut sim = Sim::new(&design).unwrap();
        let mut sum = 0;
        for (a, b) in words.iter().flat_map(|a| words.map(|b| (*a, b))) {
            sim.set("mode", mode).unwrap();
            sim.set("en", 1).unwrap();
            sim.set("a_i", u128::from(a)).unwrap();
            sim.set("b_i", u128::from(b)).unwrap();
            sim.step("clk").unwrap();
            sum += expected(a, b, width);
            assert_eq!(sim.get_number("acc_o").unwrap(), i128::from(sum), "{a:x} {b:x} {width}");
        }
    }
}

#[test]
fn the_array_agrees_with_both_simulators() {
    let design = Design::elaborate(&array(&CONFIG).unwrap()).unwrap();
    let plan = Plan::random(400, 9).reset("rst_i", 2);
    cosim::icarus(&design, &plan).unwrap();
    cosim::verilator(&[(&design, &plan)]).unwrap();
}

#[test]
fn the_array_is_clean_for_every_linter() {
    let design = Design::elaborate(&array(&CONFIG).unwrap()).unwrap();
    cosim::lint(&design).unwrap();
}

#[test]
fn sixteen_lanes_are_one_module() {
    let design = Design::elaborate(&array(&CONFIG).unwrap()).unwrap();
    let emitted = design.verilog(&EmitOptions::default()).unwrap();
    let names: Vec<&str> = emitted.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["lane_w16_a48.v", "mac_array_r4_c4.v"]);
}
