//! Every operator at the widths where representations change, for both signs: Rust, Icarus
//! Verilog and Verilator agree on random and corner values.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{Design, ModuleBuilder, Sig, Ty, sint, uint};

/// One bit, around a 32-bit integer, around a word of the simulation, the widest.
const WIDTHS: [u32; 12] = [1, 2, 3, 8, 31, 32, 33, 63, 64, 65, 127, 128];

/// Results that have the operands' width, one bit, or more bits than the operands.
fn arithmetic<'m>(a: Sig<'m>, b: Sig<'m>) -> Vec<(&'static str, Sig<'m>)> {
    let mut found = vec![
        ("add", a + b),
        ("sub", a - b),
        ("and", a & b),
        ("or", a | b),
        ("xor", a ^ b),
        ("not", !a),
        ("eq", a.eq(b)),
        ("ne", a.ne(b)),
        ("lt", a.lt(b)),
        ("le", a.le(b)),
        ("gt", a.gt(b)),
        ("ge", a.ge(b)),
        ("min", a.min(b)),
        ("max", a.max(b)),
        ("all", a.reduce_and()),
        ("any", a.reduce_or()),
        ("parity", a.reduce_xor()),
        ("count", a.popcount()),
        ("msb", a.msb()),
    ];
    if a.ty().signed {
        found.push(("neg", -a));
    }
    if a.width() < 128 {
        found.push(("exact_sum", a.widening_add(b)));
        found.push(("exact_difference", a.widening_sub(b)));
    }
    if a.width() <= 64 {
        found.push(("product", a * b));
        found.push(("narrow_product", a * b.truncate(1)));
        found.push(("joined", a.cat(b)));
        found.push(("twice", a.repeat(2)));
    }
    found
}

/// Bits moved, cut and added.
fn moves<'m>(a: Sig<'m>, b: Sig<'m>, by: Sig<'m>, bit: Sig<'m>) -> Vec<(&'static str, Sig<'m>)> {
    let width = a.width();
    let middle = width / 2;
    vec![
        ("left", a.shift_left(middle)),
        ("right", a.shift_right(middle)),
        ("left_out", a.shift_left(width - 1)),
        ("right_out", a.shift_right(width - 1)),
        ("left_by", a.shift_left_by(by)),
        ("right_by", a.shift_right_by(by)),
        ("right_by_few", a.shift_right_by(by.truncate(3))),
        ("upper", a.slice(width - 1, middle)),
        ("lower", a.truncate(middle.max(1))),
        ("wide", a.extend((width + 5).min(128))),
        ("widest", a.extend(128)),
        ("saturated", a.saturate(middle.max(1))),
        ("mux", bit.mux(a, b)),
        ("other_sign", if a.ty().signed { a.as_unsigned() } else { a.as_signed() }),
    ]
}

fn operators(ty: Ty) -> Design {
    let m =
        ModuleBuilder::new("ops").param("", if ty.signed { "s" } else { "u" }).param("w", ty.width);
    let (a, b) = (m.input("a", ty, "left"), m.input("b", ty, "right"));
    let by = m.input("by", uint(9), "a shift amount");
    let (bit, pick) = (m.input("bit", uint(1), "condition"), m.input("pick", uint(2), "selector"));
    let mut found = arithmetic(a, b);
    found.extend(moves(a, b, by, bit));
    found.push(("case", m.case(pick, &[(0, a), (3, b)], a ^ b)));
    found.push(("select", m.select(pick, &[a, b, !a, !b])));
    found.push(("constants", (a ^ m.ones(ty)) + (b & m.lit(ty, if ty.signed { -1 } else { 1 }))));
    for (name, value) in found {
        m.drive(m.output(&format!("y_{name}"), value.ty(), "result"), value);
    }
    Design::elaborate(&m.build().unwrap()).unwrap()
}

fn designs() -> Vec<Design> {
    let types = WIDTHS.into_iter().flat_map(|width| [uint(width), sint(width)]);
    types.map(operators).collect()
}

#[test]
fn every_operator_agrees_at_every_width_with_icarus() {
    let plan = Plan::random(300, 41);
    for design in &designs() {
        cosim::icarus(design, &plan).unwrap();
    }
}

#[test]
fn every_operator_agrees_at_every_width_with_verilator() {
    let (designs, plan) = (designs(), Plan::random(300, 42));
    let batch: Vec<(&Design, &Plan)> = designs.iter().map(|design| (design, &plan)).collect();
    cosim::verilator(&batch).unwrap();
}

#[test]
fn every_operator_is_clean_for_every_linter() {
    for design in designs().iter().step_by(5) {
        cosim::lint(design).unwrap();
    }
}
