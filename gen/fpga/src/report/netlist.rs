//! Yosys' JSON netlists: which cells are in which module.
//!
//! Counted from the netlist itself, because `stat -json` of Yosys 0.23 writes lines that are not
//! JSON as soon as the hierarchy is more than one level deep.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::ReportError;
use super::cells::Cells;

/// A netlist, as far as reports need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Netlist {
    /// The file, for messages.
    pub(super) file: String,
    /// The top module.
    pub(super) top: String,
    /// For each module the name and the type of every cell.
    modules: BTreeMap<String, Vec<(String, String)>>,
}

#[derive(Deserialize)]
struct Raw {
    modules: BTreeMap<String, RawModule>,
}

#[derive(Deserialize)]
struct RawModule {
    #[serde(default)]
    attributes: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(default)]
    cells: BTreeMap<String, RawCell>,
}

#[derive(Deserialize)]
struct RawCell {
    #[serde(rename = "type")]
    kind: String,
}

impl Netlist {
    /// Reads a netlist with this top module.
    pub fn parse(file: &str, text: &str, top: &str) -> Result<Netlist, ReportError> {
        let json = |source| ReportError::Json { file: file.into(), source };
        let raw: Raw = serde_json::from_str(text).map_err(json)?;
        // The vendors' cells are modules too.
        let own = |module: &RawModule| {
            !["blackbox", "whitebox"].iter().any(|mark| module.attributes.contains_key(*mark))
        };
        let cells = |module: RawModule| {
            module.cells.into_iter().map(|(name, cell)| (name, cell.kind)).collect()
        };
        let modules: BTreeMap<String, Vec<(String, String)>> = raw
            .modules
            .into_iter()
            .filter(|(_, module)| own(module))
            .map(|(name, module)| (name, cells(module)))
            .collect();
        if !modules.contains_key(top) {
            return Err(ReportError::NoTop { file: file.into(), top: top.into() });
        }
        Ok(Netlist { file: file.to_owned(), top: top.to_owned(), modules })
    }

    /// The cells of a module by type; other modules of the netlist are among them.
    pub fn cells(&self, module: &str) -> Cells {
        let mut counts = Cells::new();
        for (_, kind) in self.modules.get(module).into_iter().flatten() {
            *counts.entry(kind.clone()).or_default() += 1;
        }
        counts
    }

    /// The cells of the top module.
    pub fn top_cells(&self) -> Cells {
        self.cells(&self.top)
    }

    /// True for a module that is not a vendor's cell.
    pub(super) fn is_module(&self, name: &str) -> bool {
        self.modules.contains_key(name)
    }

    /// The module of every instance path; the top has the empty path.
    pub fn instances(&self) -> BTreeMap<String, String> {
        let mut instances = BTreeMap::new();
        let mut open = vec![(String::new(), self.top.clone())];
        while let Some((path, name)) = open.pop() {
            for (cell, kind) in self.modules.get(&name).into_iter().flatten() {
                if self.is_module(kind) {
                    let dot = if path.is_empty() { "" } else { "." };
                    open.push((format!("{path}{dot}{cell}"), kind.clone()));
                }
            }
            instances.insert(path, name);
        }
        instances
    }
}
