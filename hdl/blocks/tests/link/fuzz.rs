//! Whatever comes over the line, the engine does what the model does, and goes on.

use bitladder_blocks::link::LinkConfig;
use bitladder_spec::SplitMix64;

use crate::rig::{CONFIG, Model, Rig};
use crate::traffic::{Host, credit, execute, hello, read};

/// Compares engine and model over some frames from a bad line.
fn agree(config: &LinkConfig, seed: u64, frames: usize, eager: [u64; 2]) {
    let (mut rig, mut model) = (Rig::new(config, seed), Model::new(config));
    rig.eager = eager;
    let mut host = Host::new(seed, config.packet_bytes as usize / 5);
    for burst in 0..frames / 4 {
        let mut line = Vec::new();
        for _ in 0..4 {
            let frame = host.frame();
            line.extend(host.line(frame));
        }
        let (found, wanted) = (rig.exchange(&line), model.exchange(&line));
        assert_eq!(found, wanted, "seed {seed}, burst {burst}: {line:02x?}");
        assert_eq!(rig.bank, model.bank, "seed {seed}, burst {burst}");
    }
    let last = [vec![0], credit(9)].concat();
    assert_eq!(rig.exchange(&last), model.exchange(&last), "counters, seed {seed}");
}

#[test]
fn engine_and_model_agree_on_a_bad_line() {
    for seed in 0..8 {
        let eager = [[8, 8], [3, 8], [8, 2], [2, 3]][seed as usize % 4];
        agree(&CONFIG, seed, 100, eager);
    }
}

#[test]
fn other_sizes_agree_too() {
    agree(&LinkConfig { window: 2, ..CONFIG }, 100, 120, [8, 8]);
    agree(&LinkConfig { window: 2, packet_bytes: 512, ..CONFIG }, 101, 60, [4, 8]);
    agree(&LinkConfig { window: 16, packet_bytes: 1024, ..CONFIG }, 102, 60, [8, 8]);
}

#[test]
fn a_good_request_is_answered_after_any_noise() {
    let mut noise = SplitMix64::new(77);
    let mut rig = Rig::new(&CONFIG, 5);
    for round in 0..40 {
        let length = noise.below(400);
        // Zero bytes are rare in one round, and frequent in the next.
        let zeros = [3, 40][round % 2];
        let byte = |noise: &mut SplitMix64| match noise.below(zeros) {
            0 => 0,
            _ => noise.next_u64() as u8,
        };
        let line: Vec<u8> = (0..length).map(|_| byte(&mut noise)).collect();
        rig.exchange(&line);
        if round % 7 == 6 {
            rig.reset();
        }
        let mut model = Model::new(&CONFIG);
        model.bank = rig.bank.clone();
        let good = [hello(round as u8, 0x600d), execute(round as u8 + 1, &[read(0, 4)])].concat();
        let answer = rig.exchange(&good);
        assert!(answer.ends_with(&model.exchange(&good)), "round {round}: {answer:02x?}");
    }
}
