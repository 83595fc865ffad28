//! What is computed while importing: constants, their joins and arithmetic.

use std::rc::Rc;

use bitladder_network::elements;

use crate::NodeError;
use crate::constant::{Constant, walk};
use crate::element::Element;
use crate::node::Node;
use crate::tensor::{MAX_RANK, Tensor, Values};
use crate::value::Value;

/// The four operations on constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
}

impl Arithmetic {
    fn reals(self, a: f32, b: f32) -> f32 {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
        }
    }

    /// `None` for an overflow or a division by zero.
    fn ints(self, a: i64, b: i64) -> Option<i64> {
        match self {
            Self::Add => a.checked_add(b),
            Self::Sub => a.checked_sub(b),
            Self::Mul => a.checked_mul(b),
            Self::Div => a.checked_div(b),
        }
    }
}

pub(super) fn constant(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let name = node.layer_name().to_owned();
    let real = |dims: Vec<usize>, values: Vec<f32>| Tensor {
        name: name.clone(),
        dims,
        element: Element::F32,
        values: Values::Real(values),
    };
    let Some(attribute) = node.proto.attribute.first() else {
        return Err(NodeError::NoAttribute { attribute: "value" });
    };
    let tensor = match attribute.name.as_str() {
        "value" => return Ok(node.importer.decode(attribute.as_tensor()?)?.into()),
        "value_float" => real(vec![], vec![attribute.as_float()?]),
        "value_floats" => {
            let values = attribute.as_floats()?.to_vec();
            real(vec![values.len()], values)
        }
        "value_int" => Tensor::int64(&name, vec![], vec![attribute.as_int()?]),
        _ => {
            let values = attribute.as_ints()?.to_vec();
            Tensor::int64(&name, vec![values.len()], values)
        }
    };
    node.importer.charge(tensor.len())?;
    Ok(Constant::plain(tensor).into())
}

pub(super) fn constant_of_shape(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let target = node.plain_ints(0)?;
    let dims: Option<Vec<usize>> = target.iter().map(|dim| usize::try_from(*dim).ok()).collect();
    let count = dims.as_deref().filter(|dims| dims.len() <= MAX_RANK).and_then(elements);
    let (Some(dims), Some(count)) = (dims, count) else {
        return Err(node.unsuited(0, &[target.len()], "it names no possible shape"));
    };
    node.importer.charge(count)?;
    let value = node.proto.find_attribute("value").map(|value| value.as_tensor()).transpose()?;
    let (element, values) = match value.map(|proto| node.importer.decode(proto)).transpose()? {
        None => (Element::F32, Values::Real(vec![0.0; count])),
        Some(Constant { tensor, .. }) => {
            let values = match &tensor.values {
                Values::Real(one) if one.len() == 1 => Values::Real(vec![one[0]; count]),
                Values::Int(one) if one.len() == 1 => Values::Int(vec![one[0]; count]),
                _ => return Err(NodeError::NoAttribute { attribute: "value (one element)" }),
            };
            (tensor.element, values)
        }
    };
    let name = node.layer_name().to_owned();
    Ok(Constant::plain(Tensor { name, dims, element, values }).into())
}

/// Joins constants; computed values cannot be joined.
pub(super) fn concat(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let count = node.proto.input.len();
    let parts = (0..count).map(|index| node.constant(index)).collect::<Result<Vec<_>, _>>()?;
    let first = parts.first().ok_or(NodeError::NoInput { index: 0 })?;
    let axis = axis_of(node.int("axis", 0)?, first.dims().len(), "axis")?;
    let outside = |dims: &[usize]| [&dims[..axis], &dims[axis + 1..]].concat();
    for (index, part) in parts.iter().enumerate() {
        let same_rank = part.dims().len() == first.dims().len();
        let same_kind = part.plain_ints().is_some() == first.plain_ints().is_some();
        if !same_rank || !same_kind || outside(part.dims()) != outside(first.dims()) {
            let wanted =
                format!("it must go with the first, {:?}, along axis {axis}", first.dims());
            return Err(node.unsuited(index, part.dims(), &wanted));
        }
    }
    node.importer.charge(parts.iter().map(|part| part.tensor.len()).sum())?;
    let mut dims = first.dims().to_vec();
    dims[axis] = parts.iter().map(|part| part.dims()[axis]).sum();
    let rows: usize = dims[..axis].iter().product();
    let values = match first.plain_ints() {
        Some(_) => {
            let ints = |part: &Rc<Constant>| part.plain_ints().map(<[i64]>::to_vec);
            Values::Int(interleave(&parts.iter().filter_map(ints).collect::<Vec<_>>(), rows))
        }
        None => {
            let reals = |part: &Rc<Constant>| part.reals();
            Values::Real(interleave(&parts.iter().filter_map(reals).collect::<Vec<_>>(), rows))
        }
    };
    let element = if first.grid.is_some() { Element::F32 } else { first.tensor.element };
    let name = node.layer_name().to_owned();
    Ok(Constant::plain(Tensor { name, dims, element, values }).into())
}

