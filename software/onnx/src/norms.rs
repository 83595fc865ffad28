//! Batch norms of quantised models: folding them moves layers and changes the integers' scales.

use std::collections::HashMap;

use bitladder_network::{
    Declared, DeclaredWeights, FloatNetwork, FloatOp, NetworkError, ValueId, fold_batch_norms,
};
use bitladder_spec::{BatchNorm, Span};

use crate::Imported;

impl Imported {
    /// The same model with its batch norms folded, declared formats and integers included: the
    /// integers of weights before a norm stay, their scales take up the norm's factors.
    pub fn fold_batch_norms(&self) -> Result<Self, NetworkError> {
        let network = fold_batch_norms(&self.network)?;
        let declared = renumbered(&self.network, &self.declared, &network);
        Ok(Self { network, declared, ..self.clone() })
    }
}

/// What the file declared, by the numbers of the folded network. Layer names are unique after an
/// import, and folding keeps those of all layers but the norms it removes.
fn renumbered(old: &FloatNetwork, declared: &Declared, new: &FloatNetwork) -> Declared {
    let names: HashMap<&str, ValueId> = (0..new.layers().len())
        .map(|l| (new.layers()[l].name.as_str(), new.value_of_layer(l)))
        .collect();
    let mut place: Vec<ValueId> = (0..old.inputs().len()).collect();
    let mut result = Declared::default();
    for (index, layer) in old.layers().iter().enumerate() {
        let value = names.get(layer.name.as_str()).copied();
        place.push(value.unwrap_or(place[layer.inputs[0]]));
        let weights = declared.weights.get(&index).cloned();
        if let Some((weights, layer)) = weights.zip(value.and_then(|v| new.layer_of_value(v))) {
            result.weights.insert(layer, weights);
        }
        if let (FloatOp::BatchNorm(norm), None) = (&layer.op, value)
            && let Some(source) = new.layer_of_value(place[layer.inputs[0]])
            && let Some(weights) = result.weights.get_mut(&source)
        {
            take_up(weights, norm);
        }
    }
    let known = declared.values.iter().map(|(value, format)| (place[*value], *format));
    result.values = known.collect();
    result
}

/// Multiplies the weights of each output by the norm's factor; a scale stays positive, so the sign
/// goes to the integers.
fn take_up(weights: &mut DeclaredWeights, norm: &BatchNorm) {
    let outputs = norm.channels();
    if weights.scales.len() == 1 {
        weights.scales = vec![weights.scales[0]; outputs];
    }
    // The norm's offset is no whole number of steps: the real bias tells the sum.
    weights.bias = None;
    let per_output = weights.integers.len() / outputs.max(1);
    for output in 0..outputs {
        let factor = norm.affine(output).0;
        let integers = &mut weights.integers[output * per_output..(output + 1) * per_output];
        if factor == 0.0 {
            integers.fill(0);
            continue;
        }
        weights.scales[output] *= factor.abs();
        if factor < 0.0 {
            integers.iter_mut().for_each(|integer| *integer = integer.saturating_neg());
        }
    }
    // The lowest integer has no counterpart of its width.
    let span = weights.integers.iter().fold(Span::new(0, 0), |span, integer| {
        span.union(Span::new(i64::from(*integer), i64::from(*integer)))
    });
    weights.bits = weights.bits.max(span.signed_bits());
}
