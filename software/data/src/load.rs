//! Loading whatever is at a path.

use std::path::{Path, PathBuf};

use crate::build::{self, Entry};
use crate::dataset::Dataset;
use crate::description::Description;
use crate::error::DataError;
use crate::idx::{self, IdxKind};
use crate::part::Part;
use crate::source::{first_bytes, read_error};
use crate::{cifar, folder, image, npy};

/// Loads a part of the data set at a path, deciding by what is found there.
///
/// The layouts are those of the [crate documentation](crate#layouts). A path that holds one set
/// of images without parts (a single file, a folder of images) gives that set whatever part is
/// asked for; its [`Dataset::part`] is `None`, so that training can refuse to test on what it
/// learned from.
pub fn load(path: impl AsRef<Path>, part: Part) -> Result<Dataset, DataError> {
    let path = path.as_ref();
    let metadata = std::fs::metadata(path).map_err(|source| read_error(path, source))?;
    let set = if metadata.is_dir() {
        load_folder(path, part)?
    } else if metadata.is_file() {
        let set = load_file(path)?;
        let description = Description::of_folder(build::folder(path))?;
        description.apply(set, path)?
    } else {
        return Err(unknown(path));
    };
    if set.is_empty() { Err(DataError::Empty { path: path.to_owned() }) } else { Ok(set) }
}

fn unknown(path: &Path) -> DataError {
    DataError::UnknownLayout { path: path.to_owned() }
}

/// A single file: CIFAR by its name, as its contents start with anything; the others by contents.
fn load_file(path: &Path) -> Result<Dataset, DataError> {
    if cifar::stem(&build::file_name(path)).is_some() {
        return cifar::load_one(path);
    }
    match first_bytes(path)?.as_slice() {
        start if start.starts_with(npy::MAGIC) => npy::load_beside(path),
        start if start.starts_with(image::MAGIC) => image::load_png(path),
        [0, 0, 8, ..] => idx::load_beside(path, false),
        _ => Err(unknown(path)),
    }
}

fn load_folder(folder: &Path, part: Part) -> Result<Dataset, DataError> {
    let entries = build::entries(folder)?;
    let description = Description::of_folder(folder)?;
    let name = build::name(&folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
    let set = match recognise(&entries)? {
        Layout::Idx => load_idx_part(folder, part)?,
        Layout::Cifar(kind) => cifar::load_folder(kind, folder, &entries, part)?,
        Layout::Npy => load_npy_part(folder, &entries, part)?,
        Layout::PartFolders => load_png_part(folder, &entries, &description, part)?,
        Layout::Images => folder::load_png_folder(folder, &description)?,
        Layout::Unknown => return Err(unknown(folder)),
    };
    description.apply(set.with_name(name), folder)
}

/// What a folder looks like.
enum Layout {
    Idx,
    Cifar(cifar::Cifar),
    Npy,
    PartFolders,
    Images,
    Unknown,
}

fn recognise(entries: &[Entry]) -> Result<Layout, DataError> {
    let is_part = |name: &str| Part::ALL.iter().any(|part| part.names().contains(&name));
    let any_file = |wanted: &dyn Fn(&str) -> bool| {
        entries.iter().any(|entry| !entry.folder && wanted(&entry.name))
    };
    let is_idx = |name: &str| {
        idx::parse_name(name)
            .is_some_and(|(prefix, kind)| kind == IdxKind::Images && is_part(prefix))
    };
    if any_file(&is_idx) {
        return Ok(Layout::Idx);
    }
    if let Some(kind) = cifar::recognise(entries) {
        return Ok(Layout::Cifar(kind));
    }
    if any_file(&|name| name.strip_suffix(".npy").is_some_and(is_part)) {
        return Ok(Layout::Npy);
    }
    let part_folders = entries
        .iter()
        .filter(|entry| entry.folder && is_part(&entry.name))
        .map(|entry| &entry.path);
    for inner in part_folders {
        if folder::holds_images(&build::entries(inner)?)? {
            return Ok(Layout::PartFolders);
        }
    }
    Ok(if folder::holds_images(entries)? { Layout::Images } else { Layout::Unknown })
}

fn no_part(folder: &Path, part: Part, layout: &'static str) -> DataError {
    DataError::NoPart { path: folder.to_owned(), part, layout }
}

fn load_idx_part(folder: &Path, part: Part) -> Result<Dataset, DataError> {
    for prefix in part.names() {
        if let Some(images) = idx::find(folder, prefix, IdxKind::Images)? {
            return Ok(idx::load_beside(&images, true)?.with_part(part));
        }
    }
    Err(no_part(folder, part, "IDX"))
}

fn load_npy_part(folder: &Path, entries: &[Entry], part: Part) -> Result<Dataset, DataError> {
    let mut names = part.names().iter().map(|name| format!("{name}.npy"));
    let file = names.find_map(|name| build::file(entries, &name).map(PathBuf::from));
    let file = file.ok_or_else(|| no_part(folder, part, ".npy"))?;
    Ok(npy::load_beside(&file)?.with_part(part))
}

fn load_png_part(
    folder: &Path,
    entries: &[Entry],
    description: &Description,
    part: Part,
) -> Result<Dataset, DataError> {
    let inner = |name: &str| entries.iter().find(|entry| entry.folder && entry.name == name);
    let inner = part.names().iter().find_map(|name| inner(name));
    let inner = inner.ok_or_else(|| no_part(folder, part, "PNG"))?;
    Ok(folder::load_png_folder(&inner.path, description)?.with_part(part))
}
