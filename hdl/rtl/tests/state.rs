//! Registers, memories, bundles and clock domains, in Rust and in both Verilog simulators.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{
    Bundle, Design, EmitOptions, Module, ModuleBuilder, ReadDuringWrite, Sim, address_width, sint,
    uint,
};

fn design(module: &Arc<Module>) -> Design {
    Design::elaborate(module).unwrap()
}

/// Every kind of register on one clock.
fn registers() -> Arc<Module> {
    let m = ModuleBuilder::new("registers").doc("Registers of every kind.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", uint(1), "reset");
    let en = m.input("en", uint(1), "enable");
    let d = m.input("d", sint(12), "data");
    let wide = m.input("wide", uint(100), "wide data");
    let plain = m.pipe("plain_q", d, clk);
    let reset = m.reg("reset_q", sint(12), clk).reset(rst, -5).doc("starts at -5");
    reset.next(reset.q + d);
    let enabled = m.reg("enabled_q", sint(12), clk).enable(en).init(-2048);
    enabled.next(plain);
    let both = m.reg("both_q", uint(100), clk).reset(rst, 7).enable(en);
    both.next(both.q ^ wide);
    for (name, value) in [("p", plain), ("r", reset.q), ("e", enabled.q), ("b", both.q)] {
        m.drive(m.output(name, value.ty(), "a register"), value);
    }
    m.build().unwrap()
}

/// One memory with a write port and a read port.
fn memory(policy: ReadDuringWrite, depth: usize, lanes: u32, init: &[u128]) -> Arc<Module> {
    let tag = format!("{policy:?}").to_lowercase();
    let m = ModuleBuilder::new("memory").param("", &tag).param("d", depth).param("l", lanes);
    let clk = m.clock("clk", "clock");
    let address = uint(address_width(depth));
    let write_at = m.input("write_at", address, "where to write");
    let read_at = m.input("read_at", address, "where to read");
    let data = m.input("data", uint(24), "what to write");
    let mask = m.input("mask", uint(lanes), "which lanes to write");
    let en = m.input("en", uint(1), "read");
    let memory = m.memory("words", uint(24), depth, policy).init(init).doc("the words");
    assert_eq!(memory.address_ty(), address);
    match lanes {
        1 => memory.write(clk, mask, write_at, data),
        _ => memory.write_masked(clk, mask, write_at, data),
    }
    let read = memory.read_enabled("read_q", clk, read_at, en);
    let always = memory.read("always_q", clk, write_at);
    m.drive(m.output("read", uint(24), "the word"), read);
    m.drive(m.output("always", uint(24), "the word at the write address"), always);
    m.build().unwrap()
}

/// A register behind a valid/ready handshake, twice in a row.
fn streams() -> Arc<Module> {
    let stream = Bundle::stream(uint(9), "a word");
    let stage = ModuleBuilder::new("stage").doc("A register slice.");
    let clk = stage.clock("clk", "clock");
    let rst = stage.input("rst", uint(1), "reset");
    let (input, output) = (stage.sink("x", &stream), stage.source("y", &stream));
    let [valid, data] = ["valid", "data"].map(|name| input.get(name).unwrap());
    let taken = output.get("ready").unwrap();
    let full = stage.reg("full_q", uint(1), clk).reset(rst, 0);
    let ready = stage.named("ready", !full.q | taken);
    full.next(ready.mux(valid, full.q));
    let word = stage.reg("word_q", uint(9), clk).enable(ready & valid);
    word.next(data);
    input.drive_all(&[ready]);
    output.drive_all(&[full.q, word.q]);
    let stage = stage.build().unwrap();

    let m = ModuleBuilder::new("two_stages");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", uint(1), "reset");
    let (input, output) = (m.sink("in", &stream), m.source("out", &stream));
    let first = m.instance("first", &stage).clock("clk", clk).connect("rst", rst);
    let second = m.instance("second", &stage).clock("clk", clk).connect("rst", rst);
    first.pass_on("x", &input);
    m.link(first, "y", second, "x");
    second.pass_on("y", &output);
    m.build().unwrap()
}

/// A write clock and a read clock around one memory, and a register in each domain.
fn two_clocks() -> Arc<Module> {
    let m = ModuleBuilder::new("two_clocks");
    let fill = m.clock("fill", "clock of the writer");
    let drain = m.clock("drain", "clock of the reader");
    let data = m.input("data", uint(8), "data");
    let at = m.reg("at_q", uint(3), fill).init(0);
    at.next(at.q + 1);
    let memory = m.memory("words", uint(8), 8, ReadDuringWrite::OldData);
    memory.write(fill, m.lit(uint(1), 1), at.q, data);
    let from = m.reg("from_q", uint(3), drain).init(3);
    from.next(from.q + 1);
    let word = memory.read("word_q", drain, from.q);
    m.drive(m.output("word", uint(8), "data out"), word);
    m.drive(m.output("sampled", uint(8), "data, two edges later"), {
        let first = m.pipe("first_q", data, drain);
        m.pipe("second_q", first, drain)
    });
    let half = m.synchronize("half", at.q.msb(), drain);
    m.drive(m.output("half", uint(1), "the writer is in the upper half, two edges later"), half);
    m.build().unwrap()
}

