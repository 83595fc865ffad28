//! Folders of PNG images.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::build::{self, Entry};
use crate::dataset::{Classes, Dataset, ImageShape, Pixels};
use crate::description::Description;
use crate::error::{DataError, DatasetError};
use crate::image::{self, Decoded, ImageError};
use crate::labels;

/// Name of the list of labels in a flat folder.
pub(crate) const LABELS: &str = "labels.csv";
/// Formats that would be skipped without a word, though somebody put them there as images.
const OTHER_FORMATS: [&str; 8] = ["jpg", "jpeg", "bmp", "gif", "webp", "tif", "tiff", "pgm"];

/// A folder of images that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FolderError {
    /// A folder without any image.
    #[error("holds no PNG images; expected a folder per class, or images with {LABELS}")]
    NoImages,
    /// Images both beside and inside of class folders.
    #[error("has PNG images beside class folders ({folder}/); keep all images in class folders")]
    Mixed {
        /// The first class folder.
        folder: String,
    },
    /// A class folder that `dataset.json` does not list.
    #[error("folder {folder}/ is not among the classes of dataset.json; add it or remove it")]
    UnknownFolder {
        /// The folder.
        folder: String,
    },
    /// More classes than labels can count.
    #[error("there are {0} classes; at most 65536 are possible")]
    TooManyClasses(usize),
    /// A line of the list that is not understood.
    #[error("line {line}: expected `file,label` with a number or a class of dataset.json as label")]
    Line {
        /// Number of the line, from 1.
        line: usize,
    },
    /// A file that is listed but not there.
    #[error("line {line}: there is no image `{file}` in the folder")]
    NoFile {
        /// Number of the line, from 1.
        line: usize,
        /// The file listed.
        file: String,
    },
    /// A file listed twice.
    #[error("line {line}: `{file}` is listed a second time; keep one line")]
    Twice {
        /// Number of the line, from 1.
        line: usize,
        /// The file listed.
        file: String,
    },
    /// An image that is not listed.
    #[error("image `{file}` is not listed; add a line for it or remove the image")]
    NotListed {
        /// The image.
        file: String,
    },
    /// A list that is no text.
    #[error("is not UTF-8 text; save it as UTF-8")]
    NotText,
}

/// Loads a folder of PNG images of one size.
///
/// Either every class has a sub-folder, or all images lie flat in the folder. Classes are
/// numbered in the order of `description.classes`, or else of their sorted folder names. The
/// images go round the classes (the first of each class, then the second of each), so that the
/// first few are of every class. In a flat folder `labels.csv` gives the labels, one `file,label`
/// per line; without it there are none.
pub fn load_png_folder(
    folder: impl AsRef<Path>,
    description: &Description,
) -> Result<Dataset, DataError> {
    let folder = folder.as_ref();
    let fail = |source| DataError::Folder { path: folder.to_owned(), source };
    let entries = build::entries(folder)?;
    let images = images(&entries)?;
    let mut classes: Vec<(String, Vec<PathBuf>)> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.folder) {
        let inside = self::images(&build::entries(&entry.path)?)?;
        if !inside.is_empty() {
            classes.push((entry.name.clone(), inside));
        }
    }
    let listed = match (images.is_empty(), classes.is_empty()) {
        (true, true) => return Err(fail(FolderError::NoImages)),
        (false, false) => {
            return Err(fail(FolderError::Mixed { folder: classes.swap_remove(0).0 }));
        }
        (true, false) => by_class(classes, description).map_err(fail)?,
        (false, true) => flat(&entries, images, description)?,
    };
    build_set(folder, listed)
}

/// Image files in the order of the data set, and what is known about them.
struct Listed {
    files: Vec<PathBuf>,
    labels: Option<Vec<u16>>,
    classes: Option<Classes>,
}

