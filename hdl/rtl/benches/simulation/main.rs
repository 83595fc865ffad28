//! The simulation in Rust and the same Verilog in Verilator, on the same stimuli, in one run.
//!
//! `cargo bench -p bitladder-rtl` prints a table; the sums at the end of both runs are compared.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use bitladder_rtl::{Design, EmitOptions, Sim};

#[path = "../../examples/mac_array/array.rs"]
mod array;
use array::{ArrayConfig, array};

/// A linear congruential generator, the same in the C++ of the Verilator run.
const FACTOR: u64 = 6_364_136_223_846_793_005;

struct Measured {
    start_up: Duration,
    run: Duration,
    sum: i128,
}

impl Measured {
    fn rate(&self, cycles: u32) -> f64 {
        f64::from(cycles) / self.run.as_secs_f64()
    }
}

/// Names of the data inputs: one row and column word each.
fn inputs(config: &ArrayConfig) -> Vec<String> {
    let rows = (0..config.rows).map(|row| format!("a_{row}_i"));
    rows.chain((0..config.columns).map(|column| format!("b_{column}_i"))).collect()
}

fn in_rust(config: &ArrayConfig, cycles: u32, read: bool) -> Result<Measured, Box<dyn Error>> {
    let started = Instant::now();
    let design = Design::elaborate(&array(config)?)?;
    let mut sim = Sim::new(&design)?;
    let words: Result<Vec<_>, _> = inputs(config).iter().map(|name| sim.input(name)).collect();
    let (words, shown) = (words?, sim.signal("acc_o")?);
    sim.set("en", 1)?;
    sim.set("mode", 1)?;
    let start_up = started.elapsed();

    let started = Instant::now();
    let mut noise = 1u64;
    for _ in 0..cycles {
        for word in &words {
            noise = noise.wrapping_mul(FACTOR).wrapping_add(1);
            sim.write(*word, u128::from(noise >> 48));
        }
        sim.step("clk")?;
        if read {
            std::hint::black_box(sim.read(shown));
        }
    }
    let sum = sim.get_number("acc_o")?;
    Ok(Measured { start_up, run: started.elapsed(), sum })
}

/// The driver of the Verilator run: inputs, then a rising and a falling edge in each cycle.
fn driver(config: &ArrayConfig, top: &str, cycles: u32) -> String {
    let draw =
        |name: String| format!("    noise = noise * {FACTOR}ull + 1; dut.{name} = noise >> 48;\n");
    let draws: String = inputs(config).into_iter().map(draw).collect();
    format!(
        "#include \"V{top}.h\"\n#include <chrono>\n#include <cstdint>\n#include <cstdio>\n\
         int main() {{\n  V{top} dut;\n  uint64_t noise = 1;\n  dut.rst_i = 0; dut.en_i = 1; \
         dut.mode_i = 1; dut.select_i = 0;\n  auto start = std::chrono::steady_clock::now();\n  \
         for (uint32_t cycle = 0; cycle < {cycles}; ++cycle) {{\n{draws}    dut.clk_i = 0; \
         dut.eval();\n    dut.clk_i = 1; dut.eval();\n  }}\n  std::chrono::duration<double> run = \
         std::chrono::steady_clock::now() - start;\n  std::printf(\"%.9f %lld\\n\", run.count(), \
         (long long)(int64_t)(dut.acc_o << 16) >> 16);\n}}\n"
    )
}

fn run(program: &str, args: &[&str], folder: &Path) -> Result<String, Box<dyn Error>> {
    let output = Command::new(program).args(args).current_dir(folder).output();
    let output = output.map_err(|error| format!("{program}: {error}; install verilator"))?;
    if !output.status.success() {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn in_verilator(config: &ArrayConfig, cycles: u32) -> Result<Measured, Box<dyn Error>> {
    let started = Instant::now();
    let emitted = Design::elaborate(&array(config)?)?.verilog(&EmitOptions::default())?;
    let folder = tempfile::tempdir()?;
    let mut args = vec!["--cc", "--exe", "--build", "-O3", "-CFLAGS", "-O3", "--Mdir", "build"];
    args.extend(["--top-module", &emitted.top, "driver.cpp"]);
    for file in &emitted.files {
        std::fs::write(folder.path().join(&file.name), &file.text)?;
        args.push(&file.name);
    }
    std::fs::write(folder.path().join("driver.cpp"), driver(config, &emitted.top, cycles))?;
    run("verilator", &args, folder.path())?;
    let start_up = started.elapsed();

    let binary = folder.path().join(format!("build/V{}", emitted.top));
    let printed = run(&binary.to_string_lossy(), &[], folder.path())?;
    let (seconds, sum) = printed.trim().split_once(' ').ok_or("the driver printed no figures")?;
    Ok(Measured { start_up, run: Duration::from_secs_f64(seconds.parse()?), sum: sum.parse()? })
}

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "| lanes | Rust, cycles/s | reading each cycle | Verilator, cycles/s | ratio | ready after, Rust | Verilator |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (side, cycles) in [(4, 1_000_000), (8, 200_000), (16, 40_000)] {
        let config = ArrayConfig { rows: side, columns: side, word: 16, accumulator: 48 };
        let rust = in_rust(&config, cycles, false)?;
        let reading = in_rust(&config, cycles, true)?;
        let verilator = in_verilator(&config, cycles)?;
        if (rust.sum, reading.sum) != (verilator.sum, verilator.sum) {
            let (rust, verilator) = (rust.sum, verilator.sum);
            return Err(format!("the sums differ: {rust} in Rust, {verilator} in Verilator").into());
        }
        println!(
            "| {side} x {side} | {:.0} | {:.0} | {:.0} | {:.2} | {:.1} ms | {:.1} s |",
            rust.rate(cycles),
            reading.rate(cycles),
            verilator.rate(cycles),
            rust.rate(cycles) / verilator.rate(cycles),
            rust.start_up.as_secs_f64() * 1e3,
            verilator.start_up.as_secs_f64(),
        );
    }
    Ok(())
}
