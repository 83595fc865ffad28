//! Reads ONNX models into float networks.
//!
//! A model becomes a [`FloatNetwork`] without its batch dimension. A quantised model also brings
//! the formats of its values and the integers of its weights: [`Imported::declared`]. The float
//! network of a quantised model computes with the real numbers that its integers stand for.
//!
//! Files are not trusted: sizes are checked against the bytes that are there before anything is
//! allocated, names must be unique and nodes in order, and whatever is not understood is an error
//! that names file, node and reason. `docs/importing.md` lists operators and their limits.
//!
//! ```
//! use bitladder_onnx::import_bytes;
//! use bitladder_onnx_proto::builder::{Dim, ModelBuilder, node};
//! use bitladder_onnx_proto::{Message, data_type};
//!
//! let shape = [Dim::Param("batch"), Dim::Value(4)];
//! let model = ModelBuilder::new("rectifier")
//!     .input("x", data_type::FLOAT, &shape)
//!     .node(node("Relu", &["x"], &["y"]))
//!     .output("y", data_type::FLOAT, &shape)
//!     .build()?;
//! let imported = import_bytes("rectifier.onnx", &model.encode_to_vec())?;
//! assert_eq!(imported.network.layers().len(), 1);
//! assert_eq!(imported.network.shape(imported.network.output()), [4]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod constant;
mod element;
mod error;
mod external;
mod formats;
mod graph;
mod importer;
mod inputs;
mod node;
mod node_error;
mod norms;
mod ops;
mod tensor;
mod tidy;
mod value;
mod weights;

use std::path::Path;

use bitladder_network::{Declared, FloatNetwork, FloatOp};
use bitladder_onnx_proto::{Message, ModelProto};

pub use error::ImportError;
pub use node_error::NodeError;
pub use ops::supported_operators;
pub use tensor::TensorError;

use graph::Graph;
use importer::Importer;
use tidy::Finished;

/// The oldest operator set whose operators are understood.
pub const OLDEST_OPSET: i64 = 9;
/// The newest one: that of ONNX 1.23.
pub const NEWEST_OPSET: i64 = 28;

/// A model as a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The network, in real numbers.
    pub network: FloatNetwork,
    /// What the file says about integers; empty for a float model.
    pub declared: Declared,
    /// For each input, whether the file takes integers there; `declared` has their format.
    pub integer_inputs: Vec<bool>,
    /// Whether the file hands out integers; `declared` has their format.
    pub integer_output: bool,
    /// What was found in the file.
    pub report: Report,
}

/// What was found in a file, for logs and reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The tool that wrote the file, with its version; may be empty.
    pub producer: String,
    /// Version of the standard operator set.
    pub opset: i64,
    /// Nodes of the graph.
    pub nodes: usize,
    /// Nodes that the output does not need; they were left out.
    pub unused_nodes: usize,
    /// The batch the file fixes, or 1.
    pub batch: usize,
    /// Name of the imported output.
    pub output: String,
}

/// Choices when importing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The output to import; needed only if there are several.
    pub output: Option<String>,
}

/// Imports a model file and the data files beside it.
pub fn import(path: impl AsRef<Path>) -> Result<Imported, ImportError> {
    import_with(path, &Options::default())
}

/// Imports a model file with choices.
pub fn import_with(path: impl AsRef<Path>, options: &Options) -> Result<Imported, ImportError> {
    let path = path.as_ref();
    let bytes = std::fs::read(path)
        .map_err(|source| ImportError::Read { path: path.to_owned(), source })?;
    // The parent of a bare file name is empty, which means the current folder.
    let folder = path
        .parent()
        .map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    read(&path.display().to_string(), &bytes, folder, options)
}

/// Imports a model from memory; `name` stands for the file in messages. Data in other files is
/// refused.
pub fn import_bytes(name: &str, bytes: &[u8]) -> Result<Imported, ImportError> {
    import_bytes_with(name, bytes, &Options::default())
}

/// Imports a model from memory with choices.
pub fn import_bytes_with(
    name: &str,
    bytes: &[u8],
    options: &Options,
) -> Result<Imported, ImportError> {
    read(name, bytes, None, options)
}

fn read(
    file: &str,
    bytes: &[u8],
    folder: Option<&Path>,
    options: &Options,
) -> Result<Imported, ImportError> {
    let model = ModelProto::decode(bytes)
        .map_err(|source| ImportError::NotOnnx { file: file.into(), source })?;
    let missing = |missing| ImportError::Incomplete { file: file.into(), missing };
    let proto = model.graph.as_ref().ok_or_else(|| missing("graph"))?;
    let opset = model.opset_version().ok_or_else(|| missing("operator set"))?;
    if !(OLDEST_OPSET..=NEWEST_OPSET).contains(&opset) {
        let (oldest, newest) = (OLDEST_OPSET, NEWEST_OPSET);
        return Err(ImportError::Opset { file: file.into(), found: opset, oldest, newest });
    }
    let graph = Graph::new(file, proto, options.output.as_deref())?;
    let output = graph.output.to_owned();
    let unused_nodes = proto.node.len() - graph.needed.len();
    let importer = Importer::new(graph, folder, opset, bytes.len())?;
    let batch = importer.batch;
    let Finished { network, declared, integer_inputs, integer_output } = importer.run()?;
    check_softmax(file, &network)?;
    let producer = format!("{} {}", model.producer_name, model.producer_version);
    let producer = producer.trim().to_owned();
    let nodes = proto.node.len();
    let report = Report { producer, opset, nodes, unused_nodes, batch, output };
    Ok(Imported { network, declared, integer_inputs, integer_output, report })
}

/// Softmax runs on the host, after everything else.
fn check_softmax(file: &str, network: &FloatNetwork) -> Result<(), ImportError> {
    let is_softmax = |value: &usize| {
        let layer = network.layer_of_value(*value);
        layer.is_some_and(|layer| matches!(network.layers()[layer].op, FloatOp::Softmax))
    };
    let mut readers = network.layers().iter();
    match readers.find(|reader| reader.inputs.iter().any(is_softmax)) {
        Some(reader) => {
            let reader = reader.name.clone();
            Err(ImportError::SoftmaxNotLast { file: file.into(), reader })
        }
        None => Ok(()),
    }
}
