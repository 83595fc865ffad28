//! A module as gates of a standard-cell library.
//!
//! Yosys maps it to the cells of OSU's library for 180 nm, Icarus Verilog runs the gates without
//! delays on given inputs, and OpenSTA turns the changes of each gate's output into power.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use bitladder_rtl::{Design, Direction, EmitOptions, Module};
use serde::Serialize;

use crate::{PowerError, Toggles};

/// The library of `qflow-tech-osu018`.
const LIBRARY: &str = "/usr/share/qflow/tech/osu018/osu018_stdcells";
/// A cycle in nanoseconds. Energies do not depend on it, leakage apart.
const PERIOD: f64 = 10.0;

/// With a driver and a load ABC puts buffers into nets that go to many gates. Without, their edges
/// take nanoseconds, and gates behind them are said to take many times their energy.
const CONSTRAINTS: &str = "set_driving_cell DFFPOSX1\nset_load 0.05 [all_outputs]\n";

/// Energy per cycle, in picojoules.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Energy {
    /// Flip-flops with their clock pins.
    pub registers: f64,
    /// Everything else.
    pub logic: f64,
    /// Changes of gates' outputs per cycle.
    pub toggles: f64,
}

impl Energy {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.registers + self.logic
    }
}

/// What stands at the inputs in a cycle, by the ports' names without `_i`.
pub type Row = HashMap<String, u128>;

/// A module mapped to gates, in a folder of its own.
#[derive(Debug)]
pub struct Gates {
    folder: tempfile::TempDir,
    top: String,
    /// Inputs and outputs besides the clock: name, base name, width, whether it is an input.
    ports: Vec<(String, String, u32, bool)>,
    clock: String,
    pins: Vec<Pin>,
    /// Gates there are.
    pub cells: usize,
}

fn run(
    (tool, package): (&'static str, &'static str),
    args: &[&str],
    folder: &Path,
) -> Result<String, PowerError> {
    let output = Command::new(tool).args(args).current_dir(folder).output();
    let output = output.map_err(|source| PowerError::Start { tool, package, source })?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    let said = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
    let last: Vec<&str> = said.trim().lines().rev().take(3).collect();
    let said = last.into_iter().rev().collect::<Vec<_>>().join("; ");
    Err(PowerError::Failed { tool, said })
}

fn write(file: &Path, text: &str) -> Result<(), PowerError> {
    std::fs::write(file, text).map_err(|source| PowerError::File { file: file.to_owned(), source })
}

/// A pin of a gate: `_12_/Y`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pin {
    name: String,
    net: String,
    drives: bool,
}

/// The pins of the gates of a netlist that Yosys wrote, without those of the clock.
fn pins(netlist: &str) -> Vec<Pin> {
    let (mut all, mut gate) = (Vec::new(), "");
    for line in netlist.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [_, name, "("] = words[..] {
            gate = name;
        }
        let pin = line.trim().strip_prefix('.').and_then(|pin| pin.split_once('('));
        if let Some((pin, rest)) = pin.filter(|(pin, _)| *pin != "CLK") {
            let net = rest.trim_end_matches(',').trim_end_matches(')').trim();
            let net = net.trim_start_matches('\\').to_owned();
            let drives = ["Y", "Q", "YC", "YS"].contains(&pin);
            all.push(Pin { name: format!("{gate}/{pin}"), net, drives });
        }
    }
    all
}

