//! The inputs of a model: their shapes without the batch, their types.

use std::collections::HashMap;

use bitladder_network::{FloatNetwork, Input};
use bitladder_onnx_proto::tensor_shape_proto::{Dimension, dimension};
use bitladder_onnx_proto::{ValueInfoProto, data_type};
use bitladder_spec::IntType;

use crate::ImportError;
use crate::element::Element;
use crate::graph::Graph;
use crate::tensor::MAX_RANK;
use crate::value::{Live, Value};

/// A network of inputs only, and what their names stand for.
pub(crate) struct Inputs<'a> {
    pub(crate) network: FloatNetwork,
    pub(crate) values: HashMap<&'a str, Value>,
    pub(crate) batch: usize,
}

impl<'a> Inputs<'a> {
    pub(crate) fn of(graph: &Graph<'a>) -> Result<Self, ImportError> {
        let file = graph.file;
        let mut inputs = Vec::new();
        let mut values = HashMap::new();
        let mut batch = None;
        for (id, input) in graph.inputs.iter().enumerate() {
            let reader = Reader { file, input };
            let integers = reader.integers()?;
            let (own_batch, shape) = reader.shape()?;
            if let (Some(own), Some(other)) = (own_batch, batch)
                && own != other
            {
                return Err(reader.refused(format!("has batch {own}, another input {other}")));
            }
            batch = batch.or(own_batch);
            inputs.push(Input { name: input.name.clone(), shape });
            let live = Live { integers, ..Live::real(id) };
            values.insert(input.name.as_str(), Value::Live(live));
        }
        let name = if graph.proto.name.is_empty() { file } else { &graph.proto.name };
        let network = FloatNetwork::new(name, inputs)
            .map_err(|source| ImportError::Network { file: file.into(), source })?;
        Ok(Self { network, values, batch: batch.unwrap_or(1) })
    }
}

struct Reader<'a> {
    file: &'a str,
    input: &'a ValueInfoProto,
}

impl Reader<'_> {
    fn refused(&self, what: String) -> ImportError {
        ImportError::Input { file: self.file.into(), input: self.input.name.clone(), what }
    }

    fn dynamic(&self, dim: usize, found: String) -> ImportError {
        let (file, input) = (self.file.into(), self.input.name.clone());
        ImportError::DynamicShape { file, input, dim, found }
    }

    /// The integer type, or `None` for real numbers.
    fn integers(&self) -> Result<Option<IntType>, ImportError> {
        let code = self.input.tensor_type().map_or(data_type::UNDEFINED, |tensor| tensor.elem_type);
        let element = Element::from_code(code);
        if element.is_some_and(Element::is_float) {
            return Ok(None);
        }
        let narrow = element.and_then(Element::int_type).filter(|ty| ty.bits() <= 16);
        match narrow {
            Some(ty) => Ok(Some(ty)),
            None => Err(self.refused(format!(
                "holds {} values; floats and integers of 2 to 16 bits are supported",
                data_type::name(code)
            ))),
        }
    }

    /// The batch, where it is fixed, and the shape without it.
    fn shape(&self) -> Result<(Option<usize>, Vec<usize>), ImportError> {
        let shape = self.input.tensor_type().and_then(|tensor| tensor.shape.as_ref());
        let Some(shape) = shape else {
            return Err(self.refused("has no shape: export the model with fixed shapes".into()));
        };
        let rank = shape.dim.len();
        if !(2..=MAX_RANK).contains(&rank) {
            return Err(self.refused(format!(
                "has {rank} dimensions; a batch and 1 to {} more are needed",
                MAX_RANK - 1
            )));
        }
        let batch = match extent(&shape.dim[0]) {
            Extent::Fixed(batch) => Some(batch),
            Extent::Open(_) => None,
            Extent::Absurd(found) => return Err(self.dynamic(0, found)),
        };
        let rest = shape.dim.iter().enumerate().skip(1);
        let fixed = rest.map(|(dim, dimension)| match extent(dimension) {
            Extent::Fixed(extent) => Ok(extent),
            Extent::Open(found) | Extent::Absurd(found) => Err(self.dynamic(dim, found)),
        });
        Ok((batch, fixed.collect::<Result<_, _>>()?))
    }
}

enum Extent {
    Fixed(usize),
    Open(String),
    Absurd(String),
}

fn extent(dimension: &Dimension) -> Extent {
    match &dimension.value {
        Some(dimension::Value::DimValue(value)) => match usize::try_from(*value) {
            Ok(extent) if extent > 0 => Extent::Fixed(extent),
            _ => Extent::Absurd(value.to_string()),
        },
        Some(dimension::Value::DimParam(name)) => Extent::Open(format!("open (`{name}`)")),
        None => Extent::Open("open".into()),
    }
}
