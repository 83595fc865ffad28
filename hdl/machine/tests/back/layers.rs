//! Whole layers in the back end, against the definition.

use bitladder_blocks::Mode;
use bitladder_hdl_machine::back_end::{BackEndConfig, back_end};
use bitladder_hdl_machine::element::ElementConfig;
use bitladder_hdl_machine::post::PostConfig;
use bitladder_machine::isa::{
    self, Descriptor, Destination, Operation, RoundingCode, SaturationCode, parameter,
};
use bitladder_rtl::Signal;
use bitladder_spec::{IntType, Rounding, SplitMix64};

use crate::reference::{Inputs, Outputs, element};
use crate::support::{Bench, SATURATIONS, WIDE, one_of, roundings, signed};

const OPERATIONS: [Operation; 4] =
    [Operation::MaxPool, Operation::AveragePool, Operation::Add, Operation::Rescale];

pub(crate) fn config(
    columns: u32,
    modes: &[Mode],
    multiplier_bits: u32,
    dividers: u32,
) -> BackEndConfig {
    let (activation_groups, sum_multipliers) = (4096 / columns as usize, multiplier_bits > 1);
    BackEndConfig {
        post: PostConfig {
            rows: 4,
            columns,
            modes: modes.to_vec(),
            accumulator_bits: 32,
            multiplier_bits,
            roundings: if multiplier_bits > 1 { roundings() } else { vec![Rounding::HalfEven] },
            saturations: SATURATIONS.to_vec(),
            activation_groups,
            parameter_entries: 256,
            result_words: 2048,
        },
        element: ElementConfig {
            columns,
            modes: modes.iter().copied().filter(|mode| *mode != Mode::Binary).collect(),
            operations: OPERATIONS.to_vec(),
            sum_multipliers,
            multiplier_bits,
            dividers,
            activation_groups,
        },
    }
}

pub(crate) fn configs() -> Vec<BackEndConfig> {
    vec![
        config(4, &Mode::ALL, 16, 1),
        config(2, &WIDE, 17, 2),
        config(8, &[Mode::Word16, Mode::Word8], 1, 2),
        config(1, &[Mode::Word4], 8, 1),
    ]
}

/// The back end with its memories.
struct Rig {
    bench: Bench,
    columns: usize,
    activations: Vec<u16>,
    parameters: Vec<u64>,
    words: Vec<Signal>,
    written: Outputs,
    /// Reads of activation memory, and cycles, of the last layer.
    reads: usize,
    cycles: usize,
    /// Chances in 8 that the shared parameter memory answers.
    patience: u64,
}

/// A row of the array.
pub(crate) struct Row {
    sums: Vec<i64>,
    counts: bool,
    last: bool,
}

impl Rig {
    fn new(config: &BackEndConfig, seed: u64) -> Rig {
        let mut bench = Bench::new(&back_end(config).unwrap(), seed);
        let columns = config.post.columns as usize;
        let words = (0..columns).map(|c| bench.sim.input(&format!("activation_{c}")).unwrap());
        let words = words.collect();
        let activations = (0..4096).map(|_| bench.noise.next_u64() as u16).collect();
        let (parameters, written, reads, cycles) = (vec![0; 256], Outputs::default(), 0, 0);
        Rig { bench, columns, activations, parameters, words, written, reads, cycles, patience: 8 }
    }

    fn inputs(&self) -> Inputs<'_> {
        Inputs {
            columns: self.columns,
            activations: &self.activations,
            parameters: &self.parameters,
        }
    }

    /// Runs a layer until it is done.
    fn run(&mut self, layer: &Descriptor, rows: &[Row]) {
        self.bench.layer(layer);
        self.bench.set("array_valid", 0);
        self.bench.set("start", 1);
        self.cycle();
        self.bench.set("start", 0);
        (self.written, self.reads, self.cycles) = (Outputs::default(), 0, 0);
        let mut at = 0;
        while !self.bench.is("done") {
            self.cycles += 1;
            assert!(self.cycles < 60_000, "never done: {layer:?}");
            let offered = rows.get(at).filter(|_| self.bench.chance(self.patience));
            self.bench.set("array_valid", i128::from(offered.is_some()));
            if let Some(row) = offered {
                self.bench.set("array_counts", i128::from(row.counts));
                self.bench.set("array_last", i128::from(row.last));
                for (c, sum) in row.sums.iter().enumerate() {
                    self.bench.set(&format!("array_sum_{c}"), *sum);
                }
            }
            at += usize::from(offered.is_some() && self.bench.is("array_ready"));
            self.cycle();
        }
        self.cycle();
        assert_eq!(at, rows.len(), "done too early");
    }

    /// One clock edge, with what the memories do at it.
    fn cycle(&mut self) {
        let bench = &mut self.bench;
        let group = bench.is("read_enable").then(|| bench.get("read_address") as usize);
        let answers = bench.chance(self.patience);
        bench.set("parameter_read_ready", i128::from(answers));
        let entry = (bench.is("parameter_read_enable") && answers)
            .then(|| bench.get("parameter_read_address"));
        assert!(!bench.is("outside"));
        self.write();
        self.bench.step();
        if let Some(group) = group {
            self.reads += 1;
            for (c, word) in self.words.iter().enumerate() {
                self.bench.sim.write(*word, self.activations[group * self.columns + c].into());
            }
        }
        let data = entry.map_or(0x5555, |entry| self.parameters[entry as usize]);
        self.bench.set("parameter_read_data", data);
    }

    fn write(&mut self) {
        let bench = &mut self.bench;
        let (mask, group) =
            (bench.get("activation_write_mask"), bench.get("activation_write_address"));
        for c in (0..self.columns).filter(|c| mask >> c & 1 == 1) {
            let word = bench.get(&format!("activation_write_data_{c}")) as u32;
            let old = self.written.activations.insert(group as usize * self.columns + c, word);
            assert!(old.is_none(), "a word twice");
        }
        if bench.is("result_write_enable") {
            let (at, value) = (bench.get("result_write_address"), bench.get("result_write_data"));
            assert!(
                self.written.results.insert(at as usize, value as u32).is_none(),
                "a result twice"
            );
        }
    }
}

