//! The documents of the project lead where they say.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use regex::Regex;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every Markdown file that belongs to the project.
fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Build results, environments and hidden folders are not ours.
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            documents(&path, found);
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// A document without its fenced code.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The anchors that headings make.
fn anchors(text: &str) -> Vec<String> {
    let heading = Regex::new(r"(?m)^#+ +(.*?) *$").unwrap();
    let word = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == ' ';
    let anchor = |title: &str| {
        title.to_lowercase().chars().filter(|c| word(*c)).collect::<String>().replace(' ', "-")
    };
    heading.captures_iter(&prose(text)).map(|found| anchor(&found[1])).collect()
}

/// Links of a document that lead nowhere.
fn broken(document: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(document).unwrap();
    let code = Regex::new(r"`[^`\n]*`").unwrap();
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let folder = document.parent().unwrap();
    let text = prose(&text);
    let text = code.replace_all(&text, "");
    let targets = link.captures_iter(&text).map(|found| found[1].to_owned());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:"));
    let dead = local.filter(|target| {
        let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
        let path = if file.is_empty() { document.to_owned() } else { folder.join(file) };
        let there = path.exists();
        let known = || anchors(&std::fs::read_to_string(&path).unwrap_or_default());
        !there || (!anchor.is_empty() && !known().contains(&anchor.to_owned()))
    });
    dead.map(|target| format!("{}: {target}", document.display())).collect()
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut all = Vec::new();
    documents(&root(), &mut all);
    assert!(all.len() > 30, "documents are found: {}", all.len());
    let dead: Vec<String> = all.iter().flat_map(|document| broken(document)).collect();
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

#[test]
fn dead_links_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("a.md");
    std::fs::write(&document, "# One two\n[a](a.md#one-two) [b](#three) [c](b.md)").unwrap();
    let dead = broken(&document);
    assert_eq!(dead.len(), 2, "{dead:?}");
    assert!(dead[0].ends_with("#three") && dead[1].ends_with("b.md"), "{dead:?}");
}

#[test]
fn the_book_lists_every_page_of_the_guide() {
    let docs = root().join("docs");
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let mut missing = Vec::new();
    for folder in ["", "walks", "reference"] {
        for entry in std::fs::read_dir(docs.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&docs).unwrap().display().to_string();
            let is_page = name.ends_with(".md") && name != "SUMMARY.md";
            if is_page && !summary.contains(&format!("]({name})")) {
                missing.push(name);
            }
        }
    }
    assert!(missing.is_empty(), "not in docs/SUMMARY.md: {missing:?}");
}
