//! Queue, memory and checksum.

use bitladder_blocks::memory::{Crc32Config, FifoConfig, RamConfig, crc32, fifo, ram};
use bitladder_rtl::ReadDuringWrite;
use bitladder_rtl::cosim::Plan;
use bitladder_spec::SplitMix64;
use proptest::prelude::*;

use crate::support::{Bench, Port};
use crate::verilog::{Case, after_reset};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = [(8, 1), (9, 5), (100, 8), (16, 33)]
        .map(|(width, depth)| fifo(&FifoConfig { width, depth }).unwrap())
        .map(|module| after_reset(module, 500))
        .to_vec();
    for bytes in [1, 4, 8] {
        cases.push((crc32(&Crc32Config { bytes }).unwrap(), Plan::random(200, 3)));
    }
    let policies = [ReadDuringWrite::DontCare, ReadDuringWrite::OldData, ReadDuringWrite::NewData];
    for policy in policies {
        let small = RamConfig { width: 24, depth: 8, lanes: 3, policy, init: vec![5, 6] };
        cases.push((ram(&small).unwrap(), Plan::random(300, 4)));
    }
    cases
}

#[test]
fn a_queue_keeps_order_through_any_stalls() {
    for (depth, eager_in, eager_out) in [(1, 8, 8), (3, 8, 2), (4, 3, 8), (7, 5, 5), (64, 8, 1)] {
        let mut bench = Bench::new(&fifo(&FifoConfig { width: 16, depth }).unwrap());
        let words: Vec<Vec<i128>> = (0..300).map(|i| vec![i * 7 % 65_536]).collect();
        let from = Port::new("in", &["data"], eager_in);
        let taken = bench.run(&from, &words, &Port::new("out", &["data"], eager_out), 300);
        assert_eq!(taken, words, "depth {depth}");
        assert_eq!((bench.get("level"), bench.sim.collisions()), (0, 0));
    }
}

#[test]
fn a_queue_fills_to_its_depth_and_then_moves_a_word_each_cycle() {
    for depth in [2usize, 5, 16] {
        let mut bench = Bench::new(&fifo(&FifoConfig { width: 8, depth }).unwrap());
        bench.set("in_valid", 1);
        for level in 0..depth as i128 {
            assert_eq!((bench.get("level"), bench.get("in_ready")), (level, 1));
            bench.set("in_data", level);
            bench.step();
        }
        assert_eq!((bench.get("level"), bench.get("in_ready")), (depth as i128, 0));
        bench.set("in_valid", 0);
        bench.set("out_ready", 1);
        for word in 0..depth as i128 {
            assert_eq!((bench.get("out_valid"), bench.get("out_data")), (1, word));
            bench.step();
        }
        assert_eq!((bench.get("out_valid"), bench.get("level")), (0, 0));
    }
}

#[test]
fn a_full_queue_streams() {
    let mut bench = Bench::new(&fifo(&FifoConfig { width: 8, depth: 4 }).unwrap());
    bench.set("in_valid", 1);
    bench.step();
    bench.step();
    bench.set("out_ready", 1);
    for _ in 0..50 {
        assert_eq!((bench.get("in_ready"), bench.get("out_valid")), (1, 1));
        bench.step();
    }
}

#[test]
fn a_reset_empties_the_queue() {
    let mut bench = Bench::new(&fifo(&FifoConfig { width: 8, depth: 3 }).unwrap());
    bench.set("in_valid", 1);
    (0..3).for_each(|_| bench.step());
    bench.set("rst", 1);
    bench.step();
    bench.set("rst", 0);
    assert_eq!((bench.get("level"), bench.get("out_valid"), bench.get("in_ready")), (0, 0, 1));
}

#[test]
fn memory_lanes_and_contents() {
    let config = RamConfig { width: 16, depth: 5, lanes: 2, init: vec![0xabcd], ..<_>::default() };
    let mut bench = Bench::new(&ram(&config).unwrap());
    bench.set("read_enable", 1);
    bench.step();
    assert_eq!(bench.get("read_data"), 0xabcd);
    bench.set("write_mask", 0b10);
    bench.set("write_data", 0x1234);
    bench.step();
    bench.set("write_mask", 0);
    bench.step();
    assert_eq!(bench.get("read_data"), 0x12cd);
}

#[test]
fn contents_are_part_of_the_name() {
    let name = |init| ram(&RamConfig { init, ..<_>::default() }).unwrap().name().to_owned();
    assert_ne!(name(vec![1]), name(vec![2]));
    assert_eq!(name(vec![]), "ram_w16_d1024");
}

#[test]
fn bad_sizes_are_refused() {
    let text = |config: RamConfig| ram(&config).unwrap_err().to_string();
    let wide = text(RamConfig { width: 129, ..<_>::default() });
    assert_eq!(wide, "`ram.width` = 129 is out of range: 1 to 128");
    let lanes = text(RamConfig { lanes: 3, ..<_>::default() });
    assert!(lanes.contains("`ram.lanes` = 3 does not go with `ram.width` = 16: choose a number"));
    let init = text(RamConfig { depth: 1, init: vec![1, 2], ..<_>::default() });
    assert_eq!(init, "`ram.init (words)` = 2 is out of range: 0 to 1");
    let empty = fifo(&FifoConfig { width: 8, depth: 0 }).unwrap_err().to_string();
    assert_eq!(empty, "`fifo.depth` = 0 is out of range: 1 to 65536");
    let bytes = crc32(&Crc32Config { bytes: 0 }).unwrap_err().to_string();
    assert_eq!(bytes, "`crc32.bytes` = 0 is out of range: 1 to 8");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn checksums_are_those_of_the_reference(seed in any::<u64>(), groups in 1usize..20) {
        for bytes in [1u32, 2, 4, 8] {
            let mut noise = SplitMix64::new(seed);
            let data: Vec<u8> =
                (0..groups * bytes as usize).map(|_| noise.below(256) as u8).collect();
            let mut bench = Bench::new(&crc32(&Crc32Config { bytes }).unwrap());
            bench.set("clear", 1);
            bench.step();
            bench.set("clear", 0);
            bench.set("enable", 1);
            for group in data.chunks(bytes as usize) {
                let word = group.iter().rev().fold(0, |w, byte| w << 8 | i128::from(*byte));
                bench.set("data", word);
                bench.step();
            }
            prop_assert_eq!(bench.get("crc"), i128::from(crc32fast::hash(&data)));
        }
    }
}
