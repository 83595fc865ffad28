//! Where libraries are kept.

use std::path::{Path, PathBuf};

use crate::VerilatedError;

/// The folder libraries go to: `BITLADDER_CACHE`, or `bitladder` in the user's cache folder, or in
/// the folder for temporary files.
pub(crate) fn folder() -> PathBuf {
    let user = || {
        let home = |below: &str| std::env::var_os("HOME").map(|home| Path::new(&home).join(below));
        let set = |name| std::env::var_os(name).map(PathBuf::from);
        set("XDG_CACHE_HOME").or_else(|| home(".cache")).map(|cache| cache.join("bitladder"))
    };
    let asked = std::env::var_os("BITLADDER_CACHE").map(PathBuf::from);
    asked.or_else(user).unwrap_or_else(|| std::env::temp_dir().join("bitladder"))
}

/// Puts a finished file in its place in one step: a reader, or a second builder of the same
/// library, sees all of it or nothing.
pub(crate) fn keep(built: &Path, place: &Path) -> Result<(), VerilatedError> {
    let failed = |source| VerilatedError::Files { path: place.into(), source };
    let folder = place.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let copy = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    std::fs::copy(built, copy.path()).map_err(failed)?;
    copy.persist(place).map_err(|error| failed(error.error))?;
    Ok(())
}