impl Gates {
    /// Maps a module.
    pub fn new(module: &Arc<Module>) -> Result<Gates, PowerError> {
        let library = PathBuf::from(format!("{LIBRARY}.lib"));
        if !library.is_file() {
            return Err(PowerError::NoLibrary { file: library });
        }
        let design = Design::elaborate(module)?;
        let emitted = design.verilog(&EmitOptions::default())?;
        let folder = tempfile::tempdir()
            .map_err(|source| PowerError::File { file: std::env::temp_dir(), source })?;
        write(&folder.path().join("design.v"), &emitted.single_file())?;
        let top = emitted.top;
        write(&folder.path().join("constraints"), CONSTRAINTS)?;
        let script = format!(
            "read_verilog design.v; synth -flatten -top {top}; dfflibmap -liberty {LIBRARY}.lib; \
             abc -liberty {LIBRARY}.lib -constr constraints -D {}; splitnets -ports; opt_clean -purge; rename -hide *; \
             rename -enumerate; write_verilog -noattr -noexpr gates.v",
            PERIOD * 1e3
        );
        run(("yosys", "yosys"), &["-q", "-p", &script], folder.path())?;
        let file = folder.path().join("gates.v");
        let netlist =
            std::fs::read_to_string(&file).map_err(|source| PowerError::File { file, source })?;
        let pins = pins(&netlist);
        let cells = pins.iter().filter(|pin| pin.drives).count();
        let (ports, clock) = (Vec::new(), String::new());
        let mut gates = Gates { folder, top, ports, clock, pins, cells };
        for port in design.top().ports() {
            let entry = |input| (port.name.clone(), port.base.clone(), port.ty.width, input);
            match port.direction {
                Direction::ClockInput => gates.clock = port.name.clone(),
                Direction::Input => gates.ports.push(entry(true)),
                _ => gates.ports.push(entry(false)),
            }
        }
        Ok(gates)
    }

    /// The energy per cycle for inputs cycle by cycle. The first `skipped` cycles do not count.
    pub fn energy(&self, rows: &[Row], skipped: usize) -> Result<Energy, PowerError> {
        let folder = self.folder.path();
        write(&folder.join("rows.hex"), &self.rows(rows))?;
        write(&folder.join("bench.v"), &self.bench(rows.len(), skipped))?;
        let models = format!("{LIBRARY}.v");
        let args = ["-g2005", "-o", "run", "-s", "bench", "bench.v", "gates.v", &models];
        run(("iverilog", "iverilog"), &args, folder)?;
        run(("vvp", "iverilog"), &["-n", "run"], folder)?;
        let file = folder.join("run.vcd");
        let trace = File::open(&file).map_err(|source| PowerError::File { file, source })?;
        let toggles = Toggles::read(BufReader::new(trace))?;
        let cycles = (rows.len() - skipped) as f64;
        let toggled: HashMap<&str, u64> = toggles
            .signals
            .iter()
            .map(|signal| {
                let name = signal.path.strip_prefix("bench.dut.").unwrap_or(&signal.path);
                (name.trim_start_matches('\\'), signal.toggles)
            })
            .collect();
        write(&folder.join("power.tcl"), &self.script(&toggled, cycles))?;
        let said = run(("sta", "opensta"), &["-no_init", "-exit", "power.tcl"], folder)?;
        let outputs = self.pins.iter().filter(|pin| pin.drives);
        let toggles = outputs.filter_map(|pin| toggled.get(pin.net.as_str())).sum::<u64>();
        Ok(Energy {
            registers: watts(&said, "Sequential")? * PERIOD * 1e3,
            logic: watts(&said, "Combinational")? * PERIOD * 1e3,
            toggles: toggles as f64 / cycles,
        })
    }

    fn inputs(&self) -> impl Iterator<Item = &(String, String, u32, bool)> {
        self.ports.iter().filter(|(.., input)| *input)
    }

    /// All inputs of a cycle side by side, the first port highest.
    fn rows(&self, rows: &[Row]) -> String {
        let mut text = String::new();
        for row in rows {
            for (_, base, width, _) in self.inputs() {
                let value = row.get(base).copied().unwrap_or(0);
                // Writing to a string cannot fail.
                let _ = write!(text, "{value:0width$b}", width = *width as usize);
            }
            text.push('\n');
        }
        text
    }

