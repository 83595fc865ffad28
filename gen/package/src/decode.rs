//! From a manifest and data to a package. Nothing is believed: every count is checked against the
//! bytes that are there before anything of that size is allocated.

use bitladder_network::{Linear, NetworkError, QuantInput, QuantLayer, QuantNetwork, QuantOp};
use bitladder_spec::{SpecError, Weights, accumulator};

use crate::encode::scalar_bits;
use crate::manifest::{Blob, LayerEntry, LinearEntry, Manifest, OpEntry, ProfileEntry};
use crate::{Package, PackageError, Profile, bits};

/// Most layers a network may have.
const MOST_LAYERS: usize = 1 << 16;

pub(crate) fn package(
    file: &str,
    manifest: Manifest,
    data: &[u8],
) -> Result<Package, PackageError> {
    let decoder = Decoder { file, data };
    let profiles = manifest
        .profiles
        .into_iter()
        .map(|entry| decoder.profile(&manifest.name, entry))
        .collect::<Result<Vec<_>, _>>()?;
    let package = Package {
        name: manifest.name,
        source: manifest.source,
        preprocess: manifest.preprocess,
        classes: manifest.classes,
        softmax: manifest.softmax,
        profiles,
        ladder: manifest.ladder,
    };
    package.check().map_err(|what| decoder.manifest(what))?;
    Ok(package)
}

struct Decoder<'a> {
    file: &'a str,
    data: &'a [u8],
}

impl Decoder<'_> {
    fn manifest(&self, what: String) -> PackageError {
        PackageError::Manifest { file: self.file.into(), what }
    }

    fn profile(&self, name: &str, entry: ProfileEntry) -> Result<Profile, PackageError> {
        let ProfileEntry { name: profile, accumulator_bits, inputs, layers, output } = entry;
        if layers.len() > MOST_LAYERS {
            return Err(self.manifest(format!("profile `{profile}` has {} layers", layers.len())));
        }
        if accumulator_bits > accumulator::MAX_BITS {
            let most = accumulator::MAX_BITS;
            return Err(self.manifest(format!(
                "profile `{profile}`: accumulator_bits is {accumulator_bits}, more than {most}"
            )));
        }
        let inputs = inputs
            .into_iter()
            .map(|i| QuantInput { name: i.name, shape: i.shape, format: i.format })
            .collect();
        let layers = layers
            .into_iter()
            .map(|layer| self.layer(&profile, layer))
            .collect::<Result<Vec<_>, _>>()?;
        let network = QuantNetwork { name: name.into(), inputs, layers, output };
        network.validate(accumulator_bits).map_err(|source: NetworkError| {
            PackageError::Network {
                file: self.file.into(),
                profile: profile.clone(),
                source: Box::new(source),
            }
        })?;
        Ok(Profile { name: profile, accumulator_bits, network })
    }

    fn layer(&self, profile: &str, entry: LayerEntry) -> Result<QuantLayer, PackageError> {
        let LayerEntry { name, op, inputs, shape, format } = entry;
        let op = match op {
            OpEntry::Conv { window, groups, linear } => {
                QuantOp::Conv { window, groups, linear: self.linear(profile, &name, linear)? }
            }
            OpEntry::Dense { linear } => {
                QuantOp::Dense { linear: self.linear(profile, &name, linear)? }
            }
            OpEntry::MaxPool { window } => QuantOp::MaxPool { window },
            OpEntry::AveragePool { window, count_padding, stage } => {
                QuantOp::AveragePool { window, count_padding, stage }
            }
            OpEntry::Add { multipliers, stage } => QuantOp::Add { multipliers, stage },
            OpEntry::Rescale { stage } => QuantOp::Rescale { stage },
            OpEntry::Reshape {} => QuantOp::Reshape,
        };
        Ok(QuantLayer { name, op, inputs, shape, format })
    }

    fn linear(
        &self,
        profile: &str,
        layer: &str,
        entry: LinearEntry,
    ) -> Result<Linear, PackageError> {
        let at = |what: &str| format!("profile `{profile}`, layer `{layer}`: {what}");
        let wanted = [entry.weights.code_bits(), scalar_bits(entry.weights)];
        if [entry.codes.bits, entry.scalars.bits] != wanted {
            return Err(self.manifest(at("codes or scalars have the wrong width")));
        }
        let read = |blob, what| {
            self.codes(blob).ok_or_else(|| {
                self.manifest(at(&format!("its {what} lie outside the data section")))
            })
        };
        // Codes and scalars are at most 16 bits wide, by the check above.
        let codes = read(entry.codes, "codes")?.map(|code| code as u16).collect();
        let scalars = read(entry.scalars, "scalars")?.map(|scalar| scalar as u16).collect();
        let bias = read(entry.bias, "biases")?
            .map(|code| bits::sign_extend(code, entry.bias.bits))
            .collect();
        let weights = Weights::from_codes(entry.weights, entry.shape, codes, scalars)
            .and_then(|weights| weights.with_quality(entry.quality))
            .map_err(|source| self.spec(profile, layer, source))?;
        Ok(Linear { weights, bias, stage: entry.stage })
    }

    fn spec(&self, profile: &str, layer: &str, source: SpecError) -> PackageError {
        let (profile, layer) = (profile.into(), layer.into());
        PackageError::Spec { file: self.file.into(), profile, layer, source: Box::new(source) }
    }

    /// The codes of a blob; `None` if it is not inside the data.
    fn codes(&self, blob: Blob) -> Option<impl Iterator<Item = u64>> {
        if !(1..=64).contains(&blob.bits) {
            return None;
        }
        let length = bits::packed_bytes(blob.count, blob.bits)?;
        let bytes = self.data.get(blob.offset..blob.offset.checked_add(length)?)?;
        Some(bits::unpack(bytes, blob.bits).take(blob.count))
    }
}
