//! Every fault gives a design that elaborates, simulates and emits, and shows itself where it is.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::sync::Arc;

use bitladder_rtl::mutate::{Fault, FaultKind, faults};
use bitladder_rtl::{BIT, Design, EmitOptions, Module, ModuleBuilder, Sim, sint, uint};

/// A module with something of everything, in a module that passes it on.
fn example() -> Arc<Module> {
    let m = ModuleBuilder::new("inner");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "reset");
    let go = m.input("go", BIT, "take");
    let a = m.input("a", sint(8), "left");
    let b = m.input("b", sint(8), "right");
    let acc = m.reg("acc_q", sint(9), clk).reset(rst, 0).enable(go);
    let small = a.lt(b).mux(a, m.lit(sint(8), 5));
    acc.next(acc.q + (small - b).sign_extend(9));
    m.drive(m.output("acc", sint(9), "sum"), acc.q);
    m.drive(m.output("mid", uint(4), "bits"), acc.q.as_unsigned().slice(7, 4));
    let inner = m.build().unwrap();

    let m = ModuleBuilder::new("outer");
    let clk = m.clock("clk", "clock");
    let placed = m.instance("inner", &inner).clock("clk", clk);
    for (name, ty) in [("rst", BIT), ("go", BIT), ("a", sint(8)), ("b", sint(8))] {
        placed.connect(name, m.input(name, ty, name));
    }
    m.drive(m.output("acc", sint(9), "sum"), placed.out("acc"));
    m.drive(m.output("mid", uint(4), "bits"), placed.out("mid"));
    m.build().unwrap()
}

/// What the outputs show over some cycles.
fn run(top: &Arc<Module>) -> Vec<u128> {
    let mut sim = Sim::new(&Design::elaborate(top).unwrap()).unwrap();
    sim.scramble(7);
    let mut seen = Vec::new();
    for step in 0..120u32 {
        sim.set("rst", u128::from(step < 2 || step == 30)).unwrap();
        sim.set("go", u128::from(step % 3 != 0)).unwrap();
        sim.set("a", u128::from(step.wrapping_mul(37) & 0xff)).unwrap();
        let b = if step % 7 == 1 { step * 37 } else { step * 91 + 128 };
        sim.set("b", u128::from(b & 0xff)).unwrap();
        sim.step("clk").unwrap();
        seen.extend([sim.get("acc_o").unwrap(), sim.get("mid_o").unwrap()]);
    }
    seen
}

fn text(top: &Arc<Module>) -> String {
    let design = Design::elaborate(top).unwrap();
    design.verilog(&EmitOptions::default()).unwrap().single_file()
}

#[test]
fn every_fault_elaborates_emits_and_changes_the_design() {
    let top = example();
    let all = faults(&top);
    let kinds: BTreeSet<FaultKind> = all.iter().map(Fault::kind).collect();
    assert_eq!(kinds.len(), FaultKind::ALL.len(), "{all:#?}");
    let sound = run(&top);
    for fault in &all {
        let broken = fault.apply(&top);
        assert_ne!(text(&broken), text(&top), "{fault}");
        assert_ne!(run(&broken), sound, "{fault}");
    }
    assert_eq!(run(&top), sound, "the original stays as it is");
}

#[test]
fn faults_say_where_they_are() {
    let all: Vec<String> = faults(&example()).iter().map(Fault::to_string).collect();
    for wanted in [
        "inner.acc_q: the enable dropped",
        "inner.acc_q: the reset dropped",
        "inner.acc_q: one bit too narrow",
        "inner.acc_q: `<=` for `<` in (a_i < b_i)",
        "inner.a_i: bit 7 stuck at 1",
    ] {
        assert!(all.iter().any(|text| text == wanted), "{wanted}: {all:#?}");
    }
}
