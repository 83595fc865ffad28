//! IDX, the format of MNIST: unsigned bytes with any number of dimensions.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use thiserror::Error;

use crate::build;
use crate::dataset::{Dataset, ImageShape, Pixels};
use crate::error::DataError;
use crate::source::Source;

/// Code of unsigned bytes in the third byte of a file.
const UNSIGNED_BYTES: u8 = 8;

/// Something else than the IDX file that was expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdxError {
    /// The first bytes are not those of the format.
    #[error(
        "no IDX file: it starts with the bytes {found:02x?}, expected 00, 00, a type and the \
         number of dimensions; check which file it is"
    )]
    Magic {
        /// The first bytes, at most four.
        found: Vec<u8>,
    },
    /// Values that are not unsigned bytes.
    #[error("its values have the IDX type {found:#04x}; only unsigned bytes (0x08) are read")]
    Type {
        /// The type code.
        found: u8,
    },
    /// The file ends inside the sizes.
    #[error("ends inside its header of {dimensions} dimension(s); get it again")]
    Header {
        /// Number of dimensions announced.
        dimensions: u8,
    },
    /// Another number of dimensions than images have.
    #[error(
        "has {found} dimension(s), but images have 2 (vectors), 3 (grey) or 4 (with channels); \
         give the file with the images"
    )]
    Images {
        /// Dimensions found.
        found: usize,
    },
    /// Another number of dimensions than labels have.
    #[error("has {found} dimension(s), but labels have 1; give the file with the labels")]
    Labels {
        /// Dimensions found.
        found: usize,
    },
    /// An array that cannot be written.
    #[error("{values} values do not fill the dimensions {dims:?}; sizes must be below 2^32")]
    Unwritable {
        /// Number of values.
        values: usize,
        /// Sizes asked for.
        dims: Vec<usize>,
    },
}

/// The contents of an IDX file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdxArray {
    /// Size of every dimension, slowest first.
    pub dims: Vec<usize>,
    /// All bytes.
    pub data: Vec<u8>,
}

/// Reads an IDX file of unsigned bytes, plain or compressed with gzip.
pub fn read_idx(path: impl AsRef<Path>) -> Result<IdxArray, DataError> {
    let path = path.as_ref();
    let mut source = Source::open(path)?;
    let fail = |source| DataError::Idx { path: path.to_owned(), source };
    let start = source.up_to(4)?;
    let &[0, 0, kind, dimensions] = start.as_slice() else {
        return Err(fail(IdxError::Magic { found: start }));
    };
    if kind != UNSIGNED_BYTES {
        return Err(fail(IdxError::Type { found: kind }));
    }
    let header = source.up_to(4 * u64::from(dimensions))?;
    if header.len() != 4 * usize::from(dimensions) {
        return Err(fail(IdxError::Header { dimensions }));
    }
    let (words, _) = header.as_chunks();
    let dims: Vec<u32> = words.iter().map(|&word| u32::from_be_bytes(word)).collect();
    // 255 dimensions of 2^32 do not fit any integer; more than u128 is as impossible as u128.
    let declared = dims.iter().fold(1u128, |size, &dim| size.saturating_mul(dim.into()));
    let data = source.rest(declared)?;
    Ok(IdxArray { dims: dims.into_iter().map(|dim| dim as usize).collect(), data })
}

/// Writes an IDX file of unsigned bytes, compressed with gzip. The same array gives the same
/// bytes: the file carries no time stamp.
pub fn write_idx(path: impl AsRef<Path>, array: &IdxArray) -> Result<(), DataError> {
    let path = path.as_ref();
    let IdxArray { dims, data } = array;
    let size = dims.iter().try_fold(1usize, |size, &dim| size.checked_mul(dim));
    let sizes: Result<Vec<u32>, _> = dims.iter().map(|&dim| u32::try_from(dim)).collect();
    let (Ok(sizes), Ok(dimensions), true) =
        (sizes, u8::try_from(dims.len()), size == Some(data.len()))
    else {
        let source = IdxError::Unwritable { values: data.len(), dims: dims.clone() };
        return Err(DataError::Idx { path: path.to_owned(), source });
    };
    let write = || {
        let mut gzip = GzBuilder::new().mtime(0).write(File::create(path)?, Compression::best());
        gzip.write_all(&[0, 0, UNSIGNED_BYTES, dimensions])?;
        for size in sizes {
            gzip.write_all(&size.to_be_bytes())?;
        }
        gzip.write_all(data)?;
        gzip.finish().map(drop)
    };
    write().map_err(|source| DataError::Write { path: path.to_owned(), source })
}

