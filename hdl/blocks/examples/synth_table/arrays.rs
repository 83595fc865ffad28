//! The arrays that are measured, with the points they are to be compared with.

use std::error::Error;

use bitladder_blocks::{ArrayConfig, ArrayPlan, Dataflow, Drain, Family, Mode, Multiplier, array};

use crate::designs::{Entry, SETS, config};
use crate::devices::Device;

/// What a plain-Verilog sketch of the same array (lanes, block RAM and drain chain, no control)
/// took: lookup tables, or logic cells on iCE40, and its clock in MHz.
type Reference = Option<(u32, f64)>;

struct Size {
    device: Device,
    multiplier: Multiplier,
    modes: &'static [Mode],
    /// Rows and columns.
    size: (u32, u32),
    reference: Reference,
}

const fn size(
    device: Device,
    multiplier: Multiplier,
    set: usize,
    size: (u32, u32),
    reference: Reference,
) -> Size {
    Size { device, multiplier, modes: SETS[set].1, size, reference }
}

const WORDS: usize = 0;
const NARROW: usize = 1;
const FULL: usize = 2;

/// Arrays in all their shapes: dataflow and drain.
const IN_EVERY_SHAPE: [Size; 2] = [
    size(Device::Ecp5_25, Multiplier::OneDsp, FULL, (4, 7), Some((15_645, 97.0))),
    size(Device::Ecp5_25, Multiplier::TwoDsp, FULL, (2, 7), Some((4_844, 103.0))),
];

/// Arrays as broadcast with chains.
const OTHERS: [Size; 20] = [
    size(Device::Ecp5_25, Multiplier::OneDsp, WORDS, (4, 7), Some((3_173, 117.0))),
    size(Device::Ecp5_25, Multiplier::HalfWord, FULL, (4, 7), Some((6_023, 115.0))),
    size(Device::Ecp5_25, Multiplier::Fabric, FULL, (4, 7), None),
    size(Device::Ecp5_25, Multiplier::OneDsp, FULL, (1, 6), None),
    size(Device::Ecp5_25, Multiplier::OneDsp, FULL, (2, 6), None),
    size(Device::Ecp5_85, Multiplier::HalfWord, FULL, (8, 8), Some((13_398, 100.0))),
    size(Device::Ecp5_85, Multiplier::OneDsp, FULL, (8, 8), Some((35_402, 79.0))),
    size(Device::Up5k, Multiplier::OneDsp, WORDS, (2, 4), Some((1_270, 46.5))),
    size(Device::Up5k, Multiplier::HalfWord, FULL, (2, 4), Some((1_996, 36.9))),
    size(Device::Up5k, Multiplier::OneDsp, FULL, (2, 4), Some((4_654, 33.2))),
    size(Device::Up5k, Multiplier::Mac16, FULL, (2, 2), Some((1_503, 30.9))),
    size(Device::Up5k, Multiplier::Mac16, NARROW, (2, 4), None),
    size(Device::Up5k, Multiplier::Fabric, NARROW, (3, 4), Some((4_790, 30.0))),
    size(Device::Hx8k, Multiplier::Fabric, NARROW, (3, 4), None),
    size(Device::Hx8k, Multiplier::Fabric, NARROW, (4, 4), Some((6_315, 79.9))),
    size(Device::Gw1n9, Multiplier::OneDsp, WORDS, (4, 5), Some((2_259, 146.0))),
    size(Device::Gw1n9, Multiplier::HalfWord, FULL, (4, 5), Some((4_080, 115.0))),
    size(Device::Gw2a18, Multiplier::OneDsp, WORDS, (6, 8), Some((5_121, 277.0))),
    size(Device::Gw2a18, Multiplier::HalfWord, FULL, (6, 8), Some((9_518, 237.0))),
    size(Device::Gw2a18, Multiplier::OneDsp, FULL, (6, 8), None),
];

/// All arrays, in the order of the tables.
pub(crate) fn arrays(entries: &mut Vec<Entry>) -> Result<(), Box<dyn Error>> {
    let chain = (Dataflow::Broadcast, Drain::Chain);
    let shapes = [chain, (Dataflow::Broadcast, Drain::Bus), (Dataflow::Systolic, Drain::Chain)];
    for size in &IN_EVERY_SHAPE {
        for shape in shapes {
            entries.push(entry(size, shape)?);
        }
    }
    for size in &OTHERS {
        entries.push(entry(size, chain)?);
    }
    Ok(())
}

fn entry(size: &Size, (dataflow, drain): (Dataflow, Drain)) -> Result<Entry, Box<dyn Error>> {
    let Size { device, multiplier, modes, size: (rows, columns), reference } = *size;
    let family = match device {
        Device::Ecp5_25 | Device::Ecp5_85 => Family::Ecp5,
        Device::Up5k | Device::Hx8k => Family::Ice40,
        Device::Gw1n9 | Device::Gw2a18 => Family::Gowin,
    };
    let lane = config(family, multiplier, modes);
    let plan = ArrayPlan::new(&ArrayConfig { lane, rows, columns, dataflow, drain })?;
    let set = SETS.iter().find(|(_, set)| *set == modes).map_or("", |(name, _)| name);
    let name = format!(
        "{} {rows}x{columns} {} {set}, {}, {}",
        device.name(),
        multiplier.name(),
        dataflow.name(),
        drain.name()
    );
    let lanes = rows * columns;
    Ok(Entry { name, family, module: array(&plan)?, device: Some(device), lanes, reference })
}
