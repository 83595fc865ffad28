//! The weight stream; its decoders are tested with whole layers.

use bitladder_blocks::{Mode, WeightKind};
use bitladder_hdl_machine::fetch::weight_stream;
use bitladder_rtl::Sim;
use bitladder_spec::SplitMix64;

use super::{plan, set, sim, start};
use crate::conv::Conv;
use crate::data::{Bases, Data};
use crate::shapes;

const BASE: usize = 11;

/// Asks for a word and moves it on; gives the group that was read for it, if any.
fn next(sim: &mut Sim, data: &Data, [last, end]: [bool; 2]) -> Option<usize> {
    set(sim, &[("issue", 1), ("take", 0), ("last", last.into())]);
    set(sim, &[("tile_end", (last && end).into())]);
    sim.step("clk").unwrap();
    set(sim, &[("issue", 0)]);
    // The request is in front of the memory.
    let group = sim.get("read_group_o").unwrap() as usize - BASE;
    let read = sim.get("read_enable_o").unwrap() == 1;
    sim.step("clk").unwrap();
    if read {
        for (c, word) in data.weights[group].iter().enumerate() {
            set(sim, &[(&format!("weight_{c}"), (*word).into())]);
        }
    }
    sim.step("clk").unwrap();
    set(sim, &[("take", 1)]);
    sim.step("clk").unwrap();
    set(sim, &[("take", 0)]);
    sim.step("clk").unwrap();
    read.then_some(group)
}

#[test]
fn a_group_of_weights_is_read_once_a_pass() {
    let mut sim = sim(&weight_stream(&plan(&shapes::full())).unwrap());
    for (mode, kind) in [
        (Mode::Word16, WeightKind::Ternary),
        (Mode::Word8, WeightKind::Ternary),
        (Mode::Word4, WeightKind::Ternary),
        (Mode::Word8, WeightKind::Fixed),
        (Mode::Word16, WeightKind::PowerOfTwo),
    ] {
        let conv = Conv { kind, filters: 7, ..Conv::plain(mode, 5, 2, 7, 3) };
        let data = Data::random(&conv, 4, &mut SplitMix64::new(6));
        start(&mut sim, &conv.fields([4, 4], Bases { weights: BASE, ..Bases::default() }));
        let (words, passes) = (conv.words(), conv.passes(4));
        let mut reads = Vec::new();
        for (pass, k) in (0..2 * passes).flat_map(|pass| (0..words).map(move |k| (pass, k))) {
            let ends = [k + 1 == words, (pass + 1) % passes == 0];
            reads.extend(next(&mut sim, &data, ends));
            for c in 0..4 {
                let found = sim.get(&format!("word_{c}_o")).unwrap() as u16;
                let wanted = data.code(pass % passes * 4 + c, k);
                assert_eq!(found & conv.code_mask(), wanted, "{mode:?} {kind:?} word {k}");
            }
        }
        let once: Vec<usize> = (0..data.weights.len()).collect();
        assert_eq!(reads, [once.clone(), once].concat(), "{mode:?} {kind:?}");
    }
}