    /// Inputs change after the rising edge, as those of registers do.
    fn bench(&self, rows: usize, skipped: usize) -> String {
        let (mut pins, mut order, mut bits) = (String::new(), Vec::new(), 0);
        let mut wires = String::new();
        for (name, _, width, input) in &self.ports {
            let kind = if *input { "reg" } else { "wire" };
            let _ = writeln!(wires, "  {kind} [{}:0] {name};", width - 1);
            for bit in 0..*width {
                let pin = if *width == 1 { name.clone() } else { format!("\\{name}[{bit}] ") };
                let _ = write!(pins, ", .{pin}({name}[{bit}])");
            }
            if *input {
                order.push(name.as_str());
                bits += width;
            }
        }
        format!(
            "`timescale 1ns/1ps\nmodule bench;\n  reg clk = 0;\n{wires}  reg [{top}:0] rows \
             [0:{last}];\n  integer i;\n  {name} dut (.{clock}(clk){pins});\n  initial begin\n    \
             $readmemb(\"rows.hex\", rows);\n    $dumpfile(\"run.vcd\");\n    for (i = 0; i < \
             {rows}; i = i + 1) begin\n      if (i == {skipped}) $dumpvars(1, dut);\n      \
             {{{order}}} = rows[i];\n      #4 clk = 0; #5 clk = 1; #1;\n    end\n    $finish;\n  \
             end\nendmodule\n",
            top = bits - 1,
            last = rows - 1,
            name = self.top,
            clock = self.clock,
            order = order.join(", "),
        )
    }

    /// The changes per cycle at each pin.
    fn script(&self, toggled: &HashMap<&str, u64>, cycles: f64) -> String {
        let mut text = format!(
            "read_liberty {LIBRARY}.lib\nread_verilog gates.v\nlink_design {}\ncreate_clock -period \
             {PERIOD} [get_ports {}]\nsta::set_power_input_activity 0 0.5\n",
            self.top, self.clock
        );
        for Pin { name, net, .. } in &self.pins {
            // Constants do not change.
            let activity = toggled.get(net.as_str()).copied().unwrap_or(0) as f64 / cycles;
            // The command around this procedure takes inputs only, and needs another procedure
            // that version 2.0 does not have.
            let _ =
                writeln!(text, "sta::set_power_pin_activity [get_pins {name}] {activity:.5} 0.5");
        }
        text.push_str("report_power\nexit\n");
        text
    }
}

/// Internal, switching and leakage power of a group, summed: the last column of its line.
fn watts(report: &str, group: &str) -> Result<f64, PowerError> {
    let line = report.lines().find(|line| line.trim_start().starts_with(group));
    let total = line.and_then(|line| line.split_whitespace().nth(4)?.parse().ok());
    total.ok_or_else(|| PowerError::Report { said: report.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_found_with_the_nets_they_drive() {
        let text = "  wire \\y_o[0] ;\n  NAND2X1 _3_ (\n    .A(_1_),\n    .B(_2_),\n    .Y(\\y_o[0] )\n  );\n  \
                    DFFPOSX1 _4_ (\n    .CLK(clk_i),\n    .D(_5_),\n    .Q(_1_)\n  );\n";
        let pin = |name: &str, net: &str, drives| Pin {
            name: name.to_owned(),
            net: net.to_owned(),
            drives,
        };
        let wanted = [
            pin("_3_/A", "_1_", false),
            pin("_3_/B", "_2_", false),
            pin("_3_/Y", "y_o[0]", true),
            pin("_4_/D", "_5_", false),
            pin("_4_/Q", "_1_", true),
        ];
        assert_eq!(pins(text), wanted);
    }

    #[test]
    fn a_group_of_the_report_gives_its_watts() {
        let report = "Sequential  7.60e-04  3.91e-05  5.14e-09  8.00e-04  59.7%\n";
        assert_eq!(watts(report, "Sequential").unwrap(), 8e-4);
        let message = watts(report, "Combinational").unwrap_err().to_string();
        assert!(message.starts_with("the report of OpenSTA has no line"), "{message}");
    }
}
