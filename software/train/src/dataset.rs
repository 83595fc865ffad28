//! Labelled images as training needs them, and the three splits of a data set.

use std::path::{Path, PathBuf};

use bitladder_data::{Part, Pixels};

use crate::shape::Shape;

/// Why a data set could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file could not be read or written.
    #[error(transparent)]
    Files(#[from] bitladder_data::DataError),
    /// Training and test images would be the same ones.
    #[error(
        "{}: one set of images without parts; give a folder with a train and a test part",
        path.display()
    )]
    NoParts {
        /// The file or folder.
        path: PathBuf,
    },
    /// Images nobody has labelled.
    #[error("{}: the images have no labels; training needs one for each", path.display())]
    NoLabels {
        /// The file or folder.
        path: PathBuf,
    },
    /// Pixels that are no bytes.
    #[error("{}: the pixels are no bytes from 0 to 255; convert them to uint8", path.display())]
    NotBytes {
        /// The file or folder.
        path: PathBuf,
    },
    /// More classes than a byte can count.
    #[error("{}: label {label} is above 255; the trainer knows up to 256 classes", path.display())]
    LargeLabel {
        /// The file or folder.
        path: PathBuf,
        /// The label.
        label: u16,
    },
    /// A folder for results could not be made.
    #[error("{}: cannot create: {source}", path.display())]
    Create {
        /// The folder.
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

/// Images of one size with a label each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// The size of every image.
    pub shape: Shape,
    /// All pixels, image after image, channel after channel, row after row.
    pub pixels: Vec<u8>,
    /// The class of each image.
    pub labels: Vec<u8>,
}

impl Dataset {
    /// Takes over what was loaded from `path`.
    pub fn new(loaded: &bitladder_data::Dataset, path: &Path) -> Result<Self, DataError> {
        let path = || path.to_owned();
        let Pixels::Bytes(pixels) = loaded.pixels() else {
            return Err(DataError::NotBytes { path: path() });
        };
        let labels = loaded.labels().ok_or_else(|| DataError::NoLabels { path: path() })?;
        let byte = |&label: &u16| {
            u8::try_from(label).map_err(|_| DataError::LargeLabel { path: path(), label })
        };
        let labels = labels.iter().map(byte).collect::<Result<_, _>>()?;
        let shape = loaded.shape();
        let shape = Shape::new(shape.channels, shape.height, shape.width);
        Ok(Self { shape, pixels: pixels.clone(), labels })
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
    /// Loads the parts of a folder in any layout that [`bitladder_data`] knows.
    ///
    /// Without a validation part the last `hold_out` training images become it.
    pub fn load(folder: &Path, hold_out: usize) -> Result<Self, DataError> {
        let all = load_part(folder, Part::Train)?;
        let test = load_part(folder, Part::Test)?;
        let (train, validation) = match bitladder_data::load(folder, Part::Validation) {
            Err(bitladder_data::DataError::NoPart { .. }) => {
                all.split_last(hold_out).map_err(|source| bitladder_data::DataError::Contents {
                    path: folder.to_owned(),
                    source,
                })?
            }
            validation => (all, validation?),
        };
        let part = |loaded| Dataset::new(loaded, folder);
        Ok(Self { train: part(&train)?, validation: part(&validation)?, test: part(&test)? })
    }
}

/// Loads a part that is told apart from the others.
fn load_part(folder: &Path, part: Part) -> Result<bitladder_data::Dataset, DataError> {
    let loaded = bitladder_data::load(folder, part)?;
    match loaded.part() {
        Some(_) => Ok(loaded),
        None => Err(DataError::NoParts { path: folder.to_owned() }),
    }
}