/// Whether images of any format lie in a folder or in its sub-folders.
pub(crate) fn holds_images(entries: &[Entry]) -> Result<bool, DataError> {
    if entries.iter().any(|entry| !entry.folder && format(entry) != Format::NoImage) {
        return Ok(true);
    }
    for folder in entries.iter().filter(|entry| entry.folder) {
        let inside = build::entries(&folder.path)?;
        if inside.iter().any(|entry| !entry.folder && format(entry) != Format::NoImage) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a file is by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Png,
    OtherImage,
    NoImage,
}

fn format(entry: &Entry) -> Format {
    let extension = entry.path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match extension.as_str() {
        "png" => Format::Png,
        other if OTHER_FORMATS.contains(&other) => Format::OtherImage,
        _ => Format::NoImage,
    }
}

/// The PNG files of a listing. Other images are refused, anything else is no image.
fn images(entries: &[Entry]) -> Result<Vec<PathBuf>, DataError> {
    let mut images = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.folder) {
        let path = entry.path.clone();
        match format(entry) {
            Format::Png => images.push(path),
            Format::OtherImage => {
                return Err(DataError::Image { path, source: ImageError::Format });
            }
            Format::NoImage => {}
        }
    }
    Ok(images)
}

/// Labels the images of class folders.
fn by_class(
    folders: Vec<(String, Vec<PathBuf>)>,
    description: &Description,
) -> Result<Listed, FolderError> {
    let sorted = || folders.iter().map(|(name, _)| name.clone()).collect();
    let names: Vec<String> = description.classes.clone().unwrap_or_else(sorted);
    let mut images = Vec::new();
    for (name, files) in folders {
        let Some(label) = names.iter().position(|class| *class == name) else {
            return Err(FolderError::UnknownFolder { folder: name });
        };
        let label = u16::try_from(label).map_err(|_| FolderError::TooManyClasses(names.len()))?;
        images.extend(files.into_iter().enumerate().map(|(round, file)| (round, label, file)));
    }
    images.sort_by_key(|&(round, label, _)| (round, label));
    let labels = images.iter().map(|&(_, label, _)| label).collect();
    let files = images.into_iter().map(|(_, _, file)| file).collect();
    Ok(Listed { files, labels: Some(labels), classes: Some(Classes::Names(names)) })
}

/// Labels the images of a flat folder.
fn flat(
    entries: &[Entry],
    files: Vec<PathBuf>,
    description: &Description,
) -> Result<Listed, DataError> {
    let classes = description.classes.clone();
    let labels = match build::file(entries, LABELS) {
        Some(list) => Some(labels::read(list, &files, classes.as_deref().unwrap_or_default())?),
        None => None,
    };
    Ok(Listed { files, labels, classes: classes.map(Classes::Names) })
}

fn build_set(folder: &Path, listed: Listed) -> Result<Dataset, DataError> {
    let mut shape: Option<ImageShape> = None;
    let mut pixels = Vec::new();
    for file in &listed.files {
        let Decoded { shape: found, pixels: values } = image::read(file)?;
        let first = *shape.get_or_insert(found);
        if found != first {
            let source = ImageError::Shape { found, first };
            return Err(DataError::Image { path: file.clone(), source });
        }
        pixels.extend(values);
    }
    let shape = shape.unwrap_or(ImageShape::new(0, 0, 0));
    let make = || -> Result<Dataset, DatasetError> {
        let mut set = Dataset::new(build::name(folder), shape, Pixels::Bytes(pixels))?;
        if let Some(classes) = listed.classes {
            set = set.with_classes(classes)?;
        }
        match listed.labels {
            Some(labels) => set.with_labels(labels),
            None => Ok(set),
        }
    };
    make().map_err(|source| build::contents(folder, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_reach_the_last_class_that_fits() {
        let with = |count: usize| {
            let names: Vec<String> = (0..count).map(|number| number.to_string()).collect();
            let folders = vec![(names[count - 1].clone(), vec![PathBuf::from("x.png")])];
            let description = Description { classes: Some(names), ..Description::default() };
            by_class(folders, &description).map(|listed| listed.labels)
        };
        assert_eq!(with(65_536), Ok(Some(vec![u16::MAX])));
        let message = with(65_537).unwrap_err().to_string();
        assert_eq!(message, "there are 65537 classes; at most 65536 are possible");
    }
}
