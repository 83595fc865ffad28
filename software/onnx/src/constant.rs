//! Constants, with the integers and scales of those that a model file holds quantised.

use bitladder_network::elements;

use crate::tensor::{Tensor, Values};

/// What the integers of a constant stand for: `real = integer * scale`, zero points already gone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    /// One, or one per index along `axis`.
    pub(crate) scales: Vec<f64>,
    pub(crate) axis: Option<usize>,
    /// Width of the two's complement type that surely holds the integers.
    pub(crate) bits: u8,
}

/// A constant; with a grid its values are integers that stand for real numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Constant {
    pub(crate) tensor: Tensor,
    pub(crate) grid: Option<Grid>,
}

impl Constant {
    pub(crate) fn plain(tensor: Tensor) -> Self {
        Self { tensor, grid: None }
    }

    pub(crate) fn dims(&self) -> &[usize] {
        &self.tensor.dims
    }

    pub(crate) fn name(&self) -> &str {
        &self.tensor.name
    }

    /// The real values; `None` for plain integers.
    pub(crate) fn reals(&self) -> Option<Vec<f32>> {
        match (&self.tensor.values, &self.grid) {
            (Values::Real(values), _) => Some(values.clone()),
            (Values::Int(_), None) => None,
            (Values::Int(values), Some(grid)) => {
                let scale_of = scale_indices(self.dims(), grid.axis);
                let real = |(index, value): (usize, &i64)| {
                    *value as f32 * grid.scales[scale_of(index)] as f32
                };
                Some(values.iter().enumerate().map(real).collect())
            }
        }
    }

    /// The integers, where they stand for themselves.
    pub(crate) fn plain_ints(&self) -> Option<&[i64]> {
        match (&self.tensor.values, &self.grid) {
            (Values::Int(values), None) => Some(values),
            _ => None,
        }
    }

    /// The integers and what they stand for.
    pub(crate) fn on_grid(&self) -> Option<(&[i64], &Grid)> {
        match (&self.tensor.values, &self.grid) {
            (Values::Int(values), Some(grid)) => Some((values, grid)),
            _ => None,
        }
    }

    /// Axes in another order; `perm` must be a permutation of them.
    pub(crate) fn transposed(&self, perm: &[usize]) -> Self {
        let dims: Vec<usize> = perm.iter().map(|axis| self.dims()[*axis]).collect();
        let strides = strides(self.dims());
        let steps: Vec<usize> = perm.iter().map(|axis| strides[*axis]).collect();
        let picks = walk(&dims, &steps, self.tensor.len());
        let moved = |axis: usize| perm.iter().position(|from| *from == axis);
        let grid = self.grid.clone().map(|grid| Grid { axis: grid.axis.and_then(moved), ..grid });
        let tensor = Tensor { dims, values: pick(&self.tensor.values, &picks), ..self.named() };
        Self { tensor, grid }
    }

    /// The same elements in another shape; `None` where scales along an axis would lose it, or
    /// the number of elements changes.
    pub(crate) fn reshaped(&self, dims: Vec<usize>) -> Option<Self> {
        if elements(&dims) != Some(self.tensor.len()) {
            return None;
        }
        let grid = match &self.grid {
            Some(Grid { axis: Some(axis), scales, bits }) => {
                let axis = same_axis(self.dims(), *axis, &dims)?;
                Some(Grid { axis: Some(axis), scales: scales.clone(), bits: *bits })
            }
            other => other.clone(),
        };
        let tensor = Tensor { dims, values: self.tensor.values.clone(), ..self.named() };
        Some(Self { tensor, grid })
    }

    /// Name and type without the elements.
    fn named(&self) -> Tensor {
        let Tensor { name, element, .. } = &self.tensor;
        Tensor { name: name.clone(), dims: vec![], element: *element, values: Values::Int(vec![]) }
    }
}

/// Where an axis went: the one of the same extent with as many elements before it.
fn same_axis(from: &[usize], axis: usize, to: &[usize]) -> Option<usize> {
    let before = elements(&from[..axis])?;
    (0..to.len()).find(|at| to[*at] == from[axis] && elements(&to[..*at]) == Some(before))
}

/// Elements between neighbours along each axis of a row-major tensor.
pub(crate) fn strides(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; dims.len()];
    for axis in (1..dims.len()).rev() {
        // Saturating: only a tensor without elements can have extents whose product overflows.
        strides[axis - 1] = strides[axis].saturating_mul(dims[axis]);
    }
    strides
}

/// The scale of an element, by its position.
pub(crate) fn scale_indices(dims: &[usize], axis: Option<usize>) -> impl Fn(usize) -> usize {
    let (stride, extent) = match axis {
        Some(axis) => (strides(dims)[axis], dims[axis]),
        None => (1, 1),
    };
    move |index| index / stride.max(1) % extent.max(1)
}

/// Source positions of all elements of shape `dims`, when axis `i` moves by `steps[i]`.
pub(crate) fn walk(dims: &[usize], steps: &[usize], count: usize) -> Vec<usize> {
    let own = strides(dims);
    let source = |index: usize| -> usize {
        (0..dims.len()).map(|axis| index / own[axis].max(1) % dims[axis].max(1) * steps[axis]).sum()
    };
    (0..count).map(source).collect()
}

/// The elements at the given positions.
pub(crate) fn pick(values: &Values, positions: &[usize]) -> Values {
    match values {
        Values::Real(values) => Values::Real(positions.iter().map(|at| values[*at]).collect()),
        Values::Int(values) => Values::Int(positions.iter().map(|at| values[*at]).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantised() -> Constant {
        let tensor = Tensor::int64("w", vec![2, 3], vec![1, 2, 3, 4, 5, 6]);
        let grid = Grid { scales: vec![1.0, 10.0, 100.0], axis: Some(1), bits: 8 };
        Constant { tensor, grid: Some(grid) }
    }

    #[test]
    fn scales_follow_their_axis() {
        let constant = quantised();
        assert_eq!(constant.reals().unwrap(), [1.0, 20.0, 300.0, 4.0, 50.0, 600.0]);
        let turned = constant.transposed(&[1, 0]);
        assert_eq!(turned.dims(), [3, 2]);
        assert_eq!(turned.grid.as_ref().unwrap().axis, Some(0));
        assert_eq!(turned.reals().unwrap(), [1.0, 4.0, 20.0, 50.0, 300.0, 600.0]);
        assert!(constant.plain_ints().is_none());
    }

    #[test]
    fn a_reshape_keeps_the_axis_or_is_refused() {
        let constant = quantised();
        let wider = constant.reshaped(vec![2, 3, 1, 1]).unwrap();
        assert_eq!(wider.grid.unwrap().axis, Some(1));
        assert!(constant.reshaped(vec![6]).is_none());
        assert!(constant.reshaped(vec![7]).is_none());
        let plain = Constant::plain(Tensor::int64("s", vec![2], vec![4, 5]));
        assert_eq!(plain.reshaped(vec![1, 2]).unwrap().plain_ints(), Some(&[4, 5][..]));
    }
}
