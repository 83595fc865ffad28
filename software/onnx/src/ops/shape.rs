//! Operators that only move elements into other shapes, or do nothing at all.

use bitladder_network::elements;

use super::fold::axis_of;
use crate::NodeError;
use crate::constant::Constant;
use crate::node::Node;
use crate::tensor::MAX_RANK;
use crate::value::{Live, Value};

pub(super) fn identity(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    node.value(0)
}

pub(super) fn dropout(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    if let Some(training) = node.optional_constant(2)?
        && training.plain_ints() != Some(&[0])
    {
        return Err(NodeError::Unsupported {
            what: "dropout in training mode",
            instead: "export the model for inference",
        });
    }
    node.value(0)
}

pub(super) fn flatten(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let live = node.live(0)?;
    let full = node.full_shape(live);
    let axis = node.int("axis", 1)?;
    // The axis may also stand after the last dimension.
    let rank = full.len() as i64;
    let place = if axis < 0 { axis.saturating_add(rank) } else { axis };
    if !(0..=rank).contains(&place) {
        return Err(NodeError::AttributeValue {
            attribute: "axis",
            found: axis.to_string(),
            allowed: format!("there are {rank} dimensions"),
        });
    }
    let (before, after) = full.split_at(place as usize);
    let target = [before, after].map(|dims| elements(dims).unwrap_or(usize::MAX));
    to_shape(node, live, &target)
}

pub(super) fn reshape(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let target = node.plain_ints(1)?;
    let zero_is_zero = node.int("allowzero", 0)? != 0;
    match node.value(0)? {
        Value::Constant(constant) => {
            let dims = resolve(node, constant.dims(), &target, zero_is_zero)?;
            reshaped_constant(node, &constant, &dims)
        }
        Value::Live(_) => {
            let live = node.live(0)?;
            let dims = resolve(node, &node.full_shape(live), &target, zero_is_zero)?;
            to_shape(node, live, &dims)
        }
    }
}

/// A reshape's target with 0 and -1 filled in.
fn resolve(
    node: &Node<'_, '_>,
    from: &[usize],
    target: &[i64],
    zero_is_zero: bool,
) -> Result<Vec<usize>, NodeError> {
    let refused = || node.unsuited(0, from, &format!("it cannot become {target:?}"));
    let filled: Option<Vec<Option<usize>>> = target
        .iter()
        .enumerate()
        .map(|(axis, dim)| match dim {
            -1 => Some(None),
            0 if !zero_is_zero => from.get(axis).copied().map(Some),
            dim => usize::try_from(*dim).ok().map(Some),
        })
        .collect();
    let filled = filled.filter(|dims| dims.len() <= MAX_RANK).ok_or_else(refused)?;
    let known: Vec<usize> = filled.iter().copied().flatten().collect();
    let product = elements(&known).ok_or_else(refused)?;
    let total = elements(from).ok_or_else(refused)?;
    let open = match filled.len() - known.len() {
        0 => 1,
        1 => total.checked_div(product).ok_or_else(refused)?,
        _ => return Err(refused()),
    };
    let dims: Vec<usize> = filled.into_iter().map(|dim| dim.unwrap_or(open)).collect();
    if elements(&dims) == Some(total) { Ok(dims) } else { Err(refused()) }
}

/// A computed value in another shape, whose first dimension must still be the batch.
fn to_shape(node: &mut Node<'_, '_>, live: Live, target: &[usize]) -> Result<Value, NodeError> {
    let batch = node.importer.batch;
    match target {
        [first, rest @ ..] if *first == batch && !rest.is_empty() => {
            Ok(node.reshape(live, rest.to_vec())?.into())
        }
        _ => {
            let wanted = format!(
                "as {target:?} it would mix the batch, the first dimension ({batch}), with others"
            );
            Err(node.unsuited(0, &node.full_shape(live), &wanted))
        }
    }
}

fn reshaped_constant(
    node: &mut Node<'_, '_>,
    constant: &Constant,
    dims: &[usize],
) -> Result<Value, NodeError> {
    node.importer.charge(constant.tensor.len())?;
    let refused = || {
        let wanted = match constant.grid.as_ref().and_then(|grid| grid.axis) {
            Some(axis) => {
                format!("its scales vary along axis {axis}, which {dims:?} does not keep")
            }
            None => format!("it cannot become {dims:?}"),
        };
        node.unsuited(0, constant.dims(), &wanted)
    };
    Ok(constant.reshaped(dims.to_vec()).ok_or_else(refused)?.into())
}

