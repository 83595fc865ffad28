//! A minimal reader of gzip-compressed IDX files of bytes.
//!
//! To be replaced by the workspace's shared data loaders.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

/// Why an IDX file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum IdxError {
    /// The file cannot be opened or is no gzip file.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The header is not that of unsigned bytes with the expected number of dimensions.
    #[error("`{path}` is no IDX file of bytes with {expected} dimensions: check which file it is")]
    Header {
        /// The file.
        path: PathBuf,
        /// Dimensions asked for.
        expected: usize,
    },
    /// The file is shorter or longer than its header says.
    #[error("`{path}` should hold {expected} bytes of data but holds {found}: download it again")]
    Length {
        /// The file.
        path: PathBuf,
        /// Bytes the header promises.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
}

/// Reads the dimensions and the bytes of a file with `rank` dimensions.
pub(crate) fn read(path: &Path, rank: usize) -> Result<(Vec<usize>, Vec<u8>), IdxError> {
    let fail = |source| IdxError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(fail)?;
    GzDecoder::new(file).read_to_end(&mut bytes).map_err(fail)?;
    let header = || IdxError::Header { path: path.to_owned(), expected: rank };
    // Bytes 0 and 1 are zero, 8 is the code of unsigned bytes.
    if bytes.len() < 4 + 4 * rank || bytes[..4] != [0, 0, 8, rank as u8] {
        return Err(header());
    }
    let data = bytes.split_off(4 + 4 * rank);
    let (words, _) = bytes[4..].as_chunks();
    let dims: Vec<usize> = words.iter().map(|&word| u32::from_be_bytes(word) as usize).collect();
    let expected = dims.iter().try_fold(1usize, |total, &dim| total.checked_mul(dim));
    let expected = expected.ok_or_else(header)?;
    if data.len() != expected {
        return Err(IdxError::Length { path: path.to_owned(), expected, found: data.len() });
    }
    Ok((dims, data))
}
