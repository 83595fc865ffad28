//! The Rust module.

use std::fmt::{self, Write};

use super::STAMP;
use super::names::{camel, enum_type, sentence, shouting};
use crate::isa::description::{Description, Enumeration, Field, Layout};

/// The text of `src/isa/generated.rs`.
pub fn rust_module(isa: &Description) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(out, "// {STAMP}\n\nuse super::{{DescriptorError, FieldPlace}};\n")?;
    writeln!(
        out,
        "/// Version of the instruction set.\npub const ISA_VERSION: u32 = {};",
        isa.version
    )?;
    for (name, layout) in [
        ("DESCRIPTOR", &isa.descriptor),
        ("PARAMETER", &isa.parameter),
        ("DECISION", &isa.decision),
    ] {
        let what = name.to_lowercase();
        writeln!(out, "/// 32-bit words of a {what}.")?;
        writeln!(out, "pub const {name}_WORDS: usize = {};", layout.words)?;
    }
    isa.enumeration.iter().try_for_each(|enumeration| enum_of(&mut out, enumeration))?;
    let layouts = [
        ("field", "Places of the descriptor's fields.", &isa.descriptor),
        ("parameter", "Places of a parameter entry's fields.", &isa.parameter),
        ("decision", "Places of a decision's fields.", &isa.decision),
    ];
    for (module, doc, layout) in layouts {
        places(&mut out, module, doc, layout)?;
    }
    descriptor(&mut out, &isa.descriptor.fields)?;
    numbers(&mut out, isa)?;
    Ok(out)
}

fn enum_of(out: &mut String, enumeration: &Enumeration) -> fmt::Result {
    let name = enum_type(&enumeration.name);
    writeln!(out, "\n/// {}", sentence(&enumeration.doc))?;
    writeln!(out, "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]")?;
    writeln!(out, "#[derive(serde::Serialize, serde::Deserialize)]")?;
    writeln!(out, "#[serde(rename_all = \"kebab-case\")]\npub enum {name} {{")?;
    for (index, item) in enumeration.items.iter().enumerate() {
        let default = if index == 0 { "    #[default]\n" } else { "" };
        writeln!(out, "    /// {}", sentence(&item.doc))?;
        writeln!(out, "{default}    {} = {},", camel(&item.name), item.value)?;
    }
    let all: Vec<String> =
        enumeration.items.iter().map(|item| format!("Self::{}", camel(&item.name))).collect();
    let count = all.len();
    writeln!(out, "}}\n\nimpl {name} {{\n    /// Every value.")?;
    writeln!(out, "    pub const ALL: [Self; {count}] = [{}];\n", all.join(", "))?;
    writeln!(out, "    /// The value as a field holds it.")?;
    writeln!(out, "    pub const fn code(self) -> u32 {{\n        self as u32\n    }}\n")?;
    writeln!(out, "    /// The value of a field; `None` for a code without a meaning.")?;
    writeln!(out, "    pub fn from_code(code: u32) -> Option<Self> {{")?;
    writeln!(out, "        Self::ALL.into_iter().find(|value| value.code() == code)\n    }}\n")?;
    writeln!(out, "    /// The name in reports.\n    pub const fn name(self) -> &'static str {{")?;
    writeln!(out, "        match self {{")?;
    for item in &enumeration.items {
        writeln!(out, "            Self::{} => \"{}\",", camel(&item.name), item.name)?;
    }
    writeln!(out, "        }}\n    }}\n}}")
}

fn places(out: &mut String, module: &str, doc: &str, layout: &Layout) -> fmt::Result {
    writeln!(out, "\n/// {doc}\npub mod {module} {{\n    use super::FieldPlace;\n")?;
    for Field { name, word, bit, width, signed, doc, .. } in &layout.fields {
        writeln!(out, "    /// {}", sentence(doc))?;
        writeln!(
            out,
            "    pub const {}: FieldPlace = FieldPlace {{ name: \"{name}\", word: {word}, bit: \
             {bit}, width: {width}, signed: {signed} }};",
            shouting(name)
        )?;
    }
    let all: Vec<String> = layout.fields.iter().map(|field| shouting(&field.name)).collect();
    writeln!(out, "    /// Every field.")?;
    writeln!(out, "    pub const ALL: [FieldPlace; {}] = [{}];\n}}", all.len(), all.join(", "))
}

