//! Which bits of which net the emitted text reads.
//!
//! Cutting a signal is explicit in the description, but a linter sees bits that nobody reads.
//! They are collected in one wire whose name says that they are unused.

use std::collections::HashMap;

use super::range;
use crate::names::UNUSED_SINK;
use crate::ty::mask;

#[derive(Default)]
pub(super) struct Usage {
    /// Declared nets in order: name, width.
    nets: Vec<(String, u32)>,
    read: HashMap<String, u128>,
}

impl Usage {
    pub(super) fn declare(&mut self, name: &str, width: u32) {
        self.nets.push((name.to_owned(), width));
    }

    pub(super) fn read(&mut self, name: &str, low: u32, width: u32) {
        *self.read.entry(name.to_owned()).or_default() |= mask(width) << low;
    }

    /// The wire that reads all bits nobody else reads; empty if there are none.
    pub(super) fn sink(&self) -> String {
        let mut parts = Vec::new();
        for (name, width) in &self.nets {
            let read = self.read.get(name).copied().unwrap_or(0);
            parts.extend(gaps(name, *width, !read & mask(*width)));
        }
        if parts.is_empty() {
            return String::new();
        }
        let (kind, parts) = (range(1), parts.join(",\n        "));
        format!(
            "\n    // Bits cut off on purpose.\n    wire {kind}{UNUSED_SINK} = &{{1'b0,\n        \
             {parts}}};\n"
        )
    }
}

/// The runs of set bits in `unread`, as slices of the net.
fn gaps(name: &str, width: u32, unread: u128) -> Vec<String> {
    let mut slices = Vec::new();
    let mut low = 0;
    while low < width {
        let run = (unread >> low).trailing_ones().min(width - low);
        if run > 0 {
            slices.push(slice(name, width, low, run));
        }
        low += run.max(1);
    }
    slices
}

/// The text of some bits of a net.
pub(super) fn slice(name: &str, net_width: u32, low: u32, width: u32) -> String {
    match (width == net_width, width) {
        (true, _) => name.to_owned(),
        (false, 1) => format!("{name}[{low}]"),
        (false, _) => format!("{name}[{}:{low}]", low + width - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_runs_of_unread_bits() {
        assert_eq!(gaps("a", 8, 0b1100_0110), ["a[2:1]", "a[7:6]"]);
        assert_eq!(gaps("a", 8, 0xff), ["a"]);
        assert_eq!(gaps("a", 128, 1 << 127), ["a[127]"]);
        assert!(gaps("a", 8, 0).is_empty());
    }
}
