//! Designs to try the flow with: arrays of lanes in the [`frame`].

use bitladder_blocks::{
    ArrayConfig, ArrayPlan, BlockError, Dataflow, Drain, LaneConfig, Mode, Multiplier, WeightKind,
    array, frame,
};
use bitladder_rtl::{Design, EmitError, EmitOptions, Errors};
use thiserror::Error;

use crate::device::{Device, Family};
use crate::flow::{Expected, Subject};

/// A design that cannot be made.
#[derive(Debug, Error)]
pub enum DesignError {
    /// A name that says nothing.
    #[error(
        "design `{name}`: {problem}; write `array-ROWSxCOLUMNS`, then if wanted `-MULTIPLIER` \
         ({multipliers}) and `-MODES` ({modes}), such as `array-2x4-dsp1-16.8.4`"
    )]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
        /// The multipliers there are.
        multipliers: String,
        /// The modes there are.
        modes: &'static str,
    },
    /// The array cannot be built like this.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The description is wrong.
    #[error(transparent)]
    Description(#[from] Errors),
    /// It cannot be written as Verilog.
    #[error(transparent)]
    Emit(#[from] EmitError),
}

const MULTIPLIERS: [Multiplier; 5] = [
    Multiplier::Fabric,
    Multiplier::OneDsp,
    Multiplier::TwoDsp,
    Multiplier::Mac16,
    Multiplier::Shifter,
];
const MODES: [(&str, Mode); 4] =
    [("16", Mode::Word16), ("8", Mode::Word8), ("4", Mode::Word4), ("1", Mode::Binary)];
/// Longest dot product of the arrays.
const REDUCTION: u32 = 500;

/// An array as its name says, for a device: without a multiplier in the name the smallest that
/// the device has a block for, without modes 16, 8 and 4 bits.
pub fn plan(name: &str, device: &Device) -> Result<ArrayPlan, DesignError> {
    let fault = |problem| {
        let multipliers = MULTIPLIERS.map(Multiplier::name).join(", ");
        DesignError::Name { name: name.to_owned(), problem, multipliers, modes: "16.8.4.1" }
    };
    let mut words = name.split('-');
    if words.next() != Some("array") {
        return Err(fault("only arrays are known"));
    }
    let size = words.next().and_then(|size| size.split_once('x'));
    let size = size.and_then(|(rows, columns)| Some((rows.parse().ok()?, columns.parse().ok()?)));
    let (rows, columns) = size.ok_or_else(|| fault("rows and columns are missing"))?;
    let multiplier = match words.next() {
        None => smallest(device),
        Some(word) => MULTIPLIERS
            .into_iter()
            .find(|one| one.name() == word)
            .ok_or_else(|| fault("unknown multiplier"))?,
    };
    let modes =
        words.next().unwrap_or(if multiplier == Multiplier::Shifter { "16" } else { "16.8.4" });
    let mode = |word: &str| MODES.iter().find(|(name, _)| *name == word).map(|(_, mode)| *mode);
    let modes: Option<Vec<Mode>> = modes.split('.').map(mode).collect();
    let modes = modes.ok_or_else(|| fault("unknown modes"))?;
    if words.next().is_some() {
        return Err(fault("too many parts"));
    }
    let weights = match multiplier {
        Multiplier::Shifter => vec![WeightKind::PowerOfTwo],
        _ => vec![WeightKind::Fixed],
    };
    let family = device.family.primitives();
    let (reduction, accumulator_bits) = (REDUCTION, None);
    let lane = LaneConfig { family, multiplier, modes, weights, reduction, accumulator_bits };
    let (dataflow, drain) = (Dataflow::Broadcast, Drain::Chain);
    Ok(ArrayPlan::new(&ArrayConfig { lane, rows, columns, dataflow, drain })?)
}

fn smallest(device: &Device) -> Multiplier {
    match device.family {
        _ if device.dsp == 0 => Multiplier::Fabric,
        Family::Ice40 => Multiplier::Mac16,
        Family::Ecp5 | Family::Gowin => Multiplier::OneDsp,
    }
}

/// The array in the frame, with the blocks that must come out of its synthesis.
pub fn subject(plan: &ArrayPlan) -> Result<(Subject, Expected), DesignError> {
    let config = plan.config();
    let design = Design::elaborate(&frame(&array(plan)?)?)?;
    let options = EmitOptions {
        generator: concat!("bitladder-fpga ", env!("CARGO_PKG_VERSION")).to_owned(),
        configuration: crate::hash::sha256(format!("{config:?}").as_bytes()),
        ..EmitOptions::default()
    };
    let lanes = u64::from(config.rows) * u64::from(config.columns);
    let dsp = Some(lanes * u64::from(plan.lane().dsp_blocks()));
    Ok((Subject::new(&design, &options)?, Expected { dsp, bram: Some(0), spram: Some(0) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        let device = |name| Device::find(name).unwrap();
        let array = plan("array-3x2", device("iCE40-UP5K")).unwrap();
        assert_eq!((array.config().rows, array.config().columns), (3, 2));
        assert_eq!(array.config().lane.multiplier, Multiplier::Mac16);
        let array = plan("array-1x2-dsp2-8.4", device("LFE5U-25F")).unwrap();
        assert_eq!(array.config().lane.multiplier, Multiplier::TwoDsp);
        assert_eq!(array.config().lane.modes, [Mode::Word8, Mode::Word4]);
        assert_eq!(plan("array-1x1", device("GW5A-25A")).unwrap().lane().dsp_blocks(), 0);
    }

    #[test]
    fn names_that_say_nothing_are_explained() {
        let fault = |name| plan(name, &crate::DEVICES[0]).unwrap_err().to_string();
        assert_eq!(
            fault("matrix"),
            "design `matrix`: only arrays are known; write `array-ROWSxCOLUMNS`, then if wanted \
             `-MULTIPLIER` (fabric, dsp1, dsp2, mac16, shifter) and `-MODES` (16.8.4.1), such as \
             `array-2x4-dsp1-16.8.4`"
        );
        assert!(fault("array-2").contains("rows and columns are missing"));
        assert!(fault("array-2x2-dsp9").contains("unknown multiplier"));
        assert!(fault("array-2x2-dsp1-12").contains("unknown modes"));
        assert!(fault("array-2x2-dsp1-8-fast").contains("too many parts"));
        assert!(fault("array-0x2").contains("`array.rows` = 0 is out of range"));
    }
}
