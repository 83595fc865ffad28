//! What is measured.

use std::error::Error;
use std::sync::Arc;

use bitladder_blocks::{
    ArrayConfig, ArrayPlan, Dataflow, Drain, Family, LaneConfig, LanePlan, Mode, Multiplier,
    WeightKind, activation_port, array, lane, weight_port,
};
use bitladder_rtl::Module;

/// A device that is placed and routed for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    Ecp5_25,
    Up5k,
    Hx8k,
}

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
}

const SETS: [(&str, &[Mode]); 5] = [
    ("16", &[Mode::Word16]),
    ("8+4", &[Mode::Word8, Mode::Word4]),
    ("16+8+4", &[Mode::Word16, Mode::Word8, Mode::Word4]),
    ("16+8+4+1", &Mode::ALL),
    ("1", &[Mode::Binary]),
];

fn config(family: Family, multiplier: Multiplier, modes: &[Mode]) -> LaneConfig {
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
        Family::Ice40 => &[Multiplier::Mac16, Multiplier::Fabric, Multiplier::Shifter],
        _ => &[Multiplier::OneDsp, Multiplier::TwoDsp, Multiplier::Fabric, Multiplier::Shifter],
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
            entries.push(Entry { name, family, module, device: None, lanes: 0 });
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

fn arrays(entries: &mut Vec<Entry>) -> Result<(), Box<dyn Error>> {
    let full = SETS[2].1;
    let broadcast = [(Dataflow::Broadcast, Drain::Chain), (Dataflow::Broadcast, Drain::Bus)];
    let systolic = [(Dataflow::Systolic, Drain::Chain)];
    let every: Vec<_> = broadcast.into_iter().chain(systolic).collect();
    let ecp5 = (Family::Ecp5, Device::Ecp5_25);
    let (up5k, hx8k) = ((Family::Ice40, Device::Up5k), (Family::Ice40, Device::Hx8k));
    let list: [(_, _, &[Mode], _, &[_]); 7] = [
        (ecp5, Multiplier::OneDsp, full, (4, 7), &every),
        (ecp5, Multiplier::TwoDsp, full, (2, 7), &every),
        (ecp5, Multiplier::OneDsp, SETS[0].1, (4, 7), &every[..1]),
        (ecp5, Multiplier::Fabric, full, (4, 7), &every[..1]),
        (up5k, Multiplier::Mac16, full, (2, 2), &every[..1]),
        (up5k, Multiplier::Mac16, SETS[1].1, (2, 4), &every[..1]),
        (hx8k, Multiplier::Fabric, SETS[1].1, (3, 4), &every[..1]),
    ];
    for ((family, device), multiplier, modes, (rows, columns), shapes) in list {
        for (dataflow, drain) in shapes {
            let (dataflow, drain) = (*dataflow, *drain);
            let lane = config(family, multiplier, modes);
            let plan = ArrayPlan::new(&ArrayConfig { lane, rows, columns, dataflow, drain })?;
            let set = SETS.iter().find(|(_, set)| *set == modes).map_or("", |(name, _)| name);
            let (multiplier, dataflow) = (multiplier.name(), dataflow.name());
            let drain = drain.name();
            let name = format!("array {rows}x{columns} {multiplier} {set}, {dataflow}, {drain}");
            let (module, device, lanes) = (array(&plan)?, Some(device), rows * columns);
            entries.push(Entry { name, family, module, device, lanes });
        }
    }
    Ok(())
}