/// Post fields of a layer, and parameters for its channels.
fn post_fields(
    d: &mut Descriptor,
    rig: &mut Rig,
    config: &BackEndConfig,
    noise: &mut SplitMix64,
    small: bool,
) {
    let mode = one_of(noise, &config.post.modes);
    d.output_mode = isa::Mode::from_code(mode.code() as u32).unwrap();
    let to_results = noise.below(4) == 0;
    d.output_bits = if to_results { 32 } else { mode.bits() };
    d.output_signed = to_results || (mode.bits() > 1 && noise.below(2) == 0);
    let span = IntType::new(d.output_bits as u8, d.output_signed).unwrap().span();
    (d.clamp_lo, d.clamp_hi) = (span.lo as i32, span.hi as i32);
    if noise.below(2) == 0 {
        (d.clamp_lo, d.clamp_hi) = (0, span.hi.min(200) as i32);
    }
    d.output_zero_point = if to_results {
        0
    } else {
        (span.lo + noise.below((span.hi - span.lo + 1) as u64) as i64) as i32
    };
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
        let most = (1u64 << config.post.multiplier_bits) - 1;
        let multiplier = one_of(noise, &[1, most, 1 + most / 3]);
        let shift = if small { noise.below(8) } else { one_of(noise, &[0, 3, 9, 17, 25, 40, 62]) };
        let bias = if d.divisor > 1 { 0 } else { signed(noise, 30) };
        let mut words = [0; 2];
        parameter::BIAS.insert(&mut words, bias).unwrap();
        parameter::MULTIPLIER.insert(&mut words, multiplier as i64).unwrap();
        parameter::SHIFT.insert(&mut words, shift as i64).unwrap();
        *entry = u64::from(words[0]) | u64::from(words[1]) << 32;
    }
}

/// A layer without weights with random geometry.
fn layer(
    operation: Operation,
    rig: &mut Rig,
    config: &BackEndConfig,
    noise: &mut SplitMix64,
) -> Descriptor {
    let mode = one_of(noise, &config.element.modes);
    let columns = config.post.columns;
    let pools = operation == Operation::MaxPool;
    let windows = pools || operation == Operation::AveragePool;
    let passes = 1 + noise.below(3) as u32;
    let mode = isa::Mode::from_code(mode.code() as u32).unwrap();
    let step = if pools { columns } else { (columns / mode.parts() as u32).max(1) };
    let pixel_words = passes * step;
    let any = |noise: &mut SplitMix64, most: u64| 1 + noise.below(most) as u32;
    let (height, width) = (any(noise, 6), any(noise, 6));
    let mut d = Descriptor { operation, mode, passes, pixel_words, ..Descriptor::default() };
    (d.input_height, d.input_width, d.images) = (height, width, any(noise, 2));
    d.row_words = width * pixel_words;
    d.image_words = (height * d.row_words).next_multiple_of(columns);
    (d.output_height, d.output_width) = (height, width);
    (d.input_signed, d.second_signed) = (noise.below(2) == 0, noise.below(2) == 0);
    if windows {
        window(&mut d, noise);
    }
    if pools {
        (d.output_mode, d.output_step, d.output_pixel_words) = (mode, columns, pixel_words);
    }
    d.input_base = columns * any(noise, 20);
    (d.input_zero_point, d.second_zero_point) =
        (zero_point(&d, d.input_signed, noise), zero_point(&d, d.second_signed, noise));
    if operation == Operation::Add {
        d.second_base = columns * any(noise, 20) + 512;
        let factors: &[u32] = if config.element.sum_multipliers {
            &[1, 65_535, 32_768, 777]
        } else {
            &[1, 2, 1024, 32_768]
        };
        (d.multiplier, d.second_multiplier) = (one_of(noise, factors), one_of(noise, factors));
    } else {
        d.second_zero_point = 0;
    }
    if operation == Operation::AveragePool {
        d.divisor = if config.element.dividers > 0 { one_of(noise, &[1, 3, 9, 7]) } else { 1 };
        if d.divisor > 1 {
            // What the divider promises holds for windows of at most this many positions.
            d.divisor = d.divisor.max(d.kernel_height * d.kernel_width);
        }
    }
    d.total_pixels = d.images * d.output_height * d.output_width;
    if pools {
        (d.input_zero_point, d.second_zero_point) = (0, 0);
        d.output_base = columns * any(noise, 9);
    } else {
        post_fields(&mut d, rig, config, noise, operation == Operation::AveragePool);
    }
    d
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
