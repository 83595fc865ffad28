//! Reading arrays.

use std::path::Path;

use super::NpyError;
use super::header::{self, Header};
use super::values::{NpyValues, element_size};
use crate::error::DataError;
use crate::source::Source;

/// First bytes of every file.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy itself refuses longer headers unless told to trust them.
const LONGEST_HEADER: u32 = 10_000;

/// A NumPy array.
#[derive(Debug, Clone, PartialEq)]
pub struct NpyArray {
    /// Size of every dimension, slowest first.
    pub shape: Vec<usize>,
    /// The elements, the last dimension fastest.
    pub values: NpyValues,
}

/// Reads a `.npy` file in C order, of version 1.0, 2.0 or 3.0, plain or compressed with gzip.
pub fn read_npy(path: impl AsRef<Path>) -> Result<NpyArray, DataError> {
    let path = path.as_ref();
    let fail = |source| DataError::Npy { path: path.to_owned(), source };
    let mut source = Source::open(path)?;
    let Header { descr, fortran_order, shape } = read_header(&mut source, path)?;
    let size = element_size(&descr).ok_or_else(|| fail(NpyError::Type(descr.clone())))?;
    // Arrays of at most one dimension are the same in both orders.
    if fortran_order && shape.len() > 1 {
        return Err(fail(NpyError::Fortran));
    }
    let declared =
        shape.iter().fold(size as u128, |total, &size| total.saturating_mul(size.into()));
    let bytes = source.rest(declared)?;
    let values =
        NpyValues::decode(&descr, bytes).ok_or_else(|| fail(NpyError::Type(descr.clone())))?;
    Ok(NpyArray { shape: shape.into_iter().map(|size| size as usize).collect(), values })
}

fn read_header(source: &mut Source, path: &Path) -> Result<Header, DataError> {
    let fail = |source| DataError::Npy { path: path.to_owned(), source };
    if source.up_to(MAGIC.len() as u64)? != MAGIC {
        return Err(fail(NpyError::Magic));
    }
    let version = source.up_to(2)?;
    let length_bytes = match version[..] {
        [1, 0] => 2,
        [2 | 3, 0] => 4,
        [major, minor] => return Err(fail(NpyError::Version { major, minor })),
        _ => return Err(fail(NpyError::HeaderEnd)),
    };
    let length = match source.up_to(length_bytes)?[..] {
        [a, b] => u16::from_le_bytes([a, b]).into(),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
        _ => return Err(fail(NpyError::HeaderEnd)),
    };
    if length > LONGEST_HEADER {
        return Err(fail(NpyError::HeaderLength { length, most: LONGEST_HEADER }));
    }
    let text = source.up_to(length.into())?;
    if text.len() != length as usize {
        return Err(fail(NpyError::HeaderEnd));
    }
    header::parse(&text).map_err(fail)
}
