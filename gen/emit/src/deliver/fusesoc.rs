//! File lists: plain, and as a FuseSoC core.

use bitladder_fpga::flow::{INFERS_MAC16, synthesis_command};
use bitladder_fpga::{Board, Family};
use tera::{Context, Tera};

use super::stamp;
use crate::{Accelerator, BuildError};

const CORE: &str = include_str!("../../templates/machine.core.tera");

/// The Verilog files in order, one per line, for `-f`; declarations of vendor cells are left out.
pub fn file_list(accelerator: &Accelerator) -> String {
    let mut text = format!("// {}\n", stamp(accelerator));
    for file in &accelerator.subject.verilog.files {
        text.push_str(&format!("verilog/{}\n", file.name));
    }
    text
}

/// A FuseSoC core (CAPI2): the sources, a lint target, and with a board a target that builds it.
pub fn core_file(accelerator: &Accelerator, board: Option<&Board>) -> Result<String, BuildError> {
    let verilog = &accelerator.subject.verilog;
    let mut context = Context::new();
    let files: Vec<&str> = verilog.files.iter().map(|file| file.name.as_str()).collect();
    context.insert("stamp", &stamp(accelerator));
    context.insert("name", &accelerator.config.name);
    context.insert("version", env!("CARGO_PKG_VERSION"));
    context.insert("files", &files);
    context.insert("stubs", &verilog.stubs.as_ref().map(|file| file.name.as_str()));
    context.insert("top", accelerator.subject.top());
    context.insert("board", &board.map(|board| board.name.as_str()));
    if let Some(board) = board {
        let fpga = &board.fpga;
        let (family, device) = (fpga.device.family, format!("--{}", fpga.device.tool_name));
        let options = match family {
            Family::Ecp5 => {
                let speed = fpga.speed.clone().unwrap_or_else(|| "6".to_owned());
                vec![device, "--package".into(), fpga.package.clone(), "--speed".into(), speed]
            }
            Family::Ice40 => vec![device, "--package".into(), fpga.package.clone()],
            Family::Gowin => Vec::new(),
        };
        let tool = match family {
            Family::Ecp5 => "trellis",
            Family::Ice40 => "icestorm",
            Family::Gowin => "apicula",
        };
        let synthesis = synthesis_command(fpga.device, false);
        // FuseSoC's tool has no place for commands around synthesis that keep the lanes' blocks whole.
        let synthesis = synthesis.trim_end_matches(INFERS_MAC16);
        let synthesis: Vec<&str> = synthesis.split(' ').skip(1).collect();
        context.insert("tool", tool);
        context.insert("synthesis", &synthesis);
        context.insert("part", &fpga.part);
        context.insert("constraints", family.constraints());
        context.insert("options", &options);
    }
    Ok(Tera::one_off(CORE, &context, false)?)
}
