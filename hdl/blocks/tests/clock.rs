//! Clock control: pulses measured in time, gates against clock enables, rates, Verilog.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;

use bitladder_blocks::{
    ClockSwitchConfig, Family, PacerConfig, SwitchCell, clock_gate, clock_switch, pacer,
};
use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{BIT, Design, Module, ModuleBuilder, Sim, address_width, uint};

mod support;
use support::Noise;

const FAMILIES: [Family; 4] = [Family::Generic, Family::Ecp5, Family::Ice40, Family::Gowin];

fn interlocked(family: Family, clocks: u32) -> ClockSwitchConfig {
    ClockSwitchConfig { family, clocks, cell: SwitchCell::Interlock }
}

/// A counter on the switched clock, so that its edges show.
fn counted(config: &ClockSwitchConfig) -> Arc<Module> {
    let switch = clock_switch(config).unwrap();
    let m = ModuleBuilder::new("counted").param("", switch.name());
    let clk = m.clock("clk", "control clock");
    let placed = m.instance("u_switch", &switch).clock("clk", clk);
    placed.connect("rst", m.input("rst", BIT, "reset"));
    let index = uint(address_width(config.clocks as usize));
    placed.connect("level", m.input("level", index, "which clock"));
    for n in 0..config.clocks {
        let name = format!("clk_{n}");
        placed.clock(&name, m.clock(&name, "a clock"));
    }
    let count = m.reg("count_q", uint(24), placed.clock_out("clk")).init(0);
    count.next(count.q + 1);
    m.drive(m.output("count", uint(24), "edges"), m.crossing("count", count.q));
    m.drive(m.output("level", index, "chosen"), placed.out("level"));
    m.drive(m.output("settled", BIT, "hand-over ended"), placed.out("settled"));
    m.build().unwrap()
}

/// A wave: the times of its changes and the values after them.
#[derive(Default)]
struct Wave(Vec<(u64, bool)>);

impl Wave {
    fn set(&mut self, time: u64, value: bool) {
        if self.0.last().is_none_or(|(_, last)| *last != value) {
            self.0.push((time, value));
        }
    }

    fn rising(&self) -> usize {
        self.0.iter().skip(1).filter(|(_, value)| *value).count()
    }

    /// Lengths of the pulses with this value, without the first and the last.
    fn pulses(&self, value: bool) -> Vec<u64> {
        let inner = self.0.windows(2).skip(1).filter(|pair| pair[0].1 == value);
        inner.map(|pair| pair[1].0 - pair[0].0).collect()
    }

    /// The first pulse that no clock of these half periods makes. Clocks rest low, so low pulses
    /// may be longer.
    fn short_pulse(&self, halves: &[u64]) -> Option<u64> {
        let least = halves.iter().copied().min().unwrap();
        let high = self.pulses(true).into_iter().find(|pulse| !halves.contains(pulse));
        high.or_else(|| self.pulses(false).into_iter().find(|pulse| *pulse < least))
    }
}

/// The clocks of a run: half periods and phases.
struct Clocks {
    halves: Vec<u64>,
    phases: Vec<u64>,
}

impl Clocks {
    /// The edge of a clock at a time: rising (true) or falling.
    fn edge(&self, n: usize, time: u64) -> Option<bool> {
        let local = time.checked_sub(self.phases[n])?;
        let half = self.halves[n];
        local.is_multiple_of(half).then(|| (local / half).is_multiple_of(2))
    }
}

