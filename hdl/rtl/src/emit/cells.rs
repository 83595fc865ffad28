//! Declarations of vendor cells.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use super::{Cells, comment, range};
use crate::module::{BlackBox, Model, ParamValue};

impl Cells {
    /// Whether the model of a cell stands for it.
    pub(super) fn modelled(self, cell: &BlackBox) -> bool {
        match self {
            Cells::Primitives => false,
            Cells::Models => cell.verilog.is_none(),
            Cells::Functions => cell.verilog.is_none() || matches!(cell.model, Model::Module(_)),
        }
    }
}

/// Stubs, and the definitions that came with cells; `None` if there are no cells.
pub(super) fn stubs(cells: &[Arc<BlackBox>], style: Cells) -> Option<String> {
    let mut by_name: BTreeMap<&str, Vec<&BlackBox>> = BTreeMap::new();
    for cell in cells {
        by_name.entry(&cell.name).or_default().push(cell);
    }
    let mut text = String::new();
    for variants in by_name.values() {
        match &variants[0].verilog {
            _ if style.modelled(variants[0]) => {}
            Some(definition) => text.push_str(definition),
            None => text.push_str(&stub(variants)),
        }
    }
    (!text.is_empty()).then_some(text)
}

fn stub(variants: &[&BlackBox]) -> String {
    let cell = variants[0];
    let mut text = String::from("/* verilator lint_off DECLFILENAME */\n");
    text.push_str("/* verilator lint_off UNUSED */\n/* verilator lint_off UNDRIVEN */\n");
    text.push_str(&comment("", &cell.doc));
    text.push_str("(* blackbox *)\n");
    let mut params: BTreeMap<&str, &ParamValue> = BTreeMap::new();
    for (name, value) in variants.iter().flat_map(|cell| &cell.params) {
        params.entry(name).or_insert(value);
    }
    let params: Vec<String> =
        params.iter().map(|(name, value)| format!("    parameter {name} = {value}")).collect();
    let params = match params.is_empty() {
        true => String::new(),
        false => format!("#(\n{}\n) ", params.join(",\n")),
    };
    let mut ports = Vec::new();
    for port in &cell.ports {
        let (way, width) = (port.direction.keyword(), port.ty.width);
        match port.per_bit {
            true => {
                ports.extend((0..width).map(|bit| format!("    {way} wire {}{bit}", port.name)));
            }
            false => ports.push(format!("    {way} wire {}{}", range(width), port.name)),
        }
    }
    let _ = writeln!(text, "module {} {params}(\n{}\n);\nendmodule", cell.name, ports.join(",\n"));
    text.push_str("/* verilator lint_on UNDRIVEN */\n/* verilator lint_on UNUSED */\n");
    text.push_str("/* verilator lint_on DECLFILENAME */\n");
    text
}
