//! The data and models that ship with the project.

use std::path::PathBuf;

use bitladder_train::dataset::Splits;

pub(crate) fn models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

pub(crate) fn digits() -> Splits {
    Splits::load(&models().join("data/digits8x8"), 0).unwrap()
}
