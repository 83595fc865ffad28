//! The parameter registers.

use bitladder_hdl_machine::Reach;
use bitladder_hdl_machine::post::{ParameterFetchConfig, parameter_fetch};
use bitladder_machine::isa::Descriptor;

use crate::support::Bench;

pub(crate) fn configs() -> Vec<ParameterFetchConfig> {
    let make = |columns, multiplier_bits, entries, far| ParameterFetchConfig {
        columns,
        multiplier_bits,
        bias_bits: 40,
        entries,
        reach: Reach::FULL,
        far,
    };
    vec![
        make(4, 17, 64, false),
        make(2, 1, 33, false),
        make(1, 8, 16, false),
        make(8, 16, 64, true),
    ]
}

/// A layer that is given up in the middle of its first set, and started again.
fn start_twice(bench: &mut Bench, layer: &Descriptor) {
    bench.layer(layer);
    bench.set("release", 0);
    bench.set("read_ready", 1);
    bench.set("start", 1);
    bench.step();
    bench.set("start", 0);
    (0..bench.noise.below(5)).for_each(|_| bench.step());
    bench.set("start", 1);
    bench.step();
    bench.set("start", 0);
}

/// The set in use is that of these entries.
fn same(config: ParameterFetchConfig, bench: &mut Bench, entries: &[u64]) {
    for (column, entry) in (0..config.columns).zip(entries) {
        let bias = (*entry as i64) << 24 >> 24;
        assert_eq!(bench.get(&format!("bias_{column}")), i128::from(bias));
        assert_eq!(bench.get(&format!("shift_{column}")), i128::from(entry >> 57 & 63));
        if config.multiplier_bits > 1 {
            let mask = (1 << config.multiplier_bits) - 1;
            let found = bench.get(&format!("multiplier_{column}"));
            assert_eq!(found, i128::from(entry >> 40 & mask));
        }
    }
}

/// Runs `tiles` times all passes of a layer; `patience` in 8 is the chance that memory answers.
fn check(
    config: ParameterFetchConfig,
    bench: &mut Bench,
    (base, passes): (u32, u32),
    patience: u64,
) {
    let memory: Vec<u64> = (0..config.entries).map(|_| bench.noise.next_u64()).collect();
    let layer = Descriptor { parameter_base: base, passes, ..Descriptor::default() };
    start_twice(bench, &layer);
    assert!(!bench.is("ready"), "the parameters of another layer");
    let (mut pass, mut data, mut seen) = (0, None, 0);
    for _ in 0..400 {
        bench.set("read_data", data.map_or(i128::from(u64::MAX), i128::from));
        let answers = bench.chance(patience);
        bench.set("read_ready", i128::from(answers));
        assert!(!bench.is("outside"));
        if bench.is("ready") {
            let first = (base + pass * config.columns) as usize;
            same(config, bench, &memory[first..]);
        }
        let release = bench.is("ready") && bench.chance(3);
        bench.set("release", i128::from(release));
        if release {
            (pass, seen) = ((pass + 1) % passes, seen + 1);
        }
        let address = bench.get("read_address") as usize;
        data = (bench.is("read_enable") && answers).then(|| memory[address]);
        bench.step();
    }
    assert!(seen > 400 / (8 + 4 * i32::try_from(config.columns).unwrap()), "{seen} passes");
}

#[test]
fn each_pass_has_its_parameters() {
    for (seed, config) in (1..).zip(configs()) {
        let mut bench = Bench::new(&parameter_fetch(&config).unwrap(), seed);
        assert!(!bench.is("read_enable"), "nothing is fetched before the first layer");
        for (layer, patience) in [((3, 1), 8), ((0, 2), 8), ((5, 3), 4), ((2, 7), 8), ((1, 1), 5)] {
            check(config, &mut bench, layer, patience);
        }
    }
}

#[test]
fn a_fetched_set_follows_without_a_pause() {
    let config = configs().swap_remove(0);
    let mut bench = Bench::new(&parameter_fetch(&config).unwrap(), 3);
    bench.layer(&Descriptor { passes: 5, ..Descriptor::default() });
    bench.set("read_ready", 1);
    bench.set("start", 1);
    bench.step();
    bench.set("start", 0);
    for edge in 0..60 {
        // A pass of columns + 2 rows.
        let release =
            edge > config.columns + 2 && edge % (config.columns + 2) == config.columns + 1;
        bench.set("release", i128::from(release));
        assert_eq!(bench.is("ready"), edge >= config.columns + 2, "edge {edge}");
        bench.step();
    }
}

#[test]
fn the_set_of_a_single_pass_stays() {
    let config = configs().swap_remove(0);
    let mut bench = Bench::new(&parameter_fetch(&config).unwrap(), 3);
    bench.layer(&Descriptor { passes: 1, ..Descriptor::default() });
    bench.set("read_ready", 1);
    bench.set("start", 1);
    bench.step();
    bench.set("start", 0);
    bench.set("release", 1);
    for edge in 0..30 {
        assert_eq!(bench.is("ready"), edge >= config.columns + 2, "edge {edge}");
        bench.step();
    }
}

#[test]
fn addresses_beyond_the_memory_are_reported() {
    let config = configs().swap_remove(1);
    let mut bench = Bench::new(&parameter_fetch(&config).unwrap(), 3);
    bench.layer(&Descriptor { parameter_base: 32, passes: 1, ..Descriptor::default() });
    bench.set("start", 1);
    bench.step();
    bench.set("start", 0);
    bench.set("read_ready", 1);
    assert!(!bench.is("outside"));
    bench.step();
    assert!(bench.is("outside"));
}

#[test]
fn bad_configurations_are_refused() {
    let good = configs().swap_remove(0);
    let text = |config: ParameterFetchConfig| parameter_fetch(&config).unwrap_err().to_string();
    let columns = text(ParameterFetchConfig { columns: 6, ..good });
    let wanted = "`parameter_fetch.columns` = 6 is out of range: a power of two from 1 to 128";
    assert_eq!(columns, wanted);
    let bits = text(ParameterFetchConfig { multiplier_bits: 0, ..good });
    assert_eq!(bits, "`parameter_fetch.multiplier_bits` = 0 is out of range: 1 to 17");
    let entries = text(ParameterFetchConfig { entries: 0, ..good });
    assert_eq!(entries, "`parameter_fetch.entries` = 0 is out of range: 1 to 16777216");
}
