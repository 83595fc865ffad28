//! Operators on operands that do not fit.

use bitladder_rtl::{ModuleBuilder, sint, uint};

use super::{assert_only, report};

#[test]
fn operands_of_different_width() {
    let text = report(|_, p| p.byte + p.bit);
    assert_only(
        &text,
        "add: width mismatch between `m.byte_i` (unsigned 8 bits) and `m.bit_i` (unsigned 1 bit); \
         extend or truncate one",
    );
    let text = report(|m, p| p.bit.mux(p.byte, m.lit(uint(9), 0)));
    assert_only(
        &text,
        "mux: width mismatch between `m.byte_i` (unsigned 8 bits) and `m.0` (unsigned 9 bits); \
         extend or truncate one",
    );
}

#[test]
fn operands_of_different_sign() {
    let text = report(|_, p| (p.byte ^ p.byte.as_signed()).bit(0));
    assert_only(
        &text,
        "bitxor: sign mismatch between `m.byte_i` (unsigned 8 bits) and `m.byte_i` (signed 8 \
         bits); convert one explicitly",
    );
    let text = report(|_, p| p.byte * p.byte.as_signed());
    assert!(text.contains("mul: sign mismatch between `m.byte_i`"), "{text}");
}

#[test]
fn operands_of_the_wrong_type() {
    let cases = [
        (
            report(|_, p| p.byte.mux(p.bit, p.bit)),
            "mux condition: `m.byte_i` (unsigned 8 bits) must be unsigned 1 bit",
        ),
        (report(|_, p| -p.byte), "neg: `m.byte_i` (unsigned 8 bits) must be signed"),
        (
            report(|_, p| p.byte.sign_extend(9)),
            "sign_extend: `m.byte_i` (unsigned 8 bits) must be signed (use `as_signed` first)",
        ),
        (
            report(|_, p| p.byte.as_signed().zero_extend(9)),
            "zero_extend: `m.byte_i` (signed 8 bits) must be unsigned (use `as_unsigned` first)",
        ),
        (
            report(|_, p| p.byte.extend(7)),
            "extend: `m.byte_i` (unsigned 8 bits) must be at most 7 bits wide (use `truncate` to cut)",
        ),
        (
            report(|_, p| p.byte.truncate(9)),
            "truncate: `m.byte_i` (unsigned 8 bits) must be at least 9 bits wide (use `extend`)",
        ),
        (
            report(|_, p| p.byte.shift_left_by(p.byte.as_signed())),
            "shift_left_by: `m.byte_i` (signed 8 bits) must be unsigned, as a shift amount",
        ),
    ];
    for (found, expected) in cases {
        assert_only(&found, expected);
    }
}

#[test]
fn widths_outside_the_range() {
    let text = report(|_, p| p.byte.repeat(17));
    assert_only(&text, "`m.repeat` would be 136 bits wide; keep widths from 1 to 128");
    let text = report(|m, _| m.input("wide", uint(129), "too wide"));
    assert!(
        text.contains("`m.wide_i` would be 129 bits wide; keep widths from 1 to 128"),
        "{text}"
    );
    let text = report(|m, _| m.lit(uint(0), 0));
    assert_only(&text, "`m.constant` would be 0 bits wide; keep widths from 1 to 128");
}

#[test]
fn slices_outside_the_signal() {
    let text = report(|_, p| p.byte.slice(8, 1));
    assert_only(&text, "slice [8:1] leaves `m.byte_i` (unsigned 8 bits); keep it inside");
    let text = report(|_, p| p.byte.slice(1, 2));
    assert_only(&text, "slice [1:2] leaves `m.byte_i` (unsigned 8 bits); keep it inside");
}

#[test]
fn constants_that_do_not_fit() {
    let text = report(|_, p| p.byte + 256);
    assert_only(&text, "`m`: the constant 256 does not fit unsigned 8 bits; widen the type");
    let text = report(|m, _| m.lit(sint(4), -9));
    assert_only(&text, "`m`: the constant -9 does not fit signed 4 bits; widen the type");
    let text = report(|m, _| m.lit_bits(uint(4), 0x10));
    assert_only(&text, "`m`: the constant 0x10 does not fit unsigned 4 bits; widen the type");
}

#[test]
fn cases_and_tables() {
    let text = report(|m, p| m.case(p.byte, &[(3, p.bit), (3, !p.bit)], p.bit));
    assert_only(&text, "`m`: case on `m.byte_i` (unsigned 8 bits) has the key 3 twice; remove one");
    let text = report(|m, p| m.case(p.bit, &[(2, p.byte)], p.byte));
    assert_only(&text, "`m`: the constant 2 does not fit unsigned 1 bit; widen the type");
    let text = report(|m, p| m.select(p.bit, &[p.byte; 3]));
    assert_only(&text, "`m`: select on `m.bit_i` (unsigned 1 bit) needs 2 arms, got 3; use `case`");
}

#[test]
fn signals_of_another_module() {
    let other = ModuleBuilder::new("other");
    let theirs = other.input("x", uint(8), "theirs");
    let m = ModuleBuilder::new("m");
    let mine = m.input("y", uint(8), "mine");
    m.drive(m.output("sum", uint(8), "sum"), mine + theirs);
    assert_only(
        &m.build().unwrap_err().to_string(),
        "add: `other.x_i` is not a signal of `m`; pass it through a port",
    );
}

#[test]
fn one_mistake_is_reported_once_and_others_beside_it() {
    let text = report(|_, p| {
        let bad = p.byte + p.bit;
        let worse = bad + bad + 1;
        worse ^ p.byte.slice(9, 9).repeat(8)
    });
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains("add: width mismatch") && text.contains("slice [9:9]"), "{text}");
}
