//! Corners that random networks seldom meet: single bits, channel groups, the 3-bit code. All
//! geometries are drawn from seeds and compared with the oracle.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/nets.rs"]
mod nets;
mod support;

use std::collections::BTreeSet;

use bitladder_golden::generate::random_inputs;
use bitladder_golden::oracle;
use bitladder_machine::isa::{Descriptor, Mode, WeightKind};
use bitladder_machine::{compile, interpret};
use bitladder_network::{Linear, QuantNetwork, QuantOp, Window};
use bitladder_spec::{
    OutputStage, SplitMix64, TensorFormat, VectorAxis, VectorLayout, WeightFormat, Weights,
};
use nets::{format, network, push, stage};

fn between(draw: &mut SplitMix64, lo: usize, hi: usize) -> usize {
    lo + draw.below((hi - lo + 1) as u64) as usize
}

/// Random weights of a format with a random bias.
fn random(
    draw: &mut SplitMix64,
    of: WeightFormat,
    shape: [usize; 4],
    stage: OutputStage,
) -> Linear {
    let choices: &[i32] = match of {
        WeightFormat::Binary => &[-1, 1],
        WeightFormat::Ternary => &[-1, 0, 1],
        WeightFormat::Qsq { .. } => &[0, 1, 2, 4, -1, -2, -4],
        _ => &[-128, -7, 0, 1, 5, 127],
    };
    let count: usize = shape.iter().product();
    let values: Vec<i32> =
        (0..count).map(|_| choices[draw.below(choices.len() as u64) as usize]).collect();
    let scalars = match of {
        WeightFormat::Qsq { layout, scalar_bits } => {
            (0..layout.vectors(shape)).map(|_| draw.below(1 << scalar_bits) as u16).collect()
        }
        _ => Vec::new(),
    };
    let weights = Weights::from_values(of, shape, &values, scalars).unwrap();
    let bias = (0..shape[0]).map(|_| draw.below(41) as i64 - 20).collect();
    Linear { weights, bias, stage }
}

/// A random convolution on the network's last value.
fn conv(
    draw: &mut SplitMix64,
    net: &mut QuantNetwork,
    (weights, groups): (WeightFormat, usize),
    outputs: usize,
    stage: OutputStage,
) {
    let from = net.shape(net.values() - 1).to_vec();
    let kernel = [between(draw, 1, from[1].min(3)), between(draw, 1, from[2].min(3))];
    let padding = [0; 4].map(|_: usize| between(draw, 0, 1));
    let stride = [between(draw, 1, 2), between(draw, 1, 2)];
    let window = Window { kernel, padding, stride, ..Window::square(1) };
    let [height, width] = window.output([from[1], from[2]]).unwrap();
    let shape = [outputs, from[0] / groups, kernel[0], kernel[1]];
    let linear = random(draw, weights, shape, stage);
    let (name, value) = (format!("conv{}", net.layers.len()), net.values() - 1);
    let op = QuantOp::Conv { window, groups, linear };
    push(net, &name, op, &[value], &[outputs, height, width]);
}

/// Runs a network on a machine with so many columns, and gives its descriptors.
fn equals_the_oracle(net: &QuantNetwork, columns: usize, seed: u64) -> Vec<Descriptor> {
    let program = compile(net, &support::roomy(3, columns), 2).unwrap();
    let inputs = random_inputs(net, 2, seed).unwrap();
    let wanted = oracle::run(net, &inputs, |_, _| ()).unwrap();
    assert_eq!(interpret(&program, &inputs).unwrap().results, wanted, "seed {seed}: {net:?}");
    program.descriptors().unwrap()
}

const COLUMNS: [usize; 6] = [2, 4, 8, 16, 32, 64];

