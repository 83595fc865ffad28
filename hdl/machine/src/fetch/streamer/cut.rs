//! Cuts the ways of a stream's words and of its `ready`, and loses no cycle: in a large machine what
//! waits for the packers is far away from what they wait for.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | forget everything |
//! | `in`, `out` | the stream; words come out an edge later |
//!
//! Two registers deep, and `in_ready` comes from a register: a word that was on its way when the sink
//! stopped goes into the second one.

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, Bundle, Module};

use crate::fetch::config::FetchPlan;

/// Builds the buffer for a stream, which is called `name`.
pub(super) fn cut(
    plan: &FetchPlan,
    name: &str,
    bundle: &Bundle,
) -> Result<Arc<Module>, BlockError> {
    let m = plan.module(&format!("{name}_cut")).doc("Cuts the ways of a stream.");
    let clk = m.clock("clk", "clock");
    let start = m.input("start", BIT, "forget everything");
    let (input, out) = (m.sink("in", bundle), m.source("out", bundle));
    let of = |field: &str| input.get(field).unwrap_or(start);
    let bit = |name: &str| m.reg(name, BIT, clk).reset(start, 0);
    let (first, second) = (bit("first_there_q"), bit("second_there_q"));
    let free = m.named("free", !first.q | out.get("ready").unwrap_or(start));
    first.next(!free | second.q | of("valid"));
    second.next(!free & (second.q | of("valid")));
    m.drive(of("ready"), !second.q);
    let word = |name: &str| match name {
        "valid" => first.q,
        // What comes while the second is full is what stays there: the source waits.
        _ => {
            let second_q = m.kept(&format!("second_{name}_q"), of(name), !second.q, clk);
            let now = second.q.mux(second_q, of(name));
            m.kept(&format!("first_{name}_q"), now, free, clk)
        }
    };
    let forward = bundle.fields().iter().filter(|field| field.forward);
    out.drive_all(&forward.map(|field| word(&field.name)).collect::<Vec<_>>());
    Ok(m.build()?)
}
