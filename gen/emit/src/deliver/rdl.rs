//! The register map in SystemRDL 2.0.

use std::fmt::{self, Write};

use bitladder_machine::isa::description::{Bits, Description, Register};

/// The register map; `stamp` goes into its first line.
pub fn register_map(isa: &Description, stamp: &str) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(out, "// {stamp}")?;
    writeln!(out, "addrmap bitladder_machine {{")?;
    writeln!(out, "    name = \"bitladder machine\";")?;
    writeln!(out, "    desc = \"Instruction set version {}.\";", isa.version)?;
    writeln!(out, "    default regwidth = 32;\n    default accesswidth = 32;")?;
    for register in &isa.register {
        one(&mut out, register)?;
    }
    writeln!(out, "}};")?;
    Ok(out)
}

fn one(out: &mut String, register: &Register) -> fmt::Result {
    let Register { name, address, access, doc, bits } = register;
    writeln!(out, "\n    reg {{")?;
    writeln!(out, "        desc = \"{}\";", quoted(doc))?;
    let whole = Bits { name: "value".into(), bit: 0, width: 32, doc: doc.clone() };
    let parts = if bits.is_empty() { std::slice::from_ref(&whole) } else { bits };
    for Bits { name, bit, width, doc } in parts {
        let top = bit + width - 1;
        writeln!(out, "        field {{")?;
        writeln!(out, "            desc = \"{}\";", quoted(doc))?;
        writeln!(out, "            {}", meaning(access))?;
        writeln!(out, "        }} {}[{top}:{bit}];", spelled(name))?;
    }
    writeln!(out, "    }} {} @ {address:#04x};", spelled(name))
}

/// Access of software and hardware.
fn meaning(access: &str) -> &'static str {
    match access {
        "rw" => "sw = rw; hw = r;",
        // A one acts; reads give zero.
        "w1" => "sw = w; hw = r; singlepulse; reset = 0;",
        _ => "sw = r; hw = w;",
    }
}

/// Quotes and backslashes end or change strings.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Words of SystemRDL 2.0, and properties that tools take for words.
const WORDS: [&str; 67] = [
    "abstract",
    "access",
    "accesstype",
    "addressingtype",
    "addrmap",
    "alias",
    "all",
    "bit",
    "boolean",
    "bothedge",
    "component",
    "componentwidth",
    "constraint",
    "default",
    "enable",
    "encode",
    "enum",
    "error",
    "external",
    "false",
    "field",
    "hw",
    "inside",
    "internal",
    "level",
    "longint",
    "mask",
    "mem",
    "na",
    "negedge",
    "nonsticky",
    "number",
    "onreadtype",
    "onwritetype",
    "posedge",
    "property",
    "r",
    "rclr",
    "ref",
    "reg",
    "regfile",
    "reset",
    "rset",
    "ruser",
    "rw",
    "rw1",
    "signal",
    "stop",
    "string",
    "struct",
    "sw",
    "this",
    "true",
    "type",
    "unsigned",
    "w",
    "w1",
    "wclr",
    "woclr",
    "woset",
    "wot",
    "wr",
    "wset",
    "wuser",
    "wzc",
    "wzs",
    "wzt",
];

/// A name that is none of SystemRDL's words.
fn spelled(name: &str) -> String {
    let escape = if WORDS.contains(&name) { "\\" } else { "" };
    format!("{escape}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_register_has_its_address_and_fields() {
        let isa = Description::built_in().unwrap();
        let text = register_map(&isa, "stamp").unwrap();
        assert!(text.starts_with("// stamp\naddrmap bitladder_machine {\n"));
        assert_eq!(text.matches("    reg {").count(), isa.register.len());
        assert!(text.contains("    } status @ 0x14;"), "{text}");
        assert!(text.contains("        } busy[0:0];") && text.contains("        } layer[31:16];"));
        assert!(text.contains("        } \\reset[2:2];"), "{text}");
        assert!(text.contains("        } \\external[31:31];"), "{text}");
        assert!(WORDS.is_sorted());
        assert_eq!(text.matches("singlepulse").count(), 4);
    }

    #[test]
    fn strings_end_where_they_should() {
        assert_eq!(quoted("a \"b\" \\"), "a \\\"b\\\" \\\\");
    }
}
