//! The lane alone: while its enable is clear, it keeps its state.

use std::sync::Arc;

use bitladder_rtl::{Module, Sim};
use bitladder_spec::SplitMix64;

use super::{text, unit};

/// Words of a run.
const WORDS: usize = 600;
/// Inputs of the lane, besides what its chain has.
const INPUTS: [&str; 5] = ["mode", "valid", "last", "a", "b"];

/// Runs both kinds of lanes of a machine.
pub(super) fn all(top: &Arc<Module>) -> Result<(), String> {
    let Some(first) = top.find("lane_") else { return Ok(()) };
    let names = ["_bus", "_chain"].map(|drain| first.name().replace("_bus", drain));
    names.iter().try_for_each(|name| stops(top, name))
}

/// What stands at the inputs in a cycle.
fn inputs(
    sim: &Sim,
    noise: &mut SplitMix64,
    mode: u64,
) -> Result<Vec<(&'static str, u128)>, String> {
    let bits = |name: &str, noise: &mut SplitMix64| {
        let wide = u128::from(noise.next_u64()) << 64 | u128::from(noise.next_u64());
        let width = sim.input(name).map_err(text)?.ty().width;
        Ok::<u128, String>(wide & (u128::MAX >> (128 - width)))
    };
    let last = noise.below(6) == 0;
    let mut all = vec![
        ("mode", u128::from(mode)),
        ("valid", u128::from(last || noise.below(8) != 0)),
        ("last", last.into()),
    ];
    for name in &INPUTS[3..] {
        all.push((name, bits(name, noise)?));
    }
    Ok(all)
}

fn step(sim: &mut Sim, enable: u128, values: &[(&str, u128)]) -> Result<u128, String> {
    sim.set("enable", enable).map_err(text)?;
    for (name, value) in values {
        sim.set(name, *value).map_err(text)?;
    }
    sim.step("clk").map_err(text)?;
    sim.get("result_o").map_err(text)
}

/// A run with stops, and noise at the inputs meanwhile, gives what the run without them gives.
fn stops(top: &Arc<Module>, name: &str) -> Result<(), String> {
    let (Some(mut plain), Some(mut stopped)) = (unit(top, name)?, unit(top, name)?) else {
        return Ok(());
    };
    for sim in [&mut plain, &mut stopped] {
        step(sim, 1, &[("rst", 1)])?;
        sim.set("rst", 0).map_err(text)?;
    }
    let (mut words, mut stops) = (SplitMix64::new(3), SplitMix64::new(4));
    for index in 0..WORDS {
        let mode = words.below(4);
        let values = inputs(&plain, &mut words, mode)?;
        let wanted = step(&mut plain, 1, &values)?;
        let found = step(&mut stopped, 1, &values)?;
        if found != wanted {
            return Err(format!(
                "{name}: {found:x} after a stop before word {index}, not {wanted:x}"
            ));
        }
        while stops.below(3) == 0 {
            let other = stops.below(4);
            let noise = inputs(&stopped, &mut stops, other)?;
            if step(&mut stopped, 0, &noise)? != wanted {
                return Err(format!("{name}: the result changes while the lane stands"));
            }
        }
    }
    Ok(())
}
