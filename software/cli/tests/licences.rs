//! What we link may be linked: licences of all dependencies against `deny.toml`, without cargo-deny.

#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::path::Path;

use common::packages;
use regex::Regex;
use serde_json::Value;

/// Licences for all crates, and crates with licences of their own.
struct Rules {
    allowed: Vec<String>,
    exceptions: Vec<(String, String)>,
}

impl Rules {
    fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deny.toml");
        let text = std::fs::read_to_string(file).unwrap();
        let list = Regex::new(r"(?s)\nallow = \[(.*?)\n\]").unwrap();
        let name = Regex::new("\"([^\"]+)\"").unwrap();
        let exception = Regex::new(r#"crate = "([^"]+)", allow = \["([^"]+)"\]"#).unwrap();
        let allowed = list.captures(&text).unwrap();
        Self {
            allowed: name.captures_iter(&allowed[1]).map(|found| found[1].to_owned()).collect(),
            exceptions: exception
                .captures_iter(&text)
                .map(|found| (found[1].to_owned(), found[2].to_owned()))
                .collect(),
        }
    }

    fn permits(&self, name: &str, licence: &str) -> bool {
        let own = self.exceptions.iter().any(|(who, what)| who == name && what == licence);
        own || self.allowed.iter().any(|allowed| allowed == licence)
    }

    /// An SPDX expression: of alternatives one must be allowed, of conjunctions all.
    fn accepts(&self, name: &str, expression: &str) -> bool {
        // Older crates write a slash for OR; a group is joined to more by AND only.
        let text = expression.replace('/', " OR ").replace("  ", " ");
        let group = Regex::new(r"\(([^()]*)\)").unwrap();
        let every_group = group.captures_iter(&text).all(|found| self.accepts(name, &found[1]));
        let rest = group.replace_all(&text, "MIT");
        let all_of = |alternative: &str| {
            alternative.split(" AND ").all(|licence| self.permits(name, licence.trim()))
        };
        every_group && rest.split(" OR ").any(all_of)
    }
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let rules = Rules::read();
    let all = packages(&[]);
    let foreign: Vec<&Value> = all.iter().filter(|package| !package["source"].is_null()).collect();
    assert!(foreign.len() > 100, "{} dependencies", foreign.len());
    let refused = foreign.iter().filter_map(|package| {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or("none");
        (!rules.accepts(name, licence)).then(|| format!("{name}: {licence}"))
    });
    let refused: Vec<String> = refused.collect();
    assert!(refused.is_empty(), "not allowed by deny.toml: {refused:?}");
}

#[test]
fn our_crates_say_what_a_registry_asks_for() {
    for package in packages(&[]).iter().filter(|package| package["source"].is_null()) {
        for field in ["description", "license", "repository", "readme"] {
            assert!(package[field].is_string(), "{}: no {field}", package["name"]);
        }
        let keywords = package["keywords"].as_array().unwrap().len();
        assert!((1..=5).contains(&keywords), "{}: {keywords} keywords", package["name"]);
    }
}

#[test]
fn expressions_are_read_as_they_are_meant() {
    let rules = Rules { allowed: vec!["MIT".into(), "ISC".into()], exceptions: Vec::new() };
    for (expression, accepted) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("GPL-3.0-only OR MIT", true),
        ("GPL-3.0-only/MIT", true),
        ("MIT AND ISC", true),
        ("MIT AND GPL-3.0-only", false),
        ("(MIT OR GPL-3.0-only) AND ISC", true),
        ("(GPL-3.0-only OR X) AND ISC", false),
    ] {
        assert_eq!(rules.accepts("x", expression), accepted, "{expression}");
    }
}
