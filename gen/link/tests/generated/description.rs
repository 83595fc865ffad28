//! `link.toml` as data.

use std::collections::BTreeSet;

use serde::Deserialize;

/// Everything `link.toml` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    pub(crate) version: u32,
    pub(crate) constant: Vec<Constant>,
    pub(crate) kind: Vec<Kind>,
    pub(crate) refusal: Vec<Refusal>,
    pub(crate) layout: Vec<Layout>,
    pub(crate) mailbox: Mailbox,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Constant {
    pub(crate) name: String,
    pub(crate) value: u32,
    pub(crate) doc: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kind {
    pub(crate) name: String,
    pub(crate) code: u32,
    pub(crate) body: String,
    pub(crate) doc: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    pub(crate) name: String,
    pub(crate) code: u32,
    pub(crate) doc: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layout {
    pub(crate) name: String,
    pub(crate) words: u32,
    pub(crate) doc: String,
    pub(crate) fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) word: u32,
    pub(crate) bit: u32,
    pub(crate) width: u32,
    pub(crate) doc: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mailbox {
    pub(crate) magic: u32,
    pub(crate) version: u32,
    pub(crate) size: u32,
    pub(crate) request_ring: u32,
    pub(crate) reply_ring: u32,
    pub(crate) doc: String,
    pub(crate) register: Vec<Register>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    pub(crate) name: String,
    pub(crate) address: u32,
    pub(crate) access: String,
    pub(crate) doc: String,
}

impl Description {
    pub(crate) fn read() -> Description {
        toml::from_str(include_str!("../../link.toml")).unwrap()
    }

    /// What must hold.
    pub(crate) fn check(&self) {
        let codes: BTreeSet<u32> = self.kind.iter().map(|kind| kind.code).collect();
        assert_eq!(codes.len(), self.kind.len(), "one code per kind");
        let codes: BTreeSet<u32> = self.refusal.iter().map(|refusal| refusal.code).collect();
        assert_eq!(codes.len(), self.refusal.len(), "one code per refusal");
        for layout in &self.layout {
            let mut taken = vec![0u64; layout.words as usize];
            for field in &layout.fields {
                assert!(field.width > 0 && field.bit + field.width <= 32, "{}", field.name);
                let bits = ((1u64 << field.width) - 1) << field.bit;
                let word = &mut taken[field.word as usize];
                assert_eq!(*word & bits, 0, "{} overlaps", field.name);
                *word |= bits;
            }
        }
        let mailbox = &self.mailbox;
        let addresses: BTreeSet<u32> = mailbox.register.iter().map(|r| r.address).collect();
        assert_eq!(addresses.len(), mailbox.register.len(), "one address per register");
        assert!(addresses.iter().all(|address| address % 4 == 0));
        assert!(addresses.last().is_some_and(|last| *last < mailbox.request_ring));
        assert_eq!(mailbox.reply_ring - mailbox.request_ring, mailbox.size / 4);
    }
}
