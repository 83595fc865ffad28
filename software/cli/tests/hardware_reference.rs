//! `docs/reference/hardware.md` is what the modules say of themselves. `BLESS=1` writes it anew.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bitladder_committed::{committed, root};
use regex::Regex;

const PAGE: &str = "docs/reference/hardware.md";
const INTRODUCTION: &str = "\
# Hardware modules

Generated from the first comment of each file in `hdl/`. Do not edit: change the module, then run
`BLESS=1 cargo test -p bitladder --test hardware_reference`.

A port `x` of the description is `x_i` or `x_o` in Verilog. A *stream* is three kinds of ports: `x_valid`, `x_ready` and
what it carries; a word moves at a clock edge at which both are 1. Clock and reset are left out. How modules are described:
[hdl-layer](../hdl-layer.md); how they work together: [machine](../machine.md); what they cost:
[results](../results/hdl-modules.md).
";

/// Rust files below a folder, in the order of their names.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let below = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    let all = entries.into_iter().flat_map(below);
    all.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The comment at the top of a file, without examples in Rust and links to items.
fn comment(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let mut kept = String::new();
    // What fence is open, and whether it is kept.
    let mut fence = None;
    for line in lines.map(|line| line.strip_prefix(' ').unwrap_or(line)) {
        let shown = match (fence, line.strip_prefix("```")) {
            (None, Some(kind)) => *fence.insert(kind == "text"),
            (Some(shown), Some(_)) => {
                fence = None;
                shown
            }
            (open, None) => open.unwrap_or(true),
        };
        if shown {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    let heading = Regex::new(r"(?m)^#+ (.*)$").unwrap();
    let link = Regex::new(r"\[(`[^`\]]+`)\](\((?:[^()]|\(\))*\))?").unwrap();
    let named = Regex::new(r"\[([^\]]+)\]\(fn@[^)]*\)").unwrap();
    let plain = link.replace_all(&kept, "$1");
    let plain = named.replace_all(&plain, "$1");
    heading.replace_all(&plain, "**$1**").trim().replace("\n\n\n", "\n\n")
}

/// Whether a file describes a module: it builds one, or has a table of ports.
fn describes(source: &str) -> bool {
    source.contains("ModuleBuilder::new(") || comment(source).contains("\n| port")
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (title, folder) in [("Blocks", "hdl/blocks/src"), ("The machine", "hdl/machine/src")] {
        write!(page, "\n## {title}\n").unwrap();
        let folder = root().join(folder);
        for file in sources(&folder) {
            let source = std::fs::read_to_string(&file).unwrap();
            if describes(&source) {
                let name = file.strip_prefix(&folder).unwrap().display().to_string();
                let path = file.strip_prefix(root()).unwrap().display();
                let name = name.trim_end_matches(".rs").trim_end_matches("/mod").to_owned();
                write!(page, "\n### [{name}](../../{path})\n\n{}\n", comment(&source)).unwrap();
            }
        }
    }
    page
}

#[test]
fn the_hardware_reference_is_what_the_modules_say() {
    committed(PAGE, &page(), "-p bitladder --test hardware_reference");
}

#[test]
fn comments_lose_examples_and_links_but_no_ports() {
    let source = "//! Adds [`x`](super::x) to [`Y`].\n//!\n//! # Ports\n//!\n//! | port | is |\n//! |---|---|\n\
                  //! | `a` | b |\n//!\n//! ```\n//! use c;\n//! ```\n//!\n//! ```text\n//! clk\n//! ```\nuse d;\n";
    let wanted = "Adds `x` to `Y`.\n\n**Ports**\n\n| port | is |\n|---|---|\n| `a` | b |\n\n```text\nclk\n```";
    assert_eq!(comment(source), wanted);
    assert!(describes(source) && !describes("//! A helper.\nfn help() {}\n"));
}

#[test]
fn every_module_has_a_purpose() {
    let all = page();
    let modules: Vec<&str> = all.split("\n### ").skip(1).collect();
    assert!(modules.len() > 60, "{} modules", modules.len());
    let bare: Vec<&&str> = modules.iter().filter(|text| text.trim().lines().count() < 3).collect();
    assert!(bare.is_empty(), "modules without a comment: {bare:?}");
}