#[test]
fn single_bits_with_padding_gaps_and_zero_points() {
    let mut seen = BTreeSet::new();
    for seed in 0..120 {
        let mut draw = SplitMix64::new(seed);
        let columns = COLUMNS[seed as usize % COLUMNS.len()];
        let bit = |draw: &mut SplitMix64| TensorFormat {
            zero_point: draw.below(2) as i32,
            ..format(1, false)
        };
        let shape = [between(&mut draw, 1, 20), between(&mut draw, 2, 5), between(&mut draw, 2, 5)];
        let mut net = network(&shape, bit(&mut draw));
        for _ in 0..2 {
            let (outputs, to) = (between(&mut draw, 1, 40), bit(&mut draw));
            conv(&mut draw, &mut net, (WeightFormat::Binary, 1), outputs, stage(to, 2));
        }
        let classes = between(&mut draw, 1, 10);
        conv(&mut draw, &mut net, (WeightFormat::Binary, 1), classes, OutputStage::raw());
        for d in equals_the_oracle(&net, columns, seed) {
            let gaps = d.pixel_words > 0 && columns < 16;
            seen.insert((d.mode == Mode::Binary, gaps, d.pad_left > 0, d.padding_value > 0));
        }
    }
    for gaps in [false, true] {
        assert!(seen.contains(&(true, gaps, true, false)), "gaps {gaps}: {seen:?}");
    }
    assert!(seen.contains(&(true, false, true, true)), "{seen:?}");
    assert!(seen.contains(&(false, true, true, true)), "ones in padding beside gaps: {seen:?}");
}

#[test]
fn channel_groups_in_every_mode() {
    let mut seen = BTreeSet::new();
    for seed in 0..216 {
        let mut draw = SplitMix64::new(seed);
        let columns = COLUMNS[seed as usize % COLUMNS.len()];
        let bits = [4, 8, 16][seed as usize / COLUMNS.len() % 3];
        let weights = match draw.below(4) {
            0 => WeightFormat::Ternary,
            1 => WeightFormat::Binary,
            _ => WeightFormat::Fixed { bits: 8 },
        };
        let of = format(bits, draw.below(2) == 0);
        let groups = between(&mut draw, 2, 9);
        let inputs = groups * between(&mut draw, 1, 3);
        let mut net = network(&[inputs, 4, 4], of);
        for _ in 0..2 {
            let outputs = inputs * between(&mut draw, 1, 2);
            let kind = (weights, groups);
            // The second layer reads `outputs` channels in as many groups again.
            conv(&mut draw, &mut net, kind, outputs, stage(of, 8));
        }
        for d in equals_the_oracle(&net, columns, seed) {
            seen.insert((d.mode, d.input_offset > 0));
        }
    }
    for mode in [Mode::Word16, Mode::Word8, Mode::Word4] {
        let whole = mode == Mode::Word16;
        assert!(seen.contains(&(mode, !whole)), "{mode:?}: {seen:?}");
    }
}

#[test]
fn vectors_of_the_three_bit_code() {
    let mut seen = BTreeSet::new();
    for seed in 0..120 {
        let mut draw = SplitMix64::new(seed);
        let columns = COLUMNS[seed as usize % COLUMNS.len()];
        let axis = if draw.below(4) == 0 { VectorAxis::Filter } else { VectorAxis::Channel };
        let length = [0, 1, 2, 3, 5, 8, 16][draw.below(7) as usize];
        let layout = VectorLayout { axis, length };
        let weights = WeightFormat::Qsq { layout, scalar_bits: between(&mut draw, 1, 13) as u8 };
        let mut net = network(&[between(&mut draw, 1, 20), 3, 4], format(8, false));
        let outputs = between(&mut draw, 1, 20);
        conv(&mut draw, &mut net, (weights, 1), outputs, stage(format(8, false), 14));
        let features: usize = net.shape(1).iter().product();
        push(&mut net, "flatten", QuantOp::Reshape, &[1], &[features]);
        let linear = random(&mut draw, weights, [7, features, 1, 1], OutputStage::raw());
        push(&mut net, "fc", QuantOp::Dense { linear }, &[2], &[7]);
        let descriptors = equals_the_oracle(&net, columns, seed);
        let coded = descriptors.iter().filter(|d| d.weight_kind == WeightKind::Qsq);
        for d in coded {
            let length = d.vector_length as usize;
            assert!(length > 1 && 4 * length >= columns, "the array would wait: {d:?}");
        }
        let kinds = descriptors.into_iter().map(|d| d.weight_kind);
        seen.extend(kinds.map(|kind| (kind, axis == VectorAxis::Channel)));
    }
    assert!(seen.contains(&(WeightKind::Qsq, true)), "{seen:?}");
    assert!(!seen.contains(&(WeightKind::Qsq, false)), "vectors across filters are fixed weights");
}
