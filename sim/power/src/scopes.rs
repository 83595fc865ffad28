//! Changes by place in the hierarchy.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Toggles;

/// What changed in a scope and below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// Its path.
    pub path: String,
    /// Bits of its signals, each wire once.
    pub bits: u64,
    /// Changes of registers: signals whose name ends in `_q`, as ours do.
    pub registers: u64,
    /// Changes of everything else.
    pub wires: u64,
}

/// Scopes down to a depth, in order of their paths; deeper ones count with those they are in. A
/// wire belongs to the scope that declares it first.
pub fn by_scope(toggles: &Toggles, depth: usize) -> Vec<Scope> {
    let mut scopes: BTreeMap<String, Scope> = BTreeMap::new();
    for signal in toggles.signals.iter().filter(|signal| signal.first) {
        let parts: Vec<&str> = signal.path.split('.').collect();
        let (name, places) = parts.split_last().unwrap_or((&"", &[]));
        let path = places[..depth.min(places.len())].join(".");
        let scope =
            scopes.entry(path.clone()).or_insert(Scope { path, bits: 0, registers: 0, wires: 0 });
        scope.bits += u64::from(signal.width);
        match name.ends_with("_q") {
            true => scope.registers += signal.toggles,
            false => scope.wires += signal.toggles,
        }
    }
    scopes.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Signal;

    #[test]
    fn deep_scopes_count_with_those_they_are_in() {
        let signal =
            |path: &str, width, toggles, first| Signal { path: path.into(), width, toggles, first };
        let signals = vec![
            signal("tb.clk", 1, 9, true),
            signal("tb.dut.clk_i", 1, 9, false),
            signal("tb.dut.sum_q", 8, 4, true),
            signal("tb.dut.lane.a_q", 4, 3, true),
            signal("tb.dut.lane.product", 8, 5, true),
        ];
        let toggles = Toggles { signals, time: 10 };
        let scope = |path: &str, bits, registers, wires| Scope {
            path: path.into(),
            bits,
            registers,
            wires,
        };
        let wanted = [scope("tb", 1, 0, 9), scope("tb.dut", 20, 7, 5)];
        assert_eq!(by_scope(&toggles, 2), wanted);
        assert_eq!(by_scope(&toggles, 3).len(), 3);
    }
}
