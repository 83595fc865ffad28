//! What a mismatch means: layer, tile, lane and bit fields from the map.

use std::collections::{HashMap, HashSet};

use crate::error::DiffError;
use crate::map::{SignalMap, Source};
use crate::names::Namer;
use crate::report::{FieldDifference, Meaning};
use crate::resolve::Resolver;
use crate::value;

/// The annotations of all mapped signals.
#[derive(Debug, Default)]
pub(crate) struct Annotations {
    by_name: HashMap<String, u32>,
    entries: Vec<Entry>,
    /// Golden signals whose values entries show, by local number.
    pub(crate) contexts: Vec<u32>,
}

#[derive(Debug)]
struct Entry {
    sources: Vec<(&'static str, Resolved)>,
    note: Option<String>,
    fields: Vec<Field>,
}

#[derive(Debug)]
enum Resolved {
    Fixed(String),
    /// Number of the context and texts for its values.
    Context(u32, Vec<String>),
}

#[derive(Debug)]
struct Field {
    name: String,
    high: usize,
    low: usize,
    lane: Option<i64>,
    signed: bool,
}

impl Annotations {
    pub(crate) fn new(
        map: &SignalMap,
        namer: &Namer,
        resolver: &mut Resolver<'_>,
    ) -> Result<Self, DiffError> {
        let mut annotations = Self::default();
        for signal in &map.signals {
            let mut sources = Vec::new();
            let given = [("layer", &signal.layer), ("tile", &signal.tile), ("lane", &signal.lane)];
            for (key, source) in given {
                let Some(source) = source else { continue };
                let resolved = match source {
                    Source::Number(number) => Resolved::Fixed(number.to_string()),
                    Source::Text(text) => Resolved::Fixed(text.clone()),
                    Source::Signal { signal, labels } => {
                        Resolved::Context(resolver.context(signal)?, labels.clone())
                    }
                };
                sources.push((key, resolved));
            }
            let mut fields = Vec::new();
            for field in &signal.fields {
                let (high, low) = field.range(&signal.golden)?;
                let (name, lane, signed) = (field.name.clone(), field.lane, field.signed);
                fields.push(Field { name, high, low, lane, signed });
            }
            let index = annotations.entries.len() as u32;
            annotations.by_name.insert(namer.fold(&signal.golden).into_owned(), index);
            annotations.entries.push(Entry { sources, note: signal.note.clone(), fields });
        }
        Ok(annotations)
    }

    /// The entry of a signal; its name is only worked out if there are entries at all.
    pub(crate) fn of(&self, name: impl FnOnce() -> String) -> Option<u32> {
        if self.entries.is_empty() {
            return None;
        }
        self.by_name.get(&name()).copied()
    }

    /// Names of the map that no comparison bears, sorted.
    pub(crate) fn unused(&self, used: impl Iterator<Item = u32>) -> Vec<&str> {
        let used: HashSet<u32> = used.collect();
        let unused = self.by_name.iter().filter(|(_, entry)| !used.contains(entry));
        let mut names: Vec<_> = unused.map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// What the map says about a mismatch; `context` yields the value of a context signal.
    pub(crate) fn meaning(&self, entry: u32, context: impl Fn(usize) -> Vec<u8>) -> Vec<Meaning> {
        let entry = &self.entries[entry as usize];
        let mut meaning: Vec<Meaning> = entry
            .sources
            .iter()
            .map(|(key, source)| Meaning {
                key: (*key).to_owned(),
                value: match source {
                    Resolved::Fixed(text) => text.clone(),
                    Resolved::Context(number, labels) => label(&context(*number as usize), labels),
                },
            })
            .collect();
        if let Some(note) = &entry.note {
            meaning.push(Meaning { key: "note".to_owned(), value: note.clone() });
        }
        meaning
    }

    /// The bit fields in which two values differ.
    pub(crate) fn fields(
        &self,
        entry: u32,
        (golden, found): (&[u8], &[u8]),
        differing: &[u32],
    ) -> Vec<FieldDifference> {
        let width = golden.len();
        let fields = self.entries[entry as usize].fields.iter();
        let inside = fields.filter(|field| field.high < width);
        let hit = inside.filter(|field| {
            differing.iter().any(|bit| (field.low..=field.high).contains(&(*bit as usize)))
        });
        hit.map(|field| {
            let slice = width - 1 - field.high..width - field.low;
            FieldDifference {
                name: field.name.clone(),
                lane: field.lane,
                expected: value::number(&golden[slice.clone()], field.signed),
                found: value::number(&found[slice], field.signed),
            }
        })
        .collect()
    }
}

fn label(value: &[u8], labels: &[String]) -> String {
    let number = value::number(value, false);
    let index: Option<usize> = number.parse().ok();
    index.and_then(|index| labels.get(index)).cloned().unwrap_or(number)
}
