//! From a request's tensors to images as the network takes them.

use std::time::Duration;

use bitladder_golden::FloatBatch;
use serde_json::{Map, Value};

use super::{Call, Data, Tensor, input_of};
use crate::{Inference, Model, Refusal, Wishes};

/// Reads images and wishes out of a call.
pub(crate) fn inference(model: &Model, call: &Call) -> Result<Inference, Refusal> {
    let (name, _) = input_of(model);
    let wrong = |what: String| Refusal::Input { name: name.to_owned(), what };
    let [tensor] = call.inputs.as_slice() else {
        return Err(wrong(format!("{} inputs were sent; send this one", call.inputs.len())));
    };
    if tensor.name != name {
        return Err(wrong(format!("`{}` was sent instead", tensor.name)));
    }
    let images = images(model, tensor).map_err(wrong)?;
    Ok(Inference { images, wishes: wishes(&call.parameters)? })
}

fn images(model: &Model, tensor: &Tensor) -> Result<FloatBatch, String> {
    let (_, wanted) = input_of(model);
    let shape = &tensor.shape;
    let count = match shape.split_first() {
        Some((count, rest)) if *count > 0 && rest == wanted => *count as usize,
        _ => return Err(format!("its shape is {shape:?}; send [images, {}]", list(&wanted))),
    };
    let size: usize = wanted.iter().product::<i64>() as usize;
    let mut values = match &tensor.data {
        Data::Numbers(numbers) => numbers_of(numbers, &tensor.datatype)?,
        Data::Raw(bytes) => raw(bytes, &tensor.datatype)?,
    };
    let all = count.checked_mul(size).ok_or("it has too many elements")?;
    if values.len() != all {
        return Err(format!("{} elements were sent, its shape has {all}", values.len()));
    }
    if let Some(place) = values.iter().position(|value| !value.is_finite()) {
        return Err(format!("element {place} is {}; send finite numbers", values[place]));
    }
    let package = model.package();
    let channels = if wanted.len() == 3 { wanted[0] as usize } else { 1 };
    values.chunks_mut(size.max(1)).for_each(|image| package.preprocess.apply(image, channels));
    let shape = wanted.iter().map(|n| *n as usize).collect();
    FloatBatch::new(count, shape, values).map_err(|error| error.to_string())
}

fn list(shape: &[i64]) -> String {
    shape.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

/// Pixels of 0 to 255 become numbers of 0 to 1, the scale that floats come in.
const FULL: f32 = 255.0;

fn numbers_of(numbers: &[f64], datatype: &str) -> Result<Vec<f32>, String> {
    match datatype {
        "FP32" => Ok(numbers.iter().map(|number| *number as f32).collect()),
        "UINT8" => {
            let good = |number: &&f64| number.fract() != 0.0 || !(0.0..=255.0).contains(*number);
            match numbers.iter().find(good) {
                Some(bad) => Err(format!("{bad} is no UINT8")),
                None => Ok(numbers.iter().map(|number| *number as f32 / FULL).collect()),
            }
        }
        other => Err(unknown(other)),
    }
}

fn raw(bytes: &[u8], datatype: &str) -> Result<Vec<f32>, String> {
    match datatype {
        "FP32" if !bytes.len().is_multiple_of(4) => {
            Err(format!("{} bytes are no whole number of FP32", bytes.len()))
        }
        "FP32" => {
            let (parts, _) = bytes.as_chunks::<4>();
            Ok(parts.iter().map(|part| f32::from_le_bytes(*part)).collect())
        }
        "UINT8" => Ok(bytes.iter().map(|byte| f32::from(*byte) / FULL).collect()),
        other => Err(unknown(other)),
    }
}

fn unknown(datatype: &str) -> String {
    format!("datatype {datatype} is not taken; send FP32 (0 to 1) or UINT8 (0 to 255)")
}

/// `deadline_ms`, `accuracy_floor` and `energy_budget_uj`; other parameters are the client's own.
fn wishes(parameters: &Map<String, Value>) -> Result<Wishes, Refusal> {
    let number = |name: &str, most: f64, wanted: &str| match parameters.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64().filter(|number| *number > 0.0 && *number <= most) {
            Some(number) => Ok(Some(number)),
            None => Err(Refusal::Parameter {
                name: name.into(),
                found: value.to_string(),
                wanted: wanted.into(),
            }),
        },
    };
    let deadline = number("deadline_ms", 86_400_000.0, "a number of milliseconds, up to a day")?;
    let floor = number("accuracy_floor", 100.0, "a number of percent, above 0 to 100")?;
    let budget = number("energy_budget_uj", 1e12, "a number of microjoules per image")?;
    Ok(Wishes {
        deadline: deadline.map(|ms| Duration::from_secs_f64(ms / 1000.0)),
        accuracy_floor: floor,
        energy_budget: budget.map(|uj| uj * 1e-6),
    })
}