#[test]
fn registers_memories_streams_and_clocks_agree_with_both_simulators() {
    let reset = |module: Arc<Module>, input| (module, Plan::random(300, 3).reset(input, 2));
    let mut cases = vec![reset(registers(), "rst_i"), reset(streams(), "rst_i")];
    cases.push((two_clocks(), Plan::random(300, 8)));
    for policy in [ReadDuringWrite::DontCare, ReadDuringWrite::OldData, ReadDuringWrite::NewData] {
        for (depth, lanes) in [(8, 1), (16, 3), (4, 24)] {
            cases.push((memory(policy, depth, lanes, &[]), Plan::random(400, 21)));
        }
        cases.push((memory(policy, 8, 2, &[9, 8, 7]), Plan::random(60, 22)));
    }
    let designs: Vec<Design> = cases.iter().map(|(module, _)| design(module)).collect();
    for (design, (_, plan)) in designs.iter().zip(&cases) {
        cosim::lint(design).unwrap();
        cosim::icarus(design, plan).unwrap();
    }
    let batch: Vec<(&Design, &Plan)> =
        designs.iter().zip(&cases).map(|(design, (_, plan))| (design, plan)).collect();
    cosim::verilator(&batch).unwrap();
}

#[test]
fn memories_follow_their_policy_in_rust() {
    for (policy, seen) in [(ReadDuringWrite::OldData, 5), (ReadDuringWrite::NewData, 77)] {
        let mut sim = Sim::new(&design(&memory(policy, 8, 1, &[5]))).unwrap();
        for (input, value) in [("en", 1), ("mask", 1), ("data", 77)] {
            sim.set(input, value).unwrap();
        }
        sim.step("clk").unwrap();
        assert_eq!(sim.get("read_o").unwrap(), seen, "{policy:?}");
        assert_eq!((sim.memory_word("words", 0).unwrap(), sim.collisions()), (77, 0));
    }
    let mut sim = Sim::new(&design(&memory(ReadDuringWrite::DontCare, 8, 1, &[5]))).unwrap();
    sim.set("mask", 1).unwrap();
    sim.step("clk").unwrap();
    assert_eq!(sim.collisions(), 1, "the port without enable reads what is written");
}

#[test]
fn addresses_beyond_the_depth_read_zero_and_write_nothing() {
    let module = memory(ReadDuringWrite::OldData, 5, 1, &[1, 2, 3, 4, 5]);
    let mut sim = Sim::new(&design(&module)).unwrap();
    for (input, value) in [("en", 1), ("mask", 1), ("data", 9), ("write_at", 7), ("read_at", 6)] {
        sim.set(input, value).unwrap();
    }
    sim.step("clk").unwrap();
    assert_eq!(sim.get("read_o").unwrap(), 0);
    assert_eq!(sim.memory_word("words", 4).unwrap(), 5);
}

#[test]
fn memories_can_be_loaded_and_registers_restarted() {
    let mut sim = Sim::new(&design(&memory(ReadDuringWrite::OldData, 4, 1, &[]))).unwrap();
    sim.load_memory("words", &[10, 11]).unwrap();
    sim.set("write_at", 1).unwrap();
    sim.step("clk").unwrap();
    assert_eq!(sim.get("always_o").unwrap(), 11);
    assert!(sim.load_memory("words", &[0; 5]).is_err());

    let mut sim = Sim::new(&design(&registers())).unwrap();
    assert_eq!(sim.get_number("e_o").unwrap(), -2048);
    sim.set("en", 1).unwrap();
    sim.step("clk").unwrap();
    assert_eq!(sim.get_number("e_o").unwrap(), 0);
    sim.scramble(1);
    assert_ne!(sim.get("p_o").unwrap(), 0, "an unreset register is arbitrary");
    sim.restart();
    assert_eq!(sim.get_number("e_o").unwrap(), -2048);
}

#[test]
fn what_is_put_into_a_register_goes_on_from_there() {
    let m = ModuleBuilder::new("counter");
    let clk = m.clock("clk", "clock");
    let count = m.reg("count_q", uint(40), clk);
    count.next(count.q + 1);
    m.drive(m.output("high", uint(4), "its top bits"), count.q.bits(36, 4));
    let mut sim = Sim::new(&design(&m.build().unwrap())).unwrap();
    sim.deposit("count_q", (7 << 36) - 1).unwrap();
    assert_eq!(sim.get("high_o").unwrap(), 6);
    sim.step("clk").unwrap();
    assert_eq!(sim.get("high_o").unwrap(), 7);
}

#[test]
fn only_the_stepped_clock_moves() {
    let mut sim = Sim::new(&design(&two_clocks())).unwrap();
    sim.step("fill").unwrap();
    sim.step("fill").unwrap();
    sim.step("drain_i").unwrap();
    assert_eq!([sim.get("at_q").unwrap(), sim.get("from_q").unwrap()], [2, 4]);
    sim.step_all(&["fill", "drain"]).unwrap();
    assert_eq!([sim.get("at_q").unwrap(), sim.get("from_q").unwrap()], [3, 5]);
}

#[test]
fn the_dont_care_policy_reaches_synthesis() {
    let text = |policy| {
        let module = memory(policy, 8, 1, &[]);
        design(&module).verilog(&EmitOptions::default()).unwrap().single_file()
    };
    assert!(text(ReadDuringWrite::DontCare).contains("(* no_rw_check *)"));
    assert!(!text(ReadDuringWrite::OldData).contains("no_rw_check"));
}
