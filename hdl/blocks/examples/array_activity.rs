//! Counts the changes of registers in an array whose rows and columns are not all needed: left on, and gated.
//!
//! `cargo run --release -p bitladder-blocks --example array_activity > docs/results/array-activity.md`

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use bitladder_blocks::{
    ArrayConfig, ArrayPlan, Dataflow, Drain, Family, LaneConfig, Mode, Multiplier, WeightKind,
    array,
};
use bitladder_rtl::{Design, Sim};
use bitladder_spec::SplitMix64;

/// Rows and columns of the array.
const SIZE: u32 = 4;
/// Words of a dot product, and dot products per measurement.
const WORDS: usize = 50;
const PRODUCTS: usize = 40;
/// The seed of the operands.
const SEED: u64 = 1;

/// What the rows and columns that a layer leaves idle do.
#[derive(Clone, Copy)]
enum Idle {
    /// Compute with the operands that happen to be there.
    Busy,
    /// Compute with zeros.
    Zeros,
    /// Rest: their clock enables are clear.
    Gated,
}

impl Idle {
    const ALL: [Idle; 3] = [Idle::Busy, Idle::Zeros, Idle::Gated];
}

/// Bits of registers that change per word that enters.
fn changes(
    design: &Design,
    mode: Mode,
    [rows, columns]: [u32; 2],
    idle: Idle,
) -> Result<f64, Box<dyn Error>> {
    let mut sim = Sim::new(design)?;
    let mut noise = SplitMix64::new(SEED);
    let enables = |used: u32| match idle {
        Idle::Gated => (1 << used) - 1,
        Idle::Busy | Idle::Zeros => (1 << SIZE) - 1,
    };
    sim.set("row_enable", enables(rows))?;
    sim.set("column_enable", enables(columns))?;
    sim.set("result_ready", 1)?;
    sim.set("mode", mode.code())?;
    sim.set("weights", WeightKind::Fixed.code())?;
    sim.set("valid", 1)?;
    let mut before = 0;
    for product in 0..=PRODUCTS {
        for word in 0..WORDS {
            for at in 0..SIZE {
                let mut operand = |used| match idle {
                    Idle::Zeros if at >= used => 0,
                    _ => u128::from(noise.next_u64() as u16),
                };
                let (a, w) = (operand(rows), operand(columns));
                sim.set(&format!("a_{at}"), a)?;
                sim.set(&format!("w_{at}"), w)?;
            }
            sim.set("last", u128::from(word + 1 == WORDS))?;
            sim.step("clk")?;
        }
        // The first dot product fills the pipelines.
        if product == 0 {
            before = sim.toggles();
        }
    }
    Ok((sim.toggles() - before) as f64 / (PRODUCTS * WORDS) as f64)
}

const INTRODUCTION: &str = "\
# Activity of an array that is not fully used

Bits of registers that change per word that enters, those inside the multiplier blocks included, in an
array of 4 x 4 lanes with one block each (ECP5, 16+8+4 bits, broadcast), from the simulation in Rust.
Dot products of 50 random words (seed 1). A layer uses some of the rows and columns; the others compute with the
operands that happen to be there (*on*), are given zeros (*zeros*), or have their clock enables clear
(*gated*). The last column is what gating saves of *on*.

    cargo run --release -p bitladder-blocks --example array_activity > docs/results/array-activity.md

| bits | rows | columns | on | zeros | gated | saved |
|---|---|---|---|---|---|---|
";

fn main() -> Result<(), Box<dyn Error>> {
    print!("{INTRODUCTION}");
    let modes = [Mode::Word16, Mode::Word8, Mode::Word4];
    let lane = LaneConfig {
        family: Family::Ecp5,
        modes: modes.to_vec(),
        weights: vec![WeightKind::Fixed],
        multiplier: Multiplier::OneDsp,
        accumulator_bits: None,
        reduction: 4 * WORDS as u32,
    };
    let (dataflow, drain) = (Dataflow::Broadcast, Drain::Chain);
    let config = ArrayConfig { lane, rows: SIZE, columns: SIZE, dataflow, drain };
    let design = Design::elaborate(&array(&ArrayPlan::new(&config)?)?)?;
    for mode in modes {
        for used in [[4, 4], [3, 4], [2, 4], [1, 4], [4, 2], [2, 2], [1, 1]] {
            let mut all = Vec::new();
            for idle in Idle::ALL {
                all.push(changes(&design, mode, used, idle)?);
            }
            let ([on, zeros, gated], [rows, columns]) = ([all[0], all[1], all[2]], used);
            let bits = 16 / mode.parts();
            let saved = 100.0 * (1.0 - gated / on);
            println!(
                "| {bits} | {rows} | {columns} | {on:.0} | {zeros:.0} | {gated:.0} | {saved:.0} % |"
            );
        }
    }
    Ok(())
}
