//! Add, Sub, Mul, Div and Sum: sums of values, and constants per channel.

use bitladder_network::FloatOp;
use bitladder_spec::BatchNorm;

use super::fold;
use crate::NodeError;
use crate::constant::Constant;
use crate::node::{Node, finite};
use crate::value::{Live, Value};

/// What to do with a value and a constant: `value * scale + offset`, per channel.
struct Affine {
    scale: Vec<f32>,
    offset: Vec<f32>,
}

pub(super) fn add(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    binary(node, fold::Arithmetic::Add)
}

pub(super) fn sub(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    binary(node, fold::Arithmetic::Sub)
}

pub(super) fn mul(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    binary(node, fold::Arithmetic::Mul)
}

pub(super) fn div(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    binary(node, fold::Arithmetic::Div)
}

fn binary(node: &mut Node<'_, '_>, what: fold::Arithmetic) -> Result<Value, NodeError> {
    match (node.value(0)?, node.value(1)?) {
        (Value::Constant(a), Value::Constant(b)) => Ok(fold::combine(node, what, &a, &b)?.into()),
        (Value::Live(_), Value::Live(_)) if what == fold::Arithmetic::Add => sum(node),
        (Value::Live(_), Value::Live(_)) => Err(NodeError::Unsupported {
            what: "this operation between two computed values",
            instead: "only Add takes two; the others need one constant",
        }),
        (Value::Live(_), Value::Constant(c)) => with_constant(node, what, 0, &c),
        (Value::Constant(c), Value::Live(_)) => with_constant(node, what, 1, &c),
    }
}

fn sum(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let a = node.real(0)?;
    Ok(plus(node, a, 1)?.into())
}

/// Sum: of any number of computed values, one after the other.
pub(super) fn sum_of_all(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let first = node.real(0)?;
    let total =
        (1..node.proto.input.len()).try_fold(first, |total, index| plus(node, total, index));
    Ok(total?.into())
}

/// The sum of a value and the one at input `index`.
fn plus(node: &mut Node<'_, '_>, a: Live, index: usize) -> Result<Live, NodeError> {
    let b = node.real(index)?;
    if node.shape(a) != node.shape(b) {
        let wanted = format!("the other input is {:?}, and both must agree", node.full_shape(a));
        return Err(node.unsuited(index, &node.full_shape(b), &wanted));
    }
    node.push(FloatOp::Add, &[a, b])
}

/// `value` is the position of the computed input; the other is `constant`.
fn with_constant(
    node: &mut Node<'_, '_>,
    what: fold::Arithmetic,
    value: usize,
    constant: &Constant,
) -> Result<Value, NodeError> {
    let input = node.real(value)?;
    let numbers = per_channel(node, 1 - value, constant, input)?;
    let channels = numbers.len();
    let constant_first = value == 1;
    let Affine { scale, offset } = match (what, constant_first) {
        (fold::Arithmetic::Add, _) => Affine { scale: vec![1.0; channels], offset: numbers },
        (fold::Arithmetic::Mul, _) => Affine { scale: numbers, offset: vec![0.0; channels] },
        (fold::Arithmetic::Sub, false) => {
            let offset = numbers.iter().map(|number| -number).collect();
            Affine { scale: vec![1.0; channels], offset }
        }
        (fold::Arithmetic::Sub, true) => Affine { scale: vec![-1.0; channels], offset: numbers },
        (fold::Arithmetic::Div, false) => {
            let scale = numbers.iter().map(|number| 1.0 / number).collect();
            let scale = finite(&format!("1 / {}", constant.name()), scale)?;
            Affine { scale, offset: vec![0.0; channels] }
        }
        (fold::Arithmetic::Div, true) => {
            return Err(NodeError::Unsupported {
                what: "a division by a computed value",
                instead: "only a division by constants folds into weights",
            });
        }
    };
    Ok(affine(node, input, scale, offset)?.into())
}

/// A per-channel affine layer, or nothing where it would change nothing.
pub(super) fn affine(
    node: &mut Node<'_, '_>,
    input: Live,
    scale: Vec<f32>,
    offset: Vec<f32>,
) -> Result<Live, NodeError> {
    if scale.iter().all(|s| *s == 1.0) && offset.iter().all(|o| *o == 0.0) {
        return Ok(input);
    }
    let channels = scale.len();
    node.importer.charge(4 * channels)?;
    let norm = BatchNorm {
        gamma: scale,
        beta: offset,
        mean: vec![0.0; channels],
        variance: vec![1.0; channels],
        epsilon: 0.0,
    };
    node.push(FloatOp::BatchNorm(norm), &[input])
}

/// One number per channel from a constant that is a scalar or varies along the channels alone.
fn per_channel(
    node: &mut Node<'_, '_>,
    index: usize,
    constant: &Constant,
    input: Live,
) -> Result<Vec<f32>, NodeError> {
    let full = node.full_shape(input);
    let dims = constant.dims();
    let numbers = finite(constant.name(), node.reals_of(index, constant)?)?;
    let channels = full[1];
    let skipped = full.len().saturating_sub(dims.len());
    let varies = |axis: usize| dims[axis] != 1 && axis + skipped != 1;
    if dims.len() > full.len() || (0..dims.len()).any(varies) {
        let wanted = format!("a single number or one for each of {channels} channels is needed");
        return Err(node.unsuited(index, dims, &wanted));
    }
    node.importer.charge(channels)?;
    match numbers.as_slice() {
        [one] => Ok(vec![*one; channels]),
        all if all.len() == channels => Ok(numbers),
        _ => Err(node.unsuited(index, dims, &format!("there are {channels} channels"))),
    }
}
