//! From the identifiers of a VCD file to signal numbers.

use std::collections::HashMap;

/// Identifiers are numbers in base 94 written with printable characters. Simulators count them
/// up, so nearly all of them index a plain table; the rest go to maps.
#[derive(Default)]
pub(super) struct IdTable {
    dense: Vec<u32>,
    sparse: HashMap<u64, u32>,
    long: HashMap<Vec<u8>, u32>,
    count: usize,
}

const NONE: u32 = u32::MAX;
/// Longest identifier whose number fits 64 bits.
const MAX_NUMBERED: usize = 9;

/// The number of an identifier; none if it is too long or has characters beyond the printable.
#[inline]
fn number(id: &[u8]) -> Option<u64> {
    if id.len() > MAX_NUMBERED {
        return None;
    }
    let mut value = 0u64;
    for &byte in id.iter().rev() {
        let digit = byte.wrapping_sub(b'!');
        if digit >= 94 {
            return None;
        }
        value = value * 94 + u64::from(digit) + 1;
    }
    Some(value)
}

impl IdTable {
    #[inline]
    pub(super) fn get(&self, id: &[u8]) -> Option<u32> {
        let Some(number) = number(id) else {
            return self.long.get(id).copied();
        };
        match self.dense.get(number as usize) {
            Some(&NONE) | None => self.sparse.get(&number).copied(),
            found => found.copied(),
        }
    }

    /// Remembers a new identifier.
    pub(super) fn insert(&mut self, id: &[u8], signal: u32) {
        self.count += 1;
        let Some(number) = number(id) else {
            self.long.insert(id.to_vec(), signal);
            return;
        };
        // A table four times as long as the identifiers seen stays in proportion to the file.
        if number < (self.count as u64 + 1024) * 4 {
            let index = number as usize;
            if self.dense.len() <= index {
                self.dense.resize(index + 1, NONE);
            }
            self.dense[index] = signal;
        } else {
            self.sparse.insert(number, signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_long_and_strange_identifiers_keep_apart() {
        let ids: [&[u8]; 8] =
            [b"!", b"!!", b"~", b"~~~~~~~~~", b"~~~~~~~~~~", b"n0", "\u{e9}".as_bytes(), b"\x7f"];
        let mut table = IdTable::default();
        for (signal, id) in ids.iter().enumerate() {
            assert_eq!(table.get(id), None);
            table.insert(id, signal as u32);
        }
        for (signal, id) in ids.iter().enumerate() {
            assert_eq!(table.get(id), Some(signal as u32));
        }
    }
}
