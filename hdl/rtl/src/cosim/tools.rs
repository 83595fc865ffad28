//! The external programs.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::CosimError;
use crate::emit::Emitted;

type Files = [(String, String)];

fn write(files: &Files) -> Result<TempDir, CosimError> {
    let folder = tempfile::tempdir()?;
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text)?;
    }
    Ok(folder)
}

fn verilog(files: &Files) -> Vec<&str> {
    files.iter().map(|(name, _)| name.as_str()).filter(|name| name.ends_with(".v")).collect()
}

/// Runs a program in `folder`; gives its output, or an error with what it said if it failed or
/// (where `quiet` is asked for) said anything on its error channel.
pub(super) fn run(
    tool: &str,
    args: &[&str],
    folder: &Path,
    top: &str,
    quiet: bool,
) -> Result<String, CosimError> {
    let built = folder.join(tool);
    let program = if built.is_file() { built } else { tool.into() };
    let output = Command::new(program).args(args).current_dir(folder).output().map_err(
        |error| match error.kind() {
            ErrorKind::NotFound => CosimError::MissingTool { tool: tool.to_owned() },
            _ => CosimError::Files(error),
        },
    )?;
    let said = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() || (quiet && !said.trim().is_empty()) {
        let log = format!("{printed}{said}");
        return Err(CosimError::Rejected { tool: tool.to_owned(), top: top.to_owned(), log });
    }
    Ok(printed)
}

pub(super) fn icarus(files: &Files, top: &str) -> Result<String, CosimError> {
    let folder = write(files)?;
    let mut args = vec!["-g2005", "-o", "run", "-s", "bench_0"];
    args.extend(verilog(files));
    run("iverilog", &args, folder.path(), top, false)?;
    run("vvp", &["-n", "run"], folder.path(), top, false)
}

pub(super) fn verilator(files: &Files) -> Result<String, CosimError> {
    let folder = write(files)?;
    // Most of the time goes into compiling Verilator's own library, which hardly runs.
    let mut args = vec![
        "-MAKEFLAGS",
        "OPT_GLOBAL=-O0",
        "-MAKEFLAGS",
        "OPT_SLOW=-O0",
        "--binary",
        "-j",
        "2",
        "-O3",
        "-Wno-fatal",
        "-Wno-lint",
        "-Wno-style",
        "--top-module",
        "batch",
        "--Mdir",
        "build",
    ];
    args.extend(verilog(files));
    run("verilator", &args, folder.path(), "batch", false)?;
    run("build/Vbatch", &[], folder.path(), "batch", false)
}

pub(super) fn lint(emitted: &Emitted) -> Result<(), CosimError> {
    let all = emitted.stubs.iter().chain(&emitted.files);
    let files: Vec<(String, String)> =
        all.map(|file| (file.name.clone(), file.text.clone())).collect();
    let folder = write(&files)?;
    let (place, top, names) = (folder.path(), emitted.top.as_str(), verilog(&files));
    let mut args = vec!["--lint-only", "-Wall", "--top-module", top];
    args.extend(&names);
    run("verilator", &args, place, top, true)?;
    let mut args = vec!["-g2005", "-Wall", "-o", "lint", "-s", top];
    args.extend(&names);
    run("iverilog", &args, place, top, true)?;
    let script = format!(
        "read_verilog {}; hierarchy -check -top {top}; proc; check -assert",
        names.join(" ")
    );
    run("yosys", &["-q", "-p", &script], place, top, true)?;
    Ok(())
}
