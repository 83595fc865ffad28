//! The Open Inference Protocol, version 2, without its transports.

mod http_body;
mod images;
mod outputs;

pub(crate) use http_body::{answer as http_answer, call as http_call};
pub(crate) use images::inference;
pub(crate) use outputs::{columns, figures};

use serde_json::{Map, Value, json};

use crate::{Model, Refusal};

/// The one version there is of each model.
pub(crate) const VERSION: &str = "1";

/// A tensor as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    pub(crate) datatype: String,
    pub(crate) shape: Vec<i64>,
    pub(crate) data: Data,
}

/// A tensor's contents.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    /// Numbers one by one.
    Numbers(Vec<f64>),
    /// Bytes, little endian.
    Raw(Vec<u8>),
}

/// A request for an inference.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) inputs: Vec<Tensor>,
    /// Names of the outputs that are wanted, with whether as bytes; empty for all.
    pub(crate) outputs: Vec<(String, Option<bool>)>,
    /// Whether outputs come as bytes if nothing else is said.
    pub(crate) binary: bool,
}

/// Checks name and version of a model in a request.
pub(crate) fn check_model(model: &Model, name: &str, version: &str) -> Result<(), Refusal> {
    let known = &model.package().name;
    if name == known && (version.is_empty() || version == VERSION) {
        return Ok(());
    }
    let version = if version.is_empty() { String::new() } else { format!(" version {version}") };
    Err(Refusal::UnknownModel { wanted: format!("{name}{version}"), known: known.clone() })
}

/// What the server says of itself.
pub(crate) fn server_metadata() -> Value {
    json!({
        "name": "bitladder",
        "version": env!("CARGO_PKG_VERSION"),
        "extensions": EXTENSIONS,
    })
}

pub(crate) const EXTENSIONS: [&str; 1] = ["binary_tensor_data"];

/// A tensor of the model: name, datatype, shape with -1 for the batch.
pub(crate) type Port = (&'static str, &'static str, Vec<i64>);

/// Name of the input, and its shape behind the batch.
pub(crate) fn input_of(model: &Model) -> (&str, Vec<i64>) {
    let input = &model.package().profiles[0].network.inputs[0];
    (&input.name, input.shape.iter().map(|n| *n as i64).collect())
}

/// What the model gives.
pub(crate) fn outputs_of(model: &Model) -> Vec<Port> {
    let classes: usize = {
        let network = &model.package().profiles[0].network;
        network.shape(network.output).iter().product()
    };
    let mut outputs = vec![
        ("class", "INT64", vec![-1]),
        ("margin", "FP32", vec![-1]),
        ("precision", "BYTES", vec![-1]),
        ("scores", "FP32", vec![-1, classes as i64]),
    ];
    if !model.package().classes.is_empty() {
        outputs.insert(1, ("label", "BYTES", vec![-1]));
    }
    outputs
}

/// What the server says of its model.
pub(crate) fn model_metadata(model: &Model) -> Value {
    let (name, shape) = input_of(model);
    let shape = [vec![-1], shape].concat();
    let port =
        |(name, datatype, shape): Port| json!({"name": name, "datatype": datatype, "shape": shape});
    json!({
        "name": model.package().name,
        "versions": [VERSION],
        "platform": "bitladder",
        "inputs": [{"name": name, "datatype": "FP32", "shape": shape}],
        "outputs": outputs_of(model).into_iter().map(port).collect::<Vec<_>>(),
    })
}
