//! The guide shows what the layer really does.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{Design, EmitOptions, ModuleBuilder, Sim, uint};

#[path = "../examples/peak/peak.rs"]
mod peak;
#[path = "../examples/peak/wave.rs"]
mod wave;

const GUIDE: &str = include_str!("../../../docs/hdl-layer.md");

/// The fenced block of the guide that contains `mark`.
fn block(mark: &str) -> &'static str {
    GUIDE.split("```").find(|part| part.contains(mark)).unwrap().split_once('\n').unwrap().1
}

fn design() -> Design {
    Design::elaborate(&peak::peak(8).unwrap()).unwrap()
}

#[test]
fn the_description_in_the_guide_is_the_example() {
    let source = include_str!("../examples/peak/peak.rs");
    let function = &source[source.find("/// A peak detector").unwrap()..];
    assert_eq!(block("fn peak(width: u32)"), function.replace("pub(crate) ", ""));
}

#[test]
fn the_verilog_in_the_guide_is_emitted() {
    let text = design().verilog(&EmitOptions::default()).unwrap().single_file();
    let module = block("module peak_w8");
    assert!(text.contains(module), "{text}");
    assert!(module.ends_with("endmodule\n"));
}

#[test]
fn the_waveform_in_the_guide_is_simulated() {
    let drawn = wave::wave(&mut Sim::new(&design()).unwrap()).unwrap();
    assert_eq!(block("cycle    0"), drawn);
}

#[test]
fn the_error_in_the_guide_is_reported() {
    let m = ModuleBuilder::new("sum");
    let (a, b) = (m.input("a", uint(8), "left"), m.input("b", uint(9), "right"));
    m.drive(m.output("y", uint(8), "sum"), a + b);
    let error = m.build().unwrap_err().to_string();
    let text = error.split_once(": ").unwrap().1;
    assert!(block("src/sum.rs:5").contains(text), "{text}");
}

#[test]
fn the_test_in_the_guide_passes() {
    cosim::lint(&design()).unwrap();
    cosim::icarus(&design(), &Plan::random(500, 1).reset("clear_i", 2)).unwrap();
}
