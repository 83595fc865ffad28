//! Units on their own, against small functions that say what they do.

mod config;
mod passes;
mod realigner;
mod row_packer;
mod streamer;
mod synthesis;
mod weight_stream;

use std::sync::Arc;

use bitladder_blocks::Mode;
use bitladder_hdl_machine::fetch::{FetchConfig, FetchPlan};
use bitladder_rtl::{Design, Module, Sim};

/// A unit in simulation, after an edge with its reset set.
fn sim(module: &Arc<Module>) -> Sim {
    let mut sim = Sim::new(&Design::elaborate(module).unwrap()).unwrap();
    sim.scramble(3);
    for input in ["rst", "clear"] {
        if sim.input(input).is_ok() {
            sim.set(input, 1).unwrap();
            sim.step("clk").unwrap();
            sim.set(input, 0).unwrap();
        }
    }
    sim
}

fn plan(config: &FetchConfig) -> FetchPlan {
    FetchPlan::new(config).unwrap()
}

fn set(sim: &mut Sim, inputs: &[(&str, u64)]) {
    inputs.iter().for_each(|(name, value)| sim.set(name, (*value).into()).unwrap());
}

/// Sets the fields of a layer that a unit has, and starts it.
fn start(sim: &mut Sim, fields: &[(&str, usize)]) {
    for (name, value) in fields {
        let port = format!("layer_{name}");
        if sim.input(&port).is_ok() {
            sim.set(&port, *value as u128).unwrap();
        }
    }
    set(sim, &[("start", 1)]);
    sim.step("clk").unwrap();
    set(sim, &[("start", 0)]);
}

/// Operand `index` of a word.
fn operand(mode: Mode, word: u16, index: u32) -> u16 {
    word >> (index * mode.bits()) & (0xffff >> (16 - mode.bits()))
}
