//! Between gRPC's messages and the protocol's own forms.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::messages::{Choice, Contents, InferRequest, InferResponse, InferTensor, Parameter};
use crate::protocol::{Call, Data, Tensor, VERSION, columns, figures};
use crate::{Answer, Model, Refusal};

/// Reads a request.
pub(super) fn call(request: InferRequest) -> Result<Call, Refusal> {
    let (inputs, raws) = (request.inputs, request.raw_inputs);
    if !raws.is_empty() && raws.len() != inputs.len() {
        let what = format!("{} inputs, but {} raw contents", inputs.len(), raws.len());
        return Err(Refusal::Malformed { what });
    }
    let mut raws = raws.into_iter();
    let tensor = |input: InferTensor| {
        let InferTensor { name, datatype, shape, contents, .. } = input;
        let data = match raws.next() {
            Some(bytes) => Data::Raw(bytes),
            None => Data::Numbers(numbers(contents.unwrap_or_default())),
        };
        Tensor { name, datatype, shape, data }
    };
    let inputs = inputs.into_iter().map(tensor).collect();
    let outputs = request.outputs.into_iter().map(|output| (output.name, None)).collect();
    let parameters = parameters(request.parameters);
    Ok(Call { id: request.id, parameters, inputs, outputs, binary: true })
}

/// Whatever field the numbers are in; the tensor's datatype is checked later.
fn numbers(contents: Contents) -> Vec<f64> {
    let Contents { ints, uints, floats, doubles, int64s, uint64s, .. } = contents;
    let mut all: Vec<f64> = floats.into_iter().map(f64::from).collect();
    all.extend(ints.into_iter().map(f64::from));
    all.extend(uints.into_iter().map(f64::from));
    all.extend(doubles);
    all.extend(int64s.into_iter().map(|number| number as f64));
    all.extend(uint64s.into_iter().map(|number| number as f64));
    all
}

fn parameters(map: HashMap<String, Parameter>) -> Map<String, Value> {
    let value = |parameter: Parameter| match parameter.choice {
        None => Value::Null,
        Some(Choice::Bool(value)) => json!(value),
        Some(Choice::Int64(value)) => json!(value),
        // Clients without a type for reals send them as text.
        Some(Choice::String(text)) => text.parse::<f64>().map_or(json!(text), |real| json!(real)),
        Some(Choice::Double(value)) => json!(value),
        Some(Choice::Uint64(value)) => json!(value),
    };
    map.into_iter().map(|(name, parameter)| (name, value(parameter))).collect()
}

/// Writes a response, its tensors as bytes.
pub(super) fn response(
    model: &Model,
    call: &Call,
    answer: &Answer,
) -> Result<InferResponse, Refusal> {
    let names: Vec<&str> = call.outputs.iter().map(|(name, _)| name.as_str()).collect();
    let columns = columns(model, answer, &names)?;
    let raw_outputs = columns.iter().map(|column| column.values.bytes()).collect();
    let outputs = columns.into_iter().map(|column| InferTensor {
        name: column.name.into(),
        datatype: column.datatype.into(),
        shape: column.shape,
        ..InferTensor::default()
    });
    let figures = figures(answer).into_iter();
    Ok(InferResponse {
        model_name: model.package().name.clone(),
        model_version: VERSION.into(),
        id: call.id.clone(),
        parameters: figures.map(|(name, value)| (name, parameter(&value))).collect(),
        outputs: outputs.collect(),
        raw_outputs,
    })
}

fn parameter(value: &Value) -> Parameter {
    let choice = match value {
        Value::Bool(value) => Choice::Bool(*value),
        Value::Number(number) => Choice::Double(number.as_f64().unwrap_or_default()),
        Value::String(text) => Choice::String(text.clone()),
        other => Choice::String(other.to_string()),
    };
    Parameter { choice: Some(choice) }
}
