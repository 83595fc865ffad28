//! Splitting the small digits set that ships with the project.

use std::path::{Path, PathBuf};

use bitladder_data::{Dataset, IdxArray, Pixels, load_idx, write_idx};

use crate::data::DataError;
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
    let path = image_path(input, "digits8x8");
    let digits = load_idx(&path, Some(&label_path(input, "digits8x8")))?;
    if digits.len() != DIGITS {
        return Err(DataError::WrongSize { path, expected: DIGITS, found: digits.len() });
    }
    let mut order: Vec<usize> = (0..DIGITS).collect();
    SplitMix64::new(SPLIT_SEED).shuffle(&mut order);
    std::fs::create_dir_all(output)
        .map_err(|source| DataError::Create { path: output.to_owned(), source })?;
    let mut rest = order.as_slice();
    for (prefix, count) in PARTS {
        let (part, others) = rest.split_at(count);
        rest = others;
        write_part(&digits, part, output, prefix)?;
    }
    Ok(())
}

fn write_part(
    digits: &Dataset,
    part: &[usize],
    folder: &Path,
    prefix: &str,
) -> Result<(), DataError> {
    let (size, shape) = (digits.image_size(), digits.shape());
    let (Pixels::Bytes(pixels), Some(labels)) = (digits.pixels(), digits.labels()) else {
        return Ok(());
    };
    let sizes = vec![part.len(), shape.height, shape.width];
    let label = |image: &usize| labels[*image] as u8;
    let labels = IdxArray { dims: sizes[..1].to_vec(), data: part.iter().map(label).collect() };
    let bytes = part.iter().flat_map(|image| &pixels[image * size..(image + 1) * size]);
    let images = IdxArray { dims: sizes, data: bytes.copied().collect() };
    write_idx(image_path(folder, prefix), &images)?;
    Ok(write_idx(label_path(folder, prefix), &labels)?)
}

fn image_path(folder: &Path, prefix: &str) -> PathBuf {
    folder.join(format!("{prefix}-images-idx3-ubyte.gz"))
}

fn label_path(folder: &Path, prefix: &str) -> PathBuf {
    folder.join(format!("{prefix}-labels-idx1-ubyte.gz"))
}
