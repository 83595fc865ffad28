//! The C header.

use std::fmt::Write;

use bitladder_machine::isa::emit::names::shouting;

use crate::STAMP;
use crate::description::Description;

fn define(out: &mut String, name: &str, value: &str, doc: &str) {
    writeln!(out, "#define BITLADDER_LINK_{name} {value}u /* {doc} */").unwrap();
}

/// The text of `software/include/bitladder_link.h`.
pub(crate) fn c_header(link: &Description) -> String {
    let mut out = format!("/* {STAMP} */\n");
    out += "#ifndef BITLADDER_LINK_H\n#define BITLADDER_LINK_H\n\n";
    define(&mut out, "VERSION", &link.version.to_string(), "of the packet format");
    for constant in &link.constant {
        let (name, value) = (shouting(&constant.name), constant.value.to_string());
        define(&mut out, &name, &value, &constant.doc);
    }
    out += "\n/* Kinds of packets. */\n";
    for kind in &link.kind {
        let (name, code) =
            (format!("KIND_{}", shouting(&kind.name)), format!("{:#04x}", kind.code));
        define(&mut out, &name, &code, &kind.doc);
    }
    out += "\n/* Why requests are refused. */\n";
    for refusal in &link.refusal {
        let name = format!("REFUSAL_{}", shouting(&refusal.name));
        define(&mut out, &name, &refusal.code.to_string(), &refusal.doc);
    }
    out += "\n/* Fields: word, lowest bit, width. */\n";
    for layout in &link.layout {
        let prefix = shouting(&layout.name);
        define(&mut out, &format!("{prefix}_WORDS"), &layout.words.to_string(), &layout.doc);
        for field in &layout.fields {
            let name = format!("{prefix}_{}", shouting(&field.name));
            define(&mut out, &format!("{name}_WORD"), &field.word.to_string(), &field.doc);
            for (part, value) in [("BIT", field.bit), ("WIDTH", field.width)] {
                writeln!(out, "#define BITLADDER_LINK_{name}_{part} {value}u").unwrap();
            }
        }
    }
    let mailbox = &link.mailbox;
    writeln!(out, "\n/* The mailbox: byte addresses. {} */", mailbox.doc).unwrap();
    for (name, value, doc) in [
        ("MAGIC_VALUE", mailbox.magic, "what register `magic` holds"),
        ("VERSION_VALUE", mailbox.version, "what register `version` holds"),
        ("SIZE", mailbox.size, "bytes of the whole window"),
        ("REQUEST_RING", mailbox.request_ring, "where the request ring begins"),
        ("REPLY_RING", mailbox.reply_ring, "where the reply ring begins"),
    ] {
        define(&mut out, &format!("MAILBOX_{name}"), &format!("{value:#x}"), doc);
    }
    for register in &mailbox.register {
        let name = format!("MAILBOX_{}", shouting(&register.name));
        define(&mut out, &name, &format!("{:#04x}", register.address), &register.doc);
    }
    out + "\n#endif\n"
}
