//! The crate map of ARCHITECTURE.md against the manifests.

#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use bitladder_committed::root;
use common::packages;
use regex::Regex;
use serde_json::Value;

type Uses = BTreeMap<String, BTreeSet<String>>;

/// Crates of the workspace, each with those it uses.
fn uses() -> Uses {
    let packages = packages(&["--no-deps"]);
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let ours: BTreeSet<String> = packages.iter().map(name).collect();
    let of = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        let linked = all.filter(|one| one["kind"].is_null()).map(name);
        linked.filter(|one| ours.contains(one)).collect()
    };
    packages.iter().map(|package| (name(package), of(package))).collect()
}

fn reach(uses: &Uses, from: &str) -> BTreeSet<String> {
    let direct = uses[from].iter();
    direct.flat_map(|one| reach(uses, one).into_iter().chain([one.clone()])).collect()
}

/// Those that a crate stands on: what it uses, but not through another of them.
fn stands_on(uses: &Uses, name: &str) -> BTreeSet<String> {
    let through = |one: &String| uses[name].iter().any(|other| reach(uses, other).contains(one));
    uses[name].iter().filter(|one| !through(one)).cloned().collect()
}

/// Rows of the table: crate, folder and what it stands on.
fn rows() -> Vec<(String, String, BTreeSet<String>)> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let row =
        Regex::new(r"(?m)^\| `(bitladder[\w-]*)` \(`([^`]+)`\) \| [^|]+ \|([^|]*)\| [^|]+ \|$");
    let full = |short: &str| format!("bitladder-{}", short.trim());
    let list =
        |cell: &str| cell.split(',').filter(|one| !one.trim().is_empty()).map(full).collect();
    let found = row.unwrap();
    let rows = found.captures_iter(&text);
    rows.map(|row| (row[1].to_owned(), row[2].to_owned(), list(&row[3]))).collect()
}

#[test]
fn the_crate_map_is_what_the_manifests_say() {
    let (uses, rows) = (uses(), rows());
    let listed: BTreeSet<&String> = rows.iter().map(|(name, ..)| name).collect();
    assert_eq!(
        listed,
        uses.keys().collect::<BTreeSet<_>>(),
        "crates of the table, of the workspace"
    );
    for (name, folder, stated) in &rows {
        assert_eq!(*stated, stands_on(&uses, name), "what {name} stands on: table, manifest");
        let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is not in {folder}");
    }
}

#[test]
fn crates_stand_on_those_above_them() {
    let mut above = BTreeSet::new();
    for (name, _, stated) in rows() {
        let below: Vec<_> = stated.difference(&above).collect();
        assert!(below.is_empty(), "{name} stands above {below:?}");
        above.insert(name);
    }
}
