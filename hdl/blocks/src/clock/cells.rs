//! The vendors' clock cells.

use std::fmt::Write;
use std::sync::Arc;

use bitladder_rtl::{BIT, BlackBox, Clock, ModuleBuilder, ParamValue, Sig};

use crate::Family;

/// The most clocks a switch chooses among.
pub(super) const MOST_CLOCKS: usize = 4;

/// A clock that ticks at the edges before which `run` is set; `run` is a register on that clock.
/// `None` for the generic family.
pub(crate) fn gate<'m>(
    m: &'m ModuleBuilder,
    family: Family,
    name: &str,
    clock: Clock<'m>,
    run: Sig<'m>,
) -> Option<Clock<'m>> {
    let (cell, input, output) = match family {
        Family::Generic => return None,
        Family::Ecp5 => ("DCCA", "CLKI", "CLKO"),
        Family::Gowin => ("DQCE", "CLKIN", "CLKOUT"),
        Family::Ice40 => ("ice40_clock_gate", "CLKI", "CLKO"),
    };
    let cell = BlackBox::new(cell, "A clock gate.")
        .clock(input)
        .input("CE", BIT)
        .clock_output(output)
        .clock_rule(output, input, Some(("CE", true)));
    let cell = match family {
        Family::Ice40 => cell.verilog(include_str!("ice40_clock_gate.v")),
        _ => cell,
    };
    let placed = m.black_box(name, &Arc::new(cell)).clock(input, clock);
    Some(placed.connect("CE", run).clock_out(output))
}

/// One clock out of several of which at most one moves while the others are low.
pub(super) fn merge<'m>(m: &'m ModuleBuilder, clocks: &[Clock<'m>]) -> Clock<'m> {
    let (name, definition) = merge_definition(clocks.len());
    let mut cell = BlackBox::new(&name, "Merges clocks of which one moves.").verilog(&definition);
    for index in 0..clocks.len() {
        cell = cell.clock(&format!("CLK{index}"));
    }
    cell = cell.clock_output("CLKO");
    for index in 0..clocks.len() {
        cell = cell.clock_rule("CLKO", &format!("CLK{index}"), None);
    }
    let placed = m.black_box("u_merge", &Arc::new(cell));
    for (index, clock) in clocks.iter().enumerate() {
        placed.clock(&format!("CLK{index}"), *clock);
    }
    placed.clock_out("CLKO")
}

/// Name and text of a merging gate.
fn merge_definition(count: usize) -> (String, String) {
    let name = format!("clock_or_{count}");
    let pins: Vec<String> = (0..count).map(|index| format!("CLK{index}")).collect();
    let sum = pins.join(" | ");
    let (guard, inputs) = (format!("BITLADDER_{}", name.to_uppercase()), pins.join(", "));
    let mut text = String::from("/* verilator lint_off DECLFILENAME */\n");
    let _ = write!(
        text,
        "`ifndef {guard}\n`define {guard}\nmodule {name} (\n    input wire {inputs},\n    output \
         wire CLKO\n);\n    assign CLKO = {sum};\nendmodule\n`endif\n"
    );
    text.push_str("/* verilator lint_on DECLFILENAME */\n");
    (name, text)
}

/// The vendor's glitch-free switch; `select` has one bit per clock, and one of them is set.
pub(super) fn switch<'m>(
    m: &'m ModuleBuilder,
    family: Family,
    clocks: &[Clock<'m>],
    select: &[Sig<'m>],
) -> Clock<'m> {
    let gowin = family == Family::Gowin;
    // The selection of Gowin's DCS is one vector; a shell gives it a port per clock.
    let (name, pins) = if gowin { ("gowin_clock_switch", MOST_CLOCKS) } else { ("DCSC", 2) };
    let mut cell = BlackBox::new(name, "A glitch-free clock switch.");
    for index in 0..pins {
        cell = cell.clock(&format!("CLK{index}")).input(&format!("SEL{index}"), BIT);
    }
    cell = match gowin {
        true => cell.verilog(include_str!("gowin_clock_switch.v")),
        false => cell.input("MODESEL", BIT).param("DCSMODE", ParamValue::Text("POS".into())),
    };
    cell = cell.clock_output("DCSOUT");
    for index in 0..pins {
        let (source, pin) = (format!("CLK{index}"), format!("SEL{index}"));
        cell = cell.clock_rule("DCSOUT", &source, Some((&pin, true)));
    }
    let placed = m.black_box("u_switch", &Arc::new(cell));
    let zero = m.lit(BIT, 0);
    if !gowin {
        placed.connect("MODESEL", zero);
    }
    for index in 0..pins {
        placed.clock(&format!("CLK{index}"), clocks[index.min(clocks.len() - 1)]);
        placed.connect(&format!("SEL{index}"), select.get(index).copied().unwrap_or(zero));
    }
    placed.clock_out("DCSOUT")
}
