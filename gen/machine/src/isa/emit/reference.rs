//! The reference page.

use std::fmt::{self, Write};

use super::STAMP;
use crate::isa::description::{Description, Field, Layout};

/// Initials in a field's `uses`, and the columns they stand for.
const OPERATIONS: [(char, &str); 7] = [
    ('C', "conv"),
    ('M', "max"),
    ('A', "avg"),
    ('S', "add"),
    ('R', "rescale"),
    ('L', "load"),
    ('E', "end"),
];

/// The text of `docs/reference/machine.md`.
pub fn reference(isa: &Description) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(out, "<!-- {STAMP} -->\n\n# Machine reference\n")?;
    writeln!(
        out,
        "Instruction set version {}. [The machine](../machine.md) says what",
        isa.version
    )?;
    writeln!(out, "these fields mean together.\n\n## Descriptor\n")?;
    writeln!(out, "{} words of 32 bits. Unused fields are zero.\n", isa.descriptor.words)?;
    descriptor(&mut out, &isa.descriptor.fields)?;
    for enumeration in &isa.enumeration {
        writeln!(out, "\n### `{}`\n\n{}\n", enumeration.name, enumeration.doc)?;
        writeln!(out, "| value | name | meaning |\n|---|---|---|")?;
        for item in &enumeration.items {
            writeln!(out, "| {} | `{}` | {} |", item.value, item.name, item.doc)?;
        }
    }
    layout(&mut out, "Parameter entry", &isa.parameter)?;
    layout(&mut out, "Decision", &isa.decision)?;
    registers(&mut out, isa)?;
    writeln!(out, "\n## Memories\n\n| code | name | bits per word | holds |\n|---|---|---|---|")?;
    for memory in &isa.memory {
        let (code, name, width) = (memory.code, &memory.name, memory.width);
        writeln!(out, "| {code} | `{name}` | {width} | {} |", memory.doc)?;
    }
    writeln!(out, "\n## Error codes\n\n| code | name | meaning |\n|---|---|---|")?;
    for error in &isa.error {
        writeln!(out, "| {} | `{}` | {} |", error.code, error.name, error.doc)?;
    }
    Ok(out)
}

fn bits(field: &Field) -> String {
    let top = field.bit + field.width - 1;
    match field.width {
        1 => field.bit.to_string(),
        _ => format!("{top}:{}", field.bit),
    }
}

fn descriptor(out: &mut String, fields: &[Field]) -> fmt::Result {
    write!(out, "| word | bits | field |")?;
    OPERATIONS.iter().try_for_each(|(_, name)| write!(out, " {name} |"))?;
    writeln!(out, " meaning |\n|---|---|---|{}---|", "---|".repeat(OPERATIONS.len()))?;
    for field in fields {
        let sign = if field.signed { " (signed)" } else { "" };
        write!(out, "| {} | {} | `{}`{sign} |", field.word, bits(field), field.name)?;
        for (initial, _) in OPERATIONS {
            write!(out, " {} |", if field.uses.contains(initial) { "x" } else { "" })?;
        }
        let kind = field.kind.as_ref().map(|kind| format!(" ([values](#{kind}))"));
        writeln!(out, " {}{} |", field.doc, kind.unwrap_or_default())?;
    }
    Ok(())
}

fn layout(out: &mut String, title: &str, layout: &Layout) -> fmt::Result {
    writeln!(out, "\n## {title}\n\n{} words of 32 bits.\n", layout.words)?;
    writeln!(out, "| first bit | width | field | meaning |\n|---|---|---|---|")?;
    for field in &layout.fields {
        let sign = if field.signed { " (signed)" } else { "" };
        let (start, width) = (field.word * 32 + field.bit, field.width);
        writeln!(out, "| {start} | {width} | `{}`{sign} | {} |", field.name, field.doc)?;
    }
    Ok(())
}

fn registers(out: &mut String, isa: &Description) -> fmt::Result {
    writeln!(out, "\n## Registers\n\n32 bits each, by byte address. `w1`: writing a one acts.\n")?;
    writeln!(out, "| address | register | bits | access | meaning |\n|---|---|---|---|---|")?;
    for register in &isa.register {
        let (address, name) = (register.address, &register.name);
        let (access, doc) = (&register.access, &register.doc);
        writeln!(out, "| {address:#04x} | `{name}` | | {access} | {doc} |")?;
        for part in &register.bits {
            let top = part.bit + part.width - 1;
            let place = format!("{top}:{}", part.bit);
            writeln!(out, "| | `{}` | {place} | | {} |", part.name, part.doc)?;
        }
    }
    Ok(())
}
