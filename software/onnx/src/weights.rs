//! Weights and biases of convolutions and fully connected layers.

use bitladder_network::{DeclaredWeights, FloatOp};

use crate::NodeError;
use crate::constant::{Constant, Grid};
use crate::node::{Node, finite};
use crate::value::Live;

/// Weights with the outputs first, and what the file says about their integers.
pub(crate) struct LayerWeights {
    pub(crate) reals: Vec<f32>,
    pub(crate) declared: Option<DeclaredWeights>,
}

/// Weights whose first dimension counts the outputs.
pub(crate) fn layer_weights(
    node: &Node<'_, '_>,
    index: usize,
    constant: &Constant,
) -> Result<LayerWeights, NodeError> {
    let reals = finite(constant.name(), node.reals_of(index, constant)?)?;
    let declared = constant.on_grid().map(|(ints, grid)| declared(ints, grid)).transpose()?;
    Ok(LayerWeights { reals, declared })
}

fn declared(ints: &[i64], grid: &Grid) -> Result<DeclaredWeights, NodeError> {
    if grid.axis.is_some_and(|axis| axis != 0) {
        return Err(NodeError::Unsupported {
            what: "a weight scale for each input channel",
            instead: "quantise weights with one scale, or one scale for each output channel",
        });
    }
    let integers: Result<Vec<i32>, _> = ints.iter().map(|value| i32::try_from(*value)).collect();
    let too_wide = |_| NodeError::Unsupported {
        what: "a weight that is too wide for 32 bits once its zero point is subtracted",
        instead: "quantise weights to 16 bits or fewer",
    };
    let integers = integers.map_err(too_wide)?;
    Ok(DeclaredWeights { integers, bits: grid.bits, scales: grid.scales.clone(), bias: None })
}

/// The bias at input `index`: one number per output, or one for all.
pub(crate) fn layer_bias(
    node: &mut Node<'_, '_>,
    index: usize,
    outputs: usize,
    weights: &mut LayerWeights,
    input: Live,
) -> Result<Vec<f32>, NodeError> {
    let Some(constant) = node.optional_constant(index)? else { return Ok(vec![0.0; outputs]) };
    let reals = finite(constant.name(), node.reals_of(index, &constant)?)?;
    let last = constant.dims().last().copied().unwrap_or(1);
    let bias = match reals.as_slice() {
        [one] => vec![*one; outputs],
        all if all.len() == outputs && last == outputs => reals,
        _ => {
            let wanted = format!("a bias needs one number for each of {outputs} outputs");
            return Err(node.unsuited(index, constant.dims(), &wanted));
        }
    };
    let step = node.importer.format(input.id).map(|format| format.scale.step());
    if let (Some(declared), Some(step), Some((ints, grid))) =
        (&mut weights.declared, step, constant.on_grid())
        && ints.len() == outputs
        && in_accumulator_scale(grid, &declared.scales, step)
    {
        declared.bias = Some(ints.to_vec());
    }
    Ok(bias)
}

/// Whether a bias counts in steps of input times weights, as far as single precision can tell.
fn in_accumulator_scale(bias: &Grid, weights: &[f64], step: f64) -> bool {
    let at = |scales: &[f64], index: usize| scales[if scales.len() == 1 { 0 } else { index }];
    (0..bias.scales.len().max(weights.len())).all(|index| {
        let wanted = at(weights, index) * step;
        (at(&bias.scales, index) - wanted).abs() <= wanted * 1e-6
    })
}

/// Adds a layer with weights and notes what the file declared about them.
pub(crate) fn push_linear(
    node: &mut Node<'_, '_>,
    op: FloatOp,
    declared: Option<DeclaredWeights>,
    input: Live,
) -> Result<Live, NodeError> {
    let output = node.push(op, &[input])?;
    if let (Some(declared), Some(layer)) =
        (declared, node.importer.network.layer_of_value(output.id))
    {
        node.importer.declared.weights.insert(layer, declared);
    }
    Ok(output)
}
