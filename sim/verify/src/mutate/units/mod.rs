//! Units of the machine alone, where networks cannot bring them: sums that do not fit, gated rows
//! and columns, lanes that stand, every 3-bit code with every scalar, weights that lose digits,
//! counts as large as their fields.

mod array;
mod drive;
mod lane;
mod sequencer;
mod stream;

use std::sync::Arc;

use bitladder_machine::MachineConfig;
use bitladder_rtl::{Design, Module, Sim};
use bitladder_spec::weight_code::{QSQ_NO_OPERATION, qsq_decode};

use super::Seen;

/// Runs the units' tests; gives the bits of registers that change in each scenario of the array.
/// They must not become more than those of `known`, the sound machine.
pub(super) fn all(
    top: &Arc<Module>,
    config: &MachineConfig,
    known: Option<&[u64]>,
) -> Result<Vec<u64>, Seen> {
    let seen = |unit: &str| {
        let by = format!("unit: {unit}");
        move |what| Seen { by: by.clone(), what }
    };
    decoder(top).map_err(seen("decoder"))?;
    passes(top).map_err(seen("passes"))?;
    sequencer::all(top, known.is_some()).map_err(seen("sequencer"))?;
    lane::all(top).map_err(seen("lane"))?;
    stream::all(top, config).map_err(seen("weight stream"))?;
    let found = array::all(top, config).map_err(seen("array"))?;
    let known = known.unwrap_or(&found);
    match found.iter().zip(known).position(|(found, known)| found > known) {
        None => Ok(found),
        Some(at) => {
            let what = format!("{} bits change, not {}", found[at], known[at]);
            Err(seen("array")(what))
        }
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// A unit of the machine; `None` if the machine has none of that name.
fn unit(top: &Arc<Module>, name: &str) -> Result<Option<Sim>, String> {
    let Some(module) = top.find(name) else { return Ok(None) };
    let design = Design::elaborate(&module).map_err(text)?;
    Sim::new(&design).map(Some).map_err(text)
}

/// Every code with every scalar.
fn decoder(top: &Arc<Module>) -> Result<(), String> {
    let Some(mut sim) = unit(top, "qsq_decoder")? else { return Ok(()) };
    let [code_port, scalar_port] = ["code", "scalar"].map(|name| sim.input(name));
    let (code_port, scalar_port) = (code_port.map_err(text)?, scalar_port.map_err(text)?);
    let outputs = ["weight_o", "skip_o", "no_operation_o"].map(|name| sim.signal(name));
    let [weight, skip, none] = outputs;
    let (weight, skip, none) = (weight.map_err(text)?, skip.map_err(text)?, none.map_err(text)?);
    for code in 0..8_u16 {
        let factor = qsq_decode(code).unwrap_or(0);
        sim.write(code_port, code.into());
        for scalar in 0..1_u128 << scalar_port.ty().width {
            sim.write(scalar_port, scalar);
            let found = weight.ty().number(sim.read(weight));
            let flags = (sim.read(skip) == 1, sim.read(none) == 1);
            let wanted = i128::from(factor) * scalar as i128;
            if found != wanted || flags != (factor == 0, code == QSQ_NO_OPERATION) {
                return Err(format!("code {code} of scalar {scalar} gives {found}, not {wanted}"));
            }
        }
    }
    Ok(())
}

/// Words, passes and tiles counted as far as a layer's fields can say.
fn passes(top: &Arc<Module>) -> Result<(), String> {
    let Some(mut sim) = unit(top, "passes_")? else { return Ok(()) };
    let [longest, most] = ["layer_patch_words", "layer_tiles"].map(|name| sim.input(name));
    let [longest, most] = [longest.map_err(text)?.ty().width, most.map_err(text)?.ty().width];
    for (words, passes, tiles) in
        [(1, 40_000, 2), ((1 << (longest - 1)) + 1, 2, 1), (3, 1, (1 << (most - 1)) + 1), (2, 3, 4)]
    {
        let fields = [("layer_patch_words", words), ("layer_passes", passes)];
        for (name, value) in fields.into_iter().chain([("layer_tiles", tiles), ("start", 1)]) {
            sim.set(name, value).map_err(text)?;
        }
        sim.step("clk").map_err(text)?;
        for (name, value) in [("start", 0), ("full", 3), ("advance", 1)] {
            sim.set(name, value).map_err(text)?;
        }
        let outputs = ["issue_o", "last_o", "tile_end_o", "release_o"].map(|name| sim.signal(name));
        for count in 0..words * passes * tiles.min(3) {
            let (tile, pass) = (count / (words * passes), count / words % passes);
            let last = count % words + 1 == words;
            let end = last && pass + 1 == passes;
            let release = if end { 1 << (tile % 2) } else { 0 };
            for (signal, wanted) in outputs.iter().zip([1, last.into(), end.into(), release]) {
                let found = sim.read(signal.clone().map_err(text)?);
                if found != wanted {
                    return Err(format!("word {count} of {words} x {passes} x {tiles} is wrong"));
                }
            }
            sim.step("clk").map_err(text)?;
        }
        if sim.get("issue_o").map_err(text)? != u128::from(tiles > 3) {
            return Err(format!("{tiles} tiles end too early or too late"));
        }
    }
    Ok(())
}
