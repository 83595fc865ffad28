//! One module as Verilog.

use std::fmt::Write;

use super::expr::Writer;
use super::layout::{Row, table};
use super::{Cells, EmitError, comment, range};
use crate::module::body::{Body, NetKind};
use crate::module::{Module, Port};
use crate::ty::Ty;

pub(super) fn emit(module: &Module, cells: Cells) -> Result<String, EmitError> {
    let mut writer = Writer::new(&module.body);
    declare(&mut writer, &module.body);
    drive(&mut writer, &module.body);
    for instance in &module.body.instances {
        writer.instance(instance, cells)?;
    }
    writer.state(&module.body);
    writer.initial(&module.body);
    let mut text = header(module);
    text.push_str(&declarations(&module.body));
    text.push_str(&writer.out);
    text.push_str(&writer.usage.sink());
    text.push_str("endmodule\n");
    Ok(text)
}

fn header(module: &Module) -> String {
    let mut text = comment("", &module.doc);
    if !module.params.is_empty() {
        let params: Vec<String> = module.params.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let _ = writeln!(text, "// Parameters: {}.", params.join(", "));
    }
    if module.ports.is_empty() {
        let _ = writeln!(text, "module {};", module.name);
        return text;
    }
    let row = |(index, port): (usize, &Port)| {
        let end = if index + 1 == module.ports.len() { "" } else { "," };
        let kind = if port.direction.is_input() { "input  wire" } else { "output wire" };
        let (range, name) = (range(port.ty.width), format!("{}{end}", port.name));
        Row { kind, range, name, doc: doc(&port.doc, port.ty) }
    };
    let rows: Vec<Row> = module.ports.iter().enumerate().map(row).collect();
    let _ = writeln!(text, "module {} (\n{});", module.name, table(&rows));
    text
}

/// The comment on a net: its own, and how to read its bits.
fn doc(text: &str, ty: Ty) -> String {
    match (text.is_empty(), ty.signed) {
        (_, false) => text.to_owned(),
        (true, true) => "two's complement".to_owned(),
        (false, true) => format!("{} (two's complement)", text.trim_end_matches('.')),
    }
}

/// Tells the bookkeeping which nets exist. Outputs need no reader inside the module.
fn declare(writer: &mut Writer<'_>, body: &Body) {
    for net in &body.nets {
        if !matches!(net.kind, NetKind::Output | NetKind::ClockOutput(_)) {
            writer.usage.declare(&net.name, net.ty.width);
        }
    }
}

fn declarations(body: &Body) -> String {
    let mut rows = Vec::new();
    for net in &body.nets {
        let kind = match net.kind {
            NetKind::Register(_) | NetKind::MemoryRead { .. } => "reg",
            NetKind::Wire | NetKind::InstanceOutput { .. } | NetKind::InstanceClock { .. } => {
                "wire"
            }
            _ => continue,
        };
        let (range, name) = (range(net.ty.width), format!("{};", net.name));
        rows.push(Row { kind, range, name, doc: doc(&net.doc, net.ty) });
    }
    let mut text = table(&rows);
    for memory in &body.memories {
        text.push('\n');
        text.push_str(&comment("    ", &doc(&memory.doc, memory.ty)));
        text.push_str(super::state::memory_attributes(memory));
        let (range, last) = (range(memory.ty.width), memory.depth - 1);
        let _ = writeln!(text, "    reg {range}{} [0:{last}];", memory.name);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Assignments; one that needs intermediate wires is set apart.
fn drive(writer: &mut Writer<'_>, body: &Body) {
    let mut apart = false;
    for net in &body.nets {
        writer.about(&net.name);
        let before = writer.out.len();
        let text = match (net.kind, net.driver) {
            (NetKind::ClockOutput(source), _) => writer.clock(source),
            (_, Some(driver)) => writer.root(driver),
            _ => continue,
        };
        let needs_wires = writer.out.len() > before;
        let _ = writeln!(writer.out, "    assign {} = {text};", net.name);
        if apart || needs_wires {
            writer.set_apart(before);
        }
        apart = needs_wires;
    }
}
