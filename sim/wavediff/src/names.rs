//! From the names in a file to the names under which signals meet.

use std::borrow::Cow;
use std::collections::HashMap;

use regex::Regex;

use crate::map::{MapError, SignalMap};
use crate::trace::{Header, Var, bit_of};

/// Which names take part, and how they are changed before they are compared.
#[derive(Debug, Clone, Default)]
pub struct NameRules {
    /// Scopes to strip in the golden trace.
    pub golden_prefix: Option<String>,
    /// Scopes to strip in the other trace.
    pub dut_prefix: Option<String>,
    /// If any are given, a golden name must match one.
    pub select: Vec<Regex>,
    /// A golden name must match none.
    pub ignore: Vec<Regex>,
    /// Treat upper and lower case as equal, as VHDL does.
    pub ignore_case: bool,
}

impl NameRules {
    /// True if `select` and `ignore` let a golden name through.
    pub(crate) fn admits(&self, name: &str) -> bool {
        (self.select.is_empty() || self.select.iter().any(|regex| regex.is_match(name)))
            && !self.ignores(name)
    }

    /// True if `ignore` leaves a golden name out.
    pub(crate) fn ignores(&self, name: &str) -> bool {
        self.ignore.iter().any(|regex| regex.is_match(name))
    }

    pub(crate) fn golden_namer(&self, map: &SignalMap) -> Namer {
        let prefix = self.golden_prefix.as_ref().or(map.golden.prefix.as_ref());
        Namer::new(prefix, self.ignore_case)
    }

    pub(crate) fn dut_namer(&self, map: &SignalMap) -> Result<Namer, MapError> {
        let prefix = self.dut_prefix.as_ref().or(map.dut.prefix.as_ref());
        let mut namer = Namer::new(prefix, self.ignore_case);
        for signal in &map.signals {
            if let Some(dut) = &signal.dut {
                namer.exact.insert(namer.fold(dut).into_owned(), signal.golden.clone());
            }
        }
        for rename in &map.renames {
            let regex = Regex::new(&rename.from).map_err(|error| MapError::Pattern {
                pattern: rename.from.clone(),
                message: error.to_string(),
            })?;
            namer.patterns.push((regex, rename.to.clone()));
        }
        Ok(namer)
    }
}

/// Turns the names of one trace into common names.
#[derive(Clone)]
pub(crate) struct Namer {
    prefix: String,
    ignore_case: bool,
    exact: HashMap<String, String>,
    patterns: Vec<(Regex, String)>,
}

impl Namer {
    fn new(prefix: Option<&String>, ignore_case: bool) -> Self {
        let prefix = prefix.map_or("", |prefix| prefix.trim_end_matches('.'));
        let mut prefix = prefix.to_owned();
        if !prefix.is_empty() {
            prefix.push('.');
        }
        Self { prefix, ignore_case, exact: HashMap::new(), patterns: Vec::new() }
    }

    /// The name in the letter case in which names are compared.
    pub(crate) fn fold<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if self.ignore_case { name.to_lowercase().into() } else { name.into() }
    }

    fn strip<'a>(&self, path: &'a str) -> Option<&'a str> {
        let head = path.get(..self.prefix.len())?;
        let same =
            head == self.prefix || self.ignore_case && head.eq_ignore_ascii_case(&self.prefix);
        same.then(|| &path[self.prefix.len()..])
    }

    /// The common name of a path; none if it is outside the prefix.
    pub(crate) fn name<'a>(&self, path: &'a str) -> Option<Cow<'a, str>> {
        let name = self.fold(self.strip(path)?);
        if self.exact.is_empty() && self.patterns.is_empty() {
            return Some(name);
        }
        if let Some(golden) = self.exact.get(name.as_ref()) {
            return Some(self.fold(golden).into_owned().into());
        }
        // A map speaks of vectors; the trace may hold their bits.
        if let Some((base, index)) = bit_of(&name)
            && let Some(golden) = self.exact.get(base)
        {
            return Some(format!("{}[{index}]", self.fold(golden)).into());
        }
        let renamed = self.patterns.iter().fold(name.clone(), |name, (regex, to)| {
            match regex.replace(&name, to.as_str()) {
                Cow::Borrowed(_) => name,
                Cow::Owned(renamed) => renamed.into(),
            }
        });
        Some(renamed)
    }

    /// The variables that a user may mean by `wanted`: of that common name or full path, or else
    /// those whose path ends with it. Aliases of one signal are given once.
    pub(crate) fn find(&self, header: &Header, wanted: &str) -> Vec<Var> {
        let folded = self.fold(wanted);
        let exact = |path: &str| {
            self.fold(path) == folded || self.name(path).is_some_and(|name| name == folded)
        };
        let mut found = distinct(header, exact);
        if found.is_empty() {
            let tail = format!(".{folded}");
            let inside = |path: &str| self.strip(path).is_some();
            found = distinct(header, |path| inside(path) && self.fold(path).ends_with(&tail));
        }
        found
    }
}

fn distinct(header: &Header, matches: impl Fn(&str) -> bool) -> Vec<Var> {
    let mut found: Vec<Var> = Vec::new();
    for var in &header.vars {
        if matches(header.path(var)) && found.iter().all(|known| known.signal != var.signal) {
            found.push(*var);
        }
    }
    found
}
