//! Writing arrays, byte for byte as NumPy does.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::NpyError;
use super::read::MAGIC;
use super::values::NpyElement;
use crate::error::DataError;

/// The data start at a multiple of this, so that they can be mapped into memory.
const ALIGNMENT: usize = 64;
/// NumPy leaves room for this many digits of the first size, to append to a file in place.
const GROWTH_DIGITS: usize = 21;

/// Writes an array in C order to a `.npy` file (version 1.0).
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use bitladder_data::{NpyValues, read_npy, write_npy};
///
/// let file = tempfile::NamedTempFile::new()?;
/// write_npy(file.path(), &[2, 3], &[1, 2, 3, 4, 5, 6])?;
/// let array = read_npy(file.path())?;
/// assert_eq!(array.shape, [2, 3]);
/// assert_eq!(array.values, NpyValues::I32(vec![1, 2, 3, 4, 5, 6]));
/// # Ok(()) }
/// ```
pub fn write_npy<T: NpyElement>(
    path: impl AsRef<Path>,
    shape: &[usize],
    values: &[T],
) -> Result<(), DataError> {
    let path = path.as_ref();
    check(shape, values.len())
        .map_err(|source| DataError::Npy { path: path.to_owned(), source })?;
    let write = || {
        let mut file = BufWriter::new(File::create(path)?);
        write_npy_to(&mut file, shape, values)?;
        file.flush()
    };
    write().map_err(|source| DataError::Write { path: path.to_owned(), source })
}

/// Writes an array in C order to anything. Values that do not fill the shape are an error of kind
/// [`InvalidInput`](io::ErrorKind::InvalidInput).
pub fn write_npy_to<T: NpyElement>(
    mut target: impl Write,
    shape: &[usize],
    values: &[T],
) -> io::Result<()> {
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
    check(shape, values.len()).map_err(invalid)?;
    let header = header(T::DESCR, shape);
    let length =
        u16::try_from(header.len()).map_err(|_| invalid(NpyError::Dimensions(shape.len())))?;
    target.write_all(MAGIC)?;
    target.write_all(&[1, 0])?;
    target.write_all(&length.to_le_bytes())?;
    target.write_all(header.as_bytes())?;
    let mut bytes = Vec::new();
    for block in values.chunks(1 << 16) {
        bytes.clear();
        block.iter().for_each(|value| value.append(&mut bytes));
        target.write_all(&bytes)?;
    }
    Ok(())
}

fn check(shape: &[usize], values: usize) -> Result<(), NpyError> {
    match shape.iter().try_fold(1usize, |size, &dim| size.checked_mul(dim)) {
        Some(size) if size == values => Ok(()),
        _ => Err(NpyError::Values { values, shape: shape.to_vec() }),
    }
}

fn header(descr: &str, shape: &[usize]) -> String {
    let mut tuple: String = shape.iter().map(|size| format!("{size}, ")).collect();
    // Python writes one number with a comma, several without one at the end.
    tuple.truncate(tuple.len().saturating_sub(if shape.len() == 1 { 1 } else { 2 }));
    let mut header =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({tuple}), }}");
    let growth = shape.first().map_or(0, |size| GROWTH_DIGITS - size.to_string().len());
    header.extend(std::iter::repeat_n(' ', growth));
    let used = MAGIC.len() + 4 + header.len() + 1;
    header.extend(std::iter::repeat_n(' ', ALIGNMENT - used % ALIGNMENT));
    header.push('\n');
    header
}
