//! Vendor cells: primitives in the output, models in the simulations.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{
    BlackBox, Cells, Design, EmitError, EmitOptions, Model, Module, ModuleBuilder, ParamValue, Sim,
    SimError, sint, uint,
};

/// A multiplier cell with one scalar port per bit and a registered output, as on ECP5.
fn multiplier() -> Arc<BlackBox> {
    let m = ModuleBuilder::new("mult18_model").raw_port_names().doc("A registered multiplier.");
    let clk = m.clock("CLK0", "clock");
    let a = m.input("A", sint(18), "left");
    let b = m.input("B", sint(18), "right");
    m.drive(m.output("P", sint(36), "product"), m.pipe("product_q", a * b, clk));
    let model = m.build().unwrap();
    let cell = BlackBox::new("MULT18X18D", "An 18 x 18 multiplier.")
        .clock("CLK0")
        .input("A", sint(18))
        .per_bit()
        .input("B", sint(18))
        .per_bit()
        .output("P", sint(36))
        .per_bit()
        .param("REG_OUTPUT_CLK", ParamValue::Text("CLK0".into()))
        .param("CLK0_DIV", ParamValue::Int(1))
        .model(Model::Module(model));
    Arc::new(cell)
}

fn clock_gate() -> Arc<BlackBox> {
    let cell = BlackBox::new("DCCA", "A clock gate.")
        .clock("CLKI")
        .input("CE", uint(1))
        .clock_output("CLKO")
        .clock_rule("CLKO", "CLKI", Some(("CE", true)));
    Arc::new(cell)
}

fn clock_mux() -> Arc<BlackBox> {
    let cell = BlackBox::new("DCSC", "A clock multiplexer.")
        .clock("CLK0")
        .clock("CLK1")
        .input("SEL", uint(1))
        .clock_output("DCSOUT")
        .clock_rule("DCSOUT", "CLK0", Some(("SEL", false)))
        .clock_rule("DCSOUT", "CLK1", Some(("SEL", true)));
    Arc::new(cell)
}

fn multiply() -> Arc<Module> {
    let m = ModuleBuilder::new("multiply");
    let clk = m.clock("clk", "clock");
    let a = m.input("a", sint(16), "left");
    let b = m.input("b", sint(18), "right");
    let cell = m.black_box("u_mult", &multiplier()).doc("the only multiplier").clock("CLK0", clk);
    cell.connect("A", a.sign_extend(18)).connect("B", b);
    m.drive(m.output("p", sint(34), "product"), cell.out("P").truncate(34));
    m.build().unwrap()
}

/// A counter on a gated clock, inside a module that gets its clock from a gate outside.
fn gated() -> Arc<Module> {
    let counter = ModuleBuilder::new("gated_counter");
    let clk = counter.clock("clk", "clock");
    let count = counter.reg("count_q", uint(8), clk).init(0);
    count.next(count.q + 1);
    counter.drive(counter.output("count", uint(8), "value"), count.q);
    let counter = counter.build().unwrap();

    let m = ModuleBuilder::new("gated");
    let clk = m.clock("clk", "clock");
    let en = m.input("en", uint(1), "let the clock through");
    let held = m.reg("en_q", uint(1), clk).init(0);
    held.next(en);
    let gate = m.black_box("u_gate", &clock_gate()).clock("CLKI", clk).connect("CE", held.q);
    let inner = m.instance("counter", &counter).clock("clk", gate.clock_out("CLKO"));
    m.drive(m.output("count", uint(8), "value"), inner.out("count"));
    m.clock_output("gated_clk", gate.clock_out("CLKO"), "the gated clock");
    m.build().unwrap()
}

fn switched() -> Arc<Module> {
    let m = ModuleBuilder::new("switched");
    let (slow, fast) = (m.clock("slow", "slow clock"), m.clock("fast", "fast clock"));
    let pick = m.input("pick", uint(1), "take the fast clock");
    let switch = m.black_box("u_switch", &clock_mux()).clock("CLK0", slow).clock("CLK1", fast);
    switch.connect("SEL", pick);
    let count = m.reg("count_q", uint(8), switch.clock_out("DCSOUT")).init(0);
    count.next(count.q + 1);
    m.drive(m.output("count", uint(8), "value"), count.q);
    m.build().unwrap()
}

#[test]
fn cells_agree_with_their_models_in_both_simulators() {
    let designs = [multiply(), gated()].map(|module| Design::elaborate(&module).unwrap());
    let plan = Plan::random(300, 4);
    for design in &designs {
        cosim::icarus(design, &plan).unwrap();
    }
    cosim::verilator(&[(&designs[0], &plan), (&designs[1], &plan)]).unwrap();
}

