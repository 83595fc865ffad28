//! Random layers.

use bitladder_blocks::Mode;
use bitladder_hdl_machine::back_end::BackEndConfig;
use bitladder_machine::isa::{
    self, Descriptor, Destination, Operation, RoundingCode, SaturationCode, parameter,
};
use bitladder_spec::{IntType, SplitMix64};

use crate::rig::Rig;
use crate::support::{one_of, signed};

/// Post fields of a layer, and parameters for its channels.
pub(crate) fn post_fields(
    d: &mut Descriptor,
    rig: &mut Rig,
    config: &BackEndConfig,
    noise: &mut SplitMix64,
    small: bool,
) {
    let to_results = noise.below(4) == 0;
    output_type(d, one_of(noise, &config.post.modes), to_results, noise);
    d.rounding = RoundingCode::from(one_of(noise, &config.post.roundings));
    d.saturation = one_of(noise, &SaturationCode::ALL);
    d.parameter_base = noise.below(8) as u32;
    let columns = rig.columns;
    let channels = (d.passes as usize - 1) * columns + 1 + noise.below(columns as u64) as usize;
    d.output_channels = channels as u32;
    d.output_base = (noise.below(3) as usize * columns) as u32;
    if to_results {
        d.destination = Destination::Results;
        d.classes = channels as u32 + noise.below(2) as u32;
    } else {
        d.output_step = (columns / d.output_mode.parts()).max(1) as u32;
        d.output_pixel_words = d.passes * d.output_step;
    }
    for entry in &mut rig.parameters {
        *entry = parameters(config, noise, small, d.divisor > 1);
    }
}

/// The type of results, what they are clamped to and their zero point.
fn output_type(d: &mut Descriptor, mode: Mode, to_results: bool, noise: &mut SplitMix64) {
    d.output_mode = isa::Mode::from_code(mode.code() as u32).unwrap();
    d.output_bits = if to_results { 32 } else { mode.bits() };
    d.output_signed = to_results || (mode.bits() > 1 && noise.below(2) == 0);
    let span = IntType::new(d.output_bits as u8, d.output_signed).unwrap().span();
    (d.clamp_lo, d.clamp_hi) = (span.lo as i32, span.hi as i32);
    if noise.below(2) == 0 {
        (d.clamp_lo, d.clamp_hi) = (0, span.hi.min(200) as i32);
    }
    if !to_results {
        let above = noise.below((span.hi - span.lo + 1) as u64) as i64;
        d.output_zero_point = (span.lo + above) as i32;
    }
}

/// A channel's parameters; sums that are divided have no bias.
fn parameters(config: &BackEndConfig, noise: &mut SplitMix64, small: bool, divided: bool) -> u64 {
    let most = (1u64 << config.post.multiplier_bits) - 1;
    let multiplier = one_of(noise, &[1, most, 1 + most / 3]);
    let shift = if small {
        one_of(noise, &[0, 1, 2, 3, 5, 7, 61, 62])
    } else {
        one_of(noise, &[0, 3, 9, 17, 25, 40, 62])
    };
    let bias = if divided { 0 } else { signed(noise, 30) };
    let mut words = [0; 2];
    parameter::BIAS.insert(&mut words, bias).unwrap();
    parameter::MULTIPLIER.insert(&mut words, multiplier as i64).unwrap();
    parameter::SHIFT.insert(&mut words, shift as i64).unwrap();
    u64::from(words[0]) | u64::from(words[1]) << 32
}

