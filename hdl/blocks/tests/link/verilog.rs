//! The engine's Verilog, in a session from a memory.

use std::sync::Arc;

use bitladder_blocks::io::register_bus;
use bitladder_blocks::link::{LinkConfig, executor, frame_rx, frame_tx, mailbox, packet_engine};
use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{BIT, Design, Module, ModuleBuilder, ReadDuringWrite, address_width, uint};

use crate::rig::CONFIG;
use crate::traffic::{Host, hello};

/// The engine with the bytes of a host in front of it, and registers behind it.
fn session(config: &LinkConfig, line: &[u8]) -> Arc<Module> {
    let engine = packet_engine(config).unwrap();
    let m = ModuleBuilder::new("session").param("", engine.name());
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "starts again");
    let engine = m.instance("engine", &engine).clock("clk", clk).connect("rst", rst);
    let words: Vec<u128> = line.iter().map(|byte| u128::from(*byte)).collect();
    let bytes = m.memory("line", uint(8), words.len(), ReadDuringWrite::DontCare).init(&words);
    let (ready, offers) = (engine.out("in_ready"), m.input("offers", BIT, "a byte may come"));
    let shown = m.reg("shown_q", BIT, clk).reset(rst, 0);
    let valid = shown.q & offers;
    let at = m.reg("at_q", uint(address_width(words.len())), clk).reset(rst, 0);
    let fetch = !shown.q & at.q.ne(words.len() - 1);
    at.enable(fetch).next(at.q + 1);
    shown.next(fetch | (shown.q & !(valid & ready)));
    engine
        .connect("in_valid", valid)
        .connect("in_data", bytes.read_enabled("byte_q", clk, at.q, fetch));
    engine.connect("out_ready", m.input("out_ready", BIT, "a byte is taken"));
    engine.connect("interrupt", m.input("interrupt", BIT, "to be told"));
    for port in ["out_valid", "out_data", "session"] {
        let signal = engine.out(port);
        m.drive(m.output(port, signal.ty(), "of the engine"), signal);
    }
    // Registers that answer one cycle later, the upper half refusing.
    let on_bus = |port: &str| engine.out(&format!("bus_{port}"));
    let registers = m.memory("registers", uint(32), 64, ReadDuringWrite::OldData);
    let answers = m.reg("answers_q", BIT, clk).reset(rst, 0);
    let asks = on_bus("valid") & !answers.q;
    answers.next(asks);
    registers.write(clk, asks & on_bus("write"), on_bus("address"), on_bus("data"));
    let read = registers.read_enabled("register_q", clk, on_bus("address"), asks);
    engine.ignore("bus_strobe");
    engine.connect("bus_ready", answers.q).connect("bus_read", read);
    engine.connect("bus_error", m.pipe("error_q", on_bus("address").bit(5), clk));
    assert_eq!(register_bus(6).fields().len(), 8, "all fields are connected");
    m.build().unwrap()
}

#[test]
fn the_engine_agrees_with_its_verilog() {
    let mut host = Host::new(31, 20);
    let mut line = vec![0, 7, 0];
    line.extend(hello(31, 0xabcd));
    for _ in 0..60 {
        let frame = host.frame();
        line.extend(host.line(frame));
    }
    let small = LinkConfig { window: 2, ..CONFIG };
    let rings = mailbox(&crate::mailbox::CONFIG);
    let parts = [frame_rx(&CONFIG), frame_tx(&CONFIG), executor(&CONFIG), rings];
    let mut designs: Vec<Design> =
        parts.map(|part| Design::elaborate(&part.unwrap()).unwrap()).into();
    designs.push(Design::elaborate(&session(&CONFIG, &line)).unwrap());
    designs.push(Design::elaborate(&session(&small, &line)).unwrap());
    let plan = |cycles| Plan::random(cycles, 11).reset("rst_i", 2);
    let plans: Vec<Plan> = [3000, 3000, 3000, 3000, 20_000, 20_000].map(plan).into();
    let batch: Vec<(&Design, &Plan)> = designs.iter().zip(&plans).collect();
    cosim::verilator(&batch).unwrap();
    designs.iter().for_each(|design| cosim::lint(design).unwrap());
}
