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
        let (place, format) = text
            .rsplit_once('=')
            .ok_or_else(|| anyhow::anyhow!("write LAYER=FORMAT or PRECISION:LAYER=FORMAT"))?;
        let (profile, layer) = match place.split_once(':') {
            Some((profile, layer)) => (Some(profile.to_owned()), layer),
            None => (None, place),
        };
        Ok(Self { profile, layer: layer.into(), format: format.parse()? })
    }
}

/// A share in an argument.
pub(super) fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("a share is a number from 0 to 1".into()),
    }
}
