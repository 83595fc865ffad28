//! Lanes of every kind against the contract, packed multipliers exhaustively.

use bitladder_blocks::{Family, LaneConfig, LanePlan, Mode, Multiplier, WeightKind};

mod support;
use support::{Noise, OneLane, full, variants};

/// Random dot products of random lengths in all modes and formats that the lane has.
fn exercise(config: &LaneConfig, rounds: usize) {
    let mut lane = OneLane::new(config);
    let mut noise = Noise(7);
    let mut asked = 0;
    for round in 0..rounds {
        for mode in &config.modes {
            for kind in config.weights.iter().filter(|kind| kind.goes_with(*mode)) {
                let most = config.reduction as usize / mode.parts() as usize;
                let length = [1, most, 1 + round % most][round % 3];
                let words: Vec<(u16, u16)> =
                    (0..length).map(|_| (noise.word(), noise.weight(*mode, *kind))).collect();
                lane.dot(*mode, *kind, &words);
                asked += 1;
            }
        }
    }
    lane.finish();
    assert_eq!(lane.checked, asked, "{config:?}");
}

#[test]
fn random_dot_products_in_every_mode_and_format() {
    for (family, multiplier) in variants() {
        exercise(&full(family, multiplier), 12);
    }
}

/// Whatever is left out, the rest still works.
#[test]
fn every_set_of_modes_and_every_kind_alone() {
    let mut lanes = 0;
    for (family, multiplier) in variants() {
        let all = full(family, multiplier);
        for set in 1..16 {
            let mut config = all.clone();
            config.modes.retain(|mode| set >> mode.code() & 1 == 1);
            for kinds in std::iter::once(all.weights.clone())
                .chain(all.weights.iter().map(|kind| vec![*kind]))
            {
                config.weights = kinds;
                config.weights.retain(|kind| config.modes.iter().any(|m| kind.goes_with(*m)));
                if !config.modes.is_empty() && LanePlan::new(&config).is_ok() {
                    exercise(&config, 3);
                    lanes += 1;
                }
            }
        }
    }
    assert!(lanes > 400, "only {lanes} lanes were built");
}

/// Both halves of the word see every pair of bytes.
#[test]
fn every_pair_of_bytes() {
    for (family, multiplier) in variants() {
        if multiplier == Multiplier::Shifter {
            continue;
        }
        let mut lane = OneLane::new(&full(family, multiplier));
        for index in 0..=0xffff_u16 {
            let (x, y) = (index & 0xff, index >> 8);
            let word = (x | y << 8, y | (x.wrapping_mul(5).wrapping_add(y) & 0xff) << 8);
            lane.dot(Mode::Word8, WeightKind::Fixed, &[word]);
        }
        lane.finish();
        assert_eq!(lane.checked, 1 << 16);
    }
}

/// Both packed pairs see every combination of four nibbles.
#[test]
fn every_packed_pair_of_nibbles() {
    for (family, multiplier) in variants() {
        if multiplier == Multiplier::Shifter {
            continue;
        }
        let mut lane = OneLane::new(&full(family, multiplier));
        for low in 0..=0xffff_u16 {
            let high = low.wrapping_mul(0x6487).rotate_left(3);
            let word = (low & 0xff | (high & 0xff) << 8, low >> 8 | (high & 0xff00));
            lane.dot(Mode::Word4, WeightKind::Fixed, &[word]);
        }
        lane.finish();
        assert_eq!(lane.checked, 1 << 16);
    }
}

/// Every weight of the narrow codes with activations at the corners.
#[test]
fn every_code_at_every_corner() {
    let corners = [0, 1, 0x7fff, 0x8000, 0xffff, 0x8001, 0x5555];
    for (family, multiplier) in [
        (Family::Ecp5, Multiplier::TwoDsp),
        (Family::Generic, Multiplier::Shifter),
        (Family::Generic, Multiplier::Fabric),
    ] {
        let mut lane = OneLane::new(&full(family, multiplier));
        for (kind, codes) in [
            (WeightKind::PowerOfTwo, 0..=32),
            (WeightKind::Qsq, 0..=7),
            (WeightKind::Ternary, 0..=1),
        ] {
            for word in codes.flat_map(|code| corners.map(|corner| (corner, code))) {
                lane.dot(Mode::Word16, kind, &[word]);
            }
        }
        lane.finish();
    }
}
