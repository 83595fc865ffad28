//! A node being imported: typed access to its attributes and inputs.

use std::rc::Rc;

use bitladder_network::{FloatOp, ValueId};
use bitladder_onnx_proto::{AttributeProto, NodeProto};

use crate::NodeError;
use crate::constant::Constant;
use crate::graph::layer_name;
use crate::importer::Importer;
use crate::tensor::Values;
use crate::value::{Live, Value};

pub(crate) struct Node<'i, 'a> {
    pub(crate) importer: &'i mut Importer<'a>,
    pub(crate) proto: &'a NodeProto,
}

/// Attributes.
impl Node<'_, '_> {
    pub(crate) fn has(&self, attribute: &str) -> bool {
        self.proto.find_attribute(attribute).is_some()
    }

    pub(crate) fn int(&self, attribute: &str, default: i64) -> Result<i64, NodeError> {
        let found = self.proto.find_attribute(attribute);
        Ok(found.map_or(Ok(default), AttributeProto::as_int)?)
    }

    pub(crate) fn float(&self, attribute: &str, default: f32) -> Result<f32, NodeError> {
        let found = self.proto.find_attribute(attribute);
        Ok(found.map_or(Ok(default), AttributeProto::as_float)?)
    }

    pub(crate) fn text<'s>(
        &'s self,
        attribute: &str,
        default: &'s str,
    ) -> Result<&'s str, NodeError> {
        let found = self.proto.find_attribute(attribute);
        Ok(found.map_or(Ok(default), |attribute| attribute.as_string())?)
    }

    pub(crate) fn ints(&self, attribute: &str) -> Result<Option<&[i64]>, NodeError> {
        let found = self.proto.find_attribute(attribute);
        Ok(found.map(|attribute| attribute.as_ints()).transpose()?)
    }

    /// Refuses any value of an attribute but one.
    pub(crate) fn only(
        &self,
        attribute: &'static str,
        supported: i64,
        why: &str,
    ) -> Result<(), NodeError> {
        let found = self.int(attribute, supported)?;
        if found == supported {
            return Ok(());
        }
        let allowed = format!("only {supported} is supported: {why}");
        Err(NodeError::AttributeValue { attribute, found: found.to_string(), allowed })
    }
}

/// Inputs.
impl Node<'_, '_> {
    pub(crate) fn has_input(&self, index: usize) -> bool {
        self.proto.input_name(index).is_some()
    }

    pub(crate) fn input_name(&self, index: usize) -> String {
        self.proto.input_name(index).unwrap_or_default().to_owned()
    }

    pub(crate) fn value(&mut self, index: usize) -> Result<Value, NodeError> {
        let name = self.proto.input_name(index).ok_or(NodeError::NoInput { index })?;
        self.importer.value(name)
    }

    /// A value computed from the network's inputs, integers or real numbers, maybe padded.
    pub(crate) fn padded(&mut self, index: usize) -> Result<Live, NodeError> {
        match self.value(index)? {
            Value::Live(live) => Ok(live),
            Value::Constant(_) => Err(NodeError::Constant {
                index,
                value: self.input_name(index),
                wanted: "this operator is only supported on values that come from an input",
            }),
        }
    }

    /// The same, without a padding on its way.
    pub(crate) fn live(&mut self, index: usize) -> Result<Live, NodeError> {
        let live = self.padded(index)?;
        match live.padding {
            None => Ok(live),
            Some(_) => Err(NodeError::LoosePadding { index, value: self.input_name(index) }),
        }
    }

    /// Refuses integers.
    pub(crate) fn need_real(&self, index: usize, live: Live) -> Result<Live, NodeError> {
        if live.integers.is_none() {
            return Ok(live);
        }
        Err(NodeError::Kind {
            index,
            value: self.input_name(index),
            found: "integers",
            wanted: "this operator needs real numbers: a DequantizeLinear is missing before it",
        })
    }

    /// Real numbers computed from the network's inputs.
    pub(crate) fn real(&mut self, index: usize) -> Result<Live, NodeError> {
        let live = self.live(index)?;
        self.need_real(index, live)
    }

    pub(crate) fn constant(&mut self, index: usize) -> Result<Rc<Constant>, NodeError> {
        match self.value(index)? {
            Value::Constant(constant) => Ok(constant),
            Value::Live(_) => Err(NodeError::NotConstant { index, value: self.input_name(index) }),
        }
    }

    pub(crate) fn optional_constant(
        &mut self,
        index: usize,
    ) -> Result<Option<Rc<Constant>>, NodeError> {
        if self.has_input(index) { self.constant(index).map(Some) } else { Ok(None) }
    }

