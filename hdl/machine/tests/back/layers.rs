//! Whole layers in the back end, against the definition.

use bitladder_blocks::Mode;
use bitladder_hdl_machine::Reach;
use bitladder_hdl_machine::back_end::BackEndConfig;
use bitladder_hdl_machine::element::ElementConfig;
use bitladder_hdl_machine::post::PostConfig;
use bitladder_machine::isa::{self, Descriptor, Operation};
use bitladder_spec::{Rounding, SplitMix64};

use crate::geometry::{layer, post_fields};
use crate::reference::{Outputs, element};
use crate::rig::{Rig, Row};
use crate::support::{SATURATIONS, WIDE, one_of, roundings, signed};

pub(crate) const OPERATIONS: [Operation; 4] =
    [Operation::MaxPool, Operation::AveragePool, Operation::Add, Operation::Rescale];

pub(crate) fn config(
    columns: u32,
    modes: &[Mode],
    multiplier_bits: u32,
    dividers: u32,
) -> BackEndConfig {
    let post = post_config(columns, modes, multiplier_bits);
    let element = ElementConfig {
        columns,
        modes: modes.iter().copied().filter(|mode| *mode != Mode::Binary).collect(),
        operations: OPERATIONS.to_vec(),
        sum_multipliers: multiplier_bits > 1,
        multiplier_bits,
        dividers,
        activation_groups: post.activation_groups,
        reach: Reach::FULL,
        direct: false,
        far: post.far(),
        padding: true,
    };
    BackEndConfig { post, element }
}

fn post_config(columns: u32, modes: &[Mode], multiplier_bits: u32) -> PostConfig {
    PostConfig {
        rows: 4,
        columns,
        lanes: columns,
        modes: modes.to_vec(),
        accumulator_bits: 32,
        multiplier_bits,
        shift_bits: 6,
        bias_bits: 40,
        value_bits: 32,
        stored_bits: 32,
        chunks: true,
        turns: false,
        roundings: if multiplier_bits > 1 { roundings() } else { vec![Rounding::HalfEven] },
        saturations: SATURATIONS.to_vec(),
        activation_groups: 4096 / columns as usize,
        parameter_entries: 256,
        result_words: 2048,
        reach: Reach::FULL,
    }
}

pub(crate) fn configs() -> Vec<BackEndConfig> {
    let mut shared = config(8, &[Mode::Word16, Mode::Word8], 1, 2);
    shared.post.lanes = 2;
    let mut single = config(2, &WIDE, 17, 2);
    single.post.lanes = 1;
    vec![config(4, &Mode::ALL, 16, 1), single, shared, config(1, &[Mode::Word4], 8, 1)]
}

#[test]
fn layers_without_weights_are_those_of_the_definition() {
    for (seed, config) in (1..).zip(configs()) {
        let mut rig = Rig::new(&config, seed);
        for round in 0..48 {
            let mut noise = SplitMix64::new(1000 * seed + round);
            let operation = OPERATIONS[round as usize % 4];
            rig.patience = one_of(&mut noise, &[8, 8, 5]);
            let layer = layer(operation, &mut rig, &config, &mut noise);
            rig.run(&layer, &[]);
            assert_eq!(rig.written, element(&layer, &rig.inputs()), "{seed} {round} {layer:?}");
        }
    }
}

/// A convolution's descriptor as far as the back end reads it, with the rows of its array.
fn conv(
    rig: &mut Rig,
    config: &BackEndConfig,
    noise: &mut SplitMix64,
) -> (Descriptor, Vec<Row>, Outputs) {
    let (rows, pixels) = (config.post.rows as usize, 1 + noise.below(11) as usize);
    let tiles = pixels.div_ceil(rows);
    let passes = 1 + noise.below(3) as u32;
    let mut d = Descriptor {
        operation: Operation::Conv,
        passes,
        tiles: tiles as u32,
        ..Descriptor::default()
    };
    post_fields(&mut d, rig, config, noise, false);
    let (mut all, mut outputs) = (Vec::new(), Outputs::default());
    for tile in 0..tiles {
        for pass in 0..passes as usize {
            for row in (0..rows).rev() {
                let sums: Vec<i64> = (0..rig.columns).map(|_| signed(noise, 32)).collect();
                let pixel = tile * rows + row;
                if pixel < pixels {
                    let values = rig.inputs().finish(&d, pass, &sums);
                    outputs.write(&d, (pixel, pass), &values);
                }
                all.push(Row { sums, counts: pixel < pixels, last: row == 0 });
            }
        }
    }
    (d, all, outputs)
}

#[test]
fn rows_of_the_array_are_stored_as_the_definition_says() {
    for (seed, config) in (1..).zip(configs()) {
        let mut rig = Rig::new(&config, seed);
        for round in 0..32 {
            let mut noise = SplitMix64::new(500 * seed + round);
            rig.patience = one_of(&mut noise, &[8, 8, 4]);
            let (layer, rows, wanted) = conv(&mut rig, &config, &mut noise);
            rig.run(&layer, &rows);
            assert_eq!(rig.written, wanted, "{seed} {round} {layer:?}");
        }
    }
}

#[test]
fn a_max_pool_reads_a_group_per_cycle() {
    let config = config(4, &[Mode::Word8], 1, 0);
    let mut rig = Rig::new(&config, 1);
    let mut layer = Descriptor {
        operation: Operation::MaxPool,
        mode: isa::Mode::Word8,
        output_mode: isa::Mode::Word8,
        passes: 2,
        images: 1,
        pixel_words: 8,
        row_words: 96,
        image_words: 1152,
        output_pixel_words: 8,
        output_step: 4,
        ..Descriptor::default()
    };
    (layer.input_height, layer.input_width) = (12, 12);
    (layer.output_height, layer.output_width) = (6, 6);
    (layer.kernel_height, layer.kernel_width) = (2, 2);
    (layer.stride_y, layer.stride_x, layer.dilation_y, layer.dilation_x) = (2, 2, 1, 1);
    (layer.row_step, layer.tap_row_step) = (192, 96);
    (layer.pixel_step, layer.tap_pixel_step) = (16, 8);
    rig.run(&layer, &[]);
    assert_eq!(rig.written, element(&layer, &rig.inputs()));
    let groups = 2 * 6 * 6 * 4;
    assert_eq!(rig.reads, groups);
    assert!(rig.cycles <= groups + 6, "{} cycles for {groups} groups", rig.cycles);
}
