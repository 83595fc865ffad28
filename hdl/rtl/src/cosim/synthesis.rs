//! What Yosys and nextpnr make of a module: for tests of the mapping, and for tables of costs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{CosimError, tools};
use crate::elaborate::Design;
use crate::emit::EmitOptions;
use crate::module::Module;

/// How many cells of each type a netlist has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CellCounts(pub BTreeMap<String, u64>);

impl CellCounts {
    /// The cells of these types together.
    pub fn of(&self, types: &[&str]) -> u64 {
        types.iter().filter_map(|name| self.0.get(*name)).sum()
    }

    /// 4-input lookup tables of any family. A carry cell of ECP5 (`CCU2C`) takes two; distributed
    /// memory (`TRELLIS_DPR16X4`) four, and two that write.
    pub fn luts(&self) -> u64 {
        let single = ["LUT1", "LUT2", "LUT3", "LUT4", "SB_LUT4", "ALU"];
        self.of(&single) + 2 * self.of(&["CCU2C"]) + 6 * self.of(&["TRELLIS_DPR16X4"])
    }

    /// Flip-flops of any family.
    pub fn registers(&self) -> u64 {
        let starts = ["TRELLIS_FF", "SB_DFF", "DFF"];
        let is_register = |name: &str| starts.iter().any(|start| name.starts_with(start));
        self.0.iter().filter(|(name, _)| is_register(name)).map(|(_, count)| count).sum()
    }

    /// Reads the lines `cell count` of Yosys' last table.
    fn parse(text: &str) -> CellCounts {
        let table = text.rsplit("umber of cells").next().unwrap_or_default();
        let cell = |line: &str| {
            let mut words = line.split_whitespace();
            Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
        };
        CellCounts(table.lines().skip(1).filter_map(cell).collect())
    }
}

/// The cells of a module after one of Yosys' synthesis commands, such as `synth_ecp5 -nodsp`.
pub fn cells(module: &Arc<Module>, command: &str) -> Result<CellCounts, CosimError> {
    synthesise(tempfile::tempdir()?.path(), module, command)
}

/// As [`cells`], in a folder: `design.v` and `netlist.json` stay there.
pub fn synthesise(
    folder: &Path,
    module: &Arc<Module>,
    command: &str,
) -> Result<CellCounts, CosimError> {
    let emitted = Design::elaborate(module)?.verilog(&EmitOptions::default())?;
    std::fs::write(folder.join("design.v"), emitted.single_file())?;
    let top = &emitted.top;
    let script = format!(
        "read_verilog design.v; {command} -top {top}; tee -q -o stat.txt stat; write_json \
         netlist.json"
    );
    tools::run("yosys", &["-q", "-p", &script], folder, top, false)?;
    Ok(CellCounts::parse(&std::fs::read_to_string(folder.join("stat.txt"))?))
}

/// The highest clock in MHz that nextpnr reaches with the `netlist.json` of a folder.
///
/// `tool` is the program, or in its place its WebAssembly build (`yowasp-` and its name);
/// `arguments` choose the device, and so on.
pub fn fastest_clock(
    folder: &Path,
    tool: &'static str,
    arguments: &[&str],
) -> Result<f64, CosimError> {
    let common = ["--json", "netlist.json", "--timing-allow-fail", "--log", "route.log", "-q"];
    let arguments = [arguments, &common].concat();
    let web_assembly = format!("yowasp-{tool}");
    match tools::run(tool, &arguments, folder, "netlist.json", false) {
        Err(CosimError::MissingTool { .. }) => {
            let run = tools::run(&web_assembly, &arguments, folder, "netlist.json", false);
            run.map_err(|error| match error {
                CosimError::MissingTool { .. } => CosimError::MissingTool { tool: tool.to_owned() },
                other => other,
            })?
        }
        other => other?,
    };
    let log = std::fs::read_to_string(folder.join("route.log"))?;
    let line = log.lines().rfind(|line| line.contains("Max frequency for clock"));
    let clock = line.and_then(|line| line.rsplit(": ").next()?.split(' ').next()?.parse().ok());
    clock.ok_or_else(|| CosimError::Rejected {
        tool: tool.to_owned(),
        top: "netlist.json".to_owned(),
        log: "no clock in its log: the design has no path between registers".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_table_counts() {
        let text = "Number of cells: 1\n  LUT4 9\n\n   Number of cells:                 27\n     \
                    CCU2C                           4\n     LUT4                            8\n     \
                    SB_DFFESR   3\n     TRELLIS_DPR16X4  1\n\nend\n";
        let cells = CellCounts::parse(text);
        assert_eq!(cells.luts(), 8 + 2 * 4 + 6);
        assert_eq!(cells.registers(), 3);
        assert_eq!(cells.of(&["CCU2C", "LUT4", "MULT18X18D"]), 12);
    }
}