/// Runs an interlocked switch in time; gives the switched clock as the cells make it.
fn run(family: Family, clocks: &Clocks, control: u64, seed: u64) -> (Wave, u128, u32) {
    let count = clocks.halves.len();
    let config = interlocked(family, count as u32);
    let mut sim = Sim::new(&Design::elaborate(&counted(&config)).unwrap()).unwrap();
    let gates: Vec<_> =
        (0..count).map(|n| sim.signal(&format!("u_switch.run_{n}_q")).unwrap()).collect();
    let (mut open, mut high) = (vec![false; count], vec![false; count]);
    let (mut wave, mut noise, mut handovers) = (Wave::default(), Noise(seed), 0);
    let mut wait = 0;
    for time in 0..1000 * clocks.halves.iter().max().unwrap() {
        let mut rising: Vec<String> = Vec::new();
        for n in 0..count {
            match clocks.edge(n, time) {
                Some(true) => rising.push(format!("clk_{n}")),
                // The cells take the enable over while their clock is low.
                Some(false) => open[n] = sim.read(gates[n]) == 1,
                None => continue,
            }
            high[n] = clocks.edge(n, time) == Some(true);
        }
        if time % (2 * control) == control {
            rising.push("clk".into());
            wait -= i32::from(sim.get("settled_o").unwrap() == 1);
            if wait < 0 {
                // Sometimes changed again before the hand-over has ended.
                sim.set("level", u128::from(noise.word()) % count as u128).unwrap();
                wait = i32::from(noise.word() % 9);
                handovers += 1;
            } else if noise.word() % 64 == 0 {
                sim.set("level", u128::from(noise.word()) % count as u128).unwrap();
            }
        }
        let names: Vec<&str> = rising.iter().map(String::as_str).collect();
        sim.step_all(&names).unwrap();
        let value = (0..count).any(|n| high[n] && open[n]);
        wave.set(time, value);
    }
    let edges = sim.get("count_o").unwrap();
    (wave, edges, handovers)
}

#[test]
fn no_hand_over_makes_a_short_pulse() {
    let cases = [
        (vec![5, 7], 6),
        (vec![3, 40], 11),
        (vec![40, 3], 2),
        (vec![10, 10, 10], 10),
        (vec![4, 9, 31, 13], 5),
        (vec![50, 3, 4, 90], 70),
    ];
    for family in [Family::Ecp5, Family::Ice40, Family::Gowin] {
        for (index, (halves, control)) in cases.iter().enumerate() {
            let phases = (0..halves.len() as u64).map(|n| n * 3 % 5).collect();
            let clocks = Clocks { halves: halves.clone(), phases };
            let (wave, edges, handovers) = run(family, &clocks, *control, index as u64);
            let shape = format!("{family} {halves:?} {control}");
            assert_eq!(wave.short_pulse(halves), None, "{shape}");
            assert!(handovers > 20, "{shape}: only {handovers} hand-overs");
            assert_eq!(edges, wave.rising() as u128, "{shape}: the simulation's edges");
            assert!(edges > 50, "{shape}: {edges} edges");
        }
    }
}

#[test]
fn the_measurement_finds_the_pulses_of_a_plain_multiplexer() {
    let (mut wave, halves) = (Wave::default(), [5, 7]);
    for time in 0..500 {
        let chosen = usize::from(time / 61 % 2 == 1);
        wave.set(time, time / halves[chosen] % 2 == 1);
    }
    assert!(wave.short_pulse(&halves).is_some());
}

/// A counter behind a gate, using both of its outputs.
fn behind_a_gate(family: Family) -> Arc<Module> {
    let gate = clock_gate(family).unwrap();
    let m = ModuleBuilder::new("behind_a_gate").param("", family);
    let clk = m.clock("clk", "clock");
    let placed = m.instance("gate", &gate).clock("clk", clk);
    placed.connect("enable", m.input("enable", BIT, "run"));
    let count = m.reg("count_q", uint(8), placed.clock_out("clk")).init(0);
    let count = count.enable(placed.out("enable"));
    count.next(count.q + 1);
    m.drive(m.output("count", uint(8), "edges"), count.q);
    m.build().unwrap()
}

