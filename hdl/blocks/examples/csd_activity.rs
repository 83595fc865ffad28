//! Counts signal toggles of the signed-digit multiplier at each quality, gated and not.
//!
//! Yosys maps the emitted Verilog to simple gates and flip-flops; Icarus Verilog runs the netlist
//! without delays; every change of a net counts, and of a clock's once per flip-flop on it.
//!
//! `cargo run --release -p bitladder-blocks --example csd_activity > docs/results/csd-activity.md`

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bitladder_blocks::Family;
use bitladder_blocks::csd::{CsdMultiplierConfig, Gating, csd_multiplier};
use bitladder_rtl::{Design, EmitOptions, Module, ModuleBuilder, sint, uint};
use bitladder_spec::SplitMix64;
use bitladder_spec::csd::{Csd, Quality};

/// Products per measurement.
const PRODUCTS: usize = 2000;
/// How a multiplier is used: its name, products that share a weight (as in an array that holds its
/// weights), and cycles from product to product.
const USES: [(&str, usize, usize); 3] =
    [("once", 1, 1), ("16 times", 16, 1), ("once, every fourth cycle", 1, 4)];
/// The seed of the operands.
const SEED: u64 = 1;

/// A multiplier as a netlist of gates, in a folder of its own.
struct Netlist {
    folder: tempfile::TempDir,
    top: String,
    bits: u32,
    /// Flip-flops on each clock.
    clocks: HashMap<String, u64>,
}

/// Changes per product.
struct Activity {
    /// Of all nets but clocks.
    nets: f64,
    /// Of the flip-flops' clock pins.
    clock_pins: f64,
}

impl Activity {
    fn cells(&self) -> String {
        format!("{:.0} + {:.0}", self.nets, self.clock_pins)
    }
}

fn run(program: &str, args: &[&str], folder: &Path) -> Result<(), Box<dyn Error>> {
    let output = Command::new(program).args(args).current_dir(folder).output();
    let output = output.map_err(|e| format!("{program}: {e}: apt-get install yosys iverilog"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
    }
}

fn signed_digits(bits: u32, gating: Gating) -> Result<Netlist, Box<dyn Error>> {
    let config = CsdMultiplierConfig { weight_bits: bits, activation_bits: bits, gating };
    netlist(&csd_multiplier(&config)?, bits)
}

/// An ordinary exact multiplier between the same registers, with the same ports.
fn ordinary(bits: u32) -> Result<Netlist, Box<dyn Error>> {
    let m = ModuleBuilder::new("ordinary");
    let clk = m.clock("clk", "clock");
    for (name, width) in [("rst", 1), ("in_valid", 1), ("out_ready", 1)] {
        m.ignore(m.input(name, uint(width), "not used"));
    }
    for name in ["digits", "dropped_lsbs"] {
        m.ignore(m.input(name, uint(8), "not used"));
    }
    let weight = m.pipe("weight_q", m.input("in_weight", sint(bits), "weight"), clk);
    let activation = m.pipe("x_q", m.input("in_activation", sint(bits), "activation"), clk);
    let product = m.pipe("product_q", weight * activation, clk);
    m.drive(m.output("out_product", sint(2 * bits), "product"), product);
    netlist(&m.build()?, bits)
}

fn netlist(module: &Arc<Module>, bits: u32) -> Result<Netlist, Box<dyn Error>> {
    let emitted = Design::elaborate(module)?.verilog(&EmitOptions::default())?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("design.v"), emitted.single_file())?;
    let top = emitted.top;
    let script = format!(
        "read_verilog -formal design.v; synth -flatten -top {top}; abc -g AND,OR,XOR,MUX; \
         opt_clean -purge; splitnets; write_verilog -noattr gates.v"
    );
    run("yosys", &["-q", "-p", &script], folder.path())?;
    let clocks = clocks(&std::fs::read_to_string(folder.path().join("gates.v"))?);
    Ok(Netlist { folder, top, bits, clocks })
}

