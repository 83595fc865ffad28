//! What can be wrong with a data set, in memory and on disk.

use std::path::PathBuf;

use thiserror::Error;

use crate::cifar::CifarError;
use crate::folder::FolderError;
use crate::idx::IdxError;
use crate::image::ImageError;
use crate::npy::NpyError;
use crate::part::Part;

/// The layouts [`load`](crate::load) understands, for people.
pub(crate) const LAYOUTS: &str = "a folder with IDX files (`train-images-idx3-ubyte`, \
     `train-labels-idx1-ubyte`, the same for `validation` and `test` or `t10k`, plain or .gz), \
     with the binary files of CIFAR-10 or CIFAR-100, with `train.npy`, `validation.npy` or \
     `test.npy`, with PNG images (a folder per class, or flat with labels.csv), or one IDX, .npy, \
     .png or CIFAR .bin file";

/// Values, labels and classes that do not make a data set.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DatasetError {
    /// Images without any pixel.
    #[error(
        "images of {channels} channel(s), {height} rows and {width} columns have no pixels; every \
         size must be at least 1"
    )]
    NoPixels {
        /// Channels of an image.
        channels: usize,
        /// Rows of an image.
        height: usize,
        /// Columns of an image.
        width: usize,
    },
    /// Values that are no whole number of images.
    #[error("{values} values are no whole number of images with {size} values each")]
    Values {
        /// Values given.
        values: usize,
        /// Values of one image.
        size: usize,
    },
    /// A pixel that is infinite or not a number.
    #[error("image {image} holds the value {value}; pixels must be finite numbers")]
    NotFinite {
        /// Number of the image, from 0.
        image: usize,
        /// The value.
        value: f32,
    },
    /// Another number of labels than of images.
    #[error("{images} image(s) but {labels} label(s); take the label file that belongs to them")]
    Labels {
        /// Number of images.
        images: usize,
        /// Number of labels.
        labels: usize,
    },
    /// A label for which there is no class.
    #[error("image {image} has label {label}, but there are only {classes} classes (from 0)")]
    LabelRange {
        /// Number of the image, from 0.
        image: usize,
        /// Its label.
        label: u16,
        /// Number of classes.
        classes: usize,
    },
    /// A pixel value for 1.0 by which nothing can be divided.
    #[error("full_scale is {0}; give the pixel value that stands for 1.0, a number above zero")]
    FullScale(f32),
    /// Images asked for that are not there.
    #[error("there is no image {index}: the data set has {images} (from 0)")]
    NoImage {
        /// The image asked for.
        index: usize,
        /// Number of images.
        images: usize,
    },
    /// Too many images asked to be set aside.
    #[error("cannot hold out {hold_out} of {images} image(s); ask for at least 1 and leave some")]
    HoldOut {
        /// Images to set aside.
        hold_out: usize,
        /// Images there are.
        images: usize,
    },
}

/// Files that could not be loaded or written. Every message names the file.
#[derive(Debug, Error)]
pub enum DataError {
    /// Nothing is at the path.
    #[error("{}: no such file or folder; check the path", path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// The file system or the decompression says no.
    #[error("{}: cannot read: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("{}: cannot write: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing this crate can load.
    #[error("{}: no known data set; understood are {LAYOUTS}", path.display())]
    UnknownLayout {
        /// The file or folder.
        path: PathBuf,
    },
    /// The data set is known, but the part asked for is missing.
    #[error(
        "{}: there is no {part} part in this {layout} folder; add it, or hold images out of \
         another part", path.display()
    )]
    NoPart {
        /// The folder.
        path: PathBuf,
        /// The part asked for.
        part: Part,
        /// What the folder looks like.
        layout: &'static str,
    },
    /// A data set without a single image.
    #[error("{}: holds no images; check which file or folder it is", path.display())]
    Empty {
        /// The file or folder.
        path: PathBuf,
    },
    /// Images whose labels should be in a file that is not there.
    #[error("{}: its labels are missing; expected them in `{labels}` beside it", path.display())]
    NoLabels {
        /// The file with the images.
        path: PathBuf,
        /// The name the labels should have.
        labels: String,
    },
    /// A header that promises more than the file can hold.
    #[error(
        "{}: the header announces {declared} bytes of data, more than a file of {file} bytes can \
         hold; the file is damaged, get it again", path.display()
    )]
    Impossible {
        /// The file.
        path: PathBuf,
        /// Bytes announced.
        declared: u128,
        /// Length of the file, as stored.
        file: u64,
    },
    /// A file that ends too early.
    #[error(
        "{}: ends after {found} of {expected} bytes of data; the file is cut off, get it again",
        path.display()
    )]
    Short {
        /// The file.
        path: PathBuf,
        /// Bytes announced.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// A file that does not end.
    #[error(
        "{}: goes on after the {expected} bytes of data its header announces; check which file it \
         is or get it again", path.display()
    )]
    Trailing {
        /// The file.
        path: PathBuf,
        /// Bytes announced.
        expected: u64,
    },
    /// Not the IDX file that was expected.
    #[error("{}: {source}", path.display())]
    Idx {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: IdxError,
    },
    /// Not the CIFAR file that was expected.
    #[error("{}: {source}", path.display())]
    Cifar {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: CifarError,
    },
    /// Not the NumPy array that was expected.
    #[error("{}: {source}", path.display())]
    Npy {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: NpyError,
    },
    /// An image that cannot be used.
    #[error("{}: {source}", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ImageError,
    },
    /// A folder of images that cannot be used.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The folder or its list of labels.
        path: PathBuf,
        /// What is wrong.
        source: FolderError,
    },
    /// A `dataset.json` that cannot be used.
    #[error("{}: {source}; known fields are name, full_scale and classes", path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Contents that do not make a data set.
    #[error("{}: {source}", path.display())]
    Contents {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        source: DatasetError,
    },
}