#[test]
fn a_gate_and_a_clock_enable_tick_at_the_same_edges() {
    let build = |family| Sim::new(&Design::elaborate(&behind_a_gate(family)).unwrap()).unwrap();
    let mut sims = FAMILIES.map(build);
    let mut noise = Noise(3);
    let mut expected = 0_u8;
    let mut enabled = false;
    for _ in 0..500 {
        let enable = noise.word() & 1;
        for sim in &mut sims {
            assert_eq!(sim.get("count_o").unwrap(), u128::from(expected));
            sim.set("enable", u128::from(enable)).unwrap();
            sim.step("clk").unwrap();
        }
        expected = expected.wrapping_add(u8::from(enabled));
        enabled = enable == 1;
    }
}

#[test]
fn a_pacer_enables_one_of_n_cycles() {
    let divisors = vec![1, 2, 5, 8];
    let module = pacer(&PacerConfig { divisors: divisors.clone() }).unwrap();
    let mut sim = Sim::new(&Design::elaborate(&module).unwrap()).unwrap();
    for (level, divisor) in divisors.iter().enumerate() {
        sim.set("level", level as u128).unwrap();
        let mut enabled = 0;
        for cycle in 0..16 + 40 * divisor {
            enabled += if cycle >= 16 { sim.get("enable_o").unwrap() } else { 0 };
            sim.step("clk").unwrap();
        }
        assert_eq!(enabled, 40, "one of {divisor}");
    }
}

fn designs() -> Vec<Design> {
    let mut modules = FAMILIES.map(behind_a_gate).to_vec();
    modules.push(pacer(&PacerConfig { divisors: vec![1, 3] }).unwrap());
    for (family, clocks, cell) in [
        (Family::Ecp5, 2, SwitchCell::Vendor),
        (Family::Gowin, 3, SwitchCell::Vendor),
        (Family::Gowin, 4, SwitchCell::Vendor),
        (Family::Ecp5, 4, SwitchCell::Interlock),
        (Family::Ice40, 3, SwitchCell::Interlock),
        (Family::Gowin, 2, SwitchCell::Interlock),
    ] {
        modules.push(counted(&ClockSwitchConfig { family, clocks, cell }));
    }
    modules.iter().map(|module| Design::elaborate(module).unwrap()).collect()
}

#[test]
fn verilog_and_rust_agree_in_every_cycle() {
    let designs = designs();
    let plan = Plan::random(3000, 23);
    let batch: Vec<(&Design, &Plan)> = designs.iter().map(|design| (design, &plan)).collect();
    cosim::verilator(&batch).unwrap();
}

#[test]
fn every_linter_is_content() {
    for design in designs() {
        cosim::lint(&design).unwrap();
    }
}

#[test]
fn what_cannot_be_built_is_refused_with_the_remedy() {
    let told = |family, clocks, cell| {
        clock_switch(&ClockSwitchConfig { family, clocks, cell }).unwrap_err().to_string()
    };
    let text = told(Family::Generic, 2, SwitchCell::Interlock);
    let expected = "`clock.cell` = interlock does not go with `clock.family` = generic: plain \
                    Verilog has no clock cells: use a pacer";
    assert_eq!(text, expected);
    assert!(told(Family::Ice40, 2, SwitchCell::Vendor).ends_with("use the interlock"));
    let text = told(Family::Ecp5, 3, SwitchCell::Vendor);
    assert_eq!(text, "`clock.clocks` = 3 is out of range: 2 to 2 with this cell");
    let text = told(Family::Ecp5, 5, SwitchCell::Interlock);
    assert_eq!(text, "`clock.clocks` = 5 is out of range: 2 to 4 with this cell");

    let told = |divisors: &[u32]| {
        pacer(&PacerConfig { divisors: divisors.to_vec() }).unwrap_err().to_string()
    };
    let text = "`clock.divisors` = 1 is out of range: a list of 2 to 4 divisors";
    assert_eq!(told(&[3]), text);
    let text = "`clock.divisors` = 257 is out of range: each divisor 1 to 256";
    assert_eq!(told(&[1, 257]), text);
}
