//! Builds clock gates and switches up to the bitstream and writes `docs/results/clock-cells.md`:
//! `cargo run --release -p bitladder-fpga --example clocks`.
//!
//! Needs the tools that `./x fpga` installs.

#![allow(clippy::print_stdout, reason = "a command")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use bitladder_blocks::{ClockSwitchConfig, SwitchCell, clock_gate, clock_switch};
use bitladder_fpga::report::Netlist;
use bitladder_fpga::tools::ToolError;
use bitladder_fpga::{Board, Expected, Flow, FlowError, Job, Subject, Toolbox, TopPort};
use bitladder_rtl::{Design, EmitOptions, EmittedFile, Module};
use clap::Parser;

/// Clock cells through place and route.
#[derive(Parser)]
struct Arguments {
    /// Only this board, for a look: the table is written for all.
    #[arg(long)]
    only: Option<String>,
    /// Folders with tools, looked into before PATH.
    #[arg(long)]
    tools: Vec<PathBuf>,
}

const BOARDS: [&str; 4] = ["ulx3s-25f", "icebreaker", "hx8k-breakout", "tang-nano-20k"];
/// Cells of clocks in the netlists.
const CELLS: [&str; 5] = ["DCCA", "DCSC", "SB_GB", "DQCE", "DCS"];

const INTRODUCTION: &str = "\
# Clock gates and switches through the open flows

Written by `cargo run --release -p bitladder-fpga --example clocks`: synthesis, place and route (seed
1) and packing, with a counter of 16 bits on the clock that comes out. A switch chooses among the
board's clock and fractions of it from a register each. What a tool gives up on stands in the table
in the tool's words. Clocks are what nextpnr reports: that of the oscillator's domain and the one
that was gated or chosen.

| board | module | clock cells | MHz by clock | bitstream |
|---|---|---|---|---|
";

/// What is built: a gate, or a switch.
#[derive(Clone, Copy)]
enum Part {
    Gate,
    Switch(SwitchCell, u32),
}

/// The parts that a family offers beside the generic ones.
fn parts(family: bitladder_fpga::Family) -> Vec<Part> {
    use bitladder_fpga::Family;
    let mut parts = vec![Part::Gate];
    parts.extend((2..=4).map(|clocks| Part::Switch(SwitchCell::Interlock, clocks)));
    match family {
        Family::Ecp5 => parts.push(Part::Switch(SwitchCell::Vendor, 2)),
        Family::Ice40 => {}
        Family::Gowin => {
            parts.extend((2..=4).map(|clocks| Part::Switch(SwitchCell::Vendor, clocks)));
        }
    }
    parts
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut page = INTRODUCTION.to_owned();
    for name in BOARDS {
        if arguments.only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let board = Board::read(root.join("fpga").join(format!("{name}.toml")))?;
        for part in parts(board.fpga.device.family) {
            let row = row(&board, part, &arguments.tools)?;
            println!("{row}");
            writeln!(page, "{row}")?;
            if arguments.only.is_none() {
                std::fs::write(root.join("docs/results/clock-cells.md"), &page)?;
            }
        }
    }
    Ok(())
}

/// The module and its instance in the top module.
fn module(family: bitladder_blocks::Family, part: Part) -> Result<(Arc<Module>, String)> {
    let (module, pins) = match part {
        Part::Gate => (clock_gate(family)?, ".enable_i(data[0]), .enable_o(enable)".to_owned()),
        Part::Switch(cell, clocks) => {
            let config = ClockSwitchConfig { family, clocks, cell };
            let bits = if clocks > 2 { "data[1:0]" } else { "data[0]" };
            let mut pins = format!(".rst_i(data[2]), .level_i({bits}), .settled_o(enable)");
            for clock in 0..clocks {
                let source = ["clk_i", "slow[0]", "slow[1]", "slow[2]"][clock as usize];
                write!(pins, ", .clk_{clock}_i({source})")?;
            }
            (clock_switch(&config)?, pins)
        }
    };
    let instance = format!("{} part (.clk_i(clk_i), .clk_o(chosen), {pins});", module.name());
    Ok((module, instance))
}

/// The part with fractions of the board's clock, and a counter behind it.
fn subject(family: bitladder_blocks::Family, part: Part) -> Result<(Subject, String)> {
    let (module, instance) = module(family, part)?;
    let mut verilog = Design::elaborate(&module)?.verilog(&EmitOptions::default())?;
    let text = format!(
        "module clocks_top (\n    input wire clk_i,\n    input wire uart_rx_i,\n    output reg \
         uart_tx_o\n);\n    reg [2:0] data, slow;\n    reg [15:0] count;\n    wire chosen, \
         enable;\n    always @(posedge clk_i) begin\n        data <= {{data[1:0], uart_rx_i}};\n        \
         slow <= slow + 1;\n    end\n    {instance}\n    always @(posedge chosen) begin\n        \
         count <= count + {{15'b0, enable}};\n        uart_tx_o <= ^count;\n    end\nendmodule\n"
    );
    verilog.files.push(EmittedFile { name: "clocks_top.v".to_owned(), text });
    verilog.top = "clocks_top".to_owned();
    let port = |name: &str| TopPort { name: name.to_owned(), width: 1 };
    let ports = ["clk_i", "uart_rx_i", "uart_tx_o"].map(port).to_vec();
    Ok((Subject { verilog, ports, made_mhz: None }, module.name().to_owned()))
}

/// A row of the table, also for what a tool gives up on.
fn row(board: &Board, part: Part, tools: &[PathBuf]) -> Result<String> {
    let (subject, name) = subject(board.fpga.device.family.primitives(), part)?;
    let (cells, clocks, bitstream) = match build(board, &subject, tools) {
        Ok(columns) => columns,
        Err(error) => match error.downcast_ref::<FlowError>() {
            Some(FlowError::Layout { source: ToolError::Failed { tool, said, .. }, .. }) => {
                (String::new(), format!("none: {tool}: {said}"), "none".to_owned())
            }
            _ => return Err(error),
        },
    };
    let board = &board.name;
    Ok(format!("| {board} | `{name}` | {cells} | {clocks} | {bitstream} |"))
}

/// Clock cells, clocks and the bitstream's length.
fn build(board: &Board, subject: &Subject, tools: &[PathBuf]) -> Result<(String, String, String)> {
    let folder = tempfile::tempdir()?;
    let job = Job {
        board,
        subject,
        target_mhz: None,
        seeds: vec![1],
        expected: Expected::default(),
        by_module: false,
        wide_luts: true,
        folder: folder.path().to_owned(),
    };
    let flow = Flow { toolbox: Toolbox::new().before(tools.to_vec()), ..Flow::default() };
    let report = flow.build(&job)?;
    let text = std::fs::read_to_string(folder.path().join("netlist.json"))?;
    let cells = Netlist::parse("netlist.json", &text, subject.top())?.top_cells();
    let count = |cell: &&str| Some(format!("{} {cell}", cells.get(*cell)?));
    let cells: Vec<String> = CELLS.iter().filter_map(count).collect();
    let clocks = report.seeds.iter().flat_map(|seed| &seed.clocks);
    let clocks: Vec<String> =
        clocks.map(|clock| format!("`{}` {:.0}", clock.clock, clock.mhz)).collect();
    let bytes = report.bitstream.map_or(0, |bitstream| bitstream.bytes);
    Ok((cells.join(", "), clocks.join(", "), format!("{bytes} bytes")))
}
