//! How many cycles of a layer the array works.

use bitladder_blocks::{Mode, Multiplier, WeightKind};
use bitladder_hdl_machine::fetch::FetchConfig;

use crate::bench::{Bench, Cycles, Manners, PROMPT};
use crate::check::check;
use crate::conv::Conv;
use crate::shapes;

/// Eight rows by eight columns, with memories for a batch of LeNet.
fn eight_by_eight() -> FetchConfig {
    let modes = [Mode::Word16, Mode::Word8, Mode::Word4];
    let config = shapes::core([8, 8], &modes, &[WeightKind::Fixed], Multiplier::TwoDsp);
    FetchConfig { activation_groups: 1 << 12, weight_groups: 1 << 12, patch_words: 512, ..config }
}

/// Cycles of a layer without a cause: the first word's way to the array, and the last rows' out of it.
const EDGES: u64 = 24;

/// Runs a layer of a batch of four images and prints how well it went. Gives its products and
/// its cycles.
fn measure(bench: &mut Bench, name: &str, conv: &Conv) -> [f64; 2] {
    let conv = Conv { images: 4, flip: true, ..conv.clone() };
    let cycles = check(bench, &conv, 1, PROMPT);
    let taps = conv.kernel[0] * conv.kernel[1] * conv.channels;
    let products = (conv.pixels() * conv.filters * taps) as f64;
    let busy = cycles.array as f64 / cycles.all as f64;
    let Cycles { all, array, fill, patches, drain, weights } = cycles;
    assert!(all - (array + fill + patches + drain + weights) <= EDGES, "{cycles:?}");
    println!(
        "{name}: {all} cycles, array busy {:.1} %, multipliers busy {:.1} %, waiting for the first \
         patches {fill}, later patches {patches}, results {drain}, weights {weights}",
        100.0 * busy,
        100.0 * products / (all as f64 * 128.0),
    );
    assert_eq!(cycles.array as usize, conv.pixels().div_ceil(8) * conv.words() * conv.passes(8));
    assert!(busy >= 0.95, "{name}: {busy}");
    [products, all as f64]
}

#[test]
fn lenet_keeps_the_multipliers_busy() {
    let mut bench = Bench::new(&eight_by_eight());
    let first = Conv::plain(Mode::Word8, 28, 1, 20, 5);
    let second = Conv { dense: false, ..Conv::plain(Mode::Word8, 12, 20, 50, 5) };
    let first = measure(&mut bench, "LeNet conv1, 2x8", &first);
    let second = measure(&mut bench, "LeNet conv2, 2x8", &second);
    // 20 and 50 filters leave columns of the last pass idle: no schedule helps against that.
    let share = (first[0] + second[0]) / ((first[1] + second[1]) * 128.0);
    println!("both: multipliers busy {:.1} %", 100.0 * share);
    assert!(share >= 0.85, "{share}");
}

#[test]
fn a_chunk_per_cycle() {
    // As many passes as it takes for the stream to be what everything waits for.
    let mut bench = Bench::new(&eight_by_eight());
    let conv = Conv { dense: false, ..Conv::plain(Mode::Word8, 10, 8, 8, 3) };
    let cycles = check(&mut bench, &conv, 1, PROMPT);
    // 8 tiles; each reads 3 rows of 10 pixels of 4 words, and flushes once.
    let chunks = 8 * (3 * 10 * 4 + 1);
    let Cycles { all, array, fill, patches, drain, weights } = cycles;
    assert!(all - (array + fill + patches + drain + weights) <= EDGES, "{cycles:?}");
    assert!(patches > fill, "{cycles:?}");
    assert!((chunks..chunks + 80).contains(&cycles.all), "{} of {chunks}", cycles.all);
}

#[test]
fn passes_follow_each_other_at_once() {
    let mut bench = Bench::new(&shapes::full());
    let mut drain = |words: usize, eagerness: u64| {
        // Enough passes that patches are never waited for.
        let conv = Conv { dense: false, ..Conv::plain(Mode::Word16, 4, words, 32, 1) };
        check(&mut bench, &conv, 1, Manners { eagerness, grants: 8 }).drain
    };
    // Four rows leave between two passes; without a promise, eight cycles of the way there and
    // the lanes' too.
    let (promised, unpromised) = (8, 9);
    assert_eq!(drain(4, promised), 0);
    assert!(drain(3, promised) > 0);
    assert_eq!(drain(12, unpromised), 0);
    assert!(drain(11, unpromised) > 0);
}
