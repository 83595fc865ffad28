//! Nets without drivers, with two, that nobody reads, or with bad names; memories.

use bitladder_rtl::{ModuleBuilder, ReadDuringWrite, uint};

use super::{assert_only, report};

#[test]
fn undriven_nets() {
    let text = report(|m, _| m.wire("open", uint(8)));
    assert_only(
        &text,
        "`m.open` is not driven; give it a driver with `drive` (`next` for a register)",
    );
    let text = report(|m, p| {
        m.output("z", uint(3), "nobody drives it");
        m.reg("state_q", uint(8), p.clk).q
    });
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains("`m.z_o` is not driven") && text.contains("`m.state_q` is not driven"));
}

#[test]
fn doubly_driven_nets() {
    let text = report(|m, p| {
        let wire = m.named("twice", p.byte);
        m.drive(wire, p.byte + 1);
        wire
    });
    assert_only(&text, "`m.twice` is driven twice; choose between the drivers with a mux");
    let text = report(|m, p| {
        let reg = m.reg("state_q", uint(8), p.clk);
        reg.next(p.byte);
        reg.next(p.byte);
        reg.q
    });
    assert_only(&text, "`m.state_q` is driven twice; choose between the drivers with a mux");
}

#[test]
fn nets_that_cannot_be_driven() {
    let text = report(|m, p| {
        m.drive(p.byte, p.byte + 1);
        p.byte
    });
    assert_only(&text, "`m.byte_i` cannot be driven, only wires and outputs can; use a `wire`");
}

#[test]
fn drivers_of_another_type() {
    let text = report(|m, p| {
        let wire = m.wire("narrow", uint(7));
        m.drive(wire, p.byte);
        wire
    });
    assert_only(
        &text,
        "drive: width mismatch between `m.narrow` (unsigned 7 bits) and `m.byte_i` (unsigned 8 \
         bits); extend or truncate one",
    );
    let text = report(|m, p| {
        let reg = m.reg("state_q", uint(8), p.clk).reset(p.byte, 0).enable(p.bit);
        reg.next(p.byte.as_signed());
        reg.q
    });
    assert!(text.contains("reset: `m.byte_i` (unsigned 8 bits) must be unsigned 1 bit"), "{text}");
    assert!(text.contains("next: sign mismatch between `m.state_q`"), "{text}");
}

#[test]
fn unused_signals() {
    let text = report(|m, p| {
        m.named("spare", p.byte);
        m.input("extra", uint(2), "nobody reads it");
        m.pipe("late_q", p.byte, p.clk);
        p.byte
    });
    let found: Vec<&str> = text.lines().collect();
    let unused =
        |what: &str| format!("the {what} is never used; remove it or say so with `ignore`");
    assert_eq!(
        found,
        [unused("wire `m.spare`"), unused("input `m.extra_i`"), unused("register `m.late_q`")]
    );
    let text = report(|m, p| {
        m.ignore(m.named("spare", p.byte));
        p.byte
    });
    assert_eq!(text, "", "said to be unused on purpose");
}

#[test]
fn names() {
    let text = report(|m, p| {
        m.ignore(m.named("always", p.byte));
        m.ignore(m.named("2nd", p.byte));
        m.ignore(m.named("byte_i", p.byte));
        p.byte
    });
    let found: Vec<&str> = text.lines().collect();
    assert_eq!(
        found,
        [
            "`always` in `m` is a Verilog keyword; choose another name",
            "`2nd` in `m` is not a plain identifier (letters, digits, underscores)",
            "`m` has two things called `byte_i`; rename one",
        ]
    );
}

/// The report on a memory with one write and one read port.
fn memory(depth: usize, init: &[u128], mask: u32) -> String {
    report(|m, p| {
        let words = m.memory("words", uint(8), depth, ReadDuringWrite::DontCare).init(init);
        let at = m.lit(words.address_ty(), 0);
        words.write_masked(p.clk, p.byte.truncate(mask), at, p.byte);
        words.read("word_q", p.clk, at)
    })
}

#[test]
fn memories_that_cannot_be_built() {
    let cases = [
        (memory(4, &[1; 5], 1), "5 initial words do not fit 4 words; drop some or make it deeper"),
        (
            memory(4, &[1, 0x1ff], 1),
            "initial word 1 (0x1ff) does not fit unsigned 8 bits; widen the words",
        ),
        (
            memory(4, &[], 3),
            "a mask of 3 bits does not divide words of 8 bits into equal lanes; choose a divisor",
        ),
    ];
    for (found, problem) in cases {
        assert_only(&found, &format!("memory `m.words`: {problem}"));
    }
    let text = report(|m, p| {
        m.memory("none", uint(8), 0, ReadDuringWrite::DontCare);
        p.byte
    });
    assert!(
        text.contains("`m.none`: a depth of 0 words is impossible; choose one from 1 to"),
        "{text}"
    );
    assert!(text.contains("`m.none`: it has no read port; remove it or read it"), "{text}");
}

#[test]
fn memory_ports_of_the_wrong_type() {
    let text = report(|m, p| {
        let words = m.memory("words", uint(8), 16, ReadDuringWrite::OldData);
        words.write(p.clk, p.byte, p.byte, p.bit);
        words.read("word_q", p.clk, p.bit)
    });
    assert!(text.contains("write enable: `m.byte_i` (unsigned 8 bits) must be unsigned 1 bit"));
    assert!(text.contains("read address: `m.bit_i` (unsigned 1 bit) must be unsigned 4 bits"));
}

#[test]
fn forwarding_between_clocks() {
    let m = ModuleBuilder::new("m");
    let (a, b) = (m.clock("a", "writes"), m.clock("b", "reads"));
    let at = m.input("at", uint(2), "address");
    let words = m.memory("words", uint(2), 4, ReadDuringWrite::NewData);
    words.write(a, at.bit(0), at, at);
    m.drive(m.output("word", uint(2), "data"), words.read("word_q", b, at));
    assert_only(
        &m.build().unwrap_err().to_string(),
        "memory `m.words`: reading new data needs the write and read ports on one clock; use \
         `DontCare`",
    );
}