#[test]
fn cells_are_clean_for_every_linter() {
    for module in [multiply(), gated(), switched()] {
        cosim::lint(&Design::elaborate(&module).unwrap()).unwrap();
    }
}

#[test]
fn a_clock_switch_follows_the_selected_clock() {
    let mut sim = Sim::new(&Design::elaborate(&switched()).unwrap()).unwrap();
    sim.step("fast").unwrap();
    assert_eq!(sim.get("count_o").unwrap(), 0);
    sim.step("slow").unwrap();
    assert_eq!(sim.get("count_o").unwrap(), 1);
    sim.set("pick", 1).unwrap();
    sim.step("slow").unwrap();
    sim.step("fast").unwrap();
    assert_eq!(sim.get("count_o").unwrap(), 2);
}

#[test]
fn primitives_are_instantiated_by_their_own_names() {
    let design = Design::elaborate(&multiply()).unwrap();
    let emitted = design.verilog(&EmitOptions::default()).unwrap();
    let text = emitted.single_file();
    assert!(text.contains("MULT18X18D #("), "{text}");
    assert!(text.contains(".REG_OUTPUT_CLK (\"CLK0\")"), "{text}");
    assert!(text.contains(".B17  (b_i[17])"), "{text}");
    assert!(text.contains(".A15  (a_i[15])"), "{text}");
    assert!(text.contains(".A17  (a_i[15])"), "the sign is extended: {text}");
    assert_eq!(emitted.files.len(), 1, "the model is no part of the output");
    assert!(emitted.stubs.unwrap().text.contains("(* blackbox *)"));
}

#[test]
fn cells_with_a_definition_keep_it_unless_functions_are_wanted() {
    let model = ModuleBuilder::new("parity_model").raw_port_names().doc("Parity of a byte.");
    let bits = model.input("D", uint(8), "byte");
    model.drive(model.output("Q", uint(1), "parity"), bits.reduce_xor());
    let cell = BlackBox::new("PARITY", "Parity of a byte.")
        .input("D", uint(8))
        .output("Q", uint(1))
        .verilog("module PARITY (input wire [7:0] D, output wire Q);\nassign Q = ^D;\nendmodule\n")
        .model(Model::Module(model.build().unwrap()));
    let m = ModuleBuilder::new("checked");
    let d = m.input("d", uint(8), "data");
    let cell = m.black_box("u_parity", &Arc::new(cell)).connect("D", d);
    m.drive(m.output("q", uint(1), "parity"), cell.out("Q"));
    let design = Design::elaborate(&m.build().unwrap()).unwrap();
    let emitted = |cells| design.verilog(&EmitOptions { cells, ..EmitOptions::default() }).unwrap();
    let kept = emitted(Cells::Models);
    assert!(kept.stubs.as_ref().unwrap().text.contains("assign Q = ^D;"));
    assert!(kept.single_file().contains("    PARITY u_parity ("), "{}", kept.single_file());
    let quick = emitted(Cells::Functions);
    assert_eq!(quick.stubs, None);
    let text = quick.single_file();
    assert!(text.contains("    parity_model u_parity ("), "{text}");
    assert!(text.contains("module parity_model ("), "{text}");
}

fn with_function(model: Model) -> Arc<Module> {
    let cell = BlackBox::new("PARITY", "Odd parity.").input("D", uint(8)).output("Q", uint(1));
    let m = ModuleBuilder::new("parity");
    let d = m.input("d", uint(8), "data");
    let cell = m.black_box("u_parity", &Arc::new(cell.model(model))).connect("D", d);
    m.drive(m.output("q", uint(1), "parity"), cell.out("Q"));
    m.build().unwrap()
}

#[test]
fn a_function_models_a_cell_in_rust_only() {
    let parity = |inputs: &[u128], outputs: &mut [u128]| {
        outputs[0] = u128::from(inputs[0].count_ones() & 1);
    };
    let design = Design::elaborate(&with_function(Model::Function(Arc::new(parity)))).unwrap();
    let mut sim = Sim::new(&design).unwrap();
    sim.set("d", 0b1110).unwrap();
    assert_eq!(sim.get("q_o").unwrap(), 1);
    let options = EmitOptions { cells: Cells::Models, ..EmitOptions::default() };
    let error = design.verilog(&options).unwrap_err();
    assert_eq!(error, EmitError::NoModel { cell: "PARITY".into() });
    assert!(error.to_string().contains("`PARITY` has no model in Verilog"));
}

#[test]
fn a_cell_without_a_model_cannot_be_simulated() {
    let design = Design::elaborate(&with_function(Model::None)).unwrap();
    let error = Sim::new(&design).err().unwrap();
    let path = "parity.u_parity".to_owned();
    assert_eq!(error, SimError::NoModel { path, cell: "PARITY".into() });
}
