//! Opening files, compressed or not, without trusting the sizes they state.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::error::DataError;

/// Deflate, the method of gzip and PNG, makes data at most this many times smaller.
pub(crate) const DEFLATE_RATIO: u64 = 1032;
/// Memory set aside before any data has arrived.
const FIRST_RESERVE: u64 = 1 << 20;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A file that is read from front to back. Compression is told by the first bytes: names lie.
pub(crate) struct Source {
    path: PathBuf,
    reader: Box<dyn Read>,
    file: u64,
    limit: u64,
}

impl Source {
    /// Opens a file.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let fail = |source| read_error(path, source);
        let file = File::open(path).map_err(fail)?;
        let length = file.metadata().map_err(fail)?.len();
        let mut plain = BufReader::new(file);
        let path = path.to_owned();
        if plain.fill_buf().map_err(|source| read_error(&path, source))?.starts_with(&GZIP_MAGIC) {
            let reader = Box::new(MultiGzDecoder::new(plain));
            let limit = length.saturating_mul(DEFLATE_RATIO);
            return Ok(Self { path, reader, file: length, limit });
        }
        // A device or a pipe has length 0 and may never end: then nothing is read from it.
        Ok(Self { path, reader: Box::new(plain), file: length, limit: length })
    }

    /// The next `wanted` bytes, or fewer at the end of the file.
    pub(crate) fn up_to(&mut self, wanted: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::with_capacity(wanted.min(FIRST_RESERVE).min(self.limit) as usize);
        self.reader
            .by_ref()
            .take(wanted.min(self.limit))
            .read_to_end(&mut bytes)
            .map_err(|source| read_error(&self.path, source))?;
        Ok(bytes)
    }

    /// Exactly the next `declared` bytes, which must be the last ones.
    pub(crate) fn rest(&mut self, declared: u128) -> Result<Vec<u8>, DataError> {
        let path = || self.path.clone();
        let expected = match u64::try_from(declared) {
            Ok(expected) if expected <= self.limit => expected,
            _ => return Err(DataError::Impossible { path: path(), declared, file: self.file }),
        };
        let bytes = self.up_to(expected)?;
        let found = bytes.len() as u64;
        if found < expected {
            return Err(DataError::Short { path: self.path.clone(), expected, found });
        }
        // Asking for one byte more also makes gzip check its checksum.
        if !self.up_to(1)?.is_empty() {
            return Err(DataError::Trailing { path: self.path.clone(), expected });
        }
        Ok(bytes)
    }
}

/// The first bytes of a file after decompression, to see what it is.
pub(crate) fn first_bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    Source::open(path)?.up_to(8)
}

/// A whole text or image file: as long as the file system says, and not longer.
pub(crate) fn whole(path: &Path) -> Result<Vec<u8>, DataError> {
    let fail = |source| read_error(path, source);
    let file = File::open(path).map_err(fail)?;
    let length = file.metadata().map_err(fail)?.len();
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

pub(crate) fn read_error(path: &Path, source: std::io::Error) -> DataError {
    let path = path.to_owned();
    if source.kind() == std::io::ErrorKind::NotFound {
        return DataError::NotFound { path };
    }
    DataError::Read { path, source }
}
