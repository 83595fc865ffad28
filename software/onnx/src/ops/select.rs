//! Parts of constants, and shapes as constants: what exporters compute reshapes with.

use bitladder_network::elements;

use super::fold::axis_of;
use crate::NodeError;
use crate::constant::{Constant, pick, strides};
use crate::node::Node;
use crate::tensor::{MAX_RANK, Tensor};
use crate::value::Value;

pub(super) fn shape(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let dims = match node.value(0)? {
        Value::Constant(constant) => constant.dims().to_vec(),
        Value::Live(_) => {
            let live = node.live(0)?;
            node.full_shape(live)
        }
    };
    let rank = dims.len() as i64;
    let place = |bound: i64| {
        let from_start = if bound < 0 { bound.saturating_add(rank) } else { bound };
        from_start.clamp(0, rank) as usize
    };
    let (start, end) = (place(node.int("start", 0)?), place(node.int("end", rank)?));
    let values: Vec<i64> = dims[start.min(end)..end].iter().map(|dim| *dim as i64).collect();
    let name = node.layer_name().to_owned();
    Ok(Constant::plain(Tensor::int64(&name, vec![values.len()], values)).into())
}

pub(super) fn gather(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let constant = node.constant(0)?;
    let places = node.constant(1)?;
    let axis = axis_of(node.int("axis", 0)?, constant.dims().len(), "axis")?;
    let extent = constant.dims()[axis];
    let wanted = "indices must be integers inside the axis";
    let refused = || node.unsuited(1, places.dims(), wanted);
    let inside = |index: &i64| {
        let index = if *index < 0 { index + extent as i64 } else { *index };
        usize::try_from(index).ok().filter(|index| *index < extent)
    };
    let indices: Option<Vec<usize>> =
        places.plain_ints().and_then(|ints| ints.iter().map(inside).collect());
    let indices = indices.ok_or_else(refused)?;
    let (before, after) = (&constant.dims()[..axis], &constant.dims()[axis + 1..]);
    let dims = [before, places.dims(), after].concat();
    let count = elements(&dims).filter(|_| dims.len() <= MAX_RANK).ok_or_else(refused)?;
    node.importer.charge(count)?;
    let inner = strides(constant.dims())[axis];
    let rows: usize = before.iter().product();
    let row = |row: usize| {
        let start = row * extent;
        indices.iter().flat_map(move |index| {
            ((start + index) * inner..(start + index + 1) * inner).collect::<Vec<usize>>()
        })
    };
    let positions: Vec<usize> = (0..rows).flat_map(row).collect();
    picked(node, &constant, dims, &positions)
}

pub(super) fn slice(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let constant = node.constant(0)?;
    let starts = needed(node.ints_or_input("starts", 1)?, 1)?;
    let ends = needed(node.ints_or_input("ends", 2)?, 2)?;
    let count = starts.len();
    let axes = match node.ints_or_input("axes", 3)? {
        Some(axes) => axes,
        None => (0..count as i64).collect(),
    };
    let steps = match node.has_input(4) {
        true => node.plain_ints(4)?,
        false => vec![1; count],
    };
    if [ends.len(), axes.len(), steps.len()] != [count; 3] || steps.contains(&0) {
        let wanted = "starts, ends, axes and steps must be of one length, and no step zero";
        return Err(node.unsuited(1, &[count], wanted));
    }
    let mut kept: Vec<Vec<usize>> = constant.dims().iter().map(|dim| (0..*dim).collect()).collect();
    for index in 0..count {
        let axis = axis_of(axes[index], kept.len(), "axes")?;
        let extent = constant.dims()[axis];
        kept[axis] = range(extent, starts[index], ends[index], steps[index]);
    }
    let strides = strides(constant.dims());
    let mut positions = vec![0usize];
    for (axis, indices) in kept.iter().enumerate() {
        node.importer.charge(positions.len() * indices.len())?;
        let step = |base: usize| indices.iter().map(move |index| (base, *index));
        positions =
            positions.into_iter().flat_map(step).map(|(b, i)| b + i * strides[axis]).collect();
    }
    let dims = kept.iter().map(Vec::len).collect();
    picked(node, &constant, dims, &positions)
}

fn needed(values: Option<Vec<i64>>, index: usize) -> Result<Vec<i64>, NodeError> {
    values.ok_or(NodeError::NoInput { index })
}

/// The indices of a slice, as ONNX and NumPy count them.
fn range(extent: usize, start: i64, end: i64, step: i64) -> Vec<usize> {
    let extent = extent as i64;
    let from_start = |bound: i64| if bound < 0 { bound.saturating_add(extent) } else { bound };
    let (start, end) = (from_start(start), from_start(end));
    let mut indices = Vec::new();
    let (mut at, last) = if step > 0 {
        (start.clamp(0, extent), end.clamp(0, extent))
    } else {
        (start.clamp(-1, extent - 1), end.clamp(-1, extent - 1))
    };
    while if step > 0 { at < last } else { at > last } {
        indices.push(at as usize);
        at = at.saturating_add(step);
    }
    indices
}

/// Some elements of a constant, in another shape.
fn picked(
    node: &Node<'_, '_>,
    constant: &Constant,
    dims: Vec<usize>,
    positions: &[usize],
) -> Result<Value, NodeError> {
    if constant.grid.is_some() {
        return Err(NodeError::Unsupported {
            what: "a part of a dequantised constant",
            instead: "store the part itself as an initializer",
        });
    }
    let tensor = &constant.tensor;
    let values = pick(&tensor.values, positions);
    let name = node.layer_name().to_owned();
    Ok(Constant::plain(Tensor { name, dims, element: tensor.element, values }).into())
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn slices_count_as_numpy_does() {
        assert_eq!(range(5, 1, 4, 1), [1, 2, 3]);
        assert_eq!(range(5, -2, i64::MAX, 1), [3, 4]);
        assert_eq!(range(5, -1, i64::MIN, -2), [4, 2, 0]);
        assert_eq!(range(5, 4, 1, 1), [0usize; 0]);
        assert_eq!(range(0, -1, i64::MIN, -1), [0usize; 0]);
        assert_eq!(range(5, 0, 5, i64::MAX), [0]);
    }
}
