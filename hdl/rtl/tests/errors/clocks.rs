//! Data that slips from one clock to another, and clocks that follow nothing.

use std::sync::Arc;

use bitladder_rtl::{BlackBox, Clock, Module, ModuleBuilder, ReadDuringWrite, Sig, uint};

use super::{assert_only, elaborated};

/// Counts on its clock and shows one bit of the count.
fn counter() -> Arc<Module> {
    let m = ModuleBuilder::new("counter");
    let clk = m.clock("clk", "clock");
    let count = m.reg("count_q", uint(4), clk).init(0);
    count.next(count.q + 1);
    m.drive(m.output("top", uint(1), "highest bit"), count.q.msb());
    m.build().unwrap()
}

/// A counter on clock `a`; the description uses its bit on clock `b`.
fn mixed(describe: impl for<'m> Fn(&'m ModuleBuilder, Sig<'m>, Clock<'m>) -> Sig<'m>) -> String {
    let m = ModuleBuilder::new("top");
    let (a, b) = (m.clock("a", "counts"), m.clock("b", "samples"));
    let bit = m.instance("u_counter", &counter()).clock("clk", a).out("top");
    let value = describe(&m, bit, b);
    m.drive(m.output("y", value.ty(), "what was sampled"), value);
    elaborated(m)
}

fn crossing(sampler: &str, clock: &str) -> String {
    format!(
        "`{sampler}` (clock `{clock}`) samples `top.u_counter.count_q` (clock \
         `top.u_counter.clk_i`); use `synchronize`, or `crossing` where the protocol makes it safe"
    )
}

#[test]
fn registers_that_sample_another_clock() {
    let text = mixed(|m, bit, b| m.pipe("late_q", !bit, b));
    assert_only(&text, &crossing("top.late_q", "top.b_i"));
    let text = mixed(|m, bit, b| {
        let reg = m.reg("held_q", uint(3), b).enable(bit);
        reg.next(reg.q + 1);
        reg.q
    });
    assert_only(&text, &crossing("top.held_q", "top.b_i"));
}

#[test]
fn memories_that_sample_another_clock() {
    let text = mixed(|m, bit, b| {
        let words = m.memory("words", uint(4), 2, ReadDuringWrite::DontCare).init(&[1, 2]);
        words.read("word_q", b, bit)
    });
    assert_only(&text, &crossing("top.words", "top.b_i"));
}

#[test]
fn crossings_on_purpose() {
    assert_eq!(mixed(|m, bit, b| m.synchronize("bit", bit, b)), "");
    assert_eq!(mixed(|m, bit, b| m.pipe("q", m.crossing("bit_async", bit), b)), "");
}

/// `tag` and the counter are on clocks derived from `a` by the cell.
fn derived(cell: BlackBox, clocks: &[&str]) -> String {
    let m = ModuleBuilder::new("top");
    let placed = m.black_box("u_cell", &Arc::new(cell));
    let a = m.clock("a", "source");
    placed.clock("I", a).connect("S", m.input("s", uint(1), "condition"));
    for clock in clocks {
        placed.clock(clock, m.clock(&clock.to_lowercase(), "other source"));
    }
    let bit = m.instance("u_counter", &counter()).clock("clk", placed.clock_out("O")).out("top");
    m.drive(m.output("y", uint(1), "sampled"), m.pipe("late_q", bit, a));
    elaborated(m)
}

#[test]
fn a_gated_clock_stays_in_its_domain() {
    let gate = BlackBox::new("GATE", "a clock gate").clock("I").input("S", uint(1));
    let gate = gate.clock_output("O").clock_rule("O", "I", Some(("S", true)));
    assert_eq!(derived(gate, &[]), "");
}

#[test]
fn gates_with_a_condition_of_another_clock() {
    let gate = BlackBox::new("GATE", "a clock gate").clock("I").input("S", uint(1));
    let gate = Arc::new(gate.clock_output("O").clock_rule("O", "I", Some(("S", true))));
    let text = mixed(|m, bit, b| {
        let placed = m.black_box("u_gate", &gate).clock("I", b).connect("S", bit);
        let count = m.reg("count_q", uint(4), placed.clock_out("O"));
        count.next(count.q + 1);
        count.q
    });
    assert_only(&text, &crossing("top.u_gate_O", "top.b_i"));
}

#[test]
fn a_switched_clock_is_a_domain_of_its_own() {
    let switch = BlackBox::new("SWITCH", "a clock switch").clock("I").input("S", uint(1));
    let switch = switch.clock("J").clock_output("O");
    let switch = switch.clock_rule("O", "I", Some(("S", true))).clock_rule("O", "J", None);
    assert_only(&derived(switch, &["J"]), &crossing("top.late_q", "top.a_i"));
}

#[test]
fn clock_outputs_need_rules() {
    let cell = BlackBox::new("CELL", "forgot the rule").clock("I").input("S", uint(1));
    assert_only(
        &derived(cell.clock_output("O"), &[]),
        "clock output `O` of `top.u_cell` needs a `clock_rule` on ports of the cell",
    );
}