    /// Constant real numbers, all finite.
    pub(crate) fn reals(&mut self, index: usize) -> Result<Vec<f32>, NodeError> {
        let constant = self.constant(index)?;
        let reals = self.reals_of(index, &constant)?;
        finite(constant.name(), reals)
    }

    /// The real numbers of a constant, whatever they are.
    pub(crate) fn reals_of(
        &self,
        index: usize,
        constant: &Constant,
    ) -> Result<Vec<f32>, NodeError> {
        constant.reals().ok_or_else(|| NodeError::Kind {
            index,
            value: self.input_name(index),
            found: "integers",
            wanted: "real numbers are needed here",
        })
    }

    /// One real number.
    pub(crate) fn scalar(&mut self, index: usize) -> Result<f32, NodeError> {
        let constant = self.constant(index)?;
        match self.reals_of(index, &constant)?.as_slice() {
            [only] => Ok(*only),
            _ => Err(self.unsuited(index, constant.dims(), "a single number is needed")),
        }
    }

    /// Constant integers.
    pub(crate) fn plain_ints(&mut self, index: usize) -> Result<Vec<i64>, NodeError> {
        let constant = self.constant(index)?;
        let ints = constant.plain_ints().map(<[i64]>::to_vec);
        ints.ok_or_else(|| NodeError::Kind {
            index,
            value: self.input_name(index),
            found: "real numbers",
            wanted: "integers are needed here",
        })
    }

    /// Integers that older operator sets give as an attribute and newer ones as an input.
    pub(crate) fn ints_or_input(
        &mut self,
        attribute: &str,
        index: usize,
    ) -> Result<Option<Vec<i64>>, NodeError> {
        if self.has_input(index) {
            return self.plain_ints(index).map(Some);
        }
        Ok(self.ints(attribute)?.map(<[i64]>::to_vec))
    }

    pub(crate) fn unsuited(&self, index: usize, found: &[usize], wanted: &str) -> NodeError {
        let value = self.input_name(index);
        NodeError::Shape { index, value, found: found.to_vec(), wanted: wanted.into() }
    }
}

/// Layers.
impl Node<'_, '_> {
    pub(crate) fn shape(&self, live: Live) -> Vec<usize> {
        self.importer.network.shape(live.id).to_vec()
    }

    /// The shape as the graph sees it, batch first.
    pub(crate) fn full_shape(&self, live: Live) -> Vec<usize> {
        let mut full = vec![self.importer.batch];
        full.extend(self.importer.network.shape(live.id));
        full
    }

    pub(crate) fn layer_name(&self) -> &str {
        layer_name(self.proto)
    }

    /// Adds a layer of real numbers named after the node.
    pub(crate) fn push(&mut self, op: FloatOp, inputs: &[Live]) -> Result<Live, NodeError> {
        let name = layer_name(self.proto);
        let ids: Vec<ValueId> = inputs.iter().map(|live| live.id).collect();
        Ok(Live::real(self.importer.push(name, op, ids)?))
    }

    /// Adds a layer that only moves or picks elements, so integers stay integers of one format.
    pub(crate) fn push_keeping(&mut self, op: FloatOp, input: Live) -> Result<Live, NodeError> {
        let output = self.push(op, &[input])?;
        if input.integers.is_some() {
            let root = self.importer.format_root(input.id);
            self.importer.follows.insert(output.id, root);
        }
        Ok(Live { integers: input.integers, ..output })
    }

    /// Another shape of the same elements; nothing when it is the same shape.
    pub(crate) fn reshape(&mut self, live: Live, shape: Vec<usize>) -> Result<Live, NodeError> {
        if self.importer.network.shape(live.id) == shape {
            return Ok(live);
        }
        self.push_keeping(FloatOp::Reshape { shape }, live)
    }
}

/// Refuses infinities and NaN, naming the tensor.
pub(crate) fn finite(tensor: &str, values: Vec<f32>) -> Result<Vec<f32>, NodeError> {
    all_finite(tensor, &values).map(|()| values)
}

/// The same for a constant, before its elements move to other positions.
pub(crate) fn need_finite(constant: &Constant) -> Result<(), NodeError> {
    match &constant.tensor.values {
        Values::Real(values) => all_finite(constant.name(), values),
        Values::Int(_) => Ok(()),
    }
}

fn all_finite(tensor: &str, values: &[f32]) -> Result<(), NodeError> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => {
            Err(NodeError::NotFinite { tensor: tensor.into(), value: values[index], index })
        }
    }
}
