//! Wrong use of a simulation.

use bitladder_rtl::{Design, ModuleBuilder, ReadDuringWrite, Sim, sint, uint};

fn sim() -> Sim {
    let m = ModuleBuilder::new("m");
    let clk = m.clock("clk", "clock");
    let (at, x) = (m.input("at", uint(2), "address"), m.input("x", sint(4), "number"));
    let words = m.memory("words", uint(8), 4, ReadDuringWrite::OldData).init(&[1]);
    m.drive(m.output("word", uint(8), "data"), words.read("word_q", clk, at));
    m.drive(m.output("x", sint(4), "the number"), x);
    Sim::new(&Design::elaborate(&m.build().unwrap()).unwrap()).unwrap()
}

#[test]
fn every_mistake_says_what_there_is_instead() {
    let mut sim = sim();
    let cases = [
        (sim.set("word", 0), "`word` is not an input of the top module; inputs are: at_i, x_i"),
        (sim.set("at", 4), "0x4 does not fit the input `at` (unsigned 2 bits)"),
        (sim.set_number("x", 8), "8 does not fit the input `x` (signed 4 bits)"),
        (sim.step("slow"), "`slow` is not a clock of the top module; clocks are: clk_i"),
        (sim.load_memory("words", &[0; 5]), "no memory `words` with 5 words"),
        (sim.deposit("x", 1), "`x` is not a register: nothing can be put into it"),
        (sim.get("wor").map(drop), "`m` has no signal `wor`; similar: m.word_o, m.word_q"),
        (sim.get("u.v").map(drop), "`m` has no signal `u.v`; paths look like `lane_0.acc_q`"),
    ];
    for (result, text) in cases {
        assert_eq!(result.unwrap_err().to_string(), text);
    }
}
