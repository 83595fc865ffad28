//! For tests: files that are made from others and committed all the same.
//!
//! Headers, references and Rust modules that follow from a description are in the repository, so that
//! they can be read without making them. A test makes them anew and compares; with `BLESS` set in the
//! environment it writes them instead.

use std::path::{Path, PathBuf};

/// Fails unless the file at `path`, counted from the project's root, is what was `made`. `test` is how
/// cargo runs the calling test: `-p PACKAGE --test NAME`.
///
/// # Panics
///
/// If it is not, or cannot be written when that is wanted.
#[track_caller]
pub fn committed(path: &str, made: &str, test: &str) {
    let file = root().join(path);
    if std::env::var_os("BLESS").is_some() {
        let written = std::fs::write(&file, made);
        assert!(written.is_ok(), "{path} cannot be written: {written:?}");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    let stale = stale(path, &found, made, test);
    assert!(stale.is_none(), "{}", stale.unwrap_or_default());
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What to do about a file that is not what was made.
fn stale(path: &str, found: &str, made: &str, test: &str) -> Option<String> {
    if found == made {
        return None;
    }
    let differing = found.lines().zip(made.lines()).position(|(found, made)| found != made);
    // All lines of the shorter one may be alike.
    let line = differing.unwrap_or(found.lines().count().min(made.lines().count())) + 1;
    Some(format!(
        "{path} is not what its sources give (first at line {line}): run `BLESS=1 cargo test {test}`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_named_with_the_way_out() {
        let line = |found, made| {
            let told = stale("a.h", found, made, "-p x --test y")?;
            let (start, end) = (
                "a.h is not what its sources give (first at line ",
                "): run `BLESS=1 cargo test -p x --test y`",
            );
            Some(told.strip_prefix(start).unwrap().strip_suffix(end).unwrap().to_owned())
        };
        assert_eq!(line("a\nb\n", "a\nb\n"), None);
        assert_eq!(line("a\nb\n", "a\nc\n").as_deref(), Some("2"));
        assert_eq!(line("a\n", "a\nb\n").as_deref(), Some("2"), "cut short");
        assert_eq!(line("", "a\n").as_deref(), Some("1"), "not there");
        assert_eq!(line("a", "a\n").as_deref(), Some("2"), "the last line's end");
    }

    #[test]
    fn files_are_looked_for_from_the_root() {
        let own = std::fs::read_to_string(root().join("gen/committed/Cargo.toml")).unwrap();
        committed("gen/committed/Cargo.toml", &own, "-p bitladder-committed");
        let other = std::panic::catch_unwind(|| {
            committed("gen/committed/none", "text", "-p bitladder-committed");
        });
        // Writing it is the way out, and would succeed.
        assert_eq!(other.is_err(), std::env::var_os("BLESS").is_none());
    }
}
