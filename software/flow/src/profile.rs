//! One precision of a network.

use std::fmt::Write;

use bitladder_package::Profile;
use bitladder_quantize::{
    Calibration, FormatPlan, Formats, LowerOptions, Lowered, choose_formats, lower,
};
use sha2::{Digest, Sha256};

use crate::model::hex;
use crate::{FlowError, Model, Samples};

/// A profile and how its values relate to the float network's.
#[derive(Debug, Clone)]
pub struct Made {
    /// The profile.
    pub profile: Profile,
    /// The lowered network with its places.
    pub lowered: Lowered,
    /// The formats it was lowered with.
    pub formats: Formats,
}

/// Quantises a model by a plan.
pub fn make_profile(
    name: &str,
    model: &Model,
    calibration: &Calibration,
    plan: &FormatPlan,
    options: &LowerOptions,
) -> Result<Made, FlowError> {
    let formats = choose_formats(&model.network, &model.declared, calibration, plan)?;
    let lowered = lower(&model.network, &formats, options)?;
    let profile = Profile {
        name: name.into(),
        accumulator_bits: options.accumulator_bits,
        network: lowered.network.clone(),
    };
    Ok(Made { profile, lowered, formats })
}

/// SHA-256 over everything that decides a package's contents.
pub fn fingerprint(
    model: &Model,
    plans: &[FormatPlan],
    options: &LowerOptions,
    samples: Option<&Samples>,
) -> String {
    let mut text = format!("{} {options:?}\n", model.sha256);
    for plan in plans {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{plan:?}");
    }
    let mut hash = Sha256::new();
    hash.update(text);
    for (images, _) in samples.into_iter().flat_map(Samples::steps) {
        images.data().iter().for_each(|value| hash.update(value.to_le_bytes()));
    }
    hex(&hash.finalize())
}
