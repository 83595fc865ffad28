//! The environment with the tools' WebAssembly builds.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use super::ToolError;

const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The folder of the environment: below `BITLADDER_CACHE`, or `bitladder` in the user's cache
/// folder, or in the folder for temporary files. Its name changes with the pinned versions.
pub fn environment() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let user = || {
        let cache = set("XDG_CACHE_HOME").map(PathBuf::from);
        let home = || set("HOME").map(|home| PathBuf::from(home).join(".cache"));
        cache.or_else(home).map(|cache| cache.join("bitladder"))
    };
    let cache = set("BITLADDER_CACHE").map(PathBuf::from).or_else(user);
    let hash = crate::hash::short(&Sha256::digest(REQUIREMENTS));
    cache
        .unwrap_or_else(|| std::env::temp_dir().join("bitladder"))
        .join(format!("fpga-tools-{hash}"))
}

/// Makes the environment if it is not there: a Python virtual environment in [`environment`] with
/// the pinned packages from PyPI. Gives its folder.
pub fn install() -> Result<PathBuf, ToolError> {
    let folder = environment();
    let complete = folder.join("complete");
    if complete.is_file() {
        return Ok(folder);
    }
    let file = |source| ToolError::File { file: folder.clone(), source };
    std::fs::create_dir_all(&folder).map_err(file)?;
    let requirements = folder.join("requirements.txt");
    std::fs::write(&requirements, REQUIREMENTS).map_err(file)?;
    step(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let pip = folder.join("bin/python");
    step(Command::new(pip).args(pip_arguments(&requirements)))?;
    // Written last: an interrupted installation is done again.
    std::fs::write(&complete, REQUIREMENTS).map_err(file)?;
    Ok(folder)
}

fn pip_arguments(requirements: &Path) -> Vec<std::ffi::OsString> {
    let words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    words.into_iter().map(Into::into).chain([requirements.into()]).collect()
}

fn step(command: &mut Command) -> Result<(), ToolError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    let step = format!("{name} {}", words.join(" "));
    let output = command.output();
    let output = output.map_err(|source| ToolError::Start { program: name.into(), source })?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no reason given");
    Err(ToolError::Install { step, said: said.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_versions_are_pinned() {
        for line in REQUIREMENTS.lines() {
            assert!(
                line.split_once("==").is_some_and(|(_, version)| !version.is_empty()),
                "{line}"
            );
        }
    }

    #[test]
    fn a_failed_step_is_named_with_its_last_words() {
        let mut command = Command::new("sh");
        let error = step(command.args(["-c", "echo first >&2; echo no venv >&2; exit 1"]));
        assert_eq!(
            error.unwrap_err().to_string(),
            "`sh -c echo first >&2; echo no venv >&2; exit 1` failed: no venv; Python 3 with its \
             venv module and access to PyPI are needed"
        );
    }
}
