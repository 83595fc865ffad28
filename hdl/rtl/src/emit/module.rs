//! One module as Verilog.

use std::fmt::Write;

use super::expr::Writer;
use super::{Cells, EmitError, comment, range};
use crate::module::body::{Body, Net, NetKind};
use crate::module::{Module, Port};

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
    let _ = writeln!(text, "module {} (", module.name);
    for (index, port) in module.ports.iter().enumerate() {
        text.push_str(&comment("    ", &port_doc(port)));
        let end = if index + 1 == module.ports.len() { "" } else { "," };
        let (way, range) = (port.direction.keyword(), range(port.ty.width));
        let _ = writeln!(text, "    {way} wire {range}{}{end}", port.name);
    }
    text.push_str(");\n");
    text
}

fn port_doc(port: &Port) -> String {
    let sign = if port.ty.signed { " (two's complement)" } else { "" };
    format!("{}{sign}", port.doc)
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
    let mut text = String::new();
    for net in &body.nets {
        let kind = match net.kind {
            NetKind::Register(_) | NetKind::MemoryRead { .. } => "reg ",
            NetKind::Wire | NetKind::InstanceOutput { .. } | NetKind::InstanceClock { .. } => {
                "wire"
            }
            _ => continue,
        };
        text.push_str(&comment("    ", &net_doc(net)));
        let _ = writeln!(text, "    {kind} {}{};", range(net.ty.width), net.name);
    }
    for memory in &body.memories {
        text.push_str(&comment("    ", &memory.doc));
        text.push_str(super::state::memory_attributes(memory));
        let (range, last) = (range(memory.ty.width), memory.depth - 1);
        let _ = writeln!(text, "    reg  {range}{} [0:{last}];", memory.name);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn net_doc(net: &Net) -> String {
    let sign = if net.ty.signed { " (two's complement)" } else { "" };
    if net.doc.is_empty() { String::new() } else { format!("{}{sign}", net.doc) }
}

fn drive(writer: &mut Writer<'_>, body: &Body) {
    for net in &body.nets {
        let text = match (net.kind, net.driver) {
            (NetKind::ClockOutput(source), _) => writer.clock(source),
            (_, Some(driver)) => writer.root(driver),
            _ => continue,
        };
        let _ = writeln!(writer.out, "    assign {} = {text};", net.name);
    }
}
