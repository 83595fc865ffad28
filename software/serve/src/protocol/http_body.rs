//! Bodies over HTTP: JSON, perhaps followed by tensors as bytes.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Call, Data, Tensor, VERSION, columns, figures};
use crate::{Answer, Model, Refusal};

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    id: String,
    #[serde(default)]
    parameters: Map<String, Value>,
    inputs: Vec<Input>,
    #[serde(default)]
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Input {
    name: String,
    shape: Vec<i64>,
    datatype: String,
    #[serde(default)]
    parameters: Map<String, Value>,
    data: Option<Value>,
}

#[derive(Deserialize)]
struct Output {
    name: String,
    #[serde(default)]
    parameters: Map<String, Value>,
}

fn malformed(what: impl Into<String>) -> Refusal {
    Refusal::Malformed { what: what.into() }
}

/// Reads a body; `json_length` is what `Inference-Header-Content-Length` says.
pub(crate) fn call(body: &[u8], json_length: Option<usize>) -> Result<Call, Refusal> {
    let length = json_length.unwrap_or(body.len());
    let (head, mut tail) = body.split_at_checked(length).ok_or_else(|| {
        malformed(format!("its JSON should have {length} bytes, the body has {}", body.len()))
    })?;
    let Body { id, parameters, inputs, outputs } =
        serde_json::from_slice(head).map_err(|error| malformed(error.to_string()))?;
    let mut tensors = Vec::new();
    for input in inputs {
        let data = contents(&input, &mut tail)?;
        let Input { name, shape, datatype, .. } = input;
        tensors.push(Tensor { name, datatype, shape, data });
    }
    if !tail.is_empty() {
        return Err(malformed(format!("{} bytes are left behind its last tensor", tail.len())));
    }
    let flag = |map: &Map<String, Value>, name: &str| map.get(name).and_then(Value::as_bool);
    let binary = flag(&parameters, "binary_data_output").unwrap_or(false);
    let outputs = outputs.into_iter().map(|output| {
        let binary = flag(&output.parameters, "binary_data");
        (output.name, binary)
    });
    Ok(Call { id, parameters, inputs: tensors, outputs: outputs.collect(), binary })
}

fn contents(input: &Input, tail: &mut &[u8]) -> Result<Data, Refusal> {
    let wrong = |what: String| Refusal::Input { name: input.name.clone(), what };
    if let Some(size) = input.parameters.get("binary_data_size") {
        let size = size.as_u64().ok_or_else(|| wrong(format!("binary_data_size is {size}")))?;
        let taken = usize::try_from(size).ok().and_then(|size| tail.split_at_checked(size));
        let (own, rest) = taken.ok_or_else(|| {
            wrong(format!("it should have {size} bytes, {} are left", tail.len()))
        })?;
        *tail = rest;
        return Ok(Data::Raw(own.to_vec()));
    }
    let data = input.data.as_ref().ok_or_else(|| wrong("it has no data".into()))?;
    let mut numbers = Vec::new();
    flatten(data, &mut numbers).map_err(|bad| wrong(format!("{bad} is no number")))?;
    Ok(Data::Numbers(numbers))
}

/// Nested lists and flat ones mean the same. The depth is bounded by the JSON reader's own limit.
fn flatten(value: &Value, into: &mut Vec<f64>) -> Result<(), Value> {
    match value {
        Value::Array(list) => list.iter().try_for_each(|item| flatten(item, into)),
        other => {
            into.push(other.as_f64().ok_or_else(|| other.clone())?);
            Ok(())
        }
    }
}

/// Writes an answer; the length of the JSON if bytes follow it.
pub(crate) fn answer(
    model: &Model,
    call: &Call,
    answer: &Answer,
) -> Result<(Vec<u8>, Option<usize>), Refusal> {
    let names: Vec<&str> = call.outputs.iter().map(|(name, _)| name.as_str()).collect();
    let (mut outputs, mut tail) = (Vec::new(), Vec::new());
    for column in columns(model, answer, &names)? {
        let said = call.outputs.iter().find(|(name, _)| name == column.name);
        let binary = said.and_then(|(_, binary)| *binary).unwrap_or(call.binary);
        let mut output = json!({
            "name": column.name, "datatype": column.datatype, "shape": column.shape,
        });
        if binary {
            let bytes = column.values.bytes();
            output["parameters"] = json!({"binary_data_size": bytes.len()});
            tail.extend(bytes);
        } else {
            output["data"] = column.values.json();
        }
        outputs.push(output);
    }
    let mut body = json!({
        "model_name": model.package().name,
        "model_version": VERSION,
        "parameters": figures(answer),
        "outputs": outputs,
    });
    if !call.id.is_empty() {
        body["id"] = json!(call.id);
    }
    let mut bytes = body.to_string().into_bytes();
    let length = (!tail.is_empty()).then_some(bytes.len());
    bytes.extend(tail);
    Ok((bytes, length))
}
