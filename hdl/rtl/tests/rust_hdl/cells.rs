//! Blocks written with `#[hdl_gen]` as cells of this layer.

use std::sync::Arc;

use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::rust_hdl::{BridgeError, Pin, import};
use bitladder_rtl::{Design, Module, ModuleBuilder, uint};
use rust_hdl_core::prelude::*;

/// One operation per local signal, no literal beside a signed signal.
#[derive(LogicBlock, Default)]
struct Alu {
    pub op: Signal<In, Bits<2>>,
    pub a: Signal<In, Bits<12>>,
    pub b: Signal<In, Bits<12>>,
    pub y: Signal<Out, Bits<12>>,
    pub less: Signal<Out, Bit>,
    sum: Signal<Local, Bits<12>>,
    difference: Signal<Local, Bits<12>>,
    masked: Signal<Local, Bits<12>>,
    flipped: Signal<Local, Bits<12>>,
}

impl Logic for Alu {
    #[hdl_gen]
    fn update(&mut self) {
        self.sum.next = self.a.val() + self.b.val();
        self.difference.next = self.a.val() - self.b.val();
        self.masked.next = self.a.val() & self.b.val();
        self.flipped.next = !self.a.val();
        self.y.next = self.flipped.val();
        if self.op.val() == 0 {
            self.y.next = self.sum.val();
        } else if self.op.val() == 1 {
            self.y.next = self.difference.val();
        } else if self.op.val() == 2 {
            self.y.next = self.masked.val();
        }
        self.less.next = self.a.val() < self.b.val();
    }
}

fn alu_pins(alu: &mut Alu) -> Vec<&mut dyn Pin> {
    vec![&mut alu.op, &mut alu.a, &mut alu.b, &mut alu.y, &mut alu.less]
}

/// A register of this layer behind the imported cell.
fn with_alu() -> Arc<Module> {
    let alu = Arc::new(import("alu", "A small ALU.", Alu::default(), alu_pins).unwrap());
    let m = ModuleBuilder::new("with_alu");
    let clk = m.clock("clk", "clock");
    let placed = m.black_box("u_alu", &alu).connect("op", m.input("op", uint(2), "operation"));
    placed
        .connect("a", m.input("a", uint(12), "left"))
        .connect("b", m.input("b", uint(12), "right"));
    m.drive(m.output("y", uint(12), "result"), m.pipe("y_q", placed.out("y"), clk));
    m.drive(m.output("less", uint(1), "comparison"), placed.out("less"));
    m.build().unwrap()
}

#[test]
fn an_imported_block_agrees_with_its_verilog() {
    let design = Design::elaborate(&with_alu()).unwrap();
    let plan = Plan::random(500, 12);
    cosim::lint(&design).unwrap();
    cosim::icarus(&design, &plan).unwrap();
    cosim::verilator(&[(&design, &plan)]).unwrap();
}

/// A block with one input, one output and the given code.
macro_rules! one_liner {
    ($name:ident, $input:ty, $output:ty, $($code:tt)*) => {{
        #[derive(LogicBlock, Default)]
        struct $name {
            pub x: Signal<In, $input>,
            pub y: Signal<Out, $output>,
        }
        impl Logic for $name {
            $($code)*
        }
        fn pins(block: &mut $name) -> Vec<&mut dyn Pin> {
            vec![&mut block.x, &mut block.y]
        }
        import("block", "", $name::default(), pins)
    }};
}

#[test]
fn code_that_verilog_reads_differently_is_refused() {
    let nested = one_liner!(
        Nested,
        Bits<8>,
        Bits<16>,
        #[hdl_gen]
        fn update(&mut self) {
            self.y.next = bit_cast::<16, 8>(self.x.val() + self.x.val());
        }
    );
    assert_eq!(
        nested.unwrap_err().to_string(),
        "`block`: an operation inside an operation in the assignment to `y` may differ between \
         rust-hdl's simulation and its Verilog; use one operation per local signal"
    );
}

#[test]
fn other_code_that_verilog_reads_differently_is_refused() {
    let compared = one_liner!(
        Compared,
        Bits<8>,
        Bit,
        #[hdl_gen]
        fn update(&mut self) {
            self.y.next = (self.x.val() - 1) > 128;
        }
    );
    let flipped = one_liner!(
        Flipped,
        Bits<8>,
        Bits<8>,
        #[hdl_gen]
        fn update(&mut self) {
            self.y.next = self.x.val().replace_bit(2, true);
        }
    );
    let negative = one_liner!(
        Negative,
        Signed<8>,
        Bit,
        #[hdl_gen]
        fn update(&mut self) {
            self.y.next = self.x.val() < 0.into();
        }
    );
    let expected =
        ["an operation inside an operation", "`replace_bit`", "a literal beside a signal"];
    for (found, expected) in [compared, flipped, negative].into_iter().zip(expected) {
        let error = found.unwrap_err();
        assert!(
            matches!(&error, BridgeError::Unsafe { what, .. } if what.starts_with(expected)),
            "{error}"
        );
    }
}

#[test]
fn one_operation_on_plain_operands_is_taken() {
    one_liner!(
        Plain,
        Bits<8>,
        Bits<8>,
        #[hdl_gen]
        fn update(&mut self) {
            self.y.next = self.x.val() + 1;
        }
    )
    .unwrap();
}

#[derive(LogicBlock, Default)]
struct Clocked {
    pub clock: Signal<In, Clock>,
    pub y: Signal<Out, Bit>,
}

impl Logic for Clocked {
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = true;
    }
}

#[test]
fn blocks_without_a_counterpart_are_refused() {
    let error = import("clocked", "", Clocked::default(), |block| vec![&mut block.y]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`clocked` has the clock `clock`; only combinational blocks can be imported"
    );
    let error = import("alu", "", Alu::default(), |alu| vec![&mut alu.op, &mut alu.a]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the pins given for `alu` miss its port `b`; list every port once"
    );
}

/// Nobody drives its output.
#[derive(LogicBlock, Default)]
struct Open {
    pub y: Signal<Out, Bit>,
}

impl Logic for Open {
    fn update(&mut self) {}
}

/// Its Verilog is written by hand.
#[derive(LogicBlock, Default)]
struct ByHand {
    pub x: Signal<In, Bit>,
    pub y: Signal<Out, Bit>,
}

impl Logic for ByHand {
    fn update(&mut self) {
        self.y.next = self.x.val();
    }

    fn connect(&mut self) {
        self.y.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom("always @(*) y = x;".to_owned())
    }
}

#[test]
fn blocks_that_cannot_be_checked_are_refused() {
    let error = import("open", "", Open::default(), |block| vec![&mut block.y]).unwrap_err();
    assert!(error.to_string().starts_with("rust-hdl rejects `open`: OpenSignal"), "{error}");
    let pins: fn(&mut ByHand) -> Vec<&mut dyn Pin> = |block| vec![&mut block.x, &mut block.y];
    let error = import("by_hand", "", ByHand::default(), pins).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`by_hand` has hand-written Verilog, which cannot be imported; describe it as a `BlackBox`"
    );
}
