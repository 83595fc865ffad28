//! A small machine, a network for it, and what is asked of both.

#![allow(dead_code, reason = "each test uses a part")]

use std::time::Duration;

use bitladder_device::{Device, Memory};
use bitladder_golden::generate::{Limits, random_network};
use bitladder_golden::oracle;
use bitladder_machine::MachineConfig;
use bitladder_network::QuantNetwork;
use bitladder_package::{Package, Preprocess, Profile, Source, Step};
use bitladder_spec::SplitMix64;

/// For what must end, however busy the computer is.
pub(crate) const ENOUGH: Duration = Duration::from_secs(900);

/// As small as a machine gets, behind a serial line of 3 Mbit/s.
pub(crate) fn config() -> MachineConfig {
    let text = include_str!("../../../../gen/configs/sim-4x4.toml");
    let mut config = MachineConfig::parse("sim-4x4.toml", text).unwrap();
    (config.array.rows, config.array.columns, config.post.lanes) = (2, 2, 2);
    config.host.baud = 3_000_000;
    config.validate().unwrap();
    config
}

/// A network of random layers on numbers.
pub(crate) fn network() -> QuantNetwork {
    random_network(2, &Limits { widths: vec![8], ..Limits::default() })
}

/// The network twice, as if it had two precisions.
pub(crate) fn package(margin: u64) -> Package {
    let text = String::new;
    let profile =
        |name: &str| Profile { name: name.into(), accumulator_bits: 40, network: network() };
    let step = Step {
        from: "low".into(),
        to: "high".into(),
        margin,
        confidence: None,
        climbing: 0.5,
        agreement: 1.0,
        passage: None,
    };
    Package {
        name: "example".into(),
        source: Source { file: text(), sha256: text(), config: text() },
        preprocess: Preprocess::default(),
        classes: Vec::new(),
        softmax: false,
        profiles: vec![profile("high"), profile("low")],
        ladder: vec![step],
    }
}

/// Pixels of some images.
pub(crate) fn pixels(images: usize, seed: u64) -> Vec<f32> {
    let mut noise = SplitMix64::new(seed);
    let size = network().inputs[0].shape.iter().product::<usize>();
    (0..images * size).map(|_| noise.below(256) as f32 / 255.0).collect()
}

/// What the integer definition says about images: their scores, in integers.
pub(crate) fn golden(images: usize, pixels: &[f32]) -> Vec<Vec<i32>> {
    let network = network();
    let shape = network.inputs[0].shape.clone();
    let batch = bitladder_golden::FloatBatch::new(images, shape, pixels.to_vec()).unwrap();
    let outcome = oracle::run(&network, &[batch.quantized_for(&network)], |_, _| ()).unwrap();
    (0..images).map(|image| outcome.image(image).to_vec()).collect()
}

/// Writes a memory and reads it back: a word that is lost or written twice would shift all that
/// follow.
pub(crate) fn round_trip(device: &mut dyn Device, words: usize, seed: u64) {
    let mut noise = SplitMix64::new(seed);
    let words: Vec<u32> = (0..words).map(|_| noise.next_u64() as u32 & 0x00ff_ff00).collect();
    device.poke(Memory::Weight, 5, &words).unwrap();
    let mut found = vec![0; words.len()];
    device.peek(Memory::Weight, 5, &mut found).unwrap();
    assert_eq!(found, words, "seed {seed}");
}
