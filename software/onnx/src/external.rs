//! Constants kept in files beside the model.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use bitladder_onnx_proto::TensorProto;

use crate::tensor::{TensorError, wrong_size};

/// The `wanted` bytes of a tensor; nothing is allocated before the file proves to hold them.
pub(crate) fn read(
    proto: &TensorProto,
    folder: Option<&Path>,
    wanted: usize,
) -> Result<Vec<u8>, TensorError> {
    let location = entry(proto, "location").unwrap_or_default();
    let tensor = || proto.name.clone();
    let Some(folder) = folder else {
        return Err(TensorError::NoFolder { tensor: tensor(), location: location.into() });
    };
    let path = inside(proto, folder, location)?;
    let offset = number(proto, "offset")?.unwrap_or(0);
    let length = number(proto, "length")?;
    if let Some(length) = length.filter(|length| *length != wanted as u64) {
        return Err(wrong_size(proto, wanted, length));
    }
    let failed = |source| TensorError::Read { tensor: tensor(), path: path.clone(), source };
    let mut file = File::open(&path).map_err(failed)?;
    let there = file.metadata().map_err(failed)?.len().saturating_sub(offset);
    if there < wanted as u64 {
        return Err(wrong_size(proto, wanted, there));
    }
    file.seek(SeekFrom::Start(offset)).map_err(failed)?;
    let mut bytes = vec![0; wanted];
    file.read_exact(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn entry<'a>(proto: &'a TensorProto, key: &str) -> Option<&'a str> {
    proto.external_data.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str())
}

fn number(proto: &TensorProto, key: &'static str) -> Result<Option<u64>, TensorError> {
    let Some(value) = entry(proto, key) else { return Ok(None) };
    let refused =
        |_| TensorError::External { tensor: proto.name.clone(), key, value: value.into() };
    value.parse().map(Some).map_err(refused)
}

/// The path of a data file, which must lie in the model's folder even after following links.
fn inside(proto: &TensorProto, folder: &Path, location: &str) -> Result<PathBuf, TensorError> {
    let relative = Path::new(location);
    if location.is_empty() {
        let (tensor, value) = (proto.name.clone(), location.into());
        return Err(TensorError::External { tensor, key: "location", value });
    }
    let escape =
        || TensorError::Escape { tensor: proto.name.clone(), location: location.to_owned() };
    let is_plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !relative.components().all(is_plain) {
        return Err(escape());
    }
    let path = folder.join(relative);
    let failed =
        |source| TensorError::Read { tensor: proto.name.clone(), path: path.clone(), source };
    let real = path.canonicalize().map_err(failed)?;
    let root = folder.canonicalize().map_err(failed)?;
    if real.starts_with(root) { Ok(real) } else { Err(escape()) }
}
