//! The commands of the flow: run by us, and written into the Makefile.

use std::time::Duration;

use crate::board::Board;
use crate::device::Family;
use crate::tools::{Found, Run, Tool};

/// One step: a tool, its arguments, and what it reads and makes, relative to the output folder.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Step {
    #[serde(skip)]
    pub(super) tool: Tool,
    pub(super) variable: &'static str,
    pub(super) arguments: Vec<String>,
    pub(super) inputs: Vec<String>,
    pub(super) output: String,
}

impl Step {
    fn new(tool: Tool, inputs: &[&str], output: &str) -> Step {
        let variable = match tool {
            Tool::Yosys => "YOSYS",
            Tool::NextpnrEcp5 | Tool::NextpnrIce40 | Tool::NextpnrGowin => "NEXTPNR",
            Tool::Ecppack | Tool::Icepack | Tool::GowinPack => "PACK",
        };
        let inputs = inputs.iter().map(|input| (*input).to_owned()).collect();
        Step { tool, variable, arguments: Vec::new(), inputs, output: output.to_owned() }
    }

    fn arguments<T: Into<String>>(mut self, some: impl IntoIterator<Item = T>) -> Step {
        self.arguments.extend(some.into_iter().map(Into::into));
        self
    }

    /// The run of this step.
    pub(super) fn run<'a>(&self, found: &'a Found, limit: Duration) -> Run<'a> {
        Run::new(found, limit).arguments(&self.arguments)
    }
}

/// Synthesis by the script of this name.
pub(super) fn synthesis(name: &str, output: &str) -> Step {
    let script = format!("{name}.ys");
    let log = format!("logs/{name}-full.log");
    Step::new(Tool::Yosys, &[&script], output).arguments(["-q", "-l", &log, "-s", &script])
}

/// The file that place and route writes.
pub(super) fn layout(family: Family, seed: u32) -> String {
    let ending = match family {
        Family::Ecp5 => "config",
        Family::Ice40 => "asc",
        Family::Gowin => "pnr.json",
    };
    format!("seed-{seed}.{ending}")
}

/// Place and route with a seed.
pub(super) fn route(board: &Board, constraints: &str, mhz: f64, seed: u32) -> Step {
    let (fpga, family) = (&board.fpga, board.fpga.device.family);
    let output = layout(family, seed);
    let step = Step::new(Tool::router(family), &["netlist.json", constraints], &output);
    let device = format!("--{}", fpga.device.tool_name);
    let step =
        match family {
            Family::Ecp5 => step
                .arguments([device.as_str(), "--package", &fpga.package])
                .arguments(["--speed", fpga.speed.as_deref().unwrap_or("6")])
                .arguments(["--lpf", constraints, "--textcfg", &output])
                .arguments(fpga.device.placer().into_iter().flat_map(|name| ["--placer", name])),
            Family::Ice40 => step
                .arguments([device.as_str(), "--package", &fpga.package])
                .arguments(["--pcf", constraints, "--asc", &output]),
            Family::Gowin => gowin_route(step, board, constraints, &output),
        };
    let (seed, mhz) = (seed.to_string(), mhz.to_string());
    let (report, log) = (format!("seed-{seed}.report.json"), format!("logs/seed-{seed}-full.log"));
    step.arguments(["--json", "netlist.json", "--seed", &seed, "--freq", &mhz]).arguments([
        "--timing-allow-fail",
        "--report",
        &report,
        "--quiet",
        "--log",
        &log,
    ])
}

fn gowin_route(step: Step, board: &Board, constraints: &str, output: &str) -> Step {
    let device = board.fpga.device;
    let options = [format!("family={}", device.tool_name), format!("cst={constraints}")];
    let mut step = step
        .arguments(["--device", board.fpga.part.as_deref().unwrap_or(device.name)])
        .arguments(options.iter().flat_map(|option| ["--vopt", option]))
        .arguments(["--write", output]);
    // In the GW5A these two also change the routing, so place and route must know.
    let routed = |name: &&String| ["sspi", "i2c"].contains(&name.as_str());
    if device.is_gw5a() {
        for name in board.fpga.as_gpio.iter().filter(routed) {
            step = step.arguments(["--vopt".to_owned(), format!("{name}_as_gpio")]);
        }
    }
    step
}

/// The bitstream from the layout of a seed.
pub(super) fn pack(board: &Board, top: &str, seed: u32) -> Step {
    let (device, family) = (board.fpga.device, board.fpga.device.family);
    let layout = layout(family, seed);
    let output = format!("{top}.{}", family.bitstream());
    let step = Step::new(Tool::packer(family), &[&layout], &output);
    match family {
        Family::Ecp5 => step.arguments(["--compress", &layout, &output]),
        Family::Ice40 => step.arguments([&layout, &output]),
        Family::Gowin => step
            .arguments(["-d", device.tool_name])
            .arguments(board.fpga.as_gpio.iter().map(|name| format!("--{name}_as_gpio")))
            .arguments(["-o", &output, &layout]),
    }
}
