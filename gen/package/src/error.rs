//! What can be wrong with a package.

use std::path::PathBuf;

use bitladder_network::NetworkError;
use bitladder_spec::SpecError;
use thiserror::Error;

/// A package that cannot be read or written.
#[derive(Debug, Error)]
pub enum PackageError {
    /// The file system says no.
    #[error("{}: cannot {doing} the package: {source}", path.display())]
    Files {
        /// The file.
        path: PathBuf,
        /// `read` or `write`.
        doing: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// Something else than a package.
    #[error("{file}: not a bitladder package; make one with `bitladder quantize`")]
    NotAPackage {
        /// The file.
        file: String,
    },
    /// A version this program does not know.
    #[error(
        "{file}: package version {found}, but this program reads version {known}; quantise the \
         model again with this program"
    )]
    Version {
        /// The file.
        file: String,
        /// Its major version.
        found: u16,
        /// The version known here.
        known: u16,
    },
    /// Bytes were changed or lost.
    #[error("{file}: the package is damaged: {what}; copy it again or make it anew")]
    Corrupt {
        /// The file.
        file: String,
        /// What does not fit.
        what: String,
    },
    /// The manifest is not what it should be although its checksum is right.
    #[error("{file}: manifest: {what}")]
    Manifest {
        /// The file.
        file: String,
        /// Field and reason.
        what: String,
    },
    /// Weights or formats that the numeric contract refuses.
    #[error("{file}: profile `{profile}`, layer `{layer}`: {source}")]
    Spec {
        /// The file.
        file: String,
        /// The profile.
        profile: String,
        /// The layer.
        layer: String,
        /// What the contract says.
        source: Box<SpecError>,
    },
    /// A network that does not hold together.
    #[error("{file}: profile `{profile}`: {source}")]
    Network {
        /// The file.
        file: String,
        /// The profile.
        profile: String,
        /// What is wrong.
        source: Box<NetworkError>,
    },
}
