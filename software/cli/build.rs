//! Tells the command which commit it was built from, for `bitladder --version`.

use std::path::Path;
use std::process::Command;

fn main() {
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let text = match commit() {
        Some(commit) => format!("{version} ({commit})"),
        // A crate from a registry has no history; its version says enough.
        None => version,
    };
    println!("cargo::rustc-env=BITLADDER_VERSION={text}");
}

/// The commit's short name. Where sources come without their history, as in a container, the variable
/// `BITLADDER_COMMIT` may give it.
fn commit() -> Option<String> {
    println!("cargo::rerun-if-env-changed=BITLADDER_COMMIT");
    if let Ok(given) = std::env::var("BITLADDER_COMMIT")
        && !given.is_empty()
    {
        return Some(given);
    }
    let folder = git(&["rev-parse", "--absolute-git-dir"])?;
    // HEAD names the branch; the log changes with every commit on it.
    for file in ["HEAD", "logs/HEAD"] {
        let path = Path::new(&folder).join(file);
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    git(&["rev-parse", "--short=10", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
