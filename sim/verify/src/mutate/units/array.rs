//! What the array must do alone.

use std::sync::Arc;

use bitladder_blocks::{Mode, WeightKind, word_dot};
use bitladder_machine::MachineConfig;
use bitladder_rtl::Module;

use super::drive::Driven;
use super::{text, unit};

type Format = (Mode, WeightKind);
type Scenario = fn(&mut Driven, &[Format]) -> Result<(), String>;

const ALL: [Scenario; 4] = [formats, limits, gates, waits];

/// Runs each scenario; gives the bits of registers that change in each.
pub(super) fn all(top: &Arc<Module>, config: &MachineConfig) -> Result<Vec<u64>, String> {
    let Some(sim) = unit(top, "array_")? else { return Err("there is no array".into()) };
    let mut driven = Driven::new(sim, config)?;
    driven.sim.set("rst", 1).map_err(text)?;
    driven.sim.step("clk").map_err(text)?;
    driven.sim.set("rst", 0).map_err(text)?;
    let formats = formats_of(config);
    let mut toggles = Vec::new();
    for scenario in ALL {
        let before = driven.sim.toggles();
        scenario(&mut driven, &formats)?;
        driven.finish()?;
        toggles.push(driven.sim.toggles() - before);
    }
    Ok(toggles)
}

/// What the array's lanes take; the 3-bit code is decoded before it gets there.
fn formats_of(config: &MachineConfig) -> Vec<Format> {
    let modes = config.array.modes.iter().map(|mode| u128::from(mode.code()));
    let modes: Vec<u128> = modes.collect();
    let kinds = config.array.weight_kinds.iter().map(|kind| u128::from(kind.code()));
    let kinds: Vec<u128> = kinds.collect();
    let lanes = |kind: &WeightKind| *kind != WeightKind::Qsq && kinds.contains(&kind.code());
    let all = Mode::ALL.into_iter().filter(|mode| modes.contains(&mode.code()));
    all.flat_map(|mode| {
        let taken = WeightKind::ALL.into_iter().filter(lanes);
        taken.filter(move |kind| kind.goes_with(mode)).map(move |kind| (mode, kind))
    })
    .collect()
}

const CORNERS: [u16; 9] = [0, 1, 0x7fff, 0x8000, 0xffff, 0x8080, 0x7f7f, 0x8888, 0x7777];

fn word(driven: &mut Driven) -> u16 {
    match driven.noise.below(3) {
        0 => CORNERS[driven.noise.below(CORNERS.len() as u64) as usize],
        _ => driven.noise.next_u64() as u16,
    }
}

/// A word of weights that all have a meaning.
fn weight(driven: &mut Driven, (mode, kind): Format) -> u16 {
    let mask = if kind == WeightKind::PowerOfTwo { 0x3f } else { 0xffff };
    loop {
        let found = word(driven) & mask;
        if word_dot(mode, kind, 0, found).is_some() {
            return found;
        }
    }
}

fn words(driven: &mut Driven, format: Format, count: usize) -> Vec<(Vec<u16>, Vec<u16>)> {
    let (rows, columns) = (driven.rows(), driven.columns());
    (0..count)
        .map(|_| {
            let a = (0..rows).map(|_| word(driven)).collect();
            (a, (0..columns).map(|_| weight(driven, format)).collect())
        })
        .collect()
}

/// Every format, dot products of several lengths as close as results can leave.
fn formats(driven: &mut Driven, formats: &[Format]) -> Result<(), String> {
    for round in 0..30 {
        for format in formats {
            let words = words(driven, *format, driven.rows() + round % 7);
            driven.dot(*format, &words)?;
        }
    }
    Ok(())
}

/// Columns go beyond the accumulator, up, down, and back again; some only to its last bit.
fn limits(driven: &mut Driven, formats: &[Format]) -> Result<(), String> {
    let wide = (Mode::Word16, WeightKind::Fixed);
    if !formats.contains(&wide) {
        return Ok(());
    }
    let (rows, columns) = (driven.rows(), driven.columns());
    for (length, back, turn) in [
        (511, 0, 0),
        (512, 0, 0),
        (513, 0, 0),
        (514, 0, 0),
        (520, 40, 0),
        (1100, 0, 0),
        (520, 520, 0),
        // Each column to where its top bit is no sign any more.
        (300, 0, 0),
        (300, 0, 1),
    ] {
        let weights = |sign: bool| -> Vec<u16> {
            let column = |c: usize| {
                [0x8000, 0x7fff, 0x8001, 3][(c + turn) % 4] ^ if sign { 0 } else { 0xffff }
            };
            (0..columns).map(column).collect()
        };
        let a: Vec<u16> = (0..rows).map(|r| if r % 3 == 2 { 0x7fff } else { 0x8000 }).collect();
        let there = std::iter::repeat_n((a.clone(), weights(true)), length);
        let words: Vec<_> = there.chain(std::iter::repeat_n((a, weights(false)), back)).collect();
        driven.dot(wide, &words)?;
        let after = self::words(driven, wide, rows + 1);
        driven.dot(wide, &after)?;
    }
    Ok(())
}

/// Rows and columns that do not work leave the others alone, and keep still.
fn gates(driven: &mut Driven, formats: &[Format]) -> Result<(), String> {
    let all = driven.works;
    let rows = (0..driven.rows()).map(|row| (all.0 ^ 1 << row, all.1));
    let columns = (0..driven.columns()).map(|column| (all.0, all.1 ^ 1 << column));
    for works in rows.chain(columns).chain([(1, 1), all]).collect::<Vec<_>>() {
        driven.works = works;
        for format in formats {
            let words = words(driven, *format, 12);
            driven.dot(*format, &words)?;
        }
        // Enables change between dot products only.
        driven.finish()?;
    }
    Ok(())
}

/// Results wait for whoever takes them; words without meaning pass by meanwhile.
fn waits(driven: &mut Driven, formats: &[Format]) -> Result<(), String> {
    driven.ready = false;
    for round in 0..4 {
        for format in formats {
            let words = words(driven, *format, driven.rows() + round);
            driven.dot(*format, &words)?;
            driven.finish()?;
        }
    }
    // A sum that stands at its limit waits before one that does not.
    limits(driven, formats)
}
