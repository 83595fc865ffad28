//! A design of this layer as a rust-hdl block, by itself and inside `#[hdl_gen]` code.

use std::process::Command;
use std::sync::{Arc, Mutex};

use bitladder_rtl::rust_hdl::BridgeError;
use bitladder_rtl::{Design, EmitOptions, ModuleBuilder, sint, uint};
use rust_hdl_core::prelude::*;

bitladder_rtl::rust_hdl_block! {
    /// Multiplies and accumulates.
    pub struct Mac {
        In clk_i: Clock,
        In clear_i: Bit,
        In a_i: Signed<8>,
        In b_i: Signed<8>,
        Out acc_o: Signed<40>,
        Out busy_o: Bit,
    }
}

fn mac(width: u32) -> Design {
    let m = ModuleBuilder::new("mac").param("w", width);
    let clk = m.clock("clk", "clock");
    let clear = m.input("clear", uint(1), "start again");
    let (a, b) = (m.input("a", sint(width), "left"), m.input("b", sint(width), "right"));
    let acc = m.reg("acc_q", sint(40), clk).reset(clear, 0).init(0);
    acc.next(acc.q + (a * b).sign_extend(40));
    m.drive(m.output("acc", sint(40), "the sum"), acc.q);
    m.drive(m.output("busy", uint(1), "an operand is set"), (a | b).reduce_or());
    Design::elaborate(&m.build().unwrap()).unwrap()
}

fn new_mac() -> Mac {
    Mac::new(&mac(8), &EmitOptions::default()).unwrap()
}

fn signed8(value: i64) -> Signed<8> {
    signed(value)
}

/// Operands of a cycle.
fn operands(cycle: i64) -> (i64, i64) {
    ((cycle * 37) % 256 - 128, (cycle * 91 + 5) % 256 - 128)
}

#[test]
fn a_design_runs_in_the_simulation_of_rust_hdl() {
    let mut sim = Simulation::new();
    sim.add_clock(5, |mac: &mut Box<Mac>| mac.clk_i.next = !mac.clk_i.val());
    sim.add_testbench(move |mut sim: Sim<Mac>| {
        let mut mac = sim.init()?;
        let mut sum = 0;
        for cycle in 0..200 {
            let (a, b) = operands(cycle);
            let clear = cycle % 50 == 49;
            mac.a_i.next = signed8(a);
            mac.b_i.next = signed8(b);
            mac.clear_i.next = clear;
            wait_clock_cycle!(sim, clk_i, mac);
            sum = if clear { 0 } else { sum + a * b };
            sim_assert_eq!(sim, mac.acc_o.val(), signed::<40>(sum), mac);
            sim_assert_eq!(sim, mac.busy_o.val(), (a | b) != 0, mac);
        }
        sim.done(mac)
    });
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("mac.vcd");
    sim.run_to_file(Box::new(new_mac()), 10_000, trace.to_str().unwrap()).unwrap();
    let dump = std::fs::read_to_string(trace).unwrap();
    assert!(dump.contains("$var wire 40 ") && dump.contains("acc_o"), "{dump}");
}

/// Two of our blocks, connected by `#[hdl_gen]` code: the second multiplies the first's low bits.
#[derive(LogicBlock)]
struct Pair {
    pub clock: Signal<In, Clock>,
    pub clear: Signal<In, Bit>,
    pub x: Signal<In, Signed<8>>,
    pub first_sum: Signal<Out, Signed<40>>,
    pub second_sum: Signal<Out, Signed<40>>,
    pub busy: Signal<Out, Bit>,
    first: Mac,
    second: Mac,
}

impl Logic for Pair {
    #[hdl_gen]
    fn update(&mut self) {
        self.first.clk_i.next = self.clock.val();
        self.second.clk_i.next = self.clock.val();
        self.first.clear_i.next = self.clear.val();
        self.second.clear_i.next = self.clear.val();
        self.first.a_i.next = self.x.val();
        self.first.b_i.next = self.x.val();
        self.second.a_i.next = self.x.val();
        self.second.b_i.next = self.first.acc_o.val().get_bits::<8>(0);
        self.first_sum.next = self.first.acc_o.val();
        self.second_sum.next = self.second.acc_o.val();
        self.busy.next = self.second.busy_o.val() & self.first.busy_o.val();
    }
}

fn pair() -> Pair {
    Pair {
        clock: Signal::default(),
        clear: Signal::default(),
        x: Signal::default(),
        first_sum: Signal::default(),
        second_sum: Signal::default(),
        busy: Signal::default(),
        first: new_mac(),
        second: new_mac(),
    }
}

const CYCLES: i64 = 60;

