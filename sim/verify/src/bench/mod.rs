//! Benches that run without this project: the machine's Verilog behind a bus, vectors, and a
//! self-checking bench each for Icarus Verilog, Verilator (C++) and cocotb, with a Makefile.
//!
//! All three read the same file of [`Vector`]s: register writes, reads with what they must give,
//! and waits. Expected values come from the interpreter.

mod vectors;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bitladder_blocks::io::WishboneMode;
use bitladder_hdl_machine::top::{MachineError, machine_axi_lite, machine_wishbone};
use bitladder_machine::{InterpretError, MachineConfig};
use bitladder_rtl::{Cells, Design, EmitError, EmitOptions, Emitted, Errors, Module};
use serde::Serialize;
use tera::{Context, Tera};
use thiserror::Error;

pub use vectors::{Run, Vector, file, vectors};

/// The bus in front of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bus {
    /// AXI4-Lite.
    AxiLite,
    /// Wishbone B4, classic.
    Wishbone,
}

/// A bench that cannot be written.
#[derive(Debug, Error)]
pub enum BenchError {
    /// There is nothing to run.
    #[error("a bench needs at least one program")]
    Nothing,
    /// The machine cannot be built.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// Its description is wrong.
    #[error("the machine cannot be elaborated; please report this: {0}")]
    Elaborate(#[from] Errors),
    /// Its Verilog cannot be written.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The interpreter refuses a program.
    #[error("the interpreter cannot run the program: {0}")]
    Interpret(#[from] InterpretError),
    /// A template is wrong.
    #[error("a template of the bench is wrong; please report this: {0}")]
    Template(#[from] tera::Error),
    /// A file cannot be written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Files made from templates.
const TEMPLATES: [(&str, &str); 5] = [
    ("tb.v", include_str!("../../templates/tb.v.tera")),
    ("bench.cpp", include_str!("../../templates/bench.cpp.tera")),
    ("test_machine.py", include_str!("../../templates/test_machine.py.tera")),
    ("Makefile", include_str!("../../templates/Makefile.tera")),
    ("README.md", include_str!("../../templates/README.md.tera")),
];

#[derive(Serialize)]
struct Values<'a> {
    generator: &'static str,
    machine: &'a str,
    hash: &'a str,
    top: &'a str,
    axi: bool,
    count: usize,
    address_bits: u32,
    limit: u64,
}

/// Looks at the status a bench takes before it gives up.
const LIMIT: u64 = 10_000_000;

/// The machine behind a bus.
pub fn top(config: &MachineConfig, bus: Bus) -> Result<Arc<Module>, MachineError> {
    match bus {
        Bus::AxiLite => machine_axi_lite(config),
        Bus::Wishbone => machine_wishbone(config, WishboneMode::Classic),
    }
}

/// The Verilog of a machine, stamped with its configuration.
pub fn verilog(
    top: &Arc<Module>,
    config: &MachineConfig,
    cells: Cells,
) -> Result<Emitted, BenchError> {
    let options = EmitOptions { configuration: config.hash(), cells, ..EmitOptions::default() };
    Ok(Design::elaborate(top)?.verilog(&options)?)
}

pub(crate) fn write(file: PathBuf, text: &str) -> Result<(), BenchError> {
    std::fs::write(&file, text).map_err(|source| BenchError::File { file, source })
}

pub(crate) fn folder(path: &Path) -> Result<(), BenchError> {
    std::fs::create_dir_all(path)
        .map_err(|source| BenchError::File { file: path.to_owned(), source })
}

/// Writes a machine behind a bus, the vectors of some runs, and the benches into a folder.
/// Vendor cells appear as models, so no vendor library is needed.
pub fn write_benches(
    config: &MachineConfig,
    bus: Bus,
    runs: &[Run],
    out: &Path,
) -> Result<usize, BenchError> {
    let top = top(config, bus)?;
    let emitted = verilog(&top, config, Cells::Models)?;
    let vectors = vectors(runs)?;
    folder(&out.join("rtl"))?;
    for part in emitted.stubs.iter().chain(&emitted.files) {
        write(out.join("rtl").join(&part.name), &part.text)?;
    }
    write(out.join("vectors.hex"), &file(&vectors))?;
    write_templates(config, bus, &emitted.top, vectors.len(), out)?;
    Ok(vectors.len())
}

/// Writes the benches alone, for a top of a given name: a netlist, for instance.
pub fn write_templates(
    config: &MachineConfig,
    bus: Bus,
    top: &str,
    count: usize,
    out: &Path,
) -> Result<(), BenchError> {
    let hash = config.hash();
    let values = Values {
        generator: concat!("bitladder-verify ", env!("CARGO_PKG_VERSION")),
        machine: &config.name,
        hash: &hash,
        top,
        axi: bus == Bus::AxiLite,
        count,
        address_bits: if bus == Bus::AxiLite { 8 } else { 6 },
        limit: LIMIT,
    };
    folder(out)?;
    let context = Context::from_serialize(&values)?;
    for (name, template) in TEMPLATES {
        write(out.join(name), &Tera::one_off(template, &context, false)?)?;
    }
    Ok(())
}
