//! The writer against the addresses and words of the definition.

use std::collections::BTreeMap;

use bitladder_blocks::Mode;
use bitladder_hdl_machine::Reach;
use bitladder_hdl_machine::post::{WriterConfig, writer};
use bitladder_machine::isa::{self, Descriptor, Destination, Operation};
use bitladder_spec::SplitMix64;

use crate::support::{Bench, WIDE, one_of};

pub(crate) fn configs() -> Vec<WriterConfig> {
    let make = |rows, columns, modes: &[Mode], activation_groups, result_words| WriterConfig {
        rows,
        columns,
        modes: modes.to_vec(),
        activation_groups,
        result_words,
        value_bits: 32,
        reach: Reach::FULL,
    };
    vec![
        make(4, 4, &Mode::ALL, 300, 400),
        make(3, 2, &WIDE, 512, 512),
        make(7, 16, &[Mode::Word8, Mode::Binary], 128, 1024),
        make(1, 1, &[Mode::Word16], 1000, 300),
    ]
}

/// Words by address.
type Memory = BTreeMap<usize, u32>;

/// The words of a row, the first operand lowest.
fn words(mode: Mode, values: &[i32]) -> Vec<u32> {
    let (parts, bits) = (mode.parts() as usize, mode.bits());
    let place =
        |(at, value): (usize, &i32)| (*value as u32 & ((1 << bits) - 1)) << (at as u32 * bits);
    values.chunks(parts).map(|part| part.iter().enumerate().map(place).sum()).collect()
}

/// A layer, and its rows in the order in which they come.
struct Layer {
    descriptor: Descriptor,
    rows: Vec<Row>,
    activations: Memory,
    results: Memory,
}

/// Values (or words of a group), whether they count, whether the pass ends.
type Row = (Vec<i32>, bool, bool);

fn layer(noise: &mut SplitMix64, config: &WriterConfig) -> Layer {
    let columns = config.columns as usize;
    let mode = one_of(noise, &config.modes);
    let (parts, chunk) = (mode.parts(), (columns / mode.parts() as usize).max(1));
    let operation =
        one_of(noise, &[Operation::Conv, Operation::MaxPool, Operation::Add, Operation::Rescale]);
    let pools = operation == Operation::MaxPool;
    let to_results = !pools && noise.below(3) == 0;
    let pixels = 1 + noise.below(13) as usize;
    let tiles = pixels.div_ceil(config.rows as usize);
    let passes = 1 + noise.below(3) as usize;
    let channels = (passes - 1) * columns + 1 + noise.below(columns as u64) as usize;
    let step = if pools { columns } else { chunk };
    let pitch = if to_results { channels } else { passes * step };
    let descriptor = Descriptor {
        operation,
        output_mode: isa::Mode::from_code(mode.code() as u32).unwrap(),
        destination: if to_results { Destination::Results } else { Destination::Activations },
        output_base: (noise.below(4) as usize * columns) as u32,
        output_step: if to_results { 0 } else { step as u32 },
        output_pixel_words: if to_results { 0 } else { pitch as u32 },
        classes: if to_results { pitch as u32 } else { 0 },
        output_channels: if pools { 0 } else { channels as u32 },
        passes: passes as u32,
        tiles: if operation == Operation::Conv { tiles as u32 } else { 0 },
        ..Descriptor::default()
    };
    let mut layer =
        Layer { descriptor, rows: vec![], activations: Memory::new(), results: Memory::new() };
    for (pixel, pass, last) in order(config, operation, pixels, passes) {
        let values: Vec<i32> = (0..columns).map(|_| noise.next_u64() as i32).collect();
        if pixel < pixels {
            layer.expect((pixel, pass), &values, (parts, chunk, mode));
        }
        layer.rows.push((values, pixel < pixels, last));
    }
    layer
}

/// Pixel, pass and whether it is the pass's last, in the order of the definition.
fn order(
    config: &WriterConfig,
    operation: Operation,
    pixels: usize,
    passes: usize,
) -> Vec<(usize, usize, bool)> {
    if operation != Operation::Conv {
        let all = (0..passes).flat_map(|t| (0..pixels).map(move |p| (p, t, p + 1 == pixels)));
        return all.collect();
    }
    let rows = config.rows as usize;
    let tiles = 0..pixels.div_ceil(rows);
    let passes = tiles.flat_map(|tile| (0..passes).map(move |t| (tile, t)));
    passes
        .flat_map(|(tile, t)| (0..rows).rev().map(move |r| (tile * rows + r, t, r == 0)))
        .collect()
}

impl Layer {
    fn expect(
        &mut self,
        (pixel, pass): (usize, usize),
        values: &[i32],
        (_, chunk, mode): (u32, usize, Mode),
    ) {
        let d = &self.descriptor;
        let base = d.output_base as usize;
        if d.destination == Destination::Results {
            let first = pass * values.len();
            for (channel, value) in (first..d.output_channels as usize).zip(values) {
                self.results.insert(base + pixel * d.classes as usize + channel, *value as u32);
            }
            return;
        }
        let pools = d.operation == Operation::MaxPool;
        let words = if pools {
            values.iter().map(|v| *v as u32 & 0xffff).collect()
        } else {
            words(mode, values)
        };
        assert_eq!(words.len(), if pools { values.len() } else { chunk });
        let first = base + pixel * d.output_pixel_words as usize + pass * d.output_step as usize;
        self.activations.extend((first..).zip(words));
    }
}

