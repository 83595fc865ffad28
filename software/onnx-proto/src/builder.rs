//! Writing a simple model: constants, nodes in order, inputs and outputs.

use std::collections::HashSet;

use crate::attribute::AttributeProto;
use crate::graph::{GraphProto, NodeProto};
use crate::model::{ModelProto, OperatorSetIdProto, StringStringEntryProto};
use crate::tensor::TensorProto;
use crate::tensor_values::TensorError;
use crate::types::tensor_shape_proto::{Dimension, dimension};
use crate::types::{TensorShapeProto, TypeProto, ValueInfoProto, type_proto};

/// The operator set of a built model unless another is asked for.
pub const DEFAULT_OPSET: i64 = 13;
/// The format version of a built model, which any runtime since 2021 reads.
pub const IR_VERSION: i64 = 8;

/// Why a model could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Two values share a name.
    #[error("model `{model}` defines the value `{value}` twice: give each its own name")]
    DuplicateValue {
        /// Name of the graph.
        model: String,
        /// The name used twice.
        value: String,
    },
    /// A node or an output reads a value nothing before it makes.
    #[error("`{reader}` reads `{value}`, which nothing before it defines: add it or reorder")]
    UnknownValue {
        /// The node (its operator) or the output.
        reader: String,
        /// The name that is missing.
        value: String,
    },
    /// A constant does not fit its shape.
    #[error(transparent)]
    Tensor(#[from] TensorError),
}

/// One dimension of an input or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dim<'a> {
    /// A fixed size.
    Value(i64),
    /// A size known by name only, such as the batch.
    Param(&'a str),
}

/// A node without attributes; add them with [`NodeProto::with`].
pub fn node(op_type: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    NodeProto {
        // A value is written once, so the first output also names the node.
        name: outputs.first().copied().unwrap_or_default().to_owned(),
        op_type: op_type.to_owned(),
        input: owned(inputs),
        output: owned(outputs),
        ..NodeProto::default()
    }
}

impl NodeProto {
    /// The node with one more attribute.
    #[must_use]
    pub fn with(mut self, attribute: AttributeProto) -> Self {
        self.attribute.push(attribute);
        self
    }
}

/// Collects the parts of a model; [`ModelBuilder::build`] checks that they fit.
#[derive(Debug, Clone)]
pub struct ModelBuilder {
    model: ModelProto,
    graph: GraphProto,
}

impl ModelBuilder {
    /// An empty model whose graph is called `name`.
    pub fn new(name: &str) -> Self {
        let opset = OperatorSetIdProto { domain: Some(String::new()), version: DEFAULT_OPSET };
        Self {
            model: ModelProto {
                ir_version: IR_VERSION,
                opset_import: vec![opset],
                ..ModelProto::default()
            },
            graph: GraphProto { name: name.to_owned(), ..GraphProto::default() },
        }
    }

    /// Names the tool that writes the model.
    #[must_use]
    pub fn producer(mut self, name: &str, version: &str) -> Self {
        self.model.producer_name = name.to_owned();
        self.model.producer_version = version.to_owned();
        self
    }

    /// Relies on another version of the standard operators than [`DEFAULT_OPSET`].
    #[must_use]
    pub fn opset(mut self, version: i64) -> Self {
        self.model.opset_import[0].version = version;
        self
    }

    /// Adds an input.
    #[must_use]
    pub fn input(mut self, name: &str, elem_type: i32, dims: &[Dim<'_>]) -> Self {
        self.graph.input.push(value_info(name, elem_type, dims));
        self
    }

    /// Adds an output.
    #[must_use]
    pub fn output(mut self, name: &str, elem_type: i32, dims: &[Dim<'_>]) -> Self {
        self.graph.output.push(value_info(name, elem_type, dims));
        self
    }

    /// Adds a constant of any type.
    #[must_use]
    pub fn initializer(mut self, tensor: TensorProto) -> Self {
        self.graph.initializer.push(tensor);
        self
    }

    /// Adds a FLOAT constant.
    #[must_use]
    pub fn initializer_f32(self, name: &str, dims: &[i64], values: &[f32]) -> Self {
        self.initializer(TensorProto::from_f32(name, dims, values))
    }

    /// Adds an INT64 constant.
    #[must_use]
    pub fn initializer_i64(self, name: &str, dims: &[i64], values: &[i64]) -> Self {
        self.initializer(TensorProto::from_i64(name, dims, values))
    }

    /// Adds a node after those added before.
    #[must_use]
    pub fn node(mut self, node: NodeProto) -> Self {
        self.graph.node.push(node);
        self
    }

    /// Adds a line of metadata.
    #[must_use]
    pub fn metadata(mut self, key: &str, value: &str) -> Self {
        let entry = StringStringEntryProto { key: key.to_owned(), value: value.to_owned() };
        self.model.metadata_props.push(entry);
        self
    }

    /// The finished model, with every name defined once and before its use.
    pub fn build(self) -> Result<ModelProto, BuildError> {
        check_constants(&self.graph)?;
        check_names(&self.graph)?;
        Ok(ModelProto { graph: Some(self.graph), ..self.model })
    }
}

/// Constants made by [`TensorProto::from_f32`] and `from_i64` must fill their shapes.
fn check_constants(graph: &GraphProto) -> Result<(), TensorError> {
    for tensor in &graph.initializer {
        match tensor.data_type {
            crate::data_type::FLOAT => tensor.f32_values().map(drop)?,
            crate::data_type::INT64 => tensor.i64_values().map(drop)?,
            _ => tensor.element_count().map(drop)?,
        }
    }
    Ok(())
}

fn check_names(graph: &GraphProto) -> Result<(), BuildError> {
    let mut known = HashSet::new();
    let define = |known: &mut HashSet<String>, value: &str| {
        if known.insert(value.to_owned()) {
            return Ok(());
        }
        Err(BuildError::DuplicateValue { model: graph.name.clone(), value: value.to_owned() })
    };
    let inputs = graph.input.iter().map(|input| &input.name);
    for value in inputs.chain(graph.initializer.iter().map(|tensor| &tensor.name)) {
        define(&mut known, value)?;
    }
    for node in &graph.node {
        for value in node.input.iter().filter(|value| !value.is_empty()) {
            require(&known, &node.op_type, value)?;
        }
        for value in node.output.iter().filter(|value| !value.is_empty()) {
            define(&mut known, value)?;
        }
    }
    graph.output.iter().try_for_each(|output| require(&known, &output.name, &output.name))
}

fn require(known: &HashSet<String>, reader: &str, value: &str) -> Result<(), BuildError> {
    if known.contains(value) {
        return Ok(());
    }
    Err(BuildError::UnknownValue { reader: reader.to_owned(), value: value.to_owned() })
}

fn value_info(name: &str, elem_type: i32, dims: &[Dim<'_>]) -> ValueInfoProto {
    let dimension = |dim: &Dim<'_>| Dimension {
        value: Some(match *dim {
            Dim::Value(size) => dimension::Value::DimValue(size),
            Dim::Param(name) => dimension::Value::DimParam(name.to_owned()),
        }),
        denotation: String::new(),
    };
    let shape = Some(TensorShapeProto { dim: dims.iter().map(dimension).collect() });
    let tensor = type_proto::Tensor { elem_type, shape };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
            denotation: String::new(),
        }),
        ..ValueInfoProto::default()
    }
}
