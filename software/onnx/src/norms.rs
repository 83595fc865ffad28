//! Batch norms of quantised models: folding them moves layers and changes the integers' scales.

use std::collections::{HashMap, HashSet};

use bitladder_network::{
    Declared, DeclaredWeights, FloatLayer, FloatNetwork, FloatOp, NetworkError, ValueId,
    fold_batch_norms,
};
use bitladder_spec::{BatchNorm, Span};

use crate::Imported;

impl Imported {
    /// The same model with its batch norms folded, declared formats and integers included: the
    /// integers of weights before a norm stay, their scales take up the norm's factors. A norm of
    /// vectors that follows no weights becomes one of images, which is a layer with weights.
    pub fn fold_batch_norms(&self) -> Result<Self, NetworkError> {
        let Self { network, declared, .. } = &with_images(self)?;
        let folded = fold_batch_norms(network)?;
        let declared = renumbered(network, declared, &folded);
        Ok(Self { network: folded, declared, ..self.clone() })
    }
}

/// The same model where every norm that cannot fold into weights reads an image.
fn with_images(imported: &Imported) -> Result<Imported, NetworkError> {
    let old = &imported.network;
    let mut names: HashSet<String> = old.layers().iter().map(|layer| layer.name.clone()).collect();
    let mut unique = |mut name: String| {
        while !names.insert(name.clone()) {
            name.push('_');
        }
        name
    };
    let mut network = FloatNetwork::new(old.name(), old.inputs().to_vec())?;
    let mut declared = Declared::default();
    let mut place: Vec<ValueId> = (0..old.inputs().len()).collect();
    for (index, layer) in old.layers().iter().enumerate() {
        let mut inputs: Vec<ValueId> = layer.inputs.iter().map(|value| place[*value]).collect();
        let as_image = needs_image(old, layer);
        if as_image {
            let (channels, rest) = (layer.shape[0], layer.shape[1..].iter().product());
            let op = FloatOp::Reshape { shape: vec![channels, rest, 1] };
            inputs = vec![network.push(unique(format!("{}.image", layer.name)), op, inputs)?];
        }
        let mut value = network.push(layer.name.clone(), layer.op.clone(), inputs)?;
        if let Some(weights) = imported.declared.weights.get(&index) {
            declared.weights.extend(network.layer_of_value(value).zip(Some(weights.clone())));
        }
        if let Some(format) = imported.declared.values.get(&old.value_of_layer(index)) {
            declared.values.insert(value, *format);
        }
        if as_image {
            let op = FloatOp::Reshape { shape: layer.shape.clone() };
            value = network.push(unique(format!("{}.vector", layer.name)), op, vec![value])?;
        }
        place.push(value);
    }
    let known = imported.declared.values.iter().map(|(value, format)| (place[*value], *format));
    declared.values.extend(known);
    network.set_output(place[old.output()])?;
    Ok(Imported { network, declared, ..imported.clone() })
}

/// Whether a layer is a norm of vectors that does not fold into weights right before it.
fn needs_image(network: &FloatNetwork, layer: &FloatLayer) -> bool {
    let source = layer.inputs[0];
    let folds = network.readers(source).len() == 1
        && network.output() != source
        && network.layer_of_value(source).is_some_and(|source| {
            matches!(network.layers()[source].op, FloatOp::Conv { .. } | FloatOp::Dense { .. })
        });
    matches!(layer.op, FloatOp::BatchNorm(_)) && layer.shape.len() != 3 && !folds
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
