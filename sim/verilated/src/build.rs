//! From a design to a shared library.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use bitladder_rtl::{Cells, Design, Direction, EmitOptions, Emitted};
use sha2::{Digest, Sha256};

use crate::{VerilatedError, cache, shim};

/// How a model is built.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// Whether the model can write waveforms; it runs slower then.
    pub trace: bool,
    /// Where libraries are kept; by default `BITLADDER_CACHE` or the user's cache folder.
    pub cache: Option<PathBuf>,
}

/// What Verilator and the compiler are given besides files.
const VERILATOR_FLAGS: [&str; 9] = [
    "--cc",
    "--build",
    "-O3",
    "--x-assign",
    "unique",
    "-Wno-fatal",
    "-Wno-lint",
    "-Wno-style",
    "--no-timing",
];
const COMPILER_FLAGS: &str = "-fPIC -O2";

/// Whether Verilator can be called here.
pub fn available() -> bool {
    run("verilator", &["--version"], Path::new("."), "").is_ok()
}

/// The library of a design, built now or found.
pub(crate) fn library(design: &Design, options: &BuildOptions) -> Result<PathBuf, VerilatedError> {
    let top = design.top();
    let ports = top.ports();
    let clocks = ports.iter().filter(|port| port.direction == Direction::ClockInput).count();
    if clocks != 1 {
        return Err(VerilatedError::Clocks { top: top.name().into(), found: clocks });
    }
    let emit = EmitOptions { cells: Cells::Functions, ..EmitOptions::default() };
    let emitted = design.verilog(&emit)?;
    let version = run("verilator", &["--version"], Path::new("."), &emitted.top)?;
    let shim = shim::source(&emitted.top, ports, options.trace);
    let name = name(&emitted, &shim, &version, options);
    let place = options.cache.clone().unwrap_or_else(cache::folder).join(name);
    if !place.is_file() {
        compile(&emitted, &shim, options, &place)?;
    }
    Ok(place)
}

/// A name that says what is in the library.
fn name(emitted: &Emitted, shim: &str, version: &str, options: &BuildOptions) -> String {
    let mut hash = Sha256::new();
    let flags = VERILATOR_FLAGS.join(" ");
    for part in [shim, version, &flags, COMPILER_FLAGS] {
        hash.update(part);
    }
    hash.update([shim::VERSION as u8, u8::from(options.trace)]);
    for file in emitted.stubs.iter().chain(&emitted.files) {
        hash.update(&file.text);
    }
    let hex: String = hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let short: String = emitted.top.chars().take(60).collect();
    format!("{short}-{hex}.so")
}

fn compile(
    emitted: &Emitted,
    shim: &str,
    options: &BuildOptions,
    place: &Path,
) -> Result<(), VerilatedError> {
    let temporary = |source| VerilatedError::Files { path: std::env::temp_dir(), source };
    let folder = tempfile::tempdir().map_err(temporary)?;
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).map_err(|source| VerilatedError::Files { path, source })
    };
    write("shim.cpp", shim)?;
    let mut args: Vec<&str> = VERILATOR_FLAGS.to_vec();
    args.extend(["-CFLAGS", COMPILER_FLAGS, "--top-module", &emitted.top, "--Mdir", "build"]);
    if options.trace {
        args.push("--trace");
    }
    for file in emitted.stubs.iter().chain(&emitted.files) {
        write(&file.name, &file.text)?;
        args.push(&file.name);
    }
    run("verilator", &args, folder.path(), &emitted.top)?;
    link(&emitted.top, options, folder.path())?;
    cache::keep(&folder.path().join("model.so"), place)
}

/// Makes a shared library of the model, the shim and Verilator's run-time library, which Verilator
/// itself compiles only for whole programs.
fn link(top: &str, options: &BuildOptions, folder: &Path) -> Result<(), VerilatedError> {
    let root = run("verilator", &["--getenv", "VERILATOR_ROOT"], folder, top)?;
    let include = format!("{}/include", root.trim());
    let runtime = ["verilated", "verilated_threads", "verilated_vcd_c"];
    let runtime = runtime.iter().take(if options.trace { 3 } else { 2 });
    let runtime: Vec<String> = runtime.map(|name| format!("{include}/{name}.cpp")).collect();
    let includes = [format!("-I{include}"), format!("-I{include}/vltstd"), "-Ibuild".into()];
    let traced = format!("-DVM_TRACE={}", u8::from(options.trace));
    let model = format!("build/V{top}__ALL.a");
    let mut args = vec!["-shared", "-fPIC", "-O2", "-std=c++17", "-o", "model.so", "shim.cpp"];
    args.extend(["-DVERILATOR=1", "-DVM_COVERAGE=0", "-DVM_SC=0", "-DVM_TRACE_FST=0", &traced]);
    args.extend(includes.iter().chain(&runtime).map(String::as_str));
    args.extend(["-Wl,--whole-archive", &model, "-Wl,--no-whole-archive", "-pthread"]);
    run("c++", &args, folder, top).map(drop)
}

fn run(
    tool: &'static str,
    args: &[&str],
    folder: &Path,
    top: &str,
) -> Result<String, VerilatedError> {
    let package = if tool == "c++" { "build-essential" } else { "verilator" };
    let output =
        Command::new(tool).args(args).current_dir(folder).output().map_err(
            |source| match source.kind() {
                ErrorKind::NotFound => VerilatedError::MissingTool { tool, package },
                _ => VerilatedError::Files { path: tool.into(), source },
            },
        )?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    let log = format!("{printed}{}", String::from_utf8_lossy(&output.stderr));
    Err(VerilatedError::Tool { tool, top: top.into(), log })
}
