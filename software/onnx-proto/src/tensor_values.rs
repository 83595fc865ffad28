//! Typed access to the values of a tensor.

use crate::data_type;
use crate::tensor::{TensorProto, data_location};

/// Why the values of a tensor could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TensorError {
    /// The element type is not one the accessor reads.
    #[error("tensor `{tensor}` holds {found} values, expected {expected}: convert it before use")]
    WrongType {
        /// Name of the tensor.
        tensor: String,
        /// The element type in the file.
        found: &'static str,
        /// The element types the accessor reads.
        expected: &'static str,
    },
    /// The values are in another file.
    #[error(
        "tensor `{tensor}` keeps its values in another file: save the model with all its data \
         in one file"
    )]
    External {
        /// Name of the tensor.
        tensor: String,
    },
    /// A dimension is negative, or the element count does not fit in memory.
    #[error("tensor `{tensor}` has the impossible shape {dims:?}: the file is damaged")]
    BadShape {
        /// Name of the tensor.
        tensor: String,
        /// The shape in the file.
        dims: Vec<i64>,
    },
    /// The shape promises another number of values than the file holds.
    #[error(
        "tensor `{tensor}` of shape {dims:?} needs {expected} values but has {found}: \
         the file is damaged"
    )]
    WrongLength {
        /// Name of the tensor.
        tensor: String,
        /// The shape in the file.
        dims: Vec<i64>,
        /// The product of the dimensions.
        expected: usize,
        /// Whole values found.
        found: usize,
    },
    /// A value does not fit the type asked for.
    #[error("tensor `{tensor}` holds {value}, which does not fit a signed 64-bit integer")]
    OutOfRange {
        /// Name of the tensor.
        tensor: String,
        /// The value in the file.
        value: u64,
    },
}

impl TensorProto {
    /// A FLOAT tensor with its values as raw bytes, the way most exporters write them.
    pub fn from_f32(name: &str, dims: &[i64], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::from_raw(name, data_type::FLOAT, dims, bytes)
    }

    /// An INT64 tensor with its values as raw bytes.
    pub fn from_i64(name: &str, dims: &[i64], values: &[i64]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::from_raw(name, data_type::INT64, dims, bytes)
    }

    fn from_raw(name: &str, data_type: i32, dims: &[i64], bytes: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            data_type,
            dims: dims.to_vec(),
            raw_data: Some(bytes),
            ..Self::default()
        }
    }

    /// The number of values the shape promises; 1 for a scalar.
    pub fn element_count(&self) -> Result<usize, TensorError> {
        self.dims
            .iter()
            .try_fold(1usize, |count, &dim| count.checked_mul(usize::try_from(dim).ok()?))
            .ok_or_else(|| TensorError::BadShape {
                tensor: self.name.clone(),
                dims: self.dims.clone(),
            })
    }

    /// The values of a FLOAT tensor, from whichever field holds them.
    pub fn f32_values(&self) -> Result<Vec<f32>, TensorError> {
        if self.data_type != data_type::FLOAT {
            return Err(self.wrong_type("FLOAT"));
        }
        self.read(self.float_data.iter().copied(), f32::from_le_bytes)
    }

    /// The values of any integer or BOOL tensor of 8 bits and more, widened to 64 bits.
    pub fn i64_values(&self) -> Result<Vec<i64>, TensorError> {
        let narrow = self.int32_data.iter().copied().map(i64::from);
        let unsigned = self.uint64_data.iter().copied();
        match self.data_type {
            data_type::INT64 => self.read(self.int64_data.iter().copied(), i64::from_le_bytes),
            data_type::INT32 => self.read(narrow, |bytes| i32::from_le_bytes(bytes).into()),
            data_type::INT16 => self.read(narrow, |bytes| i16::from_le_bytes(bytes).into()),
            data_type::UINT16 => self.read(narrow, |bytes| u16::from_le_bytes(bytes).into()),
            data_type::INT8 => self.read(narrow, |bytes| i8::from_le_bytes(bytes).into()),
            data_type::UINT8 | data_type::BOOL => {
                self.read(narrow, |bytes| u8::from_le_bytes(bytes).into())
            }
            data_type::UINT32 => {
                self.signed(&self.read(unsigned, |bytes| u32::from_le_bytes(bytes).into())?)
            }
            data_type::UINT64 => self.signed(&self.read(unsigned, u64::from_le_bytes)?),
            _ => Err(self.wrong_type("BOOL, INT8..INT64 or UINT8..UINT64")),
        }
    }

    /// The raw bytes when there are any, else the typed field, checked against the shape.
    fn read<T, const N: usize>(
        &self,
        typed_field: impl ExactSizeIterator<Item = T>,
        from_bytes: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, TensorError> {
        if self.data_location == Some(data_location::EXTERNAL) {
            return Err(TensorError::External { tensor: self.name.clone() });
        }
        let expected = self.element_count()?;
        let (found, whole) = match &self.raw_data {
            Some(bytes) => (bytes.len() / N, bytes.len().is_multiple_of(N)),
            None => (typed_field.len(), true),
        };
        if found != expected || !whole {
            let (tensor, dims) = (self.name.clone(), self.dims.clone());
            return Err(TensorError::WrongLength { tensor, dims, expected, found });
        }
        Ok(match &self.raw_data {
            Some(bytes) => bytes.as_chunks().0.iter().copied().map(from_bytes).collect(),
            None => typed_field.collect(),
        })
    }

    fn signed(&self, values: &[u64]) -> Result<Vec<i64>, TensorError> {
        let convert = |&value: &u64| {
            i64::try_from(value)
                .map_err(|_| TensorError::OutOfRange { tensor: self.name.clone(), value })
        };
        values.iter().map(convert).collect()
    }

    fn wrong_type(&self, expected: &'static str) -> TensorError {
        let found = data_type::name(self.data_type);
        TensorError::WrongType { tensor: self.name.clone(), found, expected }
    }
}
