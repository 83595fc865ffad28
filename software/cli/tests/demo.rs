//! `bitladder demo`: what it finds, and where it says so.

mod common;

use common::*;
use predicates::prelude::*;

fn demo(out: &std::path::Path) -> assert_cmd::Command {
    let mut command = bitladder();
    command.args(["demo", "--no-bitstream", "--no-verilator", "--out"]).arg(out);
    command
}

#[test]
fn the_demo_classifies_the_digits_and_writes_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let result = json(&mut demo(folder.path()));
    let rows = result["precisions"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["float", "16", "8", "4"]);
    let accuracy = |row: usize| rows[row]["accuracy"].as_f64().unwrap();
    assert!(accuracy(0) >= 0.985 && accuracy(1) >= 0.985 && accuracy(2) >= 0.98, "{rows:?}");
    assert!(accuracy(3) >= 0.94 && accuracy(3) <= accuracy(0), "{rows:?}");
    let ladder = &result["ladder"];
    assert!(ladder["accuracy"].as_f64().unwrap() > accuracy(3), "climbing pays: {ladder:?}");
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    for outside in ["<script", "http", "src=", "href=", "NaN", "{{"] {
        assert!(!page.contains(outside), "the page has {outside}");
    }
    for part in ["power of two", "climbing below", "time price", "core_result_valid", "conv2"] {
        assert!(page.contains(part), "the page lacks {part}");
    }
    let story = std::fs::read_to_string(folder.path().join("report.json")).unwrap();
    let story: serde_json::Value = serde_json::from_str(&story).unwrap();
    let precisions = story["precisions"].as_array().unwrap();
    assert_eq!(precisions.len(), 5);
    for precision in precisions {
        let check = &precision["checks"][0];
        assert_eq!((&check["images"], &check["equal"]), (&8.into(), &8.into()), "{check}");
    }
}

#[test]
fn the_demo_draws_digits_and_says_where_the_report_is() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a/b");
    let shown = predicate::str::contains("██")
        .and(predicate::str::contains("4 bits say "))
        .and(predicate::str::contains("no bitstream: it was not asked for"))
        .and(predicate::str::contains("a/b/report.html"));
    demo(&out).assert().success().stdout(shown);
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let message = refusal(&mut demo(&file));
    assert!(message.contains("file: cannot be created"), "{message}");
}