/// The sums after each cycle, from rust-hdl's simulation.
fn simulated() -> Vec<String> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let found = Arc::clone(&lines);
    let mut sim = Simulation::new();
    sim.add_clock(5, |pair: &mut Box<Pair>| pair.clock.next = !pair.clock.val());
    sim.add_testbench(move |mut sim: Sim<Pair>| {
        let mut pair = sim.init()?;
        for cycle in 0..CYCLES {
            pair.x.next = signed8(operands(cycle).0);
            pair.clear.next = cycle == 0;
            wait_clock_cycle!(sim, clock, pair);
            let (first, second) = (pair.first_sum.val().inner(), pair.second_sum.val().inner());
            lines.lock().unwrap().push(format!(
                "{:010x} {:010x} {}",
                first.to_u64(),
                second.to_u64(),
                u8::from(pair.busy.val())
            ));
        }
        sim.done(pair)
    });
    sim.run(Box::new(pair()), 10_000).unwrap();
    let found = found.lock().unwrap();
    found.clone()
}

/// The same from the Verilog that rust-hdl generates, in Icarus Verilog.
fn verilog(text: &str) -> Vec<String> {
    let mut stimuli = String::new();
    for cycle in 0..CYCLES {
        let (x, clear) = (operands(cycle).0 as u8, u8::from(cycle == 0));
        stimuli += &format!(
            "x = 8'd{x}; clear = {clear}; #5 clk = 1; #5 clk = 0;\n\
             $display(\"%h %h %b\", first, second, busy);\n"
        );
    }
    let bench = format!(
        "module bench; reg clk = 0; reg clear; reg [7:0] x; wire [39:0] first, second; wire \
         busy;\ntop dut (.clock(clk), .clear(clear), .x(x), .first_sum(first), \
         .second_sum(second), .busy(busy));\ninitial begin\n{stimuli}end\nendmodule\n"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("top.v"), text).unwrap();
    std::fs::write(folder.path().join("bench.v"), bench).unwrap();
    let run = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).current_dir(&folder).output();
        let output = output.expect("not installed: apt-get install iverilog yosys");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(
        "yosys",
        &["-q", "-p", "read_verilog top.v; hierarchy -check -top top; proc; check -assert"],
    );
    run("iverilog", &["-g2005", "-o", "run", "-s", "bench", "top.v", "bench.v"]);
    run("vvp", &["-n", "run"]).lines().map(str::to_owned).collect()
}

#[test]
fn blocks_connect_inside_hdl_gen_code_and_the_verilog_agrees() {
    let mut circuit = pair();
    circuit.connect_all();
    check_all(&circuit).unwrap();
    let text = generate_verilog(&circuit);
    assert_eq!(text.matches("module mac_w8 (").count(), 2, "repeated by rust-hdl, but guarded");
    assert_eq!(text.matches("`ifndef BITLADDER_MAC_W8").count(), 2);
    assert_eq!(verilog(&text), simulated());
}

#[test]
fn an_open_input_is_found_by_the_check_of_rust_hdl() {
    let mut circuit = TopWrap::new(new_mac());
    circuit.connect_all();
    assert!(check_all(&circuit).is_err(), "nobody drives the inputs");
    let mut circuit = new_mac();
    circuit.connect_all();
    check_all(&circuit).expect("inputs of the top are driven from outside");
}

#[test]
fn the_inside_can_be_looked_at() {
    let mut mac = new_mac();
    mac.connect_all();
    mac.a_i.next = signed8(-3);
    mac.b_i.next = signed8(7);
    for clock in [true, false] {
        mac.clk_i.next = Clock { clk: clock };
        while {
            mac.update_all();
            mac.has_changed()
        } {}
    }
    assert_eq!(mac.core().sim().get_number("acc_q").unwrap(), -21);
    assert!(mac.core().failure().is_none());
}

#[test]
fn structs_that_do_not_fit_are_refused() {
    let error = Mac::new(&mac(9), &EmitOptions::default()).err().unwrap();
    assert_eq!(
        error.to_string(),
        "`mac_w9` has no Input `a_i` (signed 8 bits); write the struct's signals as: In clk_i: \
         Clock, In clear_i: Bit or Bits<1>, In a_i: Signed<9>, In b_i: Signed<9>, Out acc_o: \
         Signed<40>, Out busy_o: Bit or Bits<1>"
    );

    bitladder_rtl::rust_hdl_block! {
        struct Short {
            In clk_i: Clock,
            In clear_i: Bits<1>,
            In a_i: Signed<8>,
            In b_i: Signed<8>,
            Out acc_o: Signed<40>,
        }
    }
    let error = Short::new(&mac(8), &EmitOptions::default()).err().unwrap();
    let (module, port) = ("mac_w8".to_owned(), "busy_o".to_owned());
    assert_eq!(error, BridgeError::MissingSignal { module, port });
    assert!(error.to_string().ends_with("no signal for the port `busy_o` of `mac_w8`; add it"));
}
