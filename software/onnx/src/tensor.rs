//! Constants of a model: decoding them from the file, checked before anything is allocated.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use bitladder_network::elements;
use bitladder_onnx_proto::{TensorProto, data_location, data_type};
use thiserror::Error;

use crate::element::{self, Element};
use crate::external;

/// Most dimensions a tensor may have; no operator here needs more than five.
pub(crate) const MAX_RANK: usize = 8;

/// Why a constant could not be read.
#[derive(Debug, Error)]
pub enum TensorError {
    /// An element type without meaning here, such as text.
    #[error(
        "tensor `{tensor}` holds {found} values; float, double, float16, bfloat16, bool and \
         integers of 2 to 64 bits are supported"
    )]
    Type {
        /// The tensor.
        tensor: String,
        /// Its element type.
        found: &'static str,
    },
    /// A shape no tensor can have.
    #[error(
        "tensor `{tensor}` has the shape {dims:?}: negative, too large, or more than {MAX_RANK} \
         dimensions"
    )]
    Shape {
        /// The tensor.
        tensor: String,
        /// The shape in the file.
        dims: Vec<i64>,
    },
    /// More or less data than the shape needs.
    #[error(
        "tensor `{tensor}` of shape {dims:?} needs {wanted} bytes, but the file holds {found}: \
         the file is damaged"
    )]
    Size {
        /// The tensor.
        tensor: String,
        /// The shape in the file.
        dims: Vec<i64>,
        /// Bytes the shape needs.
        wanted: usize,
        /// Bytes there are.
        found: u64,
    },
    /// An integer that its type or this importer cannot hold.
    #[error("tensor `{tensor}` holds {value}, which does not fit {ty}")]
    Range {
        /// The tensor.
        tensor: String,
        /// The value; text, because it may lie beyond 64 bits.
        value: String,
        /// The type it should fit.
        ty: &'static str,
    },
    /// A sparse tensor.
    #[error("tensor `{tensor}` is sparse, which is not supported: store it dense")]
    Sparse {
        /// The tensor.
        tensor: String,
    },
    /// Data in another file, but the model has no folder.
    #[error(
        "tensor `{tensor}` keeps its data in the file `{location}`: import the model by its path, \
         not from bytes"
    )]
    NoFolder {
        /// The tensor.
        tensor: String,
        /// The other file.
        location: String,
    },
    /// Data in a file outside the model's folder.
    #[error(
        "tensor `{tensor}` keeps its data in `{location}`, which leaves the model's folder: such \
         paths are refused"
    )]
    Escape {
        /// The tensor.
        tensor: String,
        /// The other file.
        location: String,
    },
    /// A data file entry that makes no sense.
    #[error("tensor `{tensor}`: external data has {key} = `{value}`, which is not usable")]
    External {
        /// The tensor.
        tensor: String,
        /// The entry.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// A data file that cannot be read.
    #[error("tensor `{tensor}`: cannot read its data file `{path}`: {source}", path = path.display())]
    Read {
        /// The tensor.
        tensor: String,
        /// The data file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The numbers of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    Real(Vec<f32>),
    Int(Vec<i64>),
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    pub(crate) dims: Vec<usize>,
    pub(crate) element: Element,
    pub(crate) values: Values,
}

impl Tensor {
    /// A tensor of 64-bit integers, as shape computations make them.
    pub(crate) fn int64(name: &str, dims: Vec<usize>, values: Vec<i64>) -> Self {
        Self { name: name.into(), dims, element: Element::I64, values: Values::Int(values) }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.values {
            Values::Real(values) => values.len(),
            Values::Int(values) => values.len(),
        }
    }

    /// Reads a tensor; external data is looked for in `folder`.
    pub(crate) fn decode(proto: &TensorProto, folder: Option<&Path>) -> Result<Self, TensorError> {
        let element = element_of(proto)?;
        let (dims, count) = shape(proto)?;
        let wanted = element.bytes(count).ok_or_else(|| bad_shape(proto))?;
        let bytes = if is_external(proto) {
            Cow::Owned(external::read(proto, folder, wanted)?)
        } else {
            inline(proto, element)?
        };
        if bytes.len() != wanted {
            return Err(wrong_size(proto, wanted, bytes.len() as u64));
        }
        let values = if element.is_float() {
            Values::Real(element::reals(element, &bytes))
        } else {
            let beyond = |value| out_of_range(proto, i128::from(value), "a signed 64-bit integer");
            Values::Int(element::integers(element, &bytes, count).map_err(beyond)?)
        };
        Ok(Self { name: proto.name.clone(), dims, element, values })
    }
}

/// The number of elements a tensor promises; data in the message is checked to be of that size.
pub(crate) fn promised(proto: &TensorProto) -> Result<usize, TensorError> {
    let element = element_of(proto)?;
    let (_, count) = shape(proto)?;
    let wanted = element.bytes(count).ok_or_else(|| bad_shape(proto))?;
    match &proto.raw_data {
        Some(raw) if !is_external(proto) && raw.len() != wanted => {
            Err(wrong_size(proto, wanted, raw.len() as u64))
        }
        _ => Ok(count),
    }
}

pub(crate) fn is_external(proto: &TensorProto) -> bool {
    proto.data_location == Some(data_location::EXTERNAL)
}

fn element_of(proto: &TensorProto) -> Result<Element, TensorError> {
    Element::from_code(proto.data_type).ok_or_else(|| TensorError::Type {
        tensor: proto.name.clone(),
        found: data_type::name(proto.data_type),
    })
}

fn shape(proto: &TensorProto) -> Result<(Vec<usize>, usize), TensorError> {
    let dims: Option<Vec<usize>> =
        proto.dims.iter().map(|dim| usize::try_from(*dim).ok()).collect();
    let dims = dims.filter(|dims| dims.len() <= MAX_RANK).ok_or_else(|| bad_shape(proto))?;
    let count = elements(&dims).ok_or_else(|| bad_shape(proto))?;
    Ok((dims, count))
}

fn bad_shape(proto: &TensorProto) -> TensorError {
    TensorError::Shape { tensor: proto.name.clone(), dims: proto.dims.clone() }
}

pub(crate) fn wrong_size(proto: &TensorProto, wanted: usize, found: u64) -> TensorError {
    TensorError::Size { tensor: proto.name.clone(), dims: proto.dims.clone(), wanted, found }
}

fn out_of_range(proto: &TensorProto, value: i128, ty: &'static str) -> TensorError {
    TensorError::Range { tensor: proto.name.clone(), value: value.to_string(), ty }
}

/// The data in the message itself, as little-endian bytes whichever field holds it.
fn inline(proto: &TensorProto, element: Element) -> Result<Cow<'_, [u8]>, TensorError> {
    if let Some(raw) = &proto.raw_data {
        return Ok(Cow::Borrowed(raw));
    }
    Ok(Cow::Owned(match element {
        Element::F32 => proto.float_data.iter().flat_map(|v| v.to_le_bytes()).collect(),
        Element::F64 => proto.double_data.iter().flat_map(|v| v.to_le_bytes()).collect(),
        Element::I64 => proto.int64_data.iter().flat_map(|v| v.to_le_bytes()).collect(),
        Element::Int { bits: 64, .. } => {
            proto.uint64_data.iter().flat_map(|v| v.to_le_bytes()).collect()
        }
        Element::Int { bits: 32, signed: false } => narrow(proto, &proto.uint64_data, 4)?,
        _ => narrow(proto, &proto.int32_data, element.bits().div_ceil(8))?,
    }))
}

/// Values kept in a wider field, cut to `width` bytes each.
fn narrow<T: Copy + Into<i128>>(
    proto: &TensorProto,
    field: &[T],
    width: usize,
) -> Result<Vec<u8>, TensorError> {
    let (lowest, highest) = (-(1i128 << (8 * width - 1)), (1i128 << (8 * width)) - 1);
    let mut bytes = Vec::with_capacity(field.len() * width);
    for value in field.iter().map(|value| (*value).into()) {
        if value < lowest || value > highest {
            return Err(out_of_range(proto, value, data_type::name(proto.data_type)));
        }
        bytes.extend_from_slice(&value.to_le_bytes()[..width]);
    }
    Ok(bytes)
}

#[cfg(test)]
#[path = "tensor_tests.rs"]
mod tests;
