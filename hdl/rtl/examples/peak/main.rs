//! The worked example of `docs/hdl-layer.md`: description, Verilog, waveform.
//!
//! `cargo run --example peak -- [width] [waveform file]`

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;

use bitladder_rtl::{Design, EmitOptions, Sim};

mod peak;
mod wave;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let width = args.next().map_or(Ok(8), |text| text.parse())?;
    let design = Design::elaborate(&peak::peak(width)?)?;
    for file in design.verilog(&EmitOptions::default())?.files {
        println!("{}", file.text);
    }
    let mut sim = Sim::new(&design)?;
    if let Some(path) = args.next() {
        sim.trace(BufWriter::new(File::create(path)?))?;
    }
    print!("{}", wave::wave(&mut sim)?);
    sim.end_trace()?;
    Ok(())
}
