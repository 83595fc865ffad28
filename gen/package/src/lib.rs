//! The package: one file with everything a machine, a golden model or a host needs to run a
//! quantised network, in one or several precisions.
//!
//! A [`Package`] holds [`Profile`]s (the same network in different formats, best first), the
//! [`Preprocess`]ing of its images and the margins at which a host climbs to a better profile
//! ([`Step`]). The file has a magic number, a version and a checksum for each section; a damaged
//! file is refused with the section's name. `docs/package-format.md` describes every byte.
//!
//! ```
//! # fn demo(package: &bitladder_package::Package) -> Result<(), bitladder_package::PackageError> {
//! use bitladder_package::Package;
//! let bytes = package.to_bytes();
//! assert_eq!(&Package::from_bytes("digits.blp", &bytes)?, package);
//! # Ok(()) }
//! ```

mod bits;
mod climb;
mod container;
mod decode;
mod encode;
mod error;
mod ladder;
mod manifest;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use bitladder_network::QuantNetwork;
use serde::{Deserialize, Serialize};

pub use climb::{Rung, climb};
pub use error::PackageError;
pub use ladder::{Confidence, Passage, Step, count_passages};

const MANIFEST: [u8; 4] = *b"MANI";
const DATA: [u8; 4] = *b"DATA";

/// A quantised network in all its precisions.
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    /// The network's name.
    pub name: String,
    /// Where it came from.
    pub source: Source,
    /// From pixels to the network's input.
    pub preprocess: Preprocess,
    /// Names of the classes; empty where nobody knows.
    pub classes: Vec<String>,
    /// Whether the host takes a softmax of the result.
    pub softmax: bool,
    /// The precisions, best first.
    pub profiles: Vec<Profile>,
    /// When to climb from a cheap profile to a better one.
    pub ladder: Vec<Step>,
}

/// The network in one set of formats.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Its name, such as `8` or `w4a8`.
    pub name: String,
    /// The accumulator it was proven for.
    pub accumulator_bits: u8,
    /// The network.
    pub network: QuantNetwork,
}

/// Where a package came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name of the model file, without its folder.
    pub file: String,
    /// SHA-256 of the model file, in hexadecimal.
    pub sha256: String,
    /// SHA-256 over model, formats and calibration: equal for packages with equal contents.
    pub config: String,
}

/// From pixels to the network's input: `(pixel / full scale - mean) / deviation`, per channel.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocess {
    /// One per channel, or one for all; empty means 0.
    pub mean: Vec<f32>,
    /// One per channel, or one for all; empty means 1.
    pub deviation: Vec<f32>,
}

impl Preprocess {
    /// Whether every number can be computed with; if not, which one and why.
    pub fn check(&self) -> Result<(), String> {
        let bad = |d: &&f32| !d.is_finite() || **d <= 0.0;
        if let Some(deviation) = self.deviation.iter().find(bad) {
            return Err(format!("preprocess.deviation: {deviation} is not above zero"));
        }
        match self.mean.iter().find(|mean| !mean.is_finite()) {
            Some(mean) => Err(format!("preprocess.mean: {mean} is not a number")),
            None => Ok(()),
        }
    }

    /// Changes an image in place, its channels one after another.
    pub fn apply(&self, image: &mut [f32], channels: usize) {
        let of = |list: &[f32], channel: usize, default| match list {
            [] => default,
            [one] => *one,
            many => many.get(channel).copied().unwrap_or(default),
        };
        let plane = (image.len() / channels.max(1)).max(1);
        for (channel, pixels) in image.chunks_mut(plane).enumerate() {
            let mean = of(&self.mean, channel, 0.0);
            let deviation = of(&self.deviation, channel, 1.0);
            pixels.iter_mut().for_each(|pixel| *pixel = (*pixel - mean) / deviation);
        }
    }
}

impl Package {
    /// Whether a file with this beginning claims to be a package.
    pub fn has_magic(start: &[u8]) -> bool {
        start.starts_with(&container::MAGIC)
    }

    /// A profile by name.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut data = encode::Data::default();
        let manifest = encode::manifest(self, &mut data);
        // Plain structs with string keys: serialising them cannot fail.
        let manifest = serde_json::to_vec(&manifest).unwrap_or_default();
        container::write(&[(MANIFEST, &manifest), (DATA, &data.bytes)])
    }

    /// Reads a file's bytes; `file` is its name in messages.
    pub fn from_bytes(file: &str, bytes: &[u8]) -> Result<Self, PackageError> {
        let sections = container::read(file, bytes)?;
        let find = |wanted: [u8; 4]| {
            sections.iter().find(|(name, _)| *name == wanted).map(|(_, bytes)| *bytes).ok_or_else(
                || {
                    let name = String::from_utf8_lossy(&wanted).into_owned();
                    let what = format!("it has no section {name}");
                    PackageError::Corrupt { file: file.into(), what }
                },
            )
        };
        let manifest = serde_json::from_slice(find(MANIFEST)?).map_err(|source| {
            PackageError::Manifest { file: file.into(), what: source.to_string() }
        })?;
        decode::package(file, manifest, find(DATA)?)
    }

    /// Reads a package from a file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, PackageError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| PackageError::Files {
            path: path.into(),
            doing: "read",
            source,
        })?;
        Self::from_bytes(&path.display().to_string(), &bytes)
    }

    /// Writes the package to a file; an interrupted write leaves no half file behind.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), PackageError> {
        let path = path.as_ref();
        let failed = |source| PackageError::Files { path: path.into(), doing: "write", source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file =
            tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
        file.write_all(&self.to_bytes()).map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// What must hold between the parts.
    fn check(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        if self.profiles.is_empty() {
            return Err("profiles: there is none".into());
        }
        if let Some(twice) = self.profiles.iter().find(|profile| !names.insert(&profile.name)) {
            return Err(format!("profiles: there are two called `{}`", twice.name));
        }
        for step in &self.ladder {
            if let Some(name) = [&step.from, &step.to].into_iter().find(|n| !names.contains(n)) {
                return Err(format!("ladder: no profile is called `{name}`"));
            }
            if let Some(problem) = step.problem() {
                return Err(problem);
            }
        }
        self.preprocess.check()
    }
}
