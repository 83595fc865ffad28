//! Arrays: every crossing's sum, in both dataflows; gating, saturation, lost results.

#![allow(clippy::unwrap_used, reason = "a test")]

use bitladder_blocks::{
    ArrayConfig, ArrayPlan, Dataflow, Drain, Family, Mode, Multiplier, WeightKind, array, word_dot,
};
use bitladder_rtl::{Design, Sim};

mod support;
use support::{Noise, full, single};

const ROWS: usize = 3;
const COLUMNS: usize = 4;

/// A running array and the results that came out of it.
struct Running {
    sim: Sim,
    plan: ArrayPlan,
    /// `[row][column]`, complete rows in the order they came.
    results: Vec<(usize, Vec<i64>)>,
    noise: Noise,
}

impl Running {
    fn new(config: &ArrayConfig) -> Running {
        let plan = ArrayPlan::new(config).unwrap();
        let design = Design::elaborate(&array(&plan).unwrap()).unwrap();
        let mut sim = Sim::new(&design).unwrap();
        sim.set("row_enable", (1 << config.rows) - 1).unwrap();
        sim.set("column_enable", (1 << config.columns) - 1).unwrap();
        sim.set("result_ready", 1).unwrap();
        Running { sim, plan, results: Vec::new(), noise: Noise(5) }
    }

    fn step(&mut self) {
        let sim = &mut self.sim;
        if sim.get("result_valid_o").unwrap() & sim.get("result_ready_i").unwrap() == 1 {
            let row = sim.get("result_row_o").unwrap() as usize;
            let columns = 0..self.plan.config().columns;
            let value = |c| sim.get_number(&format!("result_{c}_o")).unwrap() as i64;
            self.results.push((row, columns.map(value).collect()));
        }
        sim.step("clk").unwrap();
    }

    /// Feeds one dot product of `length` words; gives the sums of all crossings.
    fn feed(&mut self, mode: Mode, kind: WeightKind, length: usize) -> Vec<Vec<i64>> {
        let (rows, columns) = (self.plan.config().rows, self.plan.config().columns);
        let mut sums = vec![vec![0; columns as usize]; rows as usize];
        self.sim.set("mode", mode.code()).unwrap();
        self.sim.set("weights", kind.code()).unwrap();
        self.sim.set("valid", 1).unwrap();
        for index in 0..length {
            let a: Vec<u16> = (0..rows).map(|_| self.noise.word()).collect();
            let w: Vec<u16> = (0..columns).map(|_| self.noise.weight(mode, kind)).collect();
            for (r, word) in a.iter().enumerate() {
                self.sim.set(&format!("a_{r}"), u128::from(*word)).unwrap();
                for (c, weight) in w.iter().enumerate() {
                    self.sim.set(&format!("w_{c}"), u128::from(*weight)).unwrap();
                    sums[r][c] += word_dot(mode, kind, *word, *weight).unwrap();
                }
            }
            self.sim.set("last", u128::from(index + 1 == length)).unwrap();
            self.step();
        }
        self.sim.set("valid", 0).unwrap();
        self.sim.set("last", 0).unwrap();
        sums
    }

    fn wait(&mut self, cycles: u32) {
        (0..cycles).for_each(|_| self.step());
    }

    fn check(&mut self, expected: &[Vec<Vec<i64>>]) {
        let shape = format!("{:?}", self.plan.config());
        let rows = self.plan.config().rows as usize;
        assert_eq!(self.results.len(), expected.len() * rows, "{shape}");
        for (index, (row, values)) in self.results.iter().enumerate() {
            assert_eq!(*row, rows - 1 - index % rows, "{shape}");
            assert_eq!(*values, expected[index / rows][*row], "{shape}, tile {}", index / rows);
        }
    }
}

fn shapes(lane: &bitladder_blocks::LaneConfig) -> Vec<ArrayConfig> {
    let (rows, columns) = (ROWS as u32, COLUMNS as u32);
    let shape =
        |dataflow, drain| ArrayConfig { lane: lane.clone(), rows, columns, dataflow, drain };
    let drains = [Drain::Chain, Drain::Bus, Drain::Short];
    [Dataflow::Broadcast, Dataflow::Systolic]
        .into_iter()
        .flat_map(|dataflow| drains.map(|drain| shape(dataflow, drain)))
        .collect()
}

/// All shapes, also those with a single row, which has no chain and no spare register.
fn shapes_and_one_row(lane: &bitladder_blocks::LaneConfig) -> Vec<ArrayConfig> {
    let all = shapes(lane);
    let one = all.iter().map(|config| ArrayConfig { rows: 1, ..config.clone() });
    all.iter().cloned().chain(one).collect()
}