/// Puts a row, or the group of a max pool, at the writer's input.
fn offer(bench: &mut Bench, descriptor: &Descriptor, (values, counts, last): &Row) {
    let pools = descriptor.operation == Operation::MaxPool;
    let (name, field) = if pools { ("group", "word") } else { ("row", "value") };
    let to_results = descriptor.destination == Destination::Results;
    bench.set("row_serial", i128::from(*counts && to_results));
    if !pools {
        bench.set("row_counts", i128::from(*counts));
    }
    bench.set(&format!("{name}_last"), i128::from(*last));
    for (c, value) in values.iter().enumerate() {
        let value = if pools { i128::from(*value as u16) } else { i128::from(*value) };
        bench.set(&format!("{name}_{field}_{c}"), value);
    }
}

/// What the writer does with the rows of a layer.
fn run(
    bench: &mut Bench,
    config: &WriterConfig,
    layer: &Layer,
    eager: u64,
) -> (Memory, Memory, usize) {
    let pools = layer.descriptor.operation == Operation::MaxPool;
    let name = if pools { "group" } else { "row" };
    bench.set("row_valid", 0);
    bench.set("group_valid", 0);
    bench.layer(&layer.descriptor);
    bench.set("start", 1);
    bench.step();
    bench.set("start", 0);
    bench.step();
    let (mut activations, mut results) = (Memory::new(), Memory::new());
    let (mut at, mut cycles) = (0, 0);
    for _ in 0..4000 {
        gather(bench, config, &mut activations, &mut results);
        assert_eq!(bench.is("done"), at == layer.rows.len(), "row {at}");
        if at == layer.rows.len() {
            break;
        }
        let offers = bench.chance(eager);
        bench.set(&format!("{name}_valid"), i128::from(offers));
        offer(bench, &layer.descriptor, &layer.rows[at]);
        at += usize::from(offers && bench.is(&format!("{name}_ready")));
        cycles += 1;
        bench.step();
    }
    (activations, results, cycles)
}

fn gather(
    bench: &mut Bench,
    config: &WriterConfig,
    activations: &mut Memory,
    results: &mut Memory,
) {
    let columns = config.columns as usize;
    let group = bench.get("activation_write_address") as usize;
    let mask = bench.get("activation_write_mask");
    for c in (0..columns).filter(|c| mask >> c & 1 == 1) {
        let word = bench.get(&format!("activation_write_data_{c}")) as u32;
        assert!(activations.insert(group * columns + c, word).is_none(), "a word twice");
    }
    if bench.is("result_write_enable") {
        let (at, value) = (bench.get("result_write_address"), bench.get("result_write_data"));
        assert!(results.insert(at as usize, value as u32).is_none(), "a result twice");
    }
    assert!(!bench.is("outside"));
}

#[test]
fn words_lie_where_the_definition_says() {
    for (seed, config) in (1..).zip(configs()) {
        let mut bench = Bench::new(&writer(&config).unwrap(), seed);
        for round in 0..60 {
            let mut noise = SplitMix64::new(100 * seed + round);
            let layer = layer(&mut noise, &config);
            let eager = if round % 2 == 0 { 8 } else { 4 };
            let (activations, results, cycles) = run(&mut bench, &config, &layer, eager);
            assert_eq!(activations, layer.activations, "{:?}", layer.descriptor);
            assert_eq!(results, layer.results, "{:?}", layer.descriptor);
            if eager == 8 && layer.descriptor.destination == Destination::Activations {
                assert_eq!(cycles, layer.rows.len(), "a row per cycle");
            }
        }
    }
}

#[test]
fn nothing_is_written_outside_a_memory() {
    let config = configs().swap_remove(0);
    let mut bench = Bench::new(&writer(&config).unwrap(), 7);
    let descriptor = Descriptor {
        operation: Operation::Rescale,
        passes: 1,
        output_channels: 4,
        output_pixel_words: 4,
        ..Descriptor::default()
    };
    for (destination, output_base) in
        [(Destination::Activations, 300 * 4), (Destination::Results, 400)]
    {
        bench.layer(&Descriptor { destination, output_base, ..descriptor.clone() });
        bench.set("start", 1);
        bench.step();
        bench.set("start", 0);
        bench.step();
        bench.set("row_counts", 1);
        bench.set("row_serial", i128::from(destination == Destination::Results));
        bench.set("row_valid", 1);
        bench.step();
        assert!(bench.is("outside"));
        assert!(bench.get("activation_write_mask") == 0 && !bench.is("result_write_enable"));
        bench.set("row_valid", 0);
        bench.step();
        assert!(!bench.is("outside"));
    }
}

#[test]
fn bad_configurations_are_refused() {
    let good = configs().swap_remove(0);
    let text = |config: WriterConfig| writer(&config).unwrap_err().to_string();
    let columns = text(WriterConfig { columns: 256, ..good.clone() });
    assert_eq!(columns, "`writer.columns` = 256 is out of range: a power of two from 1 to 128");
    let rows = text(WriterConfig { rows: 0, ..good.clone() });
    assert_eq!(rows, "`writer.rows` = 0 is out of range: 1 to 128");
    let groups = text(WriterConfig { activation_groups: 1 << 23, ..good.clone() });
    assert_eq!(groups, "`writer.activation_groups` = 8388608 is out of range: 1 to 4194304");
    let results = text(WriterConfig { result_words: 0, ..good.clone() });
    assert_eq!(results, "`writer.result_words` = 0 is out of range: 1 to 16777216");
    let modes = text(WriterConfig { modes: vec![Mode::Word8; 2], ..good });
    assert!(modes.starts_with("`writer.modes` = 2 is out of range"), "{modes}");
}
