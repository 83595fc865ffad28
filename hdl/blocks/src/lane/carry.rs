//! Rows of carry chains with logic in front of the adder.
//!
//! A product in fabric is a sum of gated copies of one operand. Synthesis spends a LUT on every
//! gate and another on every adder bit. On ECP5 the carry cell `CCU2C` has a whole 4-input LUT
//! per bit, so one cell can gate two operands and add them, or choose an operand and add it;
//! Yosys does not merge this by itself. Here each row is one cell of ours that holds the
//! `CCU2C`s; choosing an operand is written as an expression elsewhere. Products of the other
//! families are built without such rows, see `nibble.rs`.
//!
//! | row | ECP5 | elsewhere |
//! |---|---|---|
//! | `pair`: two gated operands | 1 LUT per bit | - |
//! | `minus_gated` | 1 | - |
//! | `select`: one of two operands added | 1 | 2 |

use std::sync::Arc;

use bitladder_rtl::{BIT, BlackBox, Errors, Model, Module, ModuleBuilder, ParamValue, Sig, uint};

use crate::Family;

/// What a row computes, with the roles of the LUT inputs A, B, C and D. Where C and D are zero
/// the LUT must equal its carry generation, which is A (or A & B): that is how `CCU2C` works.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Row {
    /// (A & B) + (C & D)
    Pair,
    /// (A & B) - (C & D), D the same for all bits and the carry in.
    PairMinus,
    /// A + (B ? C : D)
    Select,
    /// A - (C & D), D the same for all bits and the carry in.
    Minus,
}

impl Row {
    /// The LUT's contents: the propagate signal for each value of {D, C, B, A}.
    fn init(self) -> u128 {
        let propagate = |index: u32| {
            let bit = |at: u32| index >> at & 1 == 1;
            let (a, b, c, d) = (bit(0), bit(1), bit(2), bit(3));
            match self {
                Row::Pair => (a & b) ^ (c & d),
                Row::PairMinus => (a & b) ^ (!c & d),
                Row::Select => a ^ if b { c } else { d },
                Row::Minus => a ^ (!c & d),
            }
        };
        (0..16).filter(|index| propagate(*index)).map(|index| 1 << index).sum()
    }

    /// The same in words of the description layer.
    fn describe<'m>(self, [a, b, c, d]: [Sig<'m>; 4], carry: Sig<'m>) -> Sig<'m> {
        let carry = carry.zero_extend(a.width());
        match self {
            Row::Pair => (a & b) + (c & d) + carry,
            Row::PairMinus => (a & b) + (!c & d) + carry,
            Row::Select => a + ((b & c) | (!b & d)) + carry,
            Row::Minus => a + (!c & d) + carry,
        }
    }
}

/// Makes rows for one family.
pub(super) struct Rows<'m> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) family: Family,
}

impl<'m> Rows<'m> {
    /// `(x if gx) + (y if gy)`, or the difference, with cells of ECP5.
    pub(super) fn pair(
        &self,
        name: &str,
        (x, gx): (Sig<'m>, Sig<'m>),
        (y, gy): (Sig<'m>, Sig<'m>),
        minus: bool,
    ) -> Result<Sig<'m>, Errors> {
        let w = x.width();
        let (row, carry) =
            if minus { (Row::PairMinus, gy) } else { (Row::Pair, self.m.lit(BIT, 0)) };
        self.row(name, row, [x, gx.repeat(w), y, gy.repeat(w)], carry)
    }

    /// `x + (pick ? then : otherwise) + carry`.
    pub(super) fn select(
        &self,
        name: &str,
        x: Sig<'m>,
        pick: Sig<'m>,
        [then, otherwise]: [Sig<'m>; 2],
        carry: Option<Sig<'m>>,
    ) -> Result<Sig<'m>, Errors> {
        let w = x.width();
        if self.family != Family::Ecp5 {
            let chosen = pick.mux(then, otherwise);
            return Ok(match carry {
                Some(carry) => add_with_carry(self.m, x, chosen, carry),
                None => x + chosen,
            });
        }
        let carry = carry.unwrap_or_else(|| self.m.lit(BIT, 0));
        self.row(name, Row::Select, [x, pick.repeat(w), then, otherwise], carry)
    }

    /// `x - (y if gate)`, with cells of ECP5.
    pub(super) fn minus_gated(
        &self,
        name: &str,
        x: Sig<'m>,
        y: Sig<'m>,
        gate: Sig<'m>,
    ) -> Result<Sig<'m>, Errors> {
        let w = x.width();
        self.row(name, Row::Minus, [x, self.m.lit(uint(w), 0), y, gate.repeat(w)], gate)
    }

    fn row(
        &self,
        name: &str,
        row: Row,
        operands: [Sig<'m>; 4],
        carry: Sig<'m>,
    ) -> Result<Sig<'m>, Errors> {
        let width = operands[0].width();
        let cell = cell(row, width)?;
        let placed = self.m.black_box(name, &cell).connect("CI", carry);
        for (port, operand) in ["A", "B", "C", "D"].iter().zip(operands) {
            placed.connect(port, operand.as_unsigned());
        }
        Ok(placed.out("S").as_signed())
    }
}

/// `x + y + carry` as one chain: the carry enters one place below.
pub(super) fn add_with_carry<'m>(
    m: &'m ModuleBuilder,
    x: Sig<'m>,
    y: Sig<'m>,
    carry: Sig<'m>,
) -> Sig<'m> {
    let sum = x.cat(m.lit(BIT, 1)) + y.cat(carry);
    sum.slice(x.width(), 1).as_signed()
}

fn cell(row: Row, width: u32) -> Result<Arc<BlackBox>, Errors> {
    let mut cell = BlackBox::new(&format!("carry_row_w{width}"), "A carry chain with free LUTs.")
        .param("INIT", ParamValue::Bits { width: 16, value: row.init() });
    for port in ["A", "B", "C", "D"] {
        cell = cell.input(port, uint(width));
    }
    let cell = cell.input("CI", BIT).output("S", uint(width));
    Ok(Arc::new(cell.model(Model::Module(model(row, width)?)).verilog(&definition(width))))
}

fn model(row: Row, width: u32) -> Result<Arc<Module>, Errors> {
    let m = ModuleBuilder::new("carry_row_model")
        .raw_port_names()
        .doc("A carry chain with free LUTs.")
        .param("init", row.init())
        .param("w", width);
    let operands = ["A", "B", "C", "D"].map(|port| m.input(port, uint(width), "operand"));
    let carry = m.input("CI", BIT, "carry in");
    operands.iter().for_each(|operand| m.ignore(*operand));
    m.drive(m.output("S", uint(width), "sum"), row.describe(operands, carry));
    m.build()
}

/// The chain as ECP5 cells. Outside synthesis `CCU2C` gets its function too, so that
/// simulations run what will be placed.
fn definition(width: u32) -> String {
    let cells = width.div_ceil(2);
    let pad = if width.is_multiple_of(2) { "" } else { "1'b0, " };
    include_str!("carry_row.v")
        .replace("@WIDTH@", &width.to_string())
        .replace("@LAST@", &(width - 1).to_string())
        .replace("@TOP@", &(2 * cells - 1).to_string())
        .replace("@CELLS@", &cells.to_string())
        .replace("@PAD@", pad)
}
