//! Lanes with their ports and their way out: one alone, and the array of `sim-4x4`.

use std::sync::Arc;

use bitladder_blocks::{
    ArrayConfig, ArrayPlan, BlockError, Dataflow, Drain, Family, LaneConfig, Mode, Multiplier,
    WeightKind, array,
};
use bitladder_rtl::Module;
use bitladder_spec::SplitMix64;

use crate::Row;
use crate::operands::{activations, weights};
use crate::survey::{BEFORE, CYCLES, Case, SEED, row};

/// Words of a dot product.
const REDUCTION: usize = 64;
/// Rows, and columns, of the array.
const SIDE: usize = 4;

/// An array of so many rows and as many columns, with all modes and kinds of weights.
fn square(side: usize, drain: Drain) -> Result<Arc<Module>, BlockError> {
    let config = ArrayConfig {
        lane: LaneConfig {
            family: Family::Generic,
            multiplier: Multiplier::Fabric,
            modes: Mode::ALL.to_vec(),
            weights: WeightKind::ALL.to_vec(),
            reduction: 256,
            accumulator_bits: Some(40),
        },
        rows: side as u32,
        columns: side as u32,
        dataflow: Dataflow::Broadcast,
        drain,
    };
    array(&ArrayPlan::new(&config)?)
}

/// What a square array is given in each cycle.
#[derive(Debug, Clone, Copy)]
struct Work {
    side: usize,
    /// Enables of rows, and of columns.
    enabled: u128,
    /// Words count.
    valid: bool,
}

impl Work {
    fn all(side: usize) -> Work {
        Work { side, enabled: (1 << side) - 1, valid: true }
    }

    /// Words of a format.
    fn words(self, mode: Mode, kind: WeightKind) -> Vec<Row> {
        let mut noise = SplitMix64::new(SEED);
        let all = Work::all(self.side);
        let of = |index: usize| {
            // The array begins with work, so that what stands then is no accident.
            let now = if index < BEFORE { all } else { self };
            let ends = self.valid && index % REDUCTION == REDUCTION - 1;
            let mut row = row(&[
                ("rst", u128::from(index < 2)),
                ("mode", mode.code()),
                ("weights", kind.code()),
                ("valid", u128::from(now.valid)),
                ("last", u128::from(ends)),
                ("row_enable", now.enabled),
                ("column_enable", now.enabled),
                ("result_ready", 1),
            ]);
            for place in 0..self.side {
                row.insert(format!("a_{place}"), activations(&mut noise, mode));
                row.insert(format!("w_{place}"), weights(&mut noise, mode, kind));
            }
            row
        };
        (0..BEFORE + CYCLES).map(of).collect()
    }

    /// The same without work, its enables set or clear.
    fn idle(self, enabled: u128) -> Work {
        Work { enabled, valid: false, ..self }
    }
}

/// A format by its name.
fn format(mode: Mode, kind: WeightKind) -> String {
    let kind = if mode == Mode::Binary { "binary" } else { kind.name() };
    format!("{} {kind}", mode.name())
}

/// The mode whose words move on in front of lanes without work.
const IDLE: (Mode, WeightKind) = (Mode::Word8, WeightKind::Fixed);

fn idle(case: &dyn Fn(String, u32, Vec<Row>) -> Case, all: Work) -> [Case; 2] {
    [("set", all.enabled), ("clear", 0)].map(|(name, enabled)| {
        let work = format!("idle, operands of 2x8 move on, enables {name}");
        case(work, 0, all.idle(enabled).words(IDLE.0, IDLE.1))
    })
}

/// A lane in every format, and without work.
pub(crate) fn lanes() -> Result<Vec<Case>, BlockError> {
    let (design, all) = (square(1, Drain::Bus)?, Work::all(1));
    let case = |work, products, rows| Case {
        module: "lane".into(),
        work,
        products,
        design: Arc::clone(&design),
        rows,
    };
    let mut cases = Vec::new();
    for mode in Mode::ALL {
        for kind in WeightKind::ALL.into_iter().filter(|kind| kind.goes_with(mode)) {
            cases.push(case(format(mode, kind), mode.parts(), all.words(mode, kind)));
        }
    }
    cases.extend(idle(&case, all));
    Ok(cases)
}

/// The array with fixed weights in every mode, with a quarter of its lanes used, and without work.
pub(crate) fn arrays() -> Result<Vec<Case>, BlockError> {
    let (design, all) = (square(SIDE, Drain::Chain)?, Work::all(SIDE));
    let module = format!("array of {SIDE} x {SIDE} lanes");
    let case = |work, products, rows| Case {
        module: module.clone(),
        work,
        products,
        design: Arc::clone(&design),
        rows,
    };
    let lanes = (SIDE * SIDE) as u32;
    let mut cases = Vec::new();
    for mode in Mode::ALL {
        let (kind, products) = (WeightKind::Fixed, lanes * mode.parts());
        cases.push(case(format(mode, kind), products, all.words(mode, kind)));
    }
    let (mode, kind) = IDLE;
    let half = Work { enabled: (1 << (SIDE / 2)) - 1, ..all };
    for (others, work) in [("compute, too", all), ("gated", half)] {
        let name =
            format!("{}, a quarter of the lanes used, the others {others}", format(mode, kind));
        cases.push(case(name, lanes / 4 * mode.parts(), work.words(mode, kind)));
    }
    cases.extend(idle(&case, all));
    Ok(cases)
}
