//! A LiteX module around a machine behind Wishbone.

use tera::{Context, Tera};

use super::stamp;
use crate::{Accelerator, BuildError};

const MODULE: &str = include_str!("../../templates/litex_machine.py.tera");

/// The Python module; it adds the Verilog beside it to a platform and has a Wishbone bus.
pub fn litex_module(accelerator: &Accelerator) -> Result<String, BuildError> {
    let verilog = &accelerator.subject.verilog;
    let files: Vec<&str> = verilog.files.iter().map(|file| file.name.as_str()).collect();
    let mut context = Context::new();
    context.insert("stamp", &stamp(accelerator));
    context.insert("name", &accelerator.config.name);
    context.insert("files", &files);
    context.insert("top", accelerator.subject.top());
    Ok(Tera::one_off(MODULE, &context, false)?)
}
