//! The C header.

use std::fmt::{self, Write};

use super::STAMP;
use super::names::shouting;
use crate::isa::description::{Description, Layout};

/// The text of `software/include/bitladder_machine.h`.
pub fn c_header(isa: &Description) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(out, "/* {STAMP} */")?;
    writeln!(out, "#ifndef BITLADDER_MACHINE_H\n#define BITLADDER_MACHINE_H\n")?;
    writeln!(out, "#define BITLADDER_ISA_VERSION {}u\n", isa.version)?;
    for enumeration in &isa.enumeration {
        writeln!(out, "/* {} */", enumeration.doc)?;
        for item in &enumeration.items {
            let name = format!("{}_{}", shouting(&enumeration.name), shouting(&item.name));
            define(&mut out, &name, &item.value.to_string(), &item.doc)?;
        }
        writeln!(out)?;
    }
    layout(&mut out, "DESCRIPTOR", "A descriptor's fields", &isa.descriptor)?;
    layout(&mut out, "PARAMETER", "A parameter entry's fields", &isa.parameter)?;
    layout(&mut out, "DECISION", "A decision's fields", &isa.decision)?;
    writeln!(out, "/* Registers: byte addresses, and their parts. */")?;
    for register in &isa.register {
        let name = format!("REG_{}", shouting(&register.name));
        define(&mut out, &name, &format!("{:#04x}", register.address), &register.doc)?;
        for bits in &register.bits {
            let part = format!("{name}_{}", shouting(&bits.name));
            define(&mut out, &format!("{part}_BIT"), &bits.bit.to_string(), &bits.doc)?;
            writeln!(out, "#define BITLADDER_{part}_WIDTH {}u", bits.width)?;
        }
    }
    writeln!(out, "\n/* Memories: codes for the window, and bits per word. */")?;
    for memory in &isa.memory {
        let name = format!("MEMORY_{}", shouting(&memory.name));
        define(&mut out, &name, &memory.code.to_string(), &memory.doc)?;
        writeln!(out, "#define BITLADDER_{name}_WIDTH {}u", memory.width)?;
    }
    writeln!(out, "\n/* Error codes. */")?;
    for error in &isa.error {
        let name = format!("ERROR_{}", shouting(&error.name));
        define(&mut out, &name, &error.code.to_string(), &error.doc)?;
    }
    writeln!(out, "\n#endif")?;
    Ok(out)
}

fn define(out: &mut String, name: &str, value: &str, doc: &str) -> fmt::Result {
    writeln!(out, "#define BITLADDER_{name} {value}u /* {doc} */")
}

fn layout(out: &mut String, prefix: &str, doc: &str, layout: &Layout) -> fmt::Result {
    writeln!(out, "/* {doc}: word of the lowest bit, that bit, width. */")?;
    writeln!(out, "#define BITLADDER_{prefix}_WORDS {}u", layout.words)?;
    for field in &layout.fields {
        let name = format!("{prefix}_{}", shouting(&field.name));
        define(out, &format!("{name}_WORD"), &field.word.to_string(), &field.doc)?;
        writeln!(out, "#define BITLADDER_{name}_BIT {}u", field.bit)?;
        writeln!(out, "#define BITLADDER_{name}_WIDTH {}u", field.width)?;
    }
    writeln!(out)
}
