//! Splitting the small digits set that ships with the project.

use std::io::Write;
use std::path::Path;

use flate2::{Compression, GzBuilder};

use crate::dataset::{DataError, Dataset, image_path, label_path};
use crate::rng::SplitMix64;

/// Images in the published set.
pub const DIGITS: usize = 1797;
/// Images in the training, validation and test parts.
pub const PARTS: [(&str, usize); 3] = [("train", 1197), ("validation", 200), ("test", 400)];
/// Seed of the shuffle. Changing it changes every published accuracy.
pub const SPLIT_SEED: u64 = 1797;

/// Shuffles the `digits8x8` files of `input` and writes the three parts to `output`.
///
/// The order is a Fisher-Yates shuffle of 0..1797 by [`SplitMix64`] started at [`SPLIT_SEED`]; the
/// parts follow each other in that order. The gzip files carry no time stamp, so the same input
/// gives the same bytes.
pub fn split_digits(input: &Path, output: &Path) -> Result<(), DataError> {
    let digits = Dataset::load(input, "digits8x8")?;
    if digits.len() != DIGITS {
        let path = image_path(input, "digits8x8");
        return Err(DataError::WrongSize { path, expected: DIGITS, found: digits.len() });
    }
    let mut order: Vec<usize> = (0..DIGITS).collect();
    SplitMix64::new(SPLIT_SEED).shuffle(&mut order);
    std::fs::create_dir_all(output)
        .map_err(|source| DataError::Write { path: output.to_owned(), source })?;
    let mut rest = order.as_slice();
    for (prefix, count) in PARTS {
        let (part, others) = rest.split_at(count);
        rest = others;
        write_part(&digits.select(part), output, prefix)?;
    }
    Ok(())
}

fn write_part(part: &Dataset, folder: &Path, prefix: &str) -> Result<(), DataError> {
    let sizes = [part.len(), part.shape.height, part.shape.width];
    write_idx(&image_path(folder, prefix), &sizes, &part.pixels)?;
    write_idx(&label_path(folder, prefix), &sizes[..1], &part.labels)
}

fn write_idx(path: &Path, dims: &[usize], data: &[u8]) -> Result<(), DataError> {
    let write = || {
        let file = std::fs::File::create(path)?;
        let mut gzip = GzBuilder::new().mtime(0).write(file, Compression::best());
        gzip.write_all(&[0, 0, 8, dims.len() as u8])?;
        for &dim in dims {
            gzip.write_all(&(dim as u32).to_be_bytes())?;
        }
        gzip.write_all(data)?;
        gzip.finish().map(drop)
    };
    write().map_err(|source| DataError::Write { path: path.to_owned(), source })
}
