//! Every board's clocks through the whole flow: the PLL, a switch behind it, a counter. Needs
//! nextpnr and the packers: `./x fpga` gets them and runs these tests.

use std::path::Path;
use std::sync::Arc;

use bitladder_blocks::{ClockSwitchConfig, Family, SwitchCell, clock_switch};
use bitladder_fpga::{Board, Clocks, Expected, Flow, Job, Report, Subject};
use bitladder_rtl::{BIT, Clock, Design, EmitOptions, Instance, Module, ModuleBuilder, Sig, uint};

fn board(name: &str) -> Board {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fpga");
    Board::read(folder.join(format!("{name}.toml"))).expect("a shipped board")
}

/// The clock of a design: of several the one that `chosen` says.
fn source<'m>(
    m: &'m ModuleBuilder,
    family: Family,
    cell: Instance<'m>,
    (count, chosen): (u32, Sig<'m>),
) -> Clock<'m> {
    let first = cell.clock_out("CLKO0");
    if count == 1 {
        return first;
    }
    let vendor = family == Family::Gowin || family == Family::Ecp5 && count == 2;
    let kind = if vendor { SwitchCell::Vendor } else { SwitchCell::Interlock };
    let config = ClockSwitchConfig { family, clocks: count, cell: kind };
    let switch = m.instance("switch", &clock_switch(&config).expect("a switch"));
    let level = m.synchronize("level", chosen, first).zero_extend(if count > 2 { 2 } else { 1 });
    switch.clock("clk", first).connect("rst", m.lit(BIT, 0)).connect("level", level);
    switch.ignore("level").ignore("settled");
    for index in 0..count {
        switch.clock(&format!("clk_{index}"), cell.clock_out(&format!("CLKO{index}")));
    }
    switch.clock_out("clk")
}

/// A counter on the board's clocks.
fn counter(board: &Board, clocks: &Clocks) -> Arc<Module> {
    let m = ModuleBuilder::new("counter");
    let oscillator = m.clock("clk", "oscillator");
    let chosen = m.input("uart_rx", BIT, "chooses a clock");
    m.drive(m.output("uart_tx", BIT, "what was chosen"), chosen);
    let (family, count) = (board.fpga.device.family.primitives(), clocks.hz.len() as u32);
    let (clock, locked) = match &clocks.cell {
        None => (oscillator, m.lit(BIT, 1)),
        Some(cell) => {
            let cell = m.black_box("clocks", &cell.black_box()).clock("CLKI", oscillator);
            (source(&m, family, cell, (count, chosen)), cell.out("LOCK"))
        }
    };
    let runs = m.synchronize("locked", locked, clock);
    let count = m.reg("count_q", uint(24), clock).enable(runs).init(0);
    count.next(count.q + 1);
    m.drive(m.output("led", BIT, "blinks"), count.q.bit(23));
    m.build().expect("a module")
}

fn build(name: &str, levels: &[u32]) -> (Clocks, Report) {
    let board = board(name);
    let clocks = Clocks::new(&board, levels).expect("clocks");
    let design = Design::elaborate(&counter(&board, &clocks)).expect("a design");
    let mut subject = Subject::new(&design, &EmitOptions::default()).expect("Verilog");
    subject.made_mhz = clocks.cell.as_ref().map(|_| f64::from(clocks.hz[0]) / 1e6);
    let folder = tempfile::tempdir().expect("a folder");
    let job = Job {
        board: &board,
        subject: &subject,
        target_mhz: Some(f64::from(clocks.hz[0]) / 1e6),
        seeds: vec![1],
        expected: Expected { dsp: Some(0), bram: Some(0), spram: Some(0) },
        wide_luts: true,
        by_module: false,
        folder: folder.path().to_owned(),
    };
    let report = Flow::default().build(&job).expect(name);
    (clocks, report)
}

/// Builds, and finds a counter that is fast enough for its clock.
fn check(name: &str, levels: &[u32], made: usize) {
    let (clocks, report) = build(name, levels);
    assert_eq!(clocks.hz.len(), made, "{clocks:?}");
    assert!(report.bitstream.expect(name).bytes > 10_000, "{name}");
    let margin = report.seeds[0].margin();
    assert!(margin > 1.0 && margin.is_finite(), "{name}: {:?}", report.seeds);
}

#[test]
#[ignore = "needs nextpnr: run ./x fpga"]
fn ice40() {
    check("icebreaker", &[18, 9], 2);
    check("upduino-v3", &[24], 1);
    check("hx8k-breakout", &[36, 18], 2);
    // Below what the PLL makes.
    check("hx8k-breakout", &[6], 1);
}

#[test]
#[ignore = "needs nextpnr: run ./x fpga"]
fn ecp5() {
    check("ulx3s-12f", &[50], 1);
    check("ulx3s-25f", &[80, 40], 2);
    check("ulx3s-85f", &[80, 40, 20], 3);
    check("orangecrab-25f", &[60, 30], 2);
    check("orangecrab-85f", &[72], 1);
    check("versa-ecp5", &[80, 40], 2);
}

#[test]
#[ignore = "needs nextpnr: run ./x fpga"]
fn gowin() {
    check("tang-nano-9k", &[54, 27], 2);
    check("tang-nano-20k", &[81, 40], 2);
    // This device's PLL is not known to the open tools: the oscillator is divided.
    check("tang-primer-25k", &[12], 1);
}
