//! Labelled grey images and the three splits of a data set.

use std::path::{Path, PathBuf};

use crate::idx::{self, IdxError};
use crate::shape::Shape;

/// Why a data set could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file could not be read.
    #[error(transparent)]
    Idx(#[from] IdxError),
    /// Images and labels do not belong together.
    #[error("`{path}` holds {images} images but its label file {labels} labels: they do not match")]
    CountMismatch {
        /// The image file.
        path: PathBuf,
        /// Number of images.
        images: usize,
        /// Number of labels.
        labels: usize,
    },
    /// The training file is too short for the part to be held out.
    #[error("cannot hold out {hold_out} of {available} training images: ask for fewer")]
    HoldOut {
        /// Images to hold out for validation.
        hold_out: usize,
        /// Images in the training file.
        available: usize,
    },
    /// A file of results could not be written.
    #[error("cannot write `{path}`: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// A data set has another size than the rule for splitting it is written for.
    #[error("`{path}` holds {found} images, expected the {expected} optical digits of UCI")]
    WrongSize {
        /// The image file.
        path: PathBuf,
        /// Images in the published set.
        expected: usize,
        /// Images found.
        found: usize,
    },
}

/// Grey images of one size with a label each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// Height and width with one channel.
    pub shape: Shape,
    /// All pixels, image after image, row after row.
    pub pixels: Vec<u8>,
    /// The class of each image.
    pub labels: Vec<u8>,
}

impl Dataset {
    /// Reads `<prefix>-images-idx3-ubyte.gz` and `<prefix>-labels-idx1-ubyte.gz` in `folder`.
    pub fn load(folder: &Path, prefix: &str) -> Result<Self, DataError> {
        let path = image_path(folder, prefix);
        let (dims, pixels) = idx::read(&path, 3)?;
        let (_, labels) = idx::read(&label_path(folder, prefix), 1)?;
        if dims[0] != labels.len() {
            return Err(DataError::CountMismatch { path, images: dims[0], labels: labels.len() });
        }
        Ok(Self { shape: Shape::new(1, dims[1], dims[2]), pixels, labels })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images at all.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of one image.
    pub fn image(&self, index: usize) -> &[u8] {
        let size = self.shape.size();
        &self.pixels[index * size..][..size]
    }

    /// The images at `indices`, in that order.
    pub fn select(&self, indices: &[usize]) -> Self {
        Self {
            shape: self.shape,
            pixels: indices.iter().flat_map(|&index| self.image(index)).copied().collect(),
            labels: indices.iter().map(|&index| self.labels[index]).collect(),
        }
    }
}

/// The three parts of a data set. Test images are for the final report only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splits {
    /// Images to learn from.
    pub train: Dataset,
    /// Images that choose between models.
    pub validation: Dataset,
    /// Images for the final report.
    pub test: Dataset,
}

impl Splits {
    /// Reads the files of a folder.
    ///
    /// The prefixes are `train`, `validation` and `test`. A folder in the layout of MNIST has
    /// `t10k` instead of `test` and no validation files: then the last `hold_out` training images
    /// become the validation part.
    pub fn load(folder: &Path, hold_out: usize) -> Result<Self, DataError> {
        let all = Dataset::load(folder, "train")?;
        let test_prefix = if image_path(folder, "test").exists() { "test" } else { "t10k" };
        let test = Dataset::load(folder, test_prefix)?;
        if image_path(folder, "validation").exists() {
            let validation = Dataset::load(folder, "validation")?;
            return Ok(Self { train: all, validation, test });
        }
        let available = all.len();
        if hold_out == 0 || hold_out >= available {
            return Err(DataError::HoldOut { hold_out, available });
        }
        let indices: Vec<usize> = (0..available).collect();
        let (kept, held_out) = indices.split_at(available - hold_out);
        Ok(Self { train: all.select(kept), validation: all.select(held_out), test })
    }
}

pub(crate) fn image_path(folder: &Path, prefix: &str) -> PathBuf {
    folder.join(format!("{prefix}-images-idx3-ubyte.gz"))
}

pub(crate) fn label_path(folder: &Path, prefix: &str) -> PathBuf {
    folder.join(format!("{prefix}-labels-idx1-ubyte.gz"))
}
