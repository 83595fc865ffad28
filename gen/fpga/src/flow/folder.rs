//! The output folder: everything that is needed to repeat the run by hand.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tera::{Context, Tera};

use super::command::Step;
use super::{FlowError, Job, Subject};
use crate::board::Board;
use crate::device::{Device, Family};
use crate::report::Netlist;

const SYNTHESIS: &str = include_str!("../../templates/synth.ys.tera");
const MAKEFILE: &str = include_str!("../../templates/Makefile.tera");

/// A folder that files are written to.
#[derive(Debug, Clone)]
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new(path: &Path) -> Result<Folder, FlowError> {
        let folder = Folder(path.to_owned());
        for part in ["verilog", "logs"] {
            let part = path.join(part);
            std::fs::create_dir_all(&part)
                .map_err(|source| FlowError::File { file: part.clone(), source })?;
        }
        Ok(folder)
    }

    pub(super) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<(), FlowError> {
        let file = self.0.join(name);
        std::fs::write(&file, bytes).map_err(|source| FlowError::File { file, source })
    }

    pub(super) fn bytes(&self, name: &str) -> Result<Vec<u8>, FlowError> {
        let file = self.0.join(name);
        std::fs::read(&file).map_err(|source| FlowError::File { file, source })
    }

    pub(super) fn text(&self, name: &str) -> Result<String, FlowError> {
        Ok(String::from_utf8_lossy(&self.bytes(name)?).into_owned())
    }

    pub(super) fn netlist(&self, name: &str, top: &str) -> Result<Netlist, FlowError> {
        Ok(Netlist::parse(name, &self.text(name)?, top)?)
    }

    /// Writes the Verilog; gives the names of its files, cells first.
    pub(super) fn verilog(&self, subject: &Subject) -> Result<Vec<String>, FlowError> {
        let files = subject.verilog.stubs.iter().chain(&subject.verilog.files);
        let mut names = Vec::new();
        for file in files {
            self.write(&format!("verilog/{}", file.name), &file.text)?;
            names.push(file.name.clone());
        }
        Ok(names)
    }
}

/// A synthesis script; `modules` keeps the hierarchy and writes no netlist.
pub(super) fn script(job: &Job<'_>, files: &[String], modules: bool) -> Result<String, FlowError> {
    let name = if modules { "modules" } else { "synth" };
    let mut context = Context::new();
    context.insert("name", name);
    context.insert("files", files);
    context.insert("top", job.subject.top());
    context.insert("modules", &modules);
    let command = synthesis_command(job.board.fpga.device, job.wide_luts);
    context.insert("mac16", &command.ends_with(INFERS_MAC16));
    context.insert("command", &command);
    Ok(Tera::one_off(SYNTHESIS, &context, false)?)
}

/// The option of `synth_ice40` that makes multiplier blocks of multiplications. It spoils blocks that
/// are placed by hand, unless they are hidden from it as our scripts do.
pub const INFERS_MAC16: &str = " -dsp";

/// Yosys' command for a device, with the options that its blocks need; `wide_luts` as in
/// [`Job::wide_luts`].
pub fn synthesis_command(device: &Device, wide_luts: bool) -> String {
    match device.family {
        Family::Ecp5 if wide_luts => "synth_ecp5".to_owned(),
        Family::Ecp5 => "synth_ecp5 -nowidelut".to_owned(),
        Family::Ice40 if device.dsp > 0 => format!("synth_ice40 -device u{INFERS_MAC16}"),
        Family::Ice40 => "synth_ice40 -device hx".to_owned(),
        Family::Gowin => {
            let family = device.tool_name.get(..4).unwrap_or_default().to_ascii_lowercase();
            let wide = if wide_luts { "" } else { " -nowidelut" };
            let blocks = if device.has_distributed_memory() { "" } else { " -nolutram" };
            format!("synth_gowin -family {family}{wide}{blocks}")
        }
    }
}

#[derive(Serialize)]
pub(super) struct Makefile<'a> {
    pub(super) yosys: String,
    pub(super) nextpnr: String,
    pub(super) pack: String,
    pub(super) bitstream: &'a str,
    pub(super) steps: &'a [Step],
    pub(super) load: Option<String>,
    pub(super) flash: Option<String>,
}

impl Makefile<'_> {
    pub(super) fn render(&self) -> Result<String, FlowError> {
        let context = Context::from_serialize(self)?;
        Ok(Tera::one_off(MAKEFILE, &context, false)?)
    }
}

/// The board's command for loading a bitstream, as one line.
pub(super) fn loader(command: Option<&Vec<String>>, bitstream: &str) -> Option<String> {
    command.map(|words| words.join(" ").replace("{bitstream}", bitstream))
}

/// The name of the constraint file in the folder.
pub(super) fn constraints_name(board: &Board) -> String {
    format!("{}.{}", board.name, board.fpga.device.family.constraints())
}
