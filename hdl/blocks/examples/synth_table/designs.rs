//! What is measured.

use std::error::Error;
use std::sync::Arc;

use bitladder_blocks::{
    Drain, Family, LaneConfig, LanePlan, Mode, Multiplier, WeightKind, activation_port, lane,
    weight_port,
};
use bitladder_rtl::Module;

use crate::arrays::arrays;
use crate::devices::Device;

/// A module to synthesise.
pub(crate) struct Entry {
    /// The name in the tables.
    pub(crate) name: String,
    pub(crate) family: Family,
    pub(crate) module: Arc<Module>,
    /// Where it is placed and routed, if it is.
    pub(crate) device: Option<Device>,
    /// The number of lanes to divide by, if it is an array.
    pub(crate) lanes: u32,
    /// Lookup tables and MHz to be compared with.
    pub(crate) reference: Option<(u32, f64)>,
}

/// The sets of modes by their names.
pub(crate) const SETS: [(&str, &[Mode]); 5] = [
    ("16", &[Mode::Word16]),
    ("8+4", &[Mode::Word8, Mode::Word4]),
    ("16+8+4", &[Mode::Word16, Mode::Word8, Mode::Word4]),
    ("16+8+4+1", &Mode::ALL),
    ("1", &[Mode::Binary]),
];

/// The lane that is measured.
pub(crate) fn config(family: Family, multiplier: Multiplier, modes: &[Mode]) -> LaneConfig {
    let weights = match multiplier {
        Multiplier::Shifter => vec![WeightKind::PowerOfTwo, WeightKind::Ternary],
        _ => vec![WeightKind::Fixed],
    };
    LaneConfig {
        family,
        multiplier,
        modes: modes.to_vec(),
        weights,
        reduction: 500,
        accumulator_bits: None,
    }
}

/// The lanes that exist on a family.
fn multipliers(family: Family) -> &'static [Multiplier] {
    match family {
        Family::Ice40 => &[
            Multiplier::OneDsp,
            Multiplier::HalfWord,
            Multiplier::Mac16,
            Multiplier::Fabric,
            Multiplier::Shifter,
        ],
        _ => &[
            Multiplier::OneDsp,
            Multiplier::HalfWord,
            Multiplier::TwoDsp,
            Multiplier::Fabric,
            Multiplier::Shifter,
        ],
    }
}

/// Everything, in the order of the tables.
pub(crate) fn entries() -> Result<Vec<Entry>, Box<dyn Error>> {
    let mut entries = Vec::new();
    for family in [Family::Ecp5, Family::Ice40, Family::Gowin] {
        for multiplier in multipliers(family) {
            lanes(&mut entries, family, *multiplier)?;
        }
    }
    arrays(&mut entries)?;
    Ok(entries)
}

fn lanes(
    entries: &mut Vec<Entry>,
    family: Family,
    multiplier: Multiplier,
) -> Result<(), Box<dyn Error>> {
    for (set, modes) in SETS {
        // One bit needs no multiplier: the same lane for all of them.
        let binary = set == "1" && multiplier != Multiplier::Fabric;
        if binary || (multiplier == Multiplier::Shifter && set != "16") {
            continue;
        }
        let plan = LanePlan::new(&config(family, multiplier, modes))?;
        let name = format!("{} {set}", multiplier.name());
        let mut add = |kind: &str, module| {
            let name = format!("{kind} {name}");
            entries.push(Entry { name, family, module, device: None, lanes: 0, reference: None });
        };
        add("lane", lane(&plan, Drain::Chain)?);
        if set == "16+8+4" {
            add("lane, no chain,", lane(&plan, Drain::Bus)?);
            add("activation port", activation_port(&plan)?);
            add("weight port", weight_port(&plan)?);
        }
    }
    Ok(())
}
