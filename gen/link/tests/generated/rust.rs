//! The Rust module.

use std::fmt::Write;

use bitladder_machine::isa::emit::names::{camel, sentence, shouting};

use crate::STAMP;
use crate::description::{Description, Layout, Mailbox};

/// A name, its code, what it means.
type Item<'a> = (&'a str, u32, &'a str);

/// The text of `src/generated.rs`.
pub(crate) fn rust(link: &Description) -> String {
    let mut out = format!("// {STAMP}\n\nuse crate::Field;\n\n");
    out += "/// Version of the packet format.\n";
    writeln!(out, "pub const VERSION: u32 = {};", link.version).unwrap();
    for constant in &link.constant {
        let name = shouting(&constant.name);
        writeln!(out, "/// {}", sentence(&constant.doc)).unwrap();
        writeln!(out, "pub const {name}: u32 = {};", constant.value).unwrap();
    }
    let kinds: Vec<Item> = link.kind.iter().map(|k| (&*k.name, k.code, &*k.doc)).collect();
    enumeration(&mut out, "Kind", "What a packet is.", &kinds);
    let refusals: Vec<Item> = link.refusal.iter().map(|r| (&*r.name, r.code, &*r.doc)).collect();
    enumeration(&mut out, "Refusal", "Why a request was refused.", &refusals);
    link.layout.iter().for_each(|l| layout(&mut out, l));
    mailbox(&mut out, &link.mailbox);
    out
}

fn enumeration(out: &mut String, name: &str, doc: &str, items: &[Item<'_>]) {
    writeln!(out, "\n/// {doc}\n#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]").unwrap();
    writeln!(out, "pub enum {name} {{").unwrap();
    for (item, code, doc) in items {
        writeln!(out, "    /// {}\n    {} = {code:#04x},", sentence(doc), camel(item)).unwrap();
    }
    let all: Vec<String> =
        items.iter().map(|(item, ..)| format!("Self::{}", camel(item))).collect();
    let count = all.len();
    writeln!(out, "}}\n\nimpl {name} {{\n    /// Every one of them.").unwrap();
    writeln!(out, "    pub const ALL: [Self; {count}] = [{}];\n", all.join(", ")).unwrap();
    writeln!(out, "    /// The code on the line.\n    pub const fn code(self) -> u32 {{").unwrap();
    writeln!(out, "        self as u32\n    }}\n").unwrap();
    writeln!(out, "    /// The meaning of a code; `None` if it has none.").unwrap();
    writeln!(out, "    pub fn from_code(code: u32) -> Option<Self> {{").unwrap();
    writeln!(out, "        Self::ALL.into_iter().find(|one| one.code() == code)\n    }}").unwrap();
    for (method, doc, at) in [("name", "The name in reports.", 0), ("meaning", "What it means.", 2)]
    {
        writeln!(out, "\n    /// {doc}\n    pub const fn {method}(self) -> &'static str {{")
            .unwrap();
        writeln!(out, "        match self {{").unwrap();
        for (item, _, meaning) in items {
            let text = if at == 0 { item } else { meaning };
            writeln!(out, "            Self::{} => {text:?},", camel(item)).unwrap();
        }
        writeln!(out, "        }}\n    }}").unwrap();
    }
    writeln!(out, "}}").unwrap();
}

fn layout(out: &mut String, layout: &Layout) {
    writeln!(out, "\n/// {}\npub mod {} {{", layout.doc, layout.name).unwrap();
    writeln!(out, "    use super::Field;\n\n    /// Number of words.").unwrap();
    writeln!(out, "    pub const WORDS: usize = {};", layout.words).unwrap();
    for field in &layout.fields {
        let (name, word, bit, width) = (shouting(&field.name), field.word, field.bit, field.width);
        writeln!(out, "    /// {}", sentence(&field.doc)).unwrap();
        let place = format!("Field {{ word: {word}, bit: {bit}, width: {width} }}");
        writeln!(out, "    pub const {name}: Field = {place};").unwrap();
    }
    writeln!(out, "}}").unwrap();
}

fn mailbox(out: &mut String, mailbox: &Mailbox) {
    writeln!(out, "\n/// Byte addresses and numbers of the mailbox. {}", mailbox.doc).unwrap();
    writeln!(out, "pub mod mailbox {{").unwrap();
    for (name, value, doc) in [
        ("MAGIC_VALUE", format!("{:#010x}", mailbox.magic), "What register `magic` holds."),
        ("VERSION_VALUE", mailbox.version.to_string(), "What register `version` holds."),
        ("SIZE", mailbox.size.to_string(), "Bytes of the whole window."),
        (
            "REQUEST_RING",
            format!("{:#06x}", mailbox.request_ring),
            "Where the request ring begins.",
        ),
        ("REPLY_RING", format!("{:#06x}", mailbox.reply_ring), "Where the reply ring begins."),
    ] {
        writeln!(out, "    /// {doc}\n    pub const {name}: u32 = {value};").unwrap();
    }
    for register in &mailbox.register {
        let (name, address) = (shouting(&register.name), register.address);
        writeln!(out, "    /// {}", sentence(&register.doc)).unwrap();
        writeln!(out, "    pub const {name}: u32 = {address:#04x};").unwrap();
    }
    writeln!(out, "}}").unwrap();
}