fn type_of(field: &Field) -> String {
    match &field.kind {
        Some(kind) => enum_type(kind),
        None if field.width == 1 => "bool".into(),
        None if field.signed => "i32".into(),
        None => "u32".into(),
    }
}

fn descriptor(out: &mut String, fields: &[Field]) -> fmt::Result {
    writeln!(out, "\n/// What the machine does in one layer.")?;
    writeln!(out, "#[derive(Debug, Clone, PartialEq, Eq, Default)]\npub struct Descriptor {{")?;
    for field in fields {
        writeln!(out, "    /// {}", sentence(&field.doc))?;
        writeln!(out, "    pub {}: {},", field.name, type_of(field))?;
    }
    writeln!(out, "}}\n\nimpl Descriptor {{")?;
    writeln!(out, "    /// The words of program memory.")?;
    writeln!(out, "    pub fn pack(&self) -> Result<[u32; DESCRIPTOR_WORDS], DescriptorError> {{")?;
    writeln!(out, "        let mut words = [0; DESCRIPTOR_WORDS];")?;
    for field in fields {
        let value = match &field.kind {
            Some(_) => format!("self.{}.code()", field.name),
            None => format!("self.{}", field.name),
        };
        let place = shouting(&field.name);
        writeln!(out, "        field::{place}.insert(&mut words, i64::from({value}))?;")?;
    }
    writeln!(out, "        Ok(words)\n    }}\n\n    /// Reads the words of program memory.")?;
    writeln!(
        out,
        "    pub fn unpack(words: &[u32; DESCRIPTOR_WORDS]) -> Result<Self, DescriptorError> {{"
    )?;
    writeln!(out, "        Ok(Self {{")?;
    for field in fields {
        writeln!(out, "            {}: {},", field.name, reading(field))?;
    }
    writeln!(out, "        }})\n    }}\n}}")
}

fn reading(field: &Field) -> String {
    let place = format!("field::{}", shouting(&field.name));
    let value = format!("{place}.extract(words)");
    match &field.kind {
        Some(kind) => {
            let of = enum_type(kind);
            format!(
                "{of}::from_code({value} as u32).ok_or(DescriptorError::Code {{ field: \
                 {place}.name, value: {value} }})?"
            )
        }
        None if field.width == 1 => format!("{value} != 0"),
        None => format!("{value} as {}", type_of(field)),
    }
}

fn numbers(out: &mut String, isa: &Description) -> fmt::Result {
    writeln!(out, "\n/// Byte addresses of registers.\npub mod register {{")?;
    for register in &isa.register {
        let name = shouting(&register.name);
        writeln!(out, "    /// {}", sentence(&register.doc))?;
        writeln!(out, "    pub const {name}: u32 = {:#04x};", register.address)?;
        for bits in &register.bits {
            let part = format!("{name}_{}", shouting(&bits.name));
            let shape = format!("{} bits from bit {}", bits.width, bits.bit);
            writeln!(out, "    /// Lowest bit of: {} ({shape}).", bits.doc)?;
            writeln!(out, "    pub const {part}_BIT: u32 = {};", bits.bit)?;
            writeln!(out, "    /// Width of `{}`.", bits.name)?;
            writeln!(out, "    pub const {part}_WIDTH: u32 = {};", bits.width)?;
        }
    }
    writeln!(out, "}}\n\n/// Codes of memories in `window_select`.\npub mod memory {{")?;
    for memory in &isa.memory {
        writeln!(out, "    /// {}", sentence(&memory.doc))?;
        writeln!(out, "    pub const {}: u32 = {};", shouting(&memory.name), memory.code)?;
    }
    writeln!(out, "}}\n\n/// Error codes of the status register.\npub mod error {{")?;
    for error in &isa.error {
        writeln!(out, "    /// {}", sentence(&error.doc))?;
        writeln!(out, "    pub const {}: u32 = {};", shouting(&error.name), error.code)?;
    }
    writeln!(out, "}}")
}