#[test]
fn every_crossing_has_its_own_sum() {
    for config in shapes(&full(Family::Ecp5, Multiplier::OneDsp)) {
        let mut running = Running::new(&config);
        let interval = running.plan.interval() as usize;
        let mut expected = Vec::new();
        for round in 0..8 {
            for mode in Mode::ALL {
                for kind in WeightKind::ALL.into_iter().filter(|kind| kind.goes_with(mode)) {
                    // Back to back, as short as results can leave.
                    let length = interval.max(2 + round % 3);
                    let length = if mode == Mode::Binary { 4.min(length) } else { length };
                    running.wait(interval.saturating_sub(length) as u32);
                    expected.push(running.feed(mode, kind, length));
                }
            }
        }
        running.wait(running.plan.latency() + ROWS as u32 + 1);
        running.check(&expected);
        assert_eq!(running.sim.get("overrun_o").unwrap(), 0);
    }
}

#[test]
fn the_first_row_comes_after_the_stated_latency() {
    for config in shapes_and_one_row(&full(Family::Generic, Multiplier::TwoDsp)) {
        let mut running = Running::new(&config);
        running.feed(Mode::Word8, WeightKind::Fixed, 3);
        let mut edges = 1;
        while running.sim.get("result_valid_o").unwrap() == 0 {
            running.step();
            edges += 1;
        }
        assert_eq!(edges, running.plan.latency(), "{config:?}");
    }
}

#[test]
fn results_wait_for_ready_and_an_overrun_is_flagged() {
    for config in shapes(&full(Family::Generic, Multiplier::OneDsp)) {
        let mut running = Running::new(&config);
        running.sim.set("result_ready", 0).unwrap();
        let expected = running.feed(Mode::Word4, WeightKind::Fixed, 5);
        running.wait(30);
        assert_eq!(running.sim.get("overrun_o").unwrap(), 0);
        running.sim.set("result_ready", 1).unwrap();
        running.wait(ROWS as u32 + 1);
        running.check(&[expected]);

        // One tile in the registers on the way out, if there are enough of them, and one in the lanes;
        // another has no place.
        let room = if running.plan.outside() as usize >= ROWS { 2 } else { 1 };
        running.sim.set("result_ready", 0).unwrap();
        for _ in 0..room {
            running.feed(Mode::Word4, WeightKind::Fixed, 12);
            running.wait(30);
            assert_eq!(running.sim.get("overrun_o").unwrap(), 0);
        }
        running.feed(Mode::Word4, WeightKind::Fixed, 12);
        running.wait(30);
        assert_eq!(running.sim.get("overrun_o").unwrap(), 1, "{config:?}");
    }
}

#[test]
fn no_pattern_of_ready_loses_or_repeats_a_row() {
    for config in shapes_and_one_row(&full(Family::Generic, Multiplier::TwoDsp)) {
        let mut running = Running::new(&config);
        let mut ready = Noise(17);
        let mut expected = Vec::new();
        for tile in 0..40 {
            let mode = [Mode::Word8, Mode::Word16][tile % 2];
            expected.push(running.feed(mode, WeightKind::Fixed, 3));
            for _ in 0..40 {
                running.sim.set("result_ready", u128::from(ready.word() & 1)).unwrap();
                running.step();
            }
        }
        running.sim.set("result_ready", 1).unwrap();
        running.wait(10);
        running.check(&expected);
        assert_eq!(running.sim.get("overrun_o").unwrap(), 0);
    }
}

#[test]
fn dot_products_closer_than_the_interval_are_flagged() {
    for config in shapes(&full(Family::Generic, Multiplier::OneDsp)) {
        for (gap, flagged) in [(0, 0), (1, 1)] {
            let mut running = Running::new(&config);
            let length = running.plan.interval() as usize;
            running.feed(Mode::Word4, WeightKind::Fixed, length);
            running.feed(Mode::Word4, WeightKind::Fixed, length - gap);
            running.wait(40);
            assert_eq!(running.sim.get("overrun_o").unwrap(), flagged, "{config:?}, {gap}");
        }
    }
}

