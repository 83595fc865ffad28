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

/// Errors of the clock, each placed machine's in turn held out: there are few of them.
fn clocks(all: &[&Sample]) -> Vec<f64> {
    let error = |(index, one): (usize, &&Sample)| {
        let mhz = one.mhz?;
        let unplaced = Sample { mhz: None, ..(*one).clone() };
        let mut others = all.to_vec();
        others[index] = &unplaced;
        Some(relative(Model::fit(&others)?.predict(&one.config).mhz?, mhz))
    };
    all.iter().enumerate().filter_map(error).collect()
}

fn relative(found: f64, is: f64) -> f64 {
    (found - is).abs() / is.max(1.0)
}

fn mean_and_worst(errors: &[f64]) -> [f64; 2] {
    let mean = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
    [mean, errors.iter().copied().fold(0.0, f64::max)]
}
