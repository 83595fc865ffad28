//! Counts signal toggles of the signed-digit multiplier at each quality, gated and not.
//!
//! Yosys maps the emitted Verilog to simple gates and flip-flops; Icarus Verilog runs the netlist
//! without delays; every change of a net counts.
//!
//! `cargo run --release -p bitladder-blocks --example csd_activity > docs/results/csd-activity.md`

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bitladder_blocks::csd::{CsdMultiplierConfig, Gating, csd_multiplier};
use bitladder_rtl::{Design, EmitOptions, Module, ModuleBuilder, sint, uint};
use bitladder_spec::SplitMix64;
use bitladder_spec::csd::{Csd, Quality};

/// Products per measurement.
const PRODUCTS: usize = 2000;
/// Products that share a weight: each its own, or as in an array that holds its weights.
const HOLDS: [usize; 2] = [1, 16];
/// The seed of the operands.
const SEED: u64 = 1;

/// A multiplier as a netlist of gates, in a folder of its own.
struct Netlist {
    folder: tempfile::TempDir,
    top: String,
    bits: u32,
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
        "read_verilog -DSYNTHESIS design.v; synth -flatten -top {top}; abc -g AND,OR,XOR,MUX; \
         opt_clean -purge; splitnets; write_verilog -noattr gates.v"
    );
    run("yosys", &["-q", "-p", &script], folder.path())?;
    Ok(Netlist { folder, top, bits })
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

/// A test bench that multiplies one pair per cycle at one quality and records all nets.
fn bench(netlist: &Netlist, digits: u32) -> String {
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
        "    for (i = 0; i < {PRODUCTS}; i = i + 1) begin {{w, x}} = rows[i]; #5 clk = 1; #5 clk = \
         0; end\n    $finish;\n  end\nendmodule"
    );
    text
}

/// Changes of all nets but the clock, per product.
fn toggles(netlist: &Netlist, digits: u32, hold: usize) -> Result<f64, Box<dyn Error>> {
    let folder = netlist.folder.path();
    let mask = (1i64 << netlist.bits) - 1;
    let digits_of = (netlist.bits / 4) as usize;
    let rows: String = operands(netlist.bits, hold)
        .iter()
        .map(|(w, x)| format!("{:0digits_of$x}{:0digits_of$x}\n", w & mask, x & mask))
        .collect();
    std::fs::write(folder.join("rows.hex"), rows)?;
    std::fs::write(folder.join("bench.v"), bench(netlist, digits))?;
    let args = ["-g2005", "-o", "run", "-s", "bench", "bench.v", "gates.v"];
    run("iverilog", &args, folder)?;
    run("vvp", &["-n", "run"], folder)?;
    Ok(count(&std::fs::read_to_string(folder.join("run.vcd"))?) as f64 / PRODUCTS as f64)
}

/// Bits that change in a trace, the clock's not counted. Known values only: everything that was
/// undefined before has its value by the first product.
fn count(trace: &str) -> u64 {
    let mut values: HashMap<&str, String> = HashMap::new();
    let mut clocks = Vec::new();
    let mut changes = 0;
    for line in trace.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["$var", _, _, code, "clk_i", ..] = words[..] {
            clocks.push(code);
            continue;
        }
        let (value, code) = match (line.as_bytes().first(), &words[..]) {
            (Some(b'b'), [value, code]) => (&value[1..], *code),
            (Some(b'0' | b'1' | b'x'), [change]) => change.split_at(1),
            _ => continue,
        };
        if clocks.contains(&code) {
            continue;
        }
        let before = values.insert(code, value.to_owned()).unwrap_or_default();
        let known = |bit: char| bit == '0' || bit == '1';
        // Vectors are written without leading zeroes.
        let bits = |text: &str| format!("{text:0>64}").chars().collect::<Vec<_>>();
        let pairs = bits(&before).into_iter().zip(bits(value));
        if !before.is_empty() {
            changes += pairs.filter(|(a, b)| known(*a) && known(*b) && a != b).count() as u64;
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

fn main() -> Result<(), Box<dyn Error>> {
    println!("# Activity of the signed-digit multiplier\n");
    println!("Net toggles per product, clock not counted, in a netlist of two-input gates,");
    println!(
        "multiplexers and flip-flops with enables (Yosys), run without delays (Icarus Verilog):"
    );
    println!(
        "glitches are not in the numbers. {PRODUCTS} products, one per cycle; weights normal with"
    );
    println!(
        "a standard deviation of a third of the range, activations behind ReLU, half of them 0"
    );
    println!(
        "(seed {SEED}). The error is the root mean square of products relative to the exact ones.\n"
    );
    println!("    cargo run --release -p bitladder-blocks --example csd_activity\n");
    println!("| bits | weight used | digits kept | not gated | operands gated | rms error |");
    println!("|---|---|---|---|---|---|");
    for bits in [8, 16] {
        let [free, gated] =
            [signed_digits(bits, Gating::None)?, signed_digits(bits, Gating::Enables)?];
        let exact = ordinary(bits)?;
        for hold in HOLDS {
            let times = if hold == 1 { "once".to_owned() } else { format!("{hold} times") };
            let exact = toggles(&exact, 0, hold)?;
            println!("| {bits} | {times} | ordinary multiplier | {exact:.0} | | 0.00 % |");
            for digits in 1..=bits / 2 {
                let [free, gated] = [toggles(&free, digits, hold)?, toggles(&gated, digits, hold)?];
                let error = error(bits, digits)?;
                println!("| {bits} | {times} | {digits} | {free:.0} | {gated:.0} | {error:.2} % |");
            }
        }
    }
    Ok(())
}
