//! What is measured: a lane in every format, an array, both without work, signed-digit multipliers.

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::csd::{CsdMultiplierConfig, Gating, csd_multiplier};
use bitladder_rtl::Module;
use bitladder_spec::SplitMix64;
use serde::Serialize;

use crate::arrays::{arrays, lanes};
use crate::operands::{activation, weight};
use crate::{Energy, Gates, PowerError, Row};

/// Cycles that count, and those before them.
pub(crate) const CYCLES: usize = 400;
pub(crate) const BEFORE: usize = 16;
/// The seed of all operands.
pub(crate) const SEED: u64 = 1;

/// One thing to measure.
#[derive(Debug, Clone)]
pub struct Case {
    /// What computes.
    pub module: String,
    /// What it computes.
    pub work: String,
    /// Products per cycle; none if it is idle.
    pub products: u32,
    pub(crate) design: Arc<Module>,
    pub(crate) rows: Vec<Row>,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// What computes.
    pub module: String,
    /// What it computes.
    pub work: String,
    /// Gates there are.
    pub cells: usize,
    /// Products per cycle.
    pub products: u32,
    /// Energy per cycle.
    pub energy: Energy,
}

impl Measured {
    /// Picojoules per product, or per cycle if it is idle.
    pub fn each(&self) -> f64 {
        self.energy.total() / f64::from(self.products.max(1))
    }
}

pub(crate) fn row(values: &[(&str, u128)]) -> Row {
    values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn digits(bits: u32, gating: Gating, name: &str) -> Result<Vec<Case>, BlockError> {
    let config = CsdMultiplierConfig { weight_bits: bits, activation_bits: bits, gating };
    let design = csd_multiplier(&config)?;
    let rows = |digits: u32| {
        let mut noise = SplitMix64::new(SEED);
        let mask = (1_u128 << bits) - 1;
        let of = |index: usize| {
            row(&[
                ("rst", u128::from(index < 2)),
                ("in_valid", 1),
                ("in_weight", weight(&mut noise, bits) as u128 & mask),
                ("in_activation", activation(&mut noise, bits) as u128 & mask),
                ("digits", digits.into()),
                ("dropped_lsbs", 0),
                ("out_ready", 1),
            ])
        };
        (0..BEFORE + CYCLES).map(of).collect()
    };
    let case = |digits: u32| Case {
        module: format!("csd multiplier, {bits} bits, {name}"),
        work: format!("{digits} digits kept"),
        products: 1,
        design: Arc::clone(&design),
        rows: rows(digits),
    };
    Ok((1..=bits / 2).map(case).collect())
}

/// Everything, or with `quick` the lane's fixed formats only.
pub fn cases(quick: bool) -> Result<Vec<Case>, PowerError> {
    let mut all = lanes()?;
    if quick {
        all.retain(|case| case.work.ends_with("fixed"));
        return Ok(all);
    }
    all.extend(arrays()?);
    for bits in [8, 16] {
        all.extend(digits(bits, Gating::None, "not gated")?);
        all.extend(digits(bits, Gating::Enables, "operands gated")?);
    }
    Ok(all)
}

/// Measures cases one after the other; those of one module follow each other. `done` hears of each.
pub fn survey(
    cases: &[Case],
    done: &mut dyn FnMut(&Measured),
) -> Result<Vec<Measured>, PowerError> {
    let mut all = Vec::new();
    let mut known: Option<(&str, Gates)> = None;
    for case in cases {
        let gates = match known.take() {
            Some((module, gates)) if module == case.module => gates,
            _ => Gates::new(&case.design)?,
        };
        let energy = gates.energy(&case.rows, BEFORE)?;
        let (module, work) = (case.module.clone(), case.work.clone());
        let measured =
            Measured { module, work, cells: gates.cells, products: case.products, energy };
        done(&measured);
        all.push(measured);
        known = Some((&case.module, gates));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_asked_for_is_there() -> Result<(), PowerError> {
        let all = cases(false)?;
        let works: Vec<&str> = all.iter().map(|case| case.work.as_str()).collect();
        for wanted in ["1x16 fixed", "2x8 fixed", "4x4 fixed", "1x16 power-of-two", "4x4 qsq"] {
            assert!(works.contains(&wanted), "{wanted}: {works:?}");
        }
        assert!(works.contains(&"16x1 binary") && works.contains(&"8 digits kept"), "{works:?}");
        assert_eq!(all.iter().filter(|case| case.products == 0).count(), 4);
        let gated = all.iter().find(|case| case.work.ends_with("the others gated")).unwrap();
        assert_eq!((gated.products, gated.module.as_str()), (8, "array of 4 x 4 lanes"));
        assert!(all.iter().all(|case| case.rows.len() == BEFORE + CYCLES));
        assert_eq!(cases(true)?.len(), 3, "three widths");
        Ok(())
    }
}