pub(super) fn squeeze(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let axes = node.ints_or_input("axes", 1)?;
    let full = dims_of(node)?;
    let drops: Vec<usize> = match &axes {
        Some(axes) => {
            axes.iter().map(|axis| axis_of(*axis, full.len(), "axes")).collect::<Result<_, _>>()?
        }
        None => (0..full.len()).filter(|axis| full[*axis] == 1).collect(),
    };
    if drops.iter().any(|axis| full[*axis] != 1) {
        return Err(node.unsuited(0, &full, "only dimensions of extent 1 can be squeezed"));
    }
    let target = (0..full.len()).filter(|axis| !drops.contains(axis)).map(|axis| full[axis]);
    let target: Vec<usize> = target.collect();
    let keeps_batch = !drops.contains(&0);
    reshaped_to(node, &target, keeps_batch)
}

pub(super) fn unsqueeze(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let axes = node.ints_or_input("axes", 1)?;
    let axes = axes.ok_or(NodeError::NoAttribute { attribute: "axes" })?;
    let mut rest = dims_of(node)?.into_iter();
    let rank = rest.len() + axes.len();
    let places =
        axes.iter().map(|axis| axis_of(*axis, rank, "axes")).collect::<Result<Vec<usize>, _>>()?;
    let twice = (1..places.len()).any(|index| places[..index].contains(&places[index]));
    if twice || rank > MAX_RANK {
        let found = rest.collect::<Vec<usize>>();
        return Err(node.unsuited(0, &found, &format!("axes {axes:?} cannot be added to it")));
    }
    let dim = |axis| if places.contains(&axis) { Some(1) } else { rest.next() };
    let target: Vec<usize> = (0..rank).filter_map(dim).collect();
    reshaped_to(node, &target, !places.contains(&0))
}

fn dims_of(node: &mut Node<'_, '_>) -> Result<Vec<usize>, NodeError> {
    match node.value(0)? {
        Value::Constant(constant) => Ok(constant.dims().to_vec()),
        Value::Live(live) => Ok(node.full_shape(live)),
    }
}

fn reshaped_to(
    node: &mut Node<'_, '_>,
    target: &[usize],
    keeps_batch: bool,
) -> Result<Value, NodeError> {
    match node.value(0)? {
        Value::Constant(constant) => reshaped_constant(node, &constant, target),
        Value::Live(_) => {
            let live = node.live(0)?;
            if keeps_batch {
                return to_shape(node, live, target);
            }
            let wanted = "the batch, dimension 0, must stay where it is";
            Err(node.unsuited(0, &node.full_shape(live), wanted))
        }
    }
}

pub(super) fn transpose(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let dims = dims_of(node)?;
    let perm = match node.ints("perm")? {
        Some(perm) => perm.to_vec(),
        None => (0..dims.len() as i64).rev().collect(),
    };
    let mut sorted = perm.clone();
    sorted.sort_unstable();
    if sorted != (0..dims.len() as i64).collect::<Vec<i64>>() {
        return Err(NodeError::AttributeValue {
            attribute: "perm",
            found: format!("{perm:?}"),
            allowed: format!("it must name each of {} dimensions once", dims.len()),
        });
    }
    let perm: Vec<usize> = perm.into_iter().map(|axis| axis as usize).collect();
    match node.value(0)? {
        Value::Constant(constant) => {
            node.importer.charge(constant.tensor.len())?;
            Ok(constant.transposed(&perm).into())
        }
        Value::Live(_) => {
            let live = node.live(0)?;
            let moved: Vec<usize> = perm.iter().copied().filter(|axis| dims[*axis] != 1).collect();
            if perm[0] != 0 || !moved.is_sorted() {
                let wanted = "computed values cannot be transposed, unless only dimensions of \
                              extent 1 move and the batch stays";
                return Err(node.unsuited(0, &dims, wanted));
            }
            let target: Vec<usize> = perm.iter().map(|axis| dims[*axis]).collect();
            to_shape(node, live, &target)
        }
    }
}