/// The flip-flops on each clock of a netlist.
fn clocks(gates: &str) -> HashMap<String, u64> {
    let mut clocks = HashMap::new();
    let edges = gates.split("always @(").skip(1);
    for edge in edges.filter_map(|text| text.split(')').next()?.split_once("edge ")) {
        let name = edge.1.trim().trim_start_matches('\\').to_owned();
        *clocks.entry(name).or_insert(0) += 1;
    }
    clocks
}

/// Operands as a layer gives them: weights normal with a third of the range as three standard
/// deviations, activations behind ReLU, half of them 0.
fn operands(bits: u32, hold: usize) -> Vec<(i64, i64)> {
    let mut noise = SplitMix64::new(SEED);
    let half = (1i64 << (bits - 1)) as f64;
    let mut weight = 0;
    let pair = |index: usize| {
        // Twelve uniform numbers less six are nearly normal with deviation 1.
        let normal: f64 = (0..12).map(|_| noise.unit()).sum::<f64>() - 6.0;
        if index.is_multiple_of(hold) {
            weight = (normal * half / 3.0).round().clamp(-half, half - 1.0) as i64;
        }
        let activation = (noise.unit() * 2.0 - 1.0).max(0.0) * (half - 1.0);
        (weight, activation as i64)
    };
    (0..PRODUCTS).map(pair).collect()
}

/// A test bench that multiplies one pair every so many cycles at one quality and records all nets.
fn bench(netlist: &Netlist, digits: u32, cycles: usize) -> String {
    let (top, bits) = (&netlist.top, netlist.bits);
    let mut text = format!(
        "`timescale 1ns/1ps\nmodule bench;\n  reg clk = 0, rst = 1, valid = 0;\n  reg [{top_bit}:0] \
         w = 0, x = 0;\n  reg [{pair_bit}:0] rows [0:{last}];\n  integer i;\n  {top} dut \
         (.clk_i(clk), .rst_i(rst), .in_valid_i(valid), .in_weight_i(w), .in_activation_i(x), \
         .digits_i({digits}), .dropped_lsbs_i(0), .out_ready_i(1'b1));\n  initial begin\n    \
         $readmemh(\"rows.hex\", rows);\n",
        top_bit = bits - 1,
        pair_bit = 2 * bits - 1,
        last = PRODUCTS - 1,
    );
    text.push_str(
        "    repeat (4) begin #5 clk = 1; #5 clk = 0; end\n    rst = 0; valid = 1;\n    \
         $dumpfile(\"run.vcd\");\n    $dumpvars(0, dut);\n",
    );
    let _ = writeln!(
        text,
        "    for (i = 0; i < {PRODUCTS} * {cycles}; i = i + 1) begin\n      valid = i % {cycles} == 0;\n      \
         if (valid) {{w, x}} = rows[i / {cycles}];\n      #4 clk = 0; #5 clk = 1; #1;\n    end\n    $finish;\n  end\nendmodule"
    );
    text
}

/// Changes per product. Operands change after the rising edge, as those of registers do.
fn toggles(
    netlist: &Netlist,
    digits: u32,
    hold: usize,
    cycles: usize,
) -> Result<Activity, Box<dyn Error>> {
    let folder = netlist.folder.path();
    let mask = (1i64 << netlist.bits) - 1;
    let digits_of = (netlist.bits / 4) as usize;
    let rows: String = operands(netlist.bits, hold)
        .iter()
        .map(|(w, x)| format!("{:0digits_of$x}{:0digits_of$x}\n", w & mask, x & mask))
        .collect();
    std::fs::write(folder.join("rows.hex"), rows)?;
    std::fs::write(folder.join("bench.v"), bench(netlist, digits, cycles))?;
    let args = ["-g2005", "-o", "run", "-s", "bench", "bench.v", "gates.v"];
    run("iverilog", &args, folder)?;
    run("vvp", &["-n", "run"], folder)?;
    let [nets, clock_pins] =
        count(&std::fs::read_to_string(folder.join("run.vcd"))?, &netlist.clocks)
            .map(|changes| changes as f64 / PRODUCTS as f64);
    Ok(Activity { nets, clock_pins })
}

