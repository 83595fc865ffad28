//! The binary files of CIFAR-10 and CIFAR-100.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::build::{self, Entry};
use crate::dataset::{Classes, Dataset, ImageShape, Pixels};
use crate::error::DataError;
use crate::part::Part;
use crate::source::{self, Source};

/// Size of every image: three colours, 32 by 32.
const SHAPE: ImageShape = ImageShape::new(3, 32, 32);
const PIXELS: usize = 3 * 32 * 32;
/// The published files hold 10,000 and 50,000 images. A compressed file could go on for very
/// long; beyond this it is none of them.
const MOST_IMAGES: usize = 60_000;

const CLASSES_10: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// Which of the two sets a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cifar {
    /// Ten classes; one byte before each image.
    Ten,
    /// A hundred classes; coarse and fine label before each image. The fine label is used.
    Hundred,
}

impl Cifar {
    const fn classes(self) -> usize {
        match self {
            Self::Ten => 10,
            Self::Hundred => 100,
        }
    }

    const fn label_bytes(self) -> usize {
        match self {
            Self::Ten => 1,
            Self::Hundred => 2,
        }
    }

    const fn record(self) -> usize {
        self.label_bytes() + PIXELS
    }
}

/// Something else than the CIFAR file that was expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CifarError {
    /// The file does not end with a whole image.
    #[error(
        "after {images} image(s) of {record} bytes, {left} bytes are left over; it is cut off or \
         no file of CIFAR-{classes}"
    )]
    Size {
        /// Whole images.
        images: usize,
        /// Bytes of an image with its labels.
        record: usize,
        /// Bytes left over.
        left: usize,
        /// Classes of the set.
        classes: usize,
    },
    /// A label that does not exist in the set.
    #[error("image {image} has label {label}, so it is no file of CIFAR-{classes} (or damaged)")]
    Label {
        /// Number of the image, from 0.
        image: usize,
        /// Its label.
        label: u8,
        /// Classes of the set.
        classes: usize,
    },
    /// More images than any published file has.
    #[error("holds more than {MOST_IMAGES} images; CIFAR files hold 10000 or 50000")]
    TooMany,
    /// A file whose name and size fit neither set.
    #[error("no file of CIFAR-10 (3073 bytes per image) or CIFAR-100 (3074 bytes per image)")]
    Unknown,
    /// A list of names of another length.
    #[error("lists {found} class names instead of {classes}")]
    Names {
        /// Names found.
        found: usize,
        /// Classes of the set.
        classes: usize,
    },
}

/// Loads CIFAR files, plain or compressed with gzip, one after another into one data set.
pub fn load_cifar(kind: Cifar, files: &[impl AsRef<Path>]) -> Result<Dataset, DataError> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for file in files {
        read(kind, file.as_ref(), &mut pixels, &mut labels)?;
    }
    let classes = match kind {
        Cifar::Ten => Classes::Names(CLASSES_10.map(str::to_owned).into()),
        Cifar::Hundred => Classes::Count(kind.classes()),
    };
    Dataset::new(format!("cifar{}", kind.classes()), SHAPE, Pixels::Bytes(pixels))
        .and_then(|set| set.with_classes(classes)?.with_labels(labels))
        .map_err(|source| {
            build::contents(files.first().map_or(Path::new(""), AsRef::as_ref), source)
        })
}

fn read(
    kind: Cifar,
    path: &Path,
    pixels: &mut Vec<u8>,
    labels: &mut Vec<u16>,
) -> Result<(), DataError> {
    let fail = |source| DataError::Cifar { path: path.to_owned(), source };
    let (record, classes) = (kind.record(), kind.classes());
    let mut source = Source::open(path)?;
    for image in 0.. {
        let bytes = source.up_to(record as u64)?;
        if bytes.is_empty() {
            break;
        }
        if bytes.len() < record {
            let left = bytes.len();
            return Err(fail(CifarError::Size { images: image, record, left, classes }));
        }
        if image == MOST_IMAGES {
            return Err(fail(CifarError::TooMany));
        }
        let label = bytes[kind.label_bytes() - 1];
        if usize::from(label) >= classes {
            return Err(fail(CifarError::Label { image, label, classes }));
        }
        labels.push(label.into());
        pixels.extend_from_slice(&bytes[kind.label_bytes()..]);
    }
    Ok(())
}

/// Loads one file, of CIFAR-10 if that fits and else of CIFAR-100.
pub(crate) fn load_one(path: &Path) -> Result<Dataset, DataError> {
    for kind in [Cifar::Ten, Cifar::Hundred] {
        match load_cifar(kind, &[path]) {
            Err(DataError::Cifar { .. }) => {}
            result => return result,
        }
    }
    Err(DataError::Cifar { path: path.to_owned(), source: CifarError::Unknown })
}

/// What kind of CIFAR folder a listing is, if any.
pub(crate) fn recognise(entries: &[Entry]) -> Option<Cifar> {
    let any = |wanted: fn(&str) -> bool| {
        entries.iter().any(|entry| !entry.folder && stem(&entry.name).is_some_and(wanted))
    };
    if any(|stem| stem.starts_with("data_batch_") || stem == "test_batch") {
        return Some(Cifar::Ten);
    }
    any(|stem| stem == "train" || stem == "test").then_some(Cifar::Hundred)
}

/// A file's name without `.bin` or `.bin.gz`.
pub(crate) fn stem(name: &str) -> Option<&str> {
    name.strip_suffix(".gz").unwrap_or(name).strip_suffix(".bin")
}

/// Loads a part of a CIFAR folder.
pub(crate) fn load_folder(
    kind: Cifar,
    folder: &Path,
    entries: &[Entry],
    part: Part,
) -> Result<Dataset, DataError> {
    let belongs = |stem: &str| match (kind, part) {
        (Cifar::Ten, Part::Train) => stem.starts_with("data_batch_"),
        (Cifar::Ten, Part::Test) => stem == "test_batch",
        (Cifar::Hundred, Part::Train) => stem == "train",
        (Cifar::Hundred, Part::Test) => stem == "test",
        (_, Part::Validation) => false,
    };
    let mut files: Vec<(&str, PathBuf)> = entries
        .iter()
        .filter(|entry| !entry.folder)
        .filter_map(|entry| Some((stem(&entry.name)?, entry.path.clone())))
        .filter(|(stem, _)| belongs(stem))
        .collect();
    // A compressed copy beside a plain file is the same file again.
    files.dedup_by(|later, first| later.0 == first.0);
    if files.is_empty() {
        let layout = if kind == Cifar::Ten { "CIFAR-10" } else { "CIFAR-100" };
        return Err(DataError::NoPart { path: folder.to_owned(), part, layout });
    }
    let files: Vec<PathBuf> = files.into_iter().map(|(_, path)| path).collect();
    let set = load_cifar(kind, &files)?.with_part(part);
    match build::file(entries, "fine_label_names.txt") {
        Some(names) if kind == Cifar::Hundred => with_names(set, names),
        _ => Ok(set),
    }
}

fn with_names(set: Dataset, path: &Path) -> Result<Dataset, DataError> {
    let text = String::from_utf8_lossy(&source::whole(path)?).into_owned();
    let names: Vec<String> =
        text.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let (found, classes) = (names.len(), set.classes());
    if found != classes {
        let source = CifarError::Names { found, classes };
        return Err(DataError::Cifar { path: path.to_owned(), source });
    }
    set.with_classes(Classes::Names(names)).map_err(|source| build::contents(path, source))
}
