//! The order of passes.

use bitladder_blocks::Mode;
use bitladder_hdl_machine::fetch::passes;
use bitladder_rtl::Sim;
use bitladder_spec::SplitMix64;

use super::{plan, set, sim, start};
use crate::conv::Conv;
use crate::data::Bases;
use crate::shapes;

/// Waits for a word, with everything else at random, and checks what comes with it.
fn word(sim: &mut Sim, noise: &mut SplitMix64, [tile, word]: [usize; 2], [last, end]: [bool; 2]) {
    let half = 1 << (tile % 2);
    loop {
        let (full, advance) = (noise.below(4), noise.below(2));
        set(sim, &[("full", full), ("advance", advance)]);
        let mut get = |name: &str| sim.get(&format!("{name}_o")).unwrap() as usize;
        let issue = get("issue") == 1;
        assert_eq!(issue, full & half != 0 && advance == 1);
        let waits = usize::from(full & half == 0);
        let causes = if tile == 0 { (waits, 0) } else { (0, waits) };
        assert_eq!((get("waits_fill"), get("waits_patches")), causes);
        assert_eq!((get("word"), get("half")), (word, tile % 2));
        assert_eq!((get("last") == 1, get("tile_end") == 1), (last, end));
        assert_eq!(get("release") as u64, if issue && end { half } else { 0 });
        sim.step("clk").unwrap();
        if issue {
            return;
        }
    }
}

#[test]
fn passes_count_words_passes_and_tiles() {
    let mut sim = sim(&passes(&plan(&shapes::full())).unwrap());
    let conv = Conv { filters: 9, ..Conv::plain(Mode::Word8, 5, 1, 9, 3) };
    start(&mut sim, &conv.fields([4, 4], Bases::default()));
    let mut noise = SplitMix64::new(5);
    // Nine pixels in tiles of four, nine filters in passes of four.
    for (tile, pass) in (0..3).flat_map(|tile| (0..3).map(move |pass| (tile, pass))) {
        for k in 0..conv.words() {
            let last = k + 1 == conv.words();
            word(&mut sim, &mut noise, [tile, k], [last, last && pass == 2]);
        }
    }
    set(&mut sim, &[("full", 3)]);
    assert_eq!(sim.get("issue_o").unwrap(), 0, "the layer is over");
}
