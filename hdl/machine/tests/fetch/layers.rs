//! Whole layers through the core.

use bitladder_blocks::{Mode, WeightKind};
use bitladder_hdl_machine::fetch::FetchConfig;
use bitladder_spec::SplitMix64;

use crate::bench::{Bench, Manners, PROMPT};
use crate::check::check;
use crate::conv::Conv;
use crate::shapes;

const WIDE: [Mode; 3] = [Mode::Word16, Mode::Word8, Mode::Word4];

#[test]
fn one_channel_and_a_large_kernel() {
    let mut bench = Bench::new(&shapes::full());
    for mode in WIDE {
        check(&mut bench, &Conv::plain(mode, 9, 1, 6, 5), 1, PROMPT);
    }
}

#[test]
fn three_channels_with_stride_padding_and_dilation() {
    let mut bench = Bench::new(&shapes::full());
    for (mode, dense) in WIDE.into_iter().flat_map(|mode| [(mode, true), (mode, false)]) {
        let stride = [2, 2];
        let base = Conv { stride, padding: [1; 4], dense, ..Conv::plain(mode, 8, 3, 5, 3) };
        let base = Conv { flip: true, padding_value: 0x8a75, ..base };
        check(&mut bench, &base, 2, PROMPT);
        check(&mut bench, &Conv { dilation: [2, 2], ..base.clone() }, 3, PROMPT);
        check(&mut bench, &Conv { dilation: [1, 3], padding: [0, 3, 1, 2], ..base }, 4, PROMPT);
    }
}

#[test]
fn fully_connected_layers_are_kernels_as_large_as_the_image() {
    let mut bench = Bench::new(&shapes::full());
    for (mode, images) in WIDE.into_iter().flat_map(|mode| [(mode, 1), (mode, 3), (mode, 9)]) {
        let conv = Conv { images, dense: false, ..Conv::plain(mode, 3, 10, 9, 3) };
        check(&mut bench, &conv, 5, PROMPT);
    }
}

#[test]
fn groups_begin_within_a_word() {
    let mut bench = Bench::new(&shapes::full());
    for (mode, offset) in [(Mode::Word8, 1), (Mode::Word4, 1), (Mode::Word4, 3)] {
        let conv = Conv { dense: false, offset, ..Conv::plain(mode, 5, 5, 4, 2) };
        check(&mut bench, &conv, 6, PROMPT);
    }
}

#[test]
fn a_patch_may_fill_its_half() {
    let config = FetchConfig { patch_words: 36, ..shapes::full() };
    let mut bench = Bench::new(&config);
    // 64 words: what 36 are rounded up to.
    let full = Conv { dense: false, ..Conv::plain(Mode::Word8, 6, 8, 5, 4) };
    assert_eq!(full.words(), 64);
    check(&mut bench, &full, 7, PROMPT);
}

#[test]
fn a_layer_reads_what_was_written_since_the_one_before() {
    let mut bench = Bench::new(&FetchConfig { activation_groups: 2, ..shapes::full() });
    for seed in 0..8 {
        check(&mut bench, &Conv::plain(Mode::Word16, 1, 3, 4, 1), seed, PROMPT);
    }
}

#[test]
fn every_kind_of_weight() {
    let mut bench = Bench::new(&shapes::full());
    let kind = |kind, mode| Conv { kind, ..Conv::plain(mode, 5, 3, 6, 3) };
    for mode in WIDE {
        check(&mut bench, &kind(WeightKind::Ternary, mode), 7, PROMPT);
    }
    check(&mut bench, &kind(WeightKind::PowerOfTwo, Mode::Word16), 8, PROMPT);
    for (vector, channels) in [(1, 3), (2, 3), (8, 20), (3, 7)] {
        let conv = Conv { vector, channels, ..kind(WeightKind::Qsq, Mode::Word16) };
        check(&mut bench, &conv, 9, PROMPT);
        check(&mut bench, &conv, 10, Manners { eagerness: 5, grants: 2 });
    }
}

#[test]
fn the_sink_may_pause() {
    for config in [shapes::full(), shapes::systolic(), shapes::narrow()] {
        let mut bench = Bench::new(&config);
        for eagerness in [1, 4, 7] {
            let conv = Conv { filters: 8, ..Conv::plain(Mode::Word8, 5, 2, 8, 1) };
            let cycles = check(&mut bench, &conv, 11, Manners { eagerness, grants: 8 });
            assert!(cycles.drain > 0, "a sink of {eagerness} in 8 costs time: {cycles:?}");
        }
    }
}

/// A layer that the memories of the test cores hold.
fn random(config: &FetchConfig, noise: &mut SplitMix64) -> Conv {
    let modes = &config.array.lane.modes;
    let below = |noise: &mut SplitMix64, bound: usize| noise.below(bound as u64) as usize;
    loop {
        let mode = modes[below(noise, modes.len())];
        let mut kinds: Vec<WeightKind> = config.array.lane.weights.clone();
        kinds.retain(|kind| kind.goes_with(mode));
        if mode == Mode::Word16 && config.scalar_entries.is_some() {
            kinds.push(WeightKind::Qsq);
        }
        let dense = noise.below(2) == 0;
        let most = if noise.below(3) == 0 { 20 } else { 5 };
        let channels = 1 + below(noise, most);
        let offset = if dense { 0 } else { below(noise, mode.parts() as usize) };
        let mut two = |bound: usize| [0; 2].map(|_| 1 + below(noise, bound));
        let (image, kernel, stride, dilation) = (two(9), two(4), two(3), two(3));
        let conv = Conv {
            mode,
            kind: kinds[below(noise, kinds.len())],
            images: 1 + below(noise, 3),
            image,
            channels,
            filters: 1 + below(noise, 9),
            kernel,
            stride,
            dilation,
            padding: [0; 4].map(|_| below(noise, 4)),
            dense,
            offset,
            flip: noise.below(2) == 0,
            padding_value: noise.next_u64() as u16,
            vector: 1 + below(noise, 12),
        };
        let small = conv.fits() && conv.words() <= config.patch_words as usize;
        if small && conv.pixels() * conv.words() <= 3000 {
            return conv;
        }
    }
}

fn random_layers(config: &FetchConfig, seeds: std::ops::Range<u64>) {
    let mut bench = Bench::new(config);
    for seed in seeds {
        let mut noise = SplitMix64::new(seed);
        let conv = random(config, &mut noise);
        let eagerness = [8, 8, 5][noise.below(3) as usize];
        check(&mut bench, &conv, seed, Manners { eagerness, grants: 3 + noise.below(6) });
    }
}

#[test]
fn random_layers_with_every_kind_of_weight() {
    random_layers(&shapes::full(), 0..60);
}

#[test]
fn random_layers_down_to_one_bit() {
    random_layers(&shapes::binary(), 100..150);
}

#[test]
fn random_layers_of_16_bits() {
    random_layers(&shapes::wide(), 200..220);
}

#[test]
fn random_layers_on_a_systolic_array() {
    random_layers(&shapes::systolic(), 300..320);
}

#[test]
fn random_layers_on_two_columns() {
    random_layers(&shapes::narrow(), 400..415);
}
