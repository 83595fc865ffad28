//! Casts: of constants to any type, of computed values where nothing changes.

use std::rc::Rc;

use bitladder_onnx_proto::data_type;

use crate::NodeError;
use crate::constant::Constant;
use crate::element::Element;
use crate::node::Node;
use crate::tensor::{Tensor, TensorError, Values};
use crate::value::{Live, Value};

pub(super) fn cast(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let to = node.int("to", 0)?;
    let element = i32::try_from(to).ok().and_then(Element::from_code);
    let Some(element) = element else {
        let code = i32::try_from(to).unwrap_or(data_type::UNDEFINED);
        return Err(NodeError::AttributeValue {
            attribute: "to",
            found: data_type::name(code).into(),
            allowed: "a float or integer type is needed".into(),
        });
    };
    match node.value(0)? {
        Value::Constant(constant) => cast_constant(node, &constant, element),
        Value::Live(_) => cast_live(node, element),
    }
}

/// Casts of computed values change nothing, or they are refused.
fn cast_live(node: &mut Node<'_, '_>, to: Element) -> Result<Value, NodeError> {
    let live = node.live(0)?;
    let unsupported = |what| NodeError::Unsupported {
        what,
        instead: "integers come from QuantizeLinear and go through DequantizeLinear",
    };
    match live.integers {
        None if to == Element::Bf16 => Err(NodeError::Unsupported {
            what: "a cast of computed values to bfloat16",
            instead: "values are not rounded to 8 bits on the way: export in single precision",
        }),
        None if to.is_float() => Ok(live.into()),
        None => Err(unsupported("a cast of computed real numbers to integers")),
        Some(ty) if to.is_float() => {
            let format = node.format_or_plain(live, ty);
            if format.scale.step() != 1.0 || format.zero_point != 0 {
                return Err(unsupported("a cast of integers that have a scale"));
            }
            Ok(Live { integers: None, ..live }.into())
        }
        Some(_) => Err(unsupported("a cast between integers")),
    }
}

fn cast_constant(
    node: &mut Node<'_, '_>,
    constant: &Rc<Constant>,
    element: Element,
) -> Result<Value, NodeError> {
    if constant.grid.is_some() && element.is_float() {
        return Ok(Value::Constant(constant.clone()));
    }
    node.importer.charge(constant.tensor.len())?;
    let values = converted(&constant.tensor.values, element);
    if let (Values::Int(values), Some(ty)) = (&values, element.int_type())
        && let Some(value) = values.iter().find(|value| !ty.span().contains(**value))
    {
        let (tensor, value) = (constant.name().to_owned(), value.to_string());
        return Err(TensorError::Range { tensor, value, ty: "the type it is cast to" }.into());
    }
    let tensor = &constant.tensor;
    let (name, dims) = (tensor.name.clone(), tensor.dims.clone());
    Ok(Constant::plain(Tensor { name, dims, element, values }).into())
}

/// The numbers as another type holds them; whether integers fit is not checked here.
fn converted(values: &Values, to: Element) -> Values {
    match (values, to) {
        (Values::Real(values), Element::Bool) => {
            Values::Int(values.iter().map(|v| i64::from(*v != 0.0)).collect())
        }
        (Values::Int(values), Element::Bool) => {
            Values::Int(values.iter().map(|v| i64::from(*v != 0)).collect())
        }
        (Values::Int(values), to) if to.is_float() => {
            Values::Real(values.iter().map(|v| to.rounded(*v as f32)).collect())
        }
        (Values::Real(values), to) if to.is_float() => {
            Values::Real(values.iter().map(|v| to.rounded(*v)).collect())
        }
        // `as` cuts the fraction off, as ONNX asks.
        (Values::Real(values), _) => Values::Int(values.iter().map(|v| *v as i64).collect()),
        (Values::Int(values), _) => Values::Int(values.clone()),
    }
}
