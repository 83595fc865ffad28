//! A model file, ready to be quantised.

use std::path::Path;

use bitladder_network::{Declared, FloatNetwork, fold_declared_batch_norms};
use bitladder_onnx::{Options, Report, import_with};
use sha2::{Digest, Sha256};

use crate::FlowError;

/// A model file as a network with its batch norms folded.
#[derive(Debug, Clone)]
pub struct Model {
    /// The network.
    pub network: FloatNetwork,
    /// What the file says about integers; empty for a float model.
    pub declared: Declared,
    /// What the importer found.
    pub report: Report,
    /// The file's name without its folder.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

impl Model {
    /// Reads an ONNX file; `output` chooses a result if the model has several.
    pub fn read(path: &Path, output: Option<String>) -> Result<Self, FlowError> {
        let imported = import_with(path, &Options { output })?;
        let bytes =
            std::fs::read(path).map_err(|source| FlowError::Read { path: path.into(), source })?;
        let file =
            path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (network, declared) = fold_declared_batch_norms(&imported.network, &imported.declared)
            .map_err(|source| FlowError::Network { file: file.clone(), source: source.into() })?;
        let sha256 = hex(&Sha256::digest(&bytes));
        Ok(Self { network, declared, report: imported.report, file, sha256 })
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