/// Rows of each part in turn.
fn interleave<T: Copy>(parts: &[Vec<T>], rows: usize) -> Vec<T> {
    let row = |part: &Vec<T>, row: usize| {
        let length = part.len() / rows.max(1);
        part[row * length..(row + 1) * length].to_vec()
    };
    (0..rows).flat_map(|r| parts.iter().flat_map(move |part| row(part, r))).collect()
}

/// An axis counted from either end.
pub(super) fn axis_of(axis: i64, rank: usize, attribute: &'static str) -> Result<usize, NodeError> {
    let rank_signed = rank as i64;
    let from_start = if axis < 0 { axis.checked_add(rank_signed) } else { Some(axis) };
    match from_start {
        Some(place) if (0..rank_signed).contains(&place) => Ok(place as usize),
        _ => Err(NodeError::AttributeValue {
            attribute,
            found: axis.to_string(),
            allowed: format!("there are {rank} dimensions"),
        }),
    }
}

/// Elementwise arithmetic on constants, with broadcasting.
pub(super) fn combine(
    node: &mut Node<'_, '_>,
    what: Arithmetic,
    a: &Constant,
    b: &Constant,
) -> Result<Constant, NodeError> {
    let refused = || node.unsuited(1, b.dims(), &format!("it must go with {:?}", a.dims()));
    let dims = broadcast(a.dims(), b.dims()).ok_or_else(refused)?;
    let count = elements(&dims).ok_or_else(refused)?;
    let kinds = (a.plain_ints(), b.plain_ints());
    let (from_a, from_b) = (sources(a.dims(), &dims), sources(b.dims(), &dims));
    let overflow = NodeError::Unsupported {
        what: "an overflow or division by zero",
        instead: "check the constants",
    };
    node.importer.charge(count)?;
    let places = walk(&dims, &from_a, count).into_iter().zip(walk(&dims, &from_b, count));
    let (element, values) = match kinds {
        (Some(x), Some(y)) => {
            let all = places.map(|(i, j)| what.ints(x[i], y[j])).collect::<Option<Vec<i64>>>();
            (a.tensor.element, Values::Int(all.ok_or(overflow)?))
        }
        _ => {
            let (x, y) = (node.reals_of(0, a)?, node.reals_of(1, b)?);
            let all = places.map(|(i, j)| what.reals(x[i], y[j])).collect();
            (Element::F32, Values::Real(all))
        }
    };
    let name = node.layer_name().to_owned();
    Ok(Constant::plain(Tensor { name, dims, element, values }))
}

/// The common shape of two, where there is one.
fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let at = |dims: &[usize], axis: usize| {
        (axis + dims.len()).checked_sub(rank).map_or(1, |axis| dims[axis])
    };
    (0..rank)
        .map(|axis| match (at(a, axis), at(b, axis)) {
            (x, y) if x == y || y == 1 => Some(x),
            (1, y) => Some(y),
            _ => None,
        })
        .collect()
}

/// Steps through a tensor of shape `own` while walking through `dims`.
fn sources(own: &[usize], dims: &[usize]) -> Vec<usize> {
    let strides = crate::constant::strides(own);
    (0..dims.len())
        .map(|axis| match (axis + own.len()).checked_sub(dims.len()) {
            Some(axis) if own[axis] != 1 => strides[axis],
            _ => 0,
        })
        .collect()
}
