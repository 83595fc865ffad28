//! Which names come close to one that is missing.

use std::collections::HashMap;

use crate::error::NoCommon;
use crate::trace::{Header, Trace};

/// Names that are looked at; enough for a hint, and little work for traces of a million names.
const LOOKED_AT: usize = 20_000;
/// Names that a message shows.
pub(crate) const SHOWN: usize = 3;

/// Up to three paths that resemble `wanted`.
pub(crate) fn near(header: &Header, wanted: &str) -> Vec<String> {
    let leaf = leaf(wanted).to_lowercase();
    let mut scored: Vec<(usize, &str)> = header
        .vars
        .iter()
        .take(LOOKED_AT)
        .map(|var| header.path(var))
        .map(|path| (distance(&self::leaf(path).to_lowercase(), &leaf), path))
        .filter(|(score, _)| *score <= 1 + leaf.len() / 3)
        .collect();
    scored.sort_unstable();
    scored.dedup();
    scored.into_iter().take(SHOWN).map(|(_, path)| path.to_owned()).collect()
}

/// The first names of a trace.
pub(crate) fn examples(header: &Header) -> Vec<String> {
    let mut names: Vec<_> = header.vars.iter().take(SHOWN).map(|var| header.display(var)).collect();
    match header.vars.len() {
        0 => names.push("no names".to_owned()),
        count if count > SHOWN => names.push(format!("and {} more", count - SHOWN)),
        _ => {}
    }
    names
}

/// What to say about two traces without a common name.
pub(crate) fn no_common(golden: &Trace, dut: &Trace) -> NoCommon {
    NoCommon {
        golden: golden.file.clone(),
        dut: dut.file.clone(),
        golden_names: examples(&golden.header),
        dut_names: examples(&dut.header),
        prefixes: prefixes(&golden.header, &dut.header),
    }
}

/// The pair of prefixes that would join the most names.
fn prefixes(golden: &Header, dut: &Header) -> Option<(String, String, usize)> {
    let mut leaves: HashMap<&str, Vec<&str>> = HashMap::new();
    for var in golden.vars.iter().take(LOOKED_AT) {
        let path = golden.path(var);
        let paths = leaves.entry(leaf(path)).or_default();
        // Names such as `clk` occur in every module and tell little.
        if paths.len() < 8 {
            paths.push(path);
        }
    }
    let mut votes: HashMap<(&str, &str), usize> = HashMap::new();
    for var in dut.vars.iter().take(LOOKED_AT) {
        let path = dut.path(var);
        for golden_path in leaves.get(leaf(path)).into_iter().flatten() {
            *votes.entry(heads(golden_path, path)).or_default() += 1;
        }
    }
    let best = votes.into_iter().max_by_key(|((golden, dut), count)| {
        (*count, std::cmp::Reverse((golden.len() + dut.len(), *golden, *dut)))
    });
    best.map(|((golden, dut), count)| (golden.to_owned(), dut.to_owned(), count))
}

/// What stands before the longest common tail of two paths.
fn heads<'a>(golden: &'a str, dut: &'a str) -> (&'a str, &'a str) {
    let (mut golden, mut dut) = (golden, dut);
    loop {
        let (golden_head, golden_leaf) = golden.rsplit_once('.').unwrap_or(("", golden));
        let (dut_head, dut_leaf) = dut.rsplit_once('.').unwrap_or(("", dut));
        if golden_leaf != dut_leaf {
            return (golden, dut);
        }
        (golden, dut) = (golden_head, dut_head);
        if golden.is_empty() || dut.is_empty() {
            return (golden, dut);
        }
    }
}

fn leaf(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, leaf)| leaf)
}

/// Edit distance; long names are cut, since nobody mistypes those.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replace = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_edits() {
        assert_eq!(distance("clk", "clk"), 0);
        assert_eq!(distance("clk", "clock"), 2);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn heads_stop_at_the_first_difference() {
        assert_eq!(heads("golden.core.a", "TOP.tb.core.a"), ("golden", "TOP.tb"));
        assert_eq!(heads("core.a", "TOP.core.a"), ("", "TOP"));
        assert_eq!(heads("a", "b"), ("a", "b"));
    }
}
