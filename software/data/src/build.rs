//! What all loaders need: names, listings, shapes.

use std::path::{Path, PathBuf};

use crate::dataset::ImageShape;
use crate::error::{DataError, DatasetError};
use crate::source::read_error;

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) folder: bool,
}

/// What is in a folder, sorted by name, without hidden files.
pub(crate) fn entries(folder: &Path) -> Result<Vec<Entry>, DataError> {
    let fail = |source| read_error(folder, source);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let (name, folder) = (file_name(&path), path.is_dir());
        if !name.starts_with('.') {
            entries.push(Entry { name, path, folder });
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

/// Finds a file in a listing.
pub(crate) fn file<'a>(entries: &'a [Entry], name: &str) -> Option<&'a Path> {
    entries.iter().find(|entry| !entry.folder && entry.name == name).map(|e| e.path.as_path())
}

/// The last part of a path.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The folder a file is in.
pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A data set's name: that of its file or folder up to the first dot.
pub(crate) fn name(path: &Path) -> String {
    let name = file_name(path);
    name.split('.').next().unwrap_or_default().to_owned()
}

/// The size of one image in an array whose first dimension counts the images.
pub(crate) fn shape(dims: &[usize]) -> Option<ImageShape> {
    match *dims {
        [_, length] => Some(ImageShape::new(length, 1, 1)),
        [_, height, width] => Some(ImageShape::new(1, height, width)),
        [_, channels, height, width] => Some(ImageShape::new(channels, height, width)),
        _ => None,
    }
}

/// An error in what a file holds.
pub(crate) fn contents(path: &Path, source: DatasetError) -> DataError {
    DataError::Contents { path: path.to_owned(), source }
}