/// Bits that change in a trace, and changes of clock pins. Known values only: everything that was
/// undefined before has its value by the first product.
fn count(trace: &str, clocks: &HashMap<String, u64>) -> [u64; 2] {
    let mut values: HashMap<&str, String> = HashMap::new();
    let mut pins: HashMap<&str, u64> = HashMap::new();
    let mut changes = [0; 2];
    for line in trace.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["$var", _, _, code, name, ..] = words[..] {
            if let Some(count) = clocks.get(name.trim_start_matches('\\')) {
                pins.insert(code, *count);
            }
            continue;
        }
        let (value, code) = match (line.as_bytes().first(), &words[..]) {
            (Some(b'b'), [value, code]) => (&value[1..], *code),
            (Some(b'0' | b'1' | b'x'), [change]) => change.split_at(1),
            _ => continue,
        };
        let before = values.insert(code, value.to_owned()).unwrap_or_default();
        let known = |bit: char| bit == '0' || bit == '1';
        // Vectors are written without leading zeroes.
        let bits = |text: &str| format!("{text:0>64}").chars().collect::<Vec<_>>();
        let pairs = bits(&before).into_iter().zip(bits(value));
        if !before.is_empty() {
            let bits = pairs.filter(|(a, b)| known(*a) && known(*b) && a != b).count() as u64;
            match pins.get(code) {
                Some(pins) => changes[1] += bits * pins,
                None => changes[0] += bits,
            }
        }
    }
    changes
}

/// Root mean square of the products' errors, in per cent of the exact products' own.
fn error(bits: u32, digits: u32) -> Result<f64, Box<dyn Error>> {
    let quality = Quality { digits: digits as u8, dropped_lsbs: 0 };
    let (mut lost, mut whole) = (0.0, 0.0);
    for (weight, x) in operands(bits, 1) {
        let kept = Csd::recode(weight as i32, bits as u8)?.keep(quality);
        lost += ((kept.times(x) - weight * x) as f64).powi(2);
        whole += ((weight * x) as f64).powi(2);
    }
    Ok(100.0 * (lost / whole).sqrt())
}

const INTRODUCTION: &str = "\
# Activity of the signed-digit multiplier

Changes of nets + changes of flip-flops' clock pins, per product, in a netlist of two-input gates,
multiplexers and flip-flops with enables (Yosys), run without delays (Icarus Verilog): glitches are
not in the numbers, nor is the wiring of the clocks. 2000 products, one per cycle; weights normal
with a standard deviation of a third of the range, activations behind ReLU, half of them 0 (seed 1).
The error is the root mean square of products relative to the exact ones.

*Operands gated*: each slot has an operand register with an enable (`Gating::Enables`). *Clock gate*:
the clock of these registers stops as well while no slot takes an operand (`Gating::ClockCell`, here
with the gate for iCE40: a falling-edge register and an AND). That happens for weights without kept
digits only; with a product in every cycle it is rare, and the gate's own register costs two changes
per product. It pays where words are rarer, as in the last rows: a product in every fourth cycle.

    cargo run --release -p bitladder-blocks --example csd_activity > docs/results/csd-activity.md

| bits | weight used | digits kept | not gated | operands gated | clock gate | rms error |
|---|---|---|---|---|---|---|
";

fn main() -> Result<(), Box<dyn Error>> {
    print!("{INTRODUCTION}");
    for bits in [8, 16] {
        let gatings = [Gating::None, Gating::Enables, Gating::ClockCell(Family::Ice40)];
        let variants: Result<Vec<Netlist>, _> =
            gatings.into_iter().map(|gating| signed_digits(bits, gating)).collect();
        let (variants, exact) = (variants?, ordinary(bits)?);
        for (times, hold, cycles) in USES {
            let exact = toggles(&exact, 0, hold, cycles)?.cells();
            println!("| {bits} | {times} | ordinary multiplier | {exact} | | | 0.00 % |");
            for digits in 1..=bits / 2 {
                let mut cells = Vec::new();
                for variant in &variants {
                    cells.push(toggles(variant, digits, hold, cycles)?.cells());
                }
                let (cells, error) = (cells.join(" | "), error(bits, digits)?);
                println!("| {bits} | {times} | {digits} | {cells} | {error:.2} % |");
            }
        }
    }
    Ok(())
}