/// More words than the declared reduction, all of one sign: the sum stands at the limit.
#[test]
fn sums_beyond_the_accumulator_stand_at_the_limit() {
    let mut lane = full(Family::Ecp5, Multiplier::TwoDsp);
    lane.weights = vec![WeightKind::Fixed];
    lane.reduction = 4;
    for (mode, bits) in [(Mode::Word16, 0), (Mode::Word8, 9), (Mode::Word4, 9)] {
        for (weight, negative) in [(0x8888_u128, false), (0x7777, true)] {
            let mut running = Running::new(&single(lane.clone()));
            let width = running.plan.lane().accumulator_bits();
            let sim = &mut running.sim;
            for (name, value) in
                [("a_0", 0x8888), ("w_0", weight), ("mode", mode.code()), ("valid", 1)]
            {
                sim.set(name, value).unwrap();
            }
            // The flag must survive sums that would come back into the range.
            let each = word_dot(mode, WeightKind::Fixed, 0x8888, weight as u16).unwrap();
            let words = (1u64 << (width - bits)) / each.unsigned_abs() + 1;
            for index in 0..words {
                sim.set("last", u128::from(index + 1 == words)).unwrap();
                sim.step("clk").unwrap();
            }
            sim.set("valid", 0).unwrap();
            for _ in 1..running.plan.latency() {
                sim.step("clk").unwrap();
            }
            let span = 1i128 << (width - bits - 1);
            let limit = if negative { -span } else { span - 1 };
            assert_eq!(sim.get_number("result_0_o").unwrap(), limit, "{}", mode.name());
            assert_eq!(sim.get("result_saturated_0_o").unwrap(), 1);
        }
    }
}

/// Bit flips of every register of the lanes of a row, over some random cycles.
fn toggles(running: &mut Running, row: usize, cycles: usize) -> u32 {
    // A chain carries the results of the rows above through the result registers of any row.
    let chain = running.plan.config().drain != Drain::Bus;
    let result = if chain { None } else { Some("result_q") };
    let names = ["main.product_q", "main.a_q", "term_q", "sum_q", "group_0_q", "pair_0_q"];
    let names: Vec<&str> = names.into_iter().chain(result).collect();
    let lanes = (0..COLUMNS).map(|c| format!("lane_{row}_{c}"));
    let paths = lanes.flat_map(|lane| names.iter().map(move |name| format!("{lane}.{name}")));
    let signals: Vec<_> = paths.map(|path| running.sim.signal(&path).unwrap()).collect();
    let mut before: Vec<u128> = signals.iter().map(|s| running.sim.read(*s)).collect();
    let mut flips = 0;
    for _ in 0..cycles {
        running.feed(Mode::Word8, WeightKind::Fixed, 1);
        for (signal, old) in signals.iter().zip(&mut before) {
            let now = running.sim.read(*signal);
            flips += (now ^ *old).count_ones();
            *old = now;
        }
    }
    flips
}

#[test]
fn gated_rows_do_not_toggle() {
    for config in shapes(&full(Family::Ecp5, Multiplier::OneDsp)) {
        let mut running = Running::new(&config);
        let active = toggles(&mut running, 2, 200);
        running.sim.set("row_enable", 0b011).unwrap();
        let gated = toggles(&mut running, 2, 200);
        let others = toggles(&mut running, 1, 200);
        assert!(active > 10_000 && others > 10_000, "{active} {others}");
        assert_eq!(gated, 0, "{config:?}");
    }
}

/// Rows rest from one dot product to the next one that they take part in, with all that is in
/// their pipelines.
#[test]
fn rows_that_rested_compute_again() {
    for family in [Family::Ecp5, Family::Gowin, Family::Ice40] {
        for config in shapes(&full(family, Multiplier::OneDsp)) {
            let mut running = Running::new(&config);
            for enabled in [0b111, 0b001, 0b111, 0b110, 0b111] {
                running.sim.set("row_enable", enabled).unwrap();
                running.results.clear();
                let expected = running.feed(Mode::Word8, WeightKind::Fixed, 9);
                running.wait(running.plan.latency() + ROWS as u32 + 1);
                for (row, values) in &running.results {
                    if enabled >> row & 1 == 1 {
                        assert_eq!(values, &expected[*row], "{enabled:b} {row} {config:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn gated_columns_leave_the_others_alone() {
    for config in shapes(&full(Family::Generic, Multiplier::TwoDsp)) {
        let mut running = Running::new(&config);
        running.sim.set("column_enable", 0b1011).unwrap();
        running.sim.set("row_enable", 0b101).unwrap();
        let expected = running.feed(Mode::Word8, WeightKind::Fixed, 9);
        running.wait(running.plan.latency() + ROWS as u32 + 1);
        for (row, values) in &running.results {
            for (column, value) in values.iter().enumerate() {
                let works = *row != 1 && column != 2;
                let expected = if works { expected[*row][column] } else { 0 };
                assert_eq!(*value, expected, "{row} {column} {config:?}");
            }
        }
    }
}
