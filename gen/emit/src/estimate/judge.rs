//! How far estimates are off, on machines that the model has not seen.

use bitladder_fpga::Resources;
use bitladder_machine::Family;

use super::{HeldOut, Model, Sample};

/// One of so many machines is held out.
const EVERY: usize = 4;
/// Fewer placed machines than this say nothing about the clock of another.
const LEAST_PLACED: usize = 3;

pub(super) fn judge(family: Family, all: &[&Sample]) -> Option<HeldOut> {
    let part = |held: bool| {
        let numbered = all.iter().copied().enumerate();
        numbered.filter(move |(index, _)| (index % EVERY == EVERY - 1) == held).map(|(_, one)| one)
    };
    let (kept, held): (Vec<_>, Vec<_>) = (part(false).collect(), part(true).collect());
    if held.is_empty() {
        return None;
    }
    let model = Model::fit(&kept)?;
    let errors = |pick: fn(&Resources) -> u64| {
        let error = |one: &&Sample| {
            let found = pick(&model.predict(&one.config).resources);
            relative(found as f64, pick(&one.measured) as f64)
        };
        mean_and_worst(&held.iter().map(error).collect::<Vec<f64>>())
    };
    let wrong = |one: &&&Sample| {
        let found = model.predict(&one.config).resources;
        [found.dsp, found.bram, found.spram]
            != [one.measured.dsp, one.measured.bram, one.measured.spram]
    };
    let clocks = clocks(all);
    Some(HeldOut {
        family,
        machines: [kept.len(), held.len()],
        luts: errors(|used| used.luts),
        registers: errors(|used| used.registers),
        mhz: (clocks.len() >= LEAST_PLACED).then(|| mean_and_worst(&clocks)),
        placed: clocks.len(),
        wrong_blocks: all.iter().filter(wrong).count(),
    })
}

/// Errors of the clock, each placed machine in turn held out: there are few of them.
fn clocks(all: &[&Sample]) -> Vec<f64> {
    let placed: Vec<&Sample> = all.iter().copied().filter(|one| one.mhz.is_some()).collect();
    let error = |index: usize| {
        let others: Vec<&Sample> = placed
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .map(|(_, one)| *one)
            .collect();
        let found = Model::fit(&others)?.predict(&placed[index].config).mhz?;
        Some(relative(found, placed[index].mhz?))
    };
    (0..placed.len()).filter_map(error).collect()
}

fn relative(found: f64, is: f64) -> f64 {
    (found - is).abs() / is.max(1.0)
}

fn mean_and_worst(errors: &[f64]) -> [f64; 2] {
    let mean = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
    [mean, errors.iter().copied().fold(0.0, f64::max)]
}
