//! The lane as a module.

use std::cell::RefCell;
use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, uint};

use super::accumulate::{Control, RESULT_FLAGS, accumulate, accumulate_late};
use super::config::LanePlan;
use super::operands::Layout;
use super::product::Product;
use crate::BlockError;

/// How results leave a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Drain {
    /// Results shift down through the result registers of the column: short wires, and a
    /// multiplexer in front of each result register.
    Chain,
    /// One multiplexer per column chooses among the result registers: gated rows keep still.
    Bus,
    /// As the chain, for where room is short and clocks are slow, as on iCE40: lanes take a result
    /// from the accumulator an edge later, which saves a cell per bit, and a single register
    /// stands between the lanes and the array's outputs.
    Short,
}

impl Drain {
    /// The name as in configurations and reports.
    pub fn name(self) -> &'static str {
        match self {
            Drain::Chain => "chain",
            Drain::Bus => "bus",
            Drain::Short => "short",
        }
    }
}

/// A lane for operands that [`activation_port`](super::activation_port) and
/// [`weight_port`](super::weight_port) prepared. See the [module](super) for ports and timing.
pub fn lane(plan: &LanePlan, drain: Drain) -> Result<Arc<Module>, BlockError> {
    let layout = Layout::new(plan);
    let m = ModuleBuilder::new("lane")
        .doc("A multi-precision multiply-accumulate lane.")
        .param("", super::shape(plan))
        .param("", drain.name());
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset of the sum");
    let enable = m.input("enable", BIT, "while clear, the lane keeps its state");
    let mode = m.input("mode", uint(2), "operands per word: 0 one, 1 two, 2 four, 3 sixteen");
    let valid = m.input("valid", BIT, "the word counts");
    let last = m.input("last", BIT, "the word ends the dot product");
    let a = m.input("a", uint(layout.activation().iter().sum()), "prepared activations");
    let b = m.input("b", uint(layout.weight().iter().sum()), "prepared weights");
    m.ignore(mode);
    let result = uint(plan.accumulator_bits() + RESULT_FLAGS);
    let chain = (drain != Drain::Bus).then(|| {
        let shift = m.input("shift", BIT, "take the result of the lane above");
        (shift, m.input("above", result, "the result of the lane above"))
    });

    let delayed = |name: &str, value| {
        (1..LanePlan::LATENCY).fold(value, |value, stage| {
            let reg = m.reg(&format!("{name}_{stage}_q"), BIT, clk).reset(rst, 0).enable(enable);
            reg.next(value);
            reg.q
        })
    };
    let (valid, last) = (delayed("valid", valid), delayed("last", valid & last));
    let flags = RefCell::default();
    let product = Product { m: &m, plan, clk, enable, mode, flags };
    let term = product.term(a, b)?;
    let control = Control { clk, rst, enable, valid, last, chain };
    let value = match drain {
        Drain::Short => accumulate_late(&m, plan, &control, &term),
        Drain::Chain | Drain::Bus => accumulate(&m, plan, &control, &term),
    };
    m.drive(m.output("result", result, "negative, overflowed, guard, sum"), value);
    Ok(m.build()?)
}