/// Loads images from an IDX file, with the labels of another one if it is given.
///
/// Two dimensions are vectors (every element a channel), three are grey images, four have
/// channels before rows. Byte 255 stands for 1.0.
pub fn load_idx(images: impl AsRef<Path>, labels: Option<&Path>) -> Result<Dataset, DataError> {
    let path = images.as_ref();
    let IdxArray { dims, data } = read_idx(path)?;
    let fail = |source| DataError::Idx { path: path.to_owned(), source };
    let shape = build::shape(&dims).ok_or_else(|| fail(IdxError::Images { found: dims.len() }))?;
    let labels = labels.map(read_labels).transpose()?;
    dataset(path, shape, data, labels)
}

fn dataset(
    path: &Path,
    shape: ImageShape,
    data: Vec<u8>,
    labels: Option<Vec<u16>>,
) -> Result<Dataset, DataError> {
    let made = Dataset::new(build::name(path), shape, Pixels::Bytes(data));
    let made = made.and_then(|set| match labels {
        Some(labels) => set.with_labels(labels),
        None => Ok(set),
    });
    made.map_err(|source| build::contents(path, source))
}

fn read_labels(path: &Path) -> Result<Vec<u16>, DataError> {
    let IdxArray { dims, data } = read_idx(path)?;
    if dims.len() != 1 {
        let source = IdxError::Labels { found: dims.len() };
        return Err(DataError::Idx { path: path.to_owned(), source });
    }
    Ok(data.into_iter().map(u16::from).collect())
}

/// Whether an IDX file holds images or labels, by the names MNIST gave them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdxKind {
    Images,
    Labels,
}

/// Takes `train-images-idx3-ubyte.gz` (or `train-images.idx3-ubyte`) apart: prefix and kind.
pub(crate) fn parse_name(name: &str) -> Option<(&str, IdxKind)> {
    let stem = name.strip_suffix(".gz").unwrap_or(name).strip_suffix("-ubyte")?;
    let stem = stem.strip_suffix(|last: char| last.is_ascii_digit())?.strip_suffix("idx")?;
    let stem = stem.strip_suffix(['-', '.'])?;
    let images = stem.strip_suffix("-images").map(|prefix| (prefix, IdxKind::Images));
    images.or_else(|| stem.strip_suffix("-labels").map(|prefix| (prefix, IdxKind::Labels)))
}

/// Loads an IDX file with images and the labels beside it; `needed` if they must be there.
pub(crate) fn load_beside(path: &Path, needed: bool) -> Result<Dataset, DataError> {
    let name = build::file_name(path);
    let labels = match parse_name(&name) {
        Some((prefix, IdxKind::Images)) => find(build::folder(path), prefix, IdxKind::Labels)?,
        _ => None,
    };
    if needed && labels.is_none() {
        let labels = name.replace("images", "labels").replace("idx3", "idx1");
        return Err(DataError::NoLabels { path: path.to_owned(), labels });
    }
    load_idx(path, labels.as_deref())
}

/// The file of one kind with a prefix in a folder; the plain one if there is a compressed copy.
pub(crate) fn find(
    folder: &Path,
    prefix: &str,
    kind: IdxKind,
) -> Result<Option<PathBuf>, DataError> {
    let entries = build::entries(folder)?;
    let wanted = |name: &str| parse_name(name) == Some((prefix, kind));
    Ok(entries.into_iter().find(|entry| !entry.folder && wanted(&entry.name)).map(|e| e.path))
}
