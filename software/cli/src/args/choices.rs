//! Formats and shares as they are written in arguments.

use bitladder_quantize::LayerFormat;

/// A precision by name.
#[derive(Debug, Clone)]
pub(crate) struct NamedFormat {
    pub(crate) name: String,
    pub(crate) format: LayerFormat,
}

impl std::str::FromStr for NamedFormat {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (name, format) = text.split_once('=').unwrap_or((text, text));
        anyhow::ensure!(!name.is_empty(), "the precision's name before `=` is missing");
        Ok(Self { name: name.into(), format: format.parse()? })
    }
}

/// A layer's own format.
#[derive(Debug, Clone)]
pub(crate) struct LayerChoice {
    pub(crate) profile: Option<String>,
    pub(crate) layer: String,
    pub(crate) format: LayerFormat,
}

impl std::str::FromStr for LayerChoice {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (profile, layer, format) = choice(text, "FORMAT")?;
        Ok(Self { profile, layer, format: format.parse()? })
    }
}

/// Signed digits of a layer's weights.
#[derive(Debug, Clone)]
pub(crate) struct QualityChoice {
    pub(crate) profile: Option<String>,
    pub(crate) layer: String,
    pub(crate) digits: u8,
}

impl std::str::FromStr for QualityChoice {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (profile, layer, digits) = choice(text, "DIGITS")?;
        match digits.parse() {
            Ok(digits @ 0..=31) => Ok(Self { profile, layer, digits }),
            _ => anyhow::bail!("digits are a number from 1 to 31, or 0 for all"),
        }
    }
}

/// Precision, layer and value of a choice.
fn choice<'a>(text: &'a str, value: &str) -> anyhow::Result<(Option<String>, String, &'a str)> {
    let (place, chosen) = text
        .rsplit_once('=')
        .ok_or_else(|| anyhow::anyhow!("write LAYER={value} or PRECISION:LAYER={value}"))?;
    let (profile, layer) = match place.split_once(':') {
        Some((profile, layer)) => (Some(profile.to_owned()), layer),
        None => (None, place),
    };
    Ok((profile, layer.into(), chosen))
}

/// A share in an argument.
pub(super) fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("a share is a number from 0 to 1".into()),
    }
}
