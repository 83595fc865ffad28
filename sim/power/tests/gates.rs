//! A small module as gates: what does not change costs the clock only.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use bitladder_power::{Gates, PowerError, Row};
use bitladder_rtl::{BIT, ModuleBuilder, uint};

/// A register of eight bits with an enable, and its square.
fn gates() -> Result<Gates, PowerError> {
    let m = ModuleBuilder::new("square");
    let clk = m.clock("clk", "clock");
    let enable = m.input("enable", BIT, "take the operand");
    let held = m.reg("operand_q", uint(8), clk).enable(enable);
    held.next(m.input("operand", uint(8), "operand"));
    m.drive(m.output("square", uint(16), "its square"), held.q * held.q);
    Gates::new(&m.build()?)
}

fn rows(enable: u128, operand: impl Fn(u128) -> u128) -> Vec<Row> {
    let row = |index: u128| {
        let enable = if index < 4 { 1 } else { enable };
        Row::from([("enable".to_owned(), enable), ("operand".to_owned(), operand(index))])
    };
    (0..60).map(row).collect()
}

#[test]
#[ignore = "needs OpenSTA and OSU's cell library, which ./x power installs"]
fn energy_follows_activity() {
    let gates = gates().unwrap();
    let energy = |rows: &[Row]| gates.energy(rows, 6).unwrap();
    let moving = energy(&rows(1, |index| (index * 151) & 0xff));
    let slower = energy(&rows(1, |index| (index / 8 * 151) & 0xff));
    let gated = energy(&rows(0, |index| (index * 151) & 0xff));
    assert!(gates.cells > 60, "{gates:?}");
    assert!(moving.toggles > 4.0 * slower.toggles, "{moving:?} {slower:?}");
    assert!(moving.logic > 3.0 * slower.logic && slower.logic > 0.0, "{moving:?} {slower:?}");
    // The operands still move in front of the registers: the multiplexers of their enables.
    assert!(gated.logic < 0.2 * moving.logic, "{gated:?}");
    assert!(gated.registers > 0.3 * moving.registers, "the clock runs on: {gated:?}, {moving:?}");
}
