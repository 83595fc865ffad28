//! From an answer to the tensors that a client wants.

use serde_json::{Map, Value, json};

use super::outputs_of;
use crate::{Answer, Model, Refusal};

/// An output tensor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) datatype: &'static str,
    pub(crate) shape: Vec<i64>,
    pub(crate) values: Values,
}

/// What is in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    Integers(Vec<i64>),
    Reals(Vec<f32>),
    Texts(Vec<String>),
}

impl Values {
    /// Little endian; texts each behind their length in 32 bits.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Integers(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Self::Reals(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Self::Texts(values) => {
                let part = |v: &String| [&(v.len() as u32).to_le_bytes(), v.as_bytes()].concat();
                values.iter().flat_map(part).collect()
            }
        }
    }

    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Integers(values) => json!(values),
            Self::Reals(values) => json!(values),
            Self::Texts(values) => json!(values),
        }
    }
}

/// The outputs of these names, or all.
pub(crate) fn columns(
    model: &Model,
    answer: &Answer,
    names: &[&str],
) -> Result<Vec<Column>, Refusal> {
    let ports = outputs_of(model);
    let known = || ports.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
    if let Some(name) = names.iter().find(|name| ports.iter().all(|(port, ..)| port != *name)) {
        return Err(Refusal::Output { name: (*name).into(), known: known() });
    }
    let images = answer.verdicts.len() as i64;
    let wanted = ports.iter().filter(|(name, ..)| names.is_empty() || names.contains(name));
    let column = |(name, datatype, shape): &super::Port| {
        let mut shape = shape.clone();
        shape[0] = images;
        Column { name, datatype, shape, values: values(model, answer, name) }
    };
    Ok(wanted.map(column).collect())
}

fn values(model: &Model, answer: &Answer, name: &str) -> Values {
    let package = model.package();
    let verdicts = answer.verdicts.iter();
    match name {
        "class" => Values::Integers(verdicts.map(|v| v.class as i64).collect()),
        "margin" => Values::Reals(verdicts.map(|v| v.margin as f32).collect()),
        "scores" => Values::Reals(verdicts.flat_map(|v| v.scores.clone()).collect()),
        "label" => {
            let label = |class: usize| package.classes.get(class).cloned().unwrap_or_default();
            Values::Texts(verdicts.map(|v| label(v.class)).collect())
        }
        _ => Values::Texts(verdicts.map(|v| package.profiles[v.profile].name.clone()).collect()),
    }
}

/// What an answer says beside its tensors.
pub(crate) fn figures(answer: &Answer) -> Map<String, Value> {
    let figures = json!({
        "precision": answer.precision,
        "clock_mhz": answer.clock_mhz,
        "device": answer.device,
        "queue_ms": answer.queue_seconds * 1e3,
        "total_ms": answer.total_seconds * 1e3,
        "device_ms": answer.device_seconds * 1e3,
        "energy_uj": answer.energy_joules * 1e6,
        "on_time": answer.on_time,
    });
    match figures {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
