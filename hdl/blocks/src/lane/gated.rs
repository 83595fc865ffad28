//! A sum that may be left out, as one row of logic cells.
//!
//! The output LUT of an iCE40 logic cell sees both operands of the carry chain and has one input
//! left: it can give the first operand in the place of the sum. `x + (y if g)` then costs one
//! cell per bit, where a gate in front of the adder costs two. Yosys does not find this (it looks
//! through `x`), so the row is written as cells.

use std::sync::Arc;

use bitladder_rtl::{BIT, BlackBox, Errors, Model, Module, ModuleBuilder, Sig, uint};

use crate::Family;

/// `x + (y if gate)`, as wide as both.
pub(super) fn gated_sum<'m>(
    m: &'m ModuleBuilder,
    family: Family,
    name: &str,
    (x, y): (Sig<'m>, Sig<'m>),
    gate: Sig<'m>,
) -> Result<Sig<'m>, Errors> {
    if family != Family::Ice40 {
        return Ok(x + gate.mux(y, m.lit(y.ty(), 0)));
    }
    let placed = m.black_box(name, &cell(x.width())?);
    placed.connect("X", x.as_unsigned()).connect("Y", y.as_unsigned()).connect("G", gate);
    Ok(placed.out("S").as_signed())
}

fn cell(width: u32) -> Result<Arc<BlackBox>, Errors> {
    let cell = BlackBox::new(&format!("gated_row_w{width}"), "A sum that may be left out.")
        .input("X", uint(width))
        .input("Y", uint(width))
        .input("G", BIT)
        .output("S", uint(width));
    let text = include_str!("gated_row.v")
        .replace("@WIDTH@", &width.to_string())
        .replace("@LAST@", &(width - 1).to_string());
    Ok(Arc::new(cell.model(Model::Module(model(width)?)).verilog(&text)))
}

fn model(width: u32) -> Result<Arc<Module>, Errors> {
    let m = ModuleBuilder::new("gated_row_model")
        .raw_port_names()
        .doc("A sum that may be left out.")
        .param("w", width);
    let [x, y] = ["X", "Y"].map(|port| m.input(port, uint(width), "operand"));
    let gate = m.input("G", BIT, "add Y");
    m.drive(m.output("S", uint(width), "sum"), gate.mux(x + y, x));
    m.build()
}
