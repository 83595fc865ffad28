//! Builds the multi-precision array, writes its Verilog and measures the simulation.
//!
//! `cargo run --release --example mac_array -- [rows] [columns] [cycles] [verilog folder]`

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::time::Instant;

use bitladder_rtl::{Design, EmitOptions, Sim};

mod array;
use array::{ArrayConfig, array};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: u32| {
        args.get(index).map_or(Ok(default), |text| text.parse::<u32>())
    };
    let (rows, columns, cycles) = (number(0, 4)?, number(1, 4)?, number(2, 200_000)?);
    let config = ArrayConfig { rows, columns, word: 16, accumulator: 48 };

    let started = Instant::now();
    let design = Design::elaborate(&array(&config)?)?;
    println!("elaborated {rows} x {columns} lanes in {:.1?}", started.elapsed());
    if let Some(folder) = args.get(3) {
        let options = EmitOptions {
            generator: concat!("mac_array ", env!("CARGO_PKG_VERSION")).into(),
            configuration: format!("{rows}x{columns}"),
            ..EmitOptions::default()
        };
        for file in design.verilog(&options)?.files {
            std::fs::write(std::path::Path::new(folder).join(file.name), file.text)?;
        }
    }

    let mut sim = Sim::new(&design)?;
    sim.set("en", 1)?;
    sim.set("mode", 1)?;
    let inputs = (0..rows).map(|r| format!("a_{r}")).chain((0..columns).map(|c| format!("b_{c}")));
    let inputs = inputs.map(|name| sim.input(&name)).collect::<Result<Vec<_>, _>>()?;
    let started = Instant::now();
    let mut noise = 1u64;
    for _ in 0..cycles {
        for input in &inputs {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            sim.write(*input, u128::from(noise >> 48));
        }
        sim.step("clk")?;
    }
    let seconds = started.elapsed().as_secs_f64();
    let last = sim.get_number("acc")?;
    println!("{:.0} cycles/s ({cycles} cycles, last sum {last})", f64::from(cycles) / seconds);
    Ok(())
}
