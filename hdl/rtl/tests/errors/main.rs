//! Every mistake in a description is reported with the path of the signal and what to do.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod clocks;
mod expressions;
mod hierarchy;
mod nets;
mod simulation;

use bitladder_rtl::{BIT, Clock, Design, ModuleBuilder, Sig, uint};

/// Builds a module called `m` with a clock, a byte, a bit and an output that shows what the
/// description returns, and gives the report, one error per line.
fn report(describe: impl for<'m> Fn(&'m ModuleBuilder, Ports<'m>) -> Sig<'m>) -> String {
    let m = ModuleBuilder::new("m");
    let clk = m.clock("clk", "clock");
    let (byte, bit) = (m.input("byte", uint(8), "a byte"), m.input("bit", BIT, "a bit"));
    m.ignore(bit);
    // Keeps the clock and the byte in use.
    m.drive(m.output("used", uint(8), "a register"), m.pipe("used_q", byte, clk));
    let value = describe(&m, Ports { clk, byte, bit });
    m.drive(m.output("y", value.ty(), "what the test describes"), value);
    m.build().map_or_else(|errors| errors.to_string(), |_| String::new())
}

#[derive(Clone, Copy)]
struct Ports<'m> {
    clk: Clock<'m>,
    byte: Sig<'m>,
    bit: Sig<'m>,
}

/// The report of elaboration.
fn elaborated(m: ModuleBuilder) -> String {
    match Design::elaborate(&m.build().unwrap()) {
        Ok(_) => String::new(),
        Err(errors) => errors.to_string(),
    }
}

/// The report is exactly one error: a place in this crate's tests, and the text.
#[track_caller]
fn assert_only(report: &str, text: &str) {
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines.len(), 1, "{report}");
    let found = match lines[0].split_once(".rs:") {
        Some((file, rest)) => {
            assert!(file.contains("tests/errors"), "the place is the caller's: {report}");
            rest.split_once(": ").unwrap().1
        }
        None => lines[0],
    };
    assert_eq!(found, text);
}
