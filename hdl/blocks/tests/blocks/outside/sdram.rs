//! SDRAM.

use bitladder_blocks::memory::{SdramConfig, sdram};
use bitladder_memory_models::{ChipSpec, MemoryModel, SdramChip, Violation};

use super::rig::{Burst, Rig, bursts};
use super::{controller, small};

/// A controller and its chip.
fn chip_rig(config: &SdramConfig, spec: ChipSpec, seed: u64) -> Rig<SdramChip> {
    let period = 1_000_000_000 / u64::from(config.slowest_khz);
    let chip = SdramChip::new(spec, period, config.inverted_clock);
    Rig::new(&sdram(config).unwrap(), chip, seed)
}

#[test]
fn random_bursts_through_sdram_break_no_rule() {
    let big = ChipSpec { row_bits: 11, column_bits: 10, ..ChipSpec::AS4C32M16SB_7 };
    for (seed, spec, khz, latency, inverted) in [
        (1, small(), 50_000, 2, false),
        (2, small(), 80_000, 2, true),
        (3, small(), 133_000, 2, false),
        (4, small(), 166_000, 3, true),
        (5, big, 100_000, 2, false),
        (6, big, 20_000, 3, false),
    ] {
        let config = controller(&spec, khz, latency, inverted);
        let mut rig = chip_rig(&config, spec, seed);
        let size = rig.model.words().len();
        rig.traffic(&bursts(seed, size, 16, 900)).unwrap_or_else(|e| panic!("{khz} kHz: {e}"));
        let [opened, read, written, refreshed] = rig.model.counts();
        let enough = opened >= 20 && read > 1000 && written > 1000 && refreshed > 12;
        assert!(enough, "{khz} kHz: {opened}, {read}, {written}, {refreshed}");
    }
}

#[test]
fn a_slow_clock_is_refreshed_in_time_too() {
    let config = SdramConfig { slowest_khz: 10_000, ..controller(&small(), 80_000, 2, false) };
    let mut rig = chip_rig(&config, small(), 3);
    rig.traffic(&bursts(9, 1 << 21, 16, 300)).unwrap();
}

#[test]
fn an_open_row_gives_a_word_per_cycle() {
    let config = controller(&small(), 50_000, 2, false);
    let mut rig = chip_rig(&config, small(), 1);
    let mut shortest = u64::MAX;
    for address in 0..8 {
        let [before, opened] = [rig.cycles, rig.model.counts()[0]];
        rig.ask(&Burst { address, words: vec![0; 100], write: false }).unwrap();
        rig.finish().unwrap();
        if rig.model.counts()[0] == opened {
            shortest = shortest.min(rig.cycles - before);
        }
    }
    assert_eq!(shortest, 100 + 6, "no refresh in between, and the row stays open");
}

/// A chip that needs a little more time than its controller was told.
#[test]
fn each_time_that_is_too_short_is_found_by_its_name() {
    let run = |change: &dyn Fn(&mut ChipSpec)| {
        let told = controller(&small(), 100_000, 2, false);
        let mut spec = small();
        change(&mut spec);
        chip_rig(&told, spec, 4).traffic(&bursts(4, 1 << 21, 16, 600)).unwrap_err()
    };
    let rule = |violation: Violation| match violation {
        Violation::Time { rule, .. } => rule,
        other => panic!("{other}"),
    };
    assert_eq!(rule(run(&|spec| spec.times.activate = 20_001)), "tRCD");
    assert_eq!(rule(run(&|spec| spec.times.precharge = 20_001)), "tRP");
    assert_eq!(rule(run(&|spec| spec.times.refresh = 60_001)), "tRFC");
    assert_eq!(rule(run(&|spec| spec.times.mode = 40_001)), "tMRD");
    assert_eq!(rule(run(&|spec| spec.times.power_up = 1_300_000)), "tPU");
    assert_eq!(rule(run(&|spec| spec.times.refresh_interval = 7_000_000)), "tREFI");
    let early = run(&|spec| spec.period_2 = 10_001);
    assert!(matches!(early, Violation::Mode { .. }), "{early}");
}

/// Rows that change as fast as they can.
#[test]
fn rows_stay_open_long_enough() {
    let run = |write, change: &dyn Fn(&mut ChipSpec)| {
        let told = controller(&small(), 100_000, 2, false);
        let mut spec = small();
        change(&mut spec);
        let mut rig = chip_rig(&told, spec, 4);
        let words = vec![0; if write { 4 } else { 1 }];
        let rows = (0..20).map(|row| Burst { address: row << 10, words: words.clone(), write });
        rows.into_iter().try_for_each(|burst| rig.ask(&burst)).unwrap_err()
    };
    let text = run(false, &|spec| spec.times.row_active = 80_001).to_string();
    assert!(text.starts_with("tRAS: precharge after "), "{text}");
    let text = run(false, &|spec| spec.times.row_cycle = 120_001).to_string();
    assert!(text.starts_with("tRC: activate after "), "{text}");
    let text = run(true, &|spec| spec.times.write_recovery = 50_001).to_string();
    assert!(text.starts_with("tWR: precharge after "), "{text}");
}

#[test]
fn latencies_that_differ_give_wrong_words() {
    let told = controller(&small(), 100_000, 2, false);
    let chip = SdramChip::new(small(), 10_000, true);
    let mut rig = Rig::new(&sdram(&told).unwrap(), chip, 1);
    rig.ask(&Burst { address: 5, words: vec![0x1234, 0x5678], write: true }).unwrap();
    rig.ask(&Burst { address: 5, words: vec![0; 2], write: false }).unwrap();
    rig.finish().unwrap();
    assert_ne!(rig.read, [0x1234, 0x5678], "captured an edge too late");
}

#[test]
fn chips_that_cannot_be_driven_are_refused() {
    let text = |change: &dyn Fn(&mut SdramConfig)| {
        let mut config = controller(&small(), 100_000, 2, false);
        change(&mut config);
        sdram(&config).unwrap_err().to_string()
    };
    let wanted = "`sdram.cas_latency` = 4 is out of range: 2 to 3";
    assert_eq!(text(&|config| config.cas_latency = 4), wanted);
    let wanted = "`sdram.data_bits` = 8 is out of range: 16 or 32";
    assert_eq!(text(&|config| config.data_bits = 8), wanted);
    let wanted = "`sdram.refresh_interval` = 7812500 does not go with `sdram.slowest_khz` = 1000: at \
                  this clock there is no time between refreshes: take a faster one";
    assert_eq!(text(&|config| config.slowest_khz = 1000), wanted);
}
