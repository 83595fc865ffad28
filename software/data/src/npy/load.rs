//! Arrays as data sets.

use std::path::{Path, PathBuf};

use super::{NpyArray, NpyError, NpyValues, read_npy};
use crate::build;
use crate::dataset::{Dataset, Pixels};
use crate::error::DataError;

/// Loads images from a `.npy` array, with the labels of another one if it is given.
///
/// Two dimensions are vectors (every element a channel), three are grey images, four have
/// channels before rows. The first dimension always counts the images. Full scale is 255 for
/// whole numbers and 1 for floats.
pub fn load_npy(images: impl AsRef<Path>, labels: Option<&Path>) -> Result<Dataset, DataError> {
    let path = images.as_ref();
    let NpyArray { shape: dims, values } = read_npy(path)?;
    let shape = build::shape(&dims).ok_or_else(|| DataError::Npy {
        path: path.to_owned(),
        source: NpyError::Images(dims.clone()),
    })?;
    let labels = labels.map(read_labels).transpose()?;
    let full_scale = if values.is_integer() { 255.0 } else { 1.0 };
    let pixels = match values {
        NpyValues::U8(bytes) => Pixels::Bytes(bytes),
        NpyValues::F32(floats) => Pixels::Floats(floats),
        others => Pixels::Floats(others.to_f32()),
    };
    let made = Dataset::new(build::name(path), shape, pixels)
        .and_then(|set| set.with_full_scale(full_scale))
        .and_then(|set| match labels {
            Some(labels) => set.with_labels(labels),
            None => Ok(set),
        });
    made.map_err(|source| build::contents(path, source))
}

fn read_labels(path: &Path) -> Result<Vec<u16>, DataError> {
    let fail = |source| DataError::Npy { path: path.to_owned(), source };
    let NpyArray { shape, values } = read_npy(path)?;
    let integers = values.to_i64().filter(|_| shape.len() == 1);
    let integers = integers.ok_or_else(|| fail(NpyError::Labels { kind: values.kind(), shape }))?;
    let label = |(index, label): (usize, i64)| {
        u16::try_from(label).map_err(|_| fail(NpyError::Label { index, label }))
    };
    integers.into_iter().enumerate().map(label).collect()
}

/// Loads `NAME.npy` with `NAME-labels.npy` beside it, if that exists.
pub(crate) fn load_beside(path: &Path) -> Result<Dataset, DataError> {
    let labels = labels_path(path);
    load_npy(path, labels.exists().then_some(labels.as_path()))
}

fn labels_path(path: &Path) -> PathBuf {
    let name = build::file_name(path);
    path.with_file_name(format!("{}-labels.npy", name.strip_suffix(".npy").unwrap_or(&name)))
}
