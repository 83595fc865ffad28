//! Resources by module, from a netlist whose hierarchy was kept.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ReportError;
use super::cells::Resources;
use super::names;
use super::netlist::Netlist;

/// What one module takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleUse {
    /// Its name.
    pub module: String,
    /// How often it is in the design.
    pub instances: u64,
    /// One instance, without the modules in it.
    pub own: Resources,
    /// One instance with all that is in it.
    pub total: Resources,
}

/// The modules of a netlist: the top first, then by name.
pub fn module_uses(netlist: &Netlist) -> Result<Vec<ModuleUse>, ReportError> {
    let mut tree = Tree { netlist, totals: BTreeMap::new(), open: BTreeSet::new() };
    tree.total(&netlist.top)?;
    let mut instances = BTreeMap::new();
    count(netlist, &netlist.top, 1, &mut instances);
    let of = |(module, instances): (String, u64)| ModuleUse {
        own: Resources::of(&netlist.cells(&module)),
        total: tree.totals.get(&module).copied().unwrap_or_default(),
        module,
        instances,
    };
    let mut uses: Vec<ModuleUse> = instances.into_iter().map(of).collect();
    uses.sort_by_key(|one| (one.module != netlist.top, one.module.clone()));
    for one in &mut uses {
        one.module = names::module(&one.module);
    }
    Ok(uses)
}

struct Tree<'a> {
    netlist: &'a Netlist,
    totals: BTreeMap<String, Resources>,
    open: BTreeSet<String>,
}

impl Tree<'_> {
    fn total(&mut self, name: &str) -> Result<Resources, ReportError> {
        if let Some(total) = self.totals.get(name) {
            return Ok(*total);
        }
        if !self.open.insert(name.to_owned()) {
            let file = self.netlist.file.clone();
            return Err(ReportError::Recursive { file, module: name.to_owned() });
        }
        let cells = self.netlist.cells(name);
        let mut total = Resources::of(&cells);
        for (child, count) in cells.iter().filter(|(kind, _)| self.netlist.is_module(kind)) {
            total = total.plus(self.total(child)?.times(*count));
        }
        self.totals.insert(name.to_owned(), total);
        Ok(total)
    }
}

fn count(netlist: &Netlist, name: &str, times: u64, counts: &mut BTreeMap<String, u64>) {
    *counts.entry(name.to_owned()).or_default() += times;
    for (child, number) in netlist.cells(name).iter().filter(|(kind, _)| netlist.is_module(kind)) {
        count(netlist, child, times * number, counts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"creator": "a tool", "modules": {
        "MULT18X18D": {"attributes": {"blackbox": "1"}, "ports": {}, "cells": {}},
        "top": {"cells": {
            "a": {"type": "LUT4"}, "b": {"type": "LUT4"}, "$c": {"type": "LUT4"},
            "row_0": {"type": "row"}, "row_1": {"type": "row"}, "u_lane": {"type": "lane"}}},
        "row": {"attributes": {"top": "0"}, "cells": {
            "c": {"type": "CCU2C"}, "lane_0": {"type": "lane"}, "lane_1": {"type": "lane"}}},
        "lane": {"cells": {"m": {"type": "MULT18X18D"}, "q": {"type": "TRELLIS_FF"}}}
    }}"#;

    #[test]
    fn totals_go_through_the_hierarchy() {
        let uses = module_uses(&Netlist::parse("n.json", TEXT, "top").unwrap()).unwrap();
        let names: Vec<_> = uses.iter().map(|one| (one.module.as_str(), one.instances)).collect();
        assert_eq!(names, [("top", 1), ("lane", 5), ("row", 2)]);
        let total = Resources { luts: 7, registers: 5, dsp: 5, bram: 0, spram: 0 };
        assert_eq!(uses[0].total, total);
        assert_eq!(uses[0].own, Resources { luts: 3, ..Resources::default() });
        assert_eq!(uses[2].total.dsp, 2);
    }

    #[test]
    fn paths_lead_to_modules() {
        let instances = Netlist::parse("n.json", TEXT, "top").unwrap().instances();
        let pairs: Vec<_> = instances.iter().map(|(path, name)| format!("{path}={name}")).collect();
        let expected = [
            "=top",
            "row_0=row",
            "row_0.lane_0=lane",
            "row_0.lane_1=lane",
            "row_1=row",
            "row_1.lane_0=lane",
            "row_1.lane_1=lane",
            "u_lane=lane",
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn damaged_netlists_are_refused() {
        let fault = |text: &str, top: &str| {
            let netlist = Netlist::parse("n.json", text, top);
            netlist.and_then(|netlist| module_uses(&netlist)).unwrap_err().to_string()
        };
        assert_eq!(
            fault(TEXT, "other"),
            "n.json: no module `other`; the tool's output has changed"
        );
        assert_eq!(
            fault(TEXT, "MULT18X18D"),
            "n.json: no module `MULT18X18D`; the tool's output has changed"
        );
        assert!(fault("{", "top").starts_with("n.json: not the JSON that was expected: "));
        let recursive = TEXT.replace("\"type\": \"TRELLIS_FF\"", "\"type\": \"row\"");
        assert_eq!(fault(&recursive, "top"), "n.json: module `lane` is within itself");
    }
}
