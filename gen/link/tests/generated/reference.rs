//! The reference page.

use std::fmt::Write;

use crate::STAMP;
use crate::description::{Description, Mailbox};

const INTRODUCTION: &str = "[The link](../link.md) says how host and device use these packets.

A packet is one or more words of 32 bits, little-endian: a header, a body. On the line it becomes a
frame: a zero byte; the packet and its CRC-32 (as in zip and Ethernet) in COBS, which has no zero
byte; a zero byte. Empty frames mean nothing.
";

/// The text of `docs/reference/link.md`.
pub(crate) fn reference(link: &Description) -> String {
    let mut out = format!("<!-- {STAMP} -->\n\n# Link reference\n\nVersion {}. ", link.version);
    out += INTRODUCTION;
    out += "\n| constant | value | meaning |\n|---|---|---|\n";
    for constant in &link.constant {
        let (name, value, doc) = (&constant.name, constant.value, &constant.doc);
        writeln!(out, "| `{name}` | {value} | {doc} |").unwrap();
    }
    out += "\n## Kinds\n\n| code | kind | body | meaning |\n|---|---|---|---|\n";
    for kind in &link.kind {
        let (name, code, body, doc) = (&kind.name, kind.code, &kind.body, &kind.doc);
        writeln!(out, "| {code:#04x} | `{name}` | {body} | {doc} |").unwrap();
    }
    out += "\n## Refusals\n\n| code | name | meaning |\n|---|---|---|\n";
    for refusal in &link.refusal {
        writeln!(out, "| {} | `{}` | {} |", refusal.code, refusal.name, refusal.doc).unwrap();
    }
    out += "\n## Layouts\n";
    for layout in &link.layout {
        writeln!(out, "\n### `{}`\n\n{}\n", layout.name, layout.doc).unwrap();
        out += "| word | bits | field | meaning |\n|---|---|---|---|\n";
        for field in &layout.fields {
            let top = field.bit + field.width - 1;
            let bits = match field.width {
                1 => field.bit.to_string(),
                _ => format!("{top}:{}", field.bit),
            };
            writeln!(out, "| {} | {bits} | `{}` | {} |", field.word, field.name, field.doc)
                .unwrap();
        }
    }
    mailbox(&mut out, &link.mailbox);
    out
}

fn mailbox(out: &mut String, mailbox: &Mailbox) {
    let Mailbox { magic, version, size, request_ring, reply_ring, doc, register } = mailbox;
    writeln!(out, "\n## Mailbox\n\nVersion {version}: a window of {size} bytes. {doc}\n").unwrap();
    out.push_str("| address | register | access | meaning |\n|---|---|---|---|\n");
    for register in register {
        let (address, name, access) = (register.address, &register.name, &register.access);
        writeln!(out, "| {address:#06x} | `{name}` | {access} | {} |", register.doc).unwrap();
    }
    writeln!(out, "| {request_ring:#06x} | request ring | w | frames to the device |").unwrap();
    writeln!(out, "| {reply_ring:#06x} | reply ring | r | frames from the device |").unwrap();
    writeln!(
        out,
        "\n`magic` holds {magic:#010x}. Word `n` of a ring lies at `4 * (n mod ring_words)`"
    )
    .unwrap();
    writeln!(out, "from the ring's beginning. A ring is full when head - tail = `ring_words`.")
        .unwrap();
}