/// A layer without weights with random geometry.
pub(crate) fn layer(
    operation: Operation,
    rig: &mut Rig,
    config: &BackEndConfig,
    noise: &mut SplitMix64,
) -> Descriptor {
    let mode = one_of(noise, &config.element.modes);
    let columns = config.post.columns;
    let pools = operation == Operation::MaxPool;
    let averages = operation == Operation::AveragePool;
    let passes = 1 + noise.below(3) as u32;
    let mode = isa::Mode::from_code(mode.code() as u32).unwrap();
    let step = if pools { columns } else { (columns / mode.parts() as u32).max(1) };
    let pixel_words = passes * step;
    let mut d = Descriptor { operation, mode, passes, pixel_words, ..Descriptor::default() };
    images(&mut d, columns, noise);
    (d.input_signed, d.second_signed) = (noise.below(2) == 0, noise.below(2) == 0);
    if pools || averages {
        window(&mut d, noise);
    }
    d.input_base = columns * any(noise, 20);
    (d.input_zero_point, d.second_zero_point) =
        (zero_point(&d, d.input_signed, noise), zero_point(&d, d.second_signed, noise));
    match operation {
        Operation::Add => second_input(&mut d, config, noise),
        _ => d.second_zero_point = 0,
    }
    if averages {
        divisor(&mut d, config, noise);
    }
    d.total_pixels = d.images * d.output_height * d.output_width;
    if pools {
        (d.input_zero_point, d.second_zero_point) = (0, 0);
        (d.output_mode, d.output_step, d.output_pixel_words) = (mode, columns, pixel_words);
        d.output_base = columns * any(noise, 9);
    } else {
        post_fields(&mut d, rig, config, noise, averages);
    }
    d
}

/// A number from 1 to `most`.
fn any(noise: &mut SplitMix64, most: u64) -> u32 {
    1 + noise.below(most) as u32
}

/// Small images, one behind the other, with outputs of the same size.
fn images(d: &mut Descriptor, columns: u32, noise: &mut SplitMix64) {
    (d.input_height, d.input_width, d.images) = (any(noise, 6), any(noise, 6), any(noise, 2));
    (d.output_height, d.output_width) = (d.input_height, d.input_width);
    d.row_words = d.input_width * d.pixel_words;
    d.image_words = (d.input_height * d.row_words).next_multiple_of(columns);
}

/// Where a sum's second input lies, and what the two are multiplied by: powers of two without
/// multipliers.
fn second_input(d: &mut Descriptor, config: &BackEndConfig, noise: &mut SplitMix64) {
    d.second_base = config.post.columns * any(noise, 20) + 512;
    let factors: &[u32] = if config.element.sum_multipliers {
        &[1, 65_535, 32_768, 777]
    } else {
        &[1, 2, 1024, 32_768]
    };
    (d.multiplier, d.second_multiplier) = (one_of(noise, factors), one_of(noise, factors));
}

/// What an average is divided by, if there are dividers.
fn divisor(d: &mut Descriptor, config: &BackEndConfig, noise: &mut SplitMix64) {
    d.divisor = if config.element.dividers > 0 { one_of(noise, &[1, 3, 9, 7]) } else { 1 };
    if d.divisor > 1 {
        // What the divider promises holds for windows of at most this many positions.
        d.divisor = d.divisor.max(d.kernel_height * d.kernel_width);
    }
}

fn zero_point(d: &Descriptor, signed: bool, noise: &mut SplitMix64) -> i32 {
    let span = IntType::new(d.mode.bits(), signed).unwrap().span();
    one_of(noise, &[0, span.lo as i32, span.hi as i32])
}

/// Kernel, stride, dilation and padding with a tap inside for each window.
fn window(d: &mut Descriptor, noise: &mut SplitMix64) {
    let mut axis = |size: u32| {
        let kernel = 1 + noise.below(u64::from(size.min(3))) as u32;
        let dilation = if (kernel - 1) * 2 < size { 1 + noise.below(2) as u32 } else { 1 };
        let reach = (kernel - 1) * dilation + 1;
        let stride = 1 + noise.below(3) as u32;
        let pad = noise.below(u64::from(dilation.min(kernel))) as u32;
        let end = noise.below(u64::from(dilation.min(kernel))) as u32;
        ([kernel, dilation, stride, pad], (size + pad + end - reach) / stride + 1)
    };
    let (y, height) = axis(d.input_height);
    let (x, width) = axis(d.input_width);
    [d.kernel_height, d.dilation_y, d.stride_y, d.pad_top] = y;
    [d.kernel_width, d.dilation_x, d.stride_x, d.pad_left] = x;
    (d.output_height, d.output_width) = (height, width);
    (d.row_step, d.tap_row_step) = (d.stride_y * d.row_words, d.dilation_y * d.row_words);
    (d.pixel_step, d.tap_pixel_step) = (d.stride_x * d.pixel_words, d.dilation_x * d.pixel_words);
    d.lead = d.pad_top * d.row_words + d.pad_left * d.pixel_words;
}
