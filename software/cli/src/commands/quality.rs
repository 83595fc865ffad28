//! Fewer signed digits of some layers' weights, whatever the command does with the package.

use anyhow::{Context, ensure};
use bitladder_network::QuantOp;
use bitladder_package::Package;

use crate::args::QualityChoice;

/// Sets the qualities that were asked for.
pub(super) fn apply(package: &mut Package, choices: &[QualityChoice]) -> anyhow::Result<()> {
    for choice in choices {
        let mut found = false;
        let wanted = choice.profile.as_ref();
        let profiles = package.profiles.iter_mut();
        for profile in profiles.filter(|profile| wanted.is_none_or(|name| *name == profile.name)) {
            let layers = profile.network.layers.iter_mut();
            for layer in layers.filter(|layer| layer.name == choice.layer) {
                let (QuantOp::Conv { linear, .. } | QuantOp::Dense { linear }) = &mut layer.op
                else {
                    anyhow::bail!("--quality: layer `{}` has no weights", layer.name);
                };
                linear.weights = linear
                    .weights
                    .clone()
                    .with_quality(choice.digits)
                    .with_context(|| format!("--quality: layer `{}`", layer.name))?;
                found = true;
            }
            profile
                .network
                .validate(profile.accumulator_bits)
                .with_context(|| format!("--quality {}={}", choice.layer, choice.digits))?;
        }
        let place = wanted.map_or(String::new(), |name| format!(" in precision `{name}`"));
        ensure!(found, "--quality: no layer is called `{}`{place}", choice.layer);
    }
    Ok(())
}
