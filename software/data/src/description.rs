//! `dataset.json`: what the files of a data set cannot say themselves.

use std::path::Path;

use serde::Deserialize;

use crate::build;
use crate::dataset::{Classes, Dataset};
use crate::error::DataError;
use crate::source::whole;

/// Name of the file.
const FILE: &str = "dataset.json";

/// The contents of a `dataset.json`; every field may be missing.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// What the data set is called, instead of the name of its folder.
    pub name: Option<String>,
    /// The stored pixel value that stands for 1.0.
    pub full_scale: Option<f32>,
    /// Names of the classes; a label is a place in this list, from 0.
    pub classes: Option<Vec<String>>,
}

impl Description {
    /// Reads the `dataset.json` of a folder; without that file nothing is described.
    pub fn of_folder(folder: impl AsRef<Path>) -> Result<Self, DataError> {
        let path = folder.as_ref().join(FILE);
        match whole(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map_err(|source| DataError::Description { path, source }),
            Err(DataError::NotFound { .. }) => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Puts what is described in place of what a loader assumed. `path` is named in errors.
    pub(crate) fn apply(self, mut set: Dataset, path: &Path) -> Result<Dataset, DataError> {
        let fail = |source| build::contents(path, source);
        if let Some(name) = self.name {
            set = set.with_name(name);
        }
        if let Some(full_scale) = self.full_scale {
            set = set.with_full_scale(full_scale).map_err(fail)?;
        }
        match self.classes {
            Some(names) => set.with_classes(Classes::Names(names)).map_err(fail),
            None => Ok(set),
        }
    }
}
