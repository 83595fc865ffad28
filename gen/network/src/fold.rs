//! Batch norms folded into the layer before them.

use std::collections::BTreeMap;

use bitladder_spec::{BatchNorm, fold_batch_norm};

use crate::{
    Declared, DeclaredWeights, FloatLayer, FloatNetwork, FloatOp, NetworkError, ValueId, Window,
};

/// The same network with every batch norm gone: folded into a convolution or fully connected layer
/// whose only reader it is, and otherwise turned into a convolution of one tap per channel.
pub fn fold_batch_norms(network: &FloatNetwork) -> Result<FloatNetwork, NetworkError> {
    fold_declared_batch_norms(network, &Declared::default()).map(|(network, _)| network)
}

/// [`fold_batch_norms`] for a model that declares formats. A batch norm behind declared weights or
/// a declared value is not folded, since that would change the declared integers; the declarations
/// are renumbered for the new network.
pub fn fold_declared_batch_norms(
    network: &FloatNetwork,
    declared: &Declared,
) -> Result<(FloatNetwork, Declared), NetworkError> {
    let mut folded = FloatNetwork::new(network.name(), network.inputs().to_vec())?;
    // Where each value of the old network is found in the new one.
    let mut place: Vec<ValueId> = (0..network.inputs().len()).collect();
    let mut layers = BTreeMap::new();
    let mut values = BTreeMap::new();
    for index in 0..network.layers().len() {
        let layer = &network.layers()[index];
        let inputs: Vec<ValueId> = layer.inputs.iter().map(|value| place[*value]).collect();
        let value = if is_foldable_norm(network, declared, layer) {
            inputs[0]
        } else {
            let op = op_with_norm(network, declared, index);
            match op {
                FloatOp::BatchNorm(norm) => {
                    let value = push_tap(&mut folded, layer, &norm, inputs)?;
                    // What the tap makes has the format at once, not only what is shaped back.
                    let format = declared.values.get(&network.value_of_layer(index));
                    values.extend(format.map(|format| (tap_of(&folded, value), *format)));
                    value
                }
                op => {
                    layers.insert(index, folded.layers().len());
                    folded.push(layer.name.clone(), op, inputs)?
                }
            }
        };
        place.push(value);
    }
    folded.set_output(place[network.output()])?;
    values.extend(declared.values.iter().map(|(value, format)| (place[*value], *format)));
    let weights = renumbered(&declared.weights, &layers);
    Ok((folded, Declared { values, weights }))
}

/// Weights by the new numbers of their layers. Declared layers are never folded away, so each has
/// one.
fn renumbered(
    weights: &BTreeMap<usize, DeclaredWeights>,
    layers: &BTreeMap<usize, usize>,
) -> BTreeMap<usize, DeclaredWeights> {
    let new =
        |(index, weights): (&usize, &DeclaredWeights)| Some((*layers.get(index)?, weights.clone()));
    weights.iter().filter_map(new).collect()
}

/// The value of the convolution behind what [`push_tap`] returned.
fn tap_of(network: &FloatNetwork, value: ValueId) -> ValueId {
    match network.layer_of_value(value).map(|layer| &network.layers()[layer]) {
        Some(FloatLayer { op: FloatOp::Reshape { .. }, inputs, .. }) => inputs[0],
        _ => value,
    }
}

/// A batch norm that alone reads a layer with weights, both free to change.
fn is_foldable_norm(network: &FloatNetwork, declared: &Declared, layer: &FloatLayer) -> bool {
    let source = layer.inputs[0];
    let has_free_weights = |index: usize| {
        !declared.weights.contains_key(&index)
            && matches!(network.layers()[index].op, FloatOp::Conv { .. } | FloatOp::Dense { .. })
    };
    matches!(layer.op, FloatOp::BatchNorm(_))
        && network.readers(source).len() == 1
        && network.output() != source
        && !declared.values.contains_key(&source)
        && network.layer_of_value(source).is_some_and(has_free_weights)
}

/// A layer's operation with the batch norm that follows it.
fn op_with_norm(network: &FloatNetwork, declared: &Declared, index: usize) -> FloatOp {
    let layer = &network.layers()[index];
    let mut op = layer.op.clone();
    let readers = network.readers(network.value_of_layer(index));
    let follower = match readers.as_slice() {
        [reader] => Some(&network.layers()[*reader]),
        _ => None,
    };
    if let Some(follower) =
        follower.filter(|follower| is_foldable_norm(network, declared, follower))
        && let FloatOp::BatchNorm(norm) = &follower.op
        && let FloatOp::Conv { weights, bias, .. } | FloatOp::Dense { weights, bias, .. } = &mut op
    {
        fold_batch_norm(weights, bias, norm);
    }
    op
}

/// A batch norm as a convolution of one tap per channel; a vector becomes an image on the way.
fn push_tap(
    network: &mut FloatNetwork,
    layer: &FloatLayer,
    norm: &BatchNorm,
    mut inputs: Vec<ValueId>,
) -> Result<ValueId, NetworkError> {
    let (scales, offsets): (Vec<f64>, Vec<f64>) =
        (0..norm.channels()).map(|channel| norm.affine(channel)).unzip();
    let op = FloatOp::Conv {
        window: Window::square(1),
        groups: norm.channels(),
        outputs: norm.channels(),
        weights: scales.into_iter().map(|s| s as f32).collect(),
        bias: offsets.into_iter().map(|o| o as f32).collect(),
    };
    if layer.shape.len() == 3 {
        return network.push(layer.name.clone(), op, inputs);
    }
    let image = vec![norm.channels(), layer.shape[1..].iter().product(), 1];
    let op_before = FloatOp::Reshape { shape: image };
    inputs = vec![network.push(format!("{}.image", layer.name), op_before, inputs)?];
    let value = network.push(layer.name.clone(), op, inputs)?;
    let op_after = FloatOp::Reshape { shape: layer.shape.clone() };
    network.push(format!("{}.vector", layer.name), op_after, vec![value])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input;

    fn norm(channels: usize) -> FloatOp {
        FloatOp::BatchNorm(BatchNorm {
            gamma: vec![2.0; channels],
            beta: vec![0.5; channels],
            mean: vec![1.0; channels],
            variance: vec![4.0; channels],
            epsilon: 0.0,
        })
    }

    fn conv(channels: usize) -> FloatOp {
        FloatOp::Conv {
            window: Window::square(1),
            groups: 1,
            outputs: channels,
            weights: vec![3.0; channels * channels],
            bias: vec![0.0; channels],
        }
    }

    fn start() -> FloatNetwork {
        let input = Input { name: "x".into(), shape: vec![2, 3, 3] };
        FloatNetwork::new("net", vec![input]).unwrap()
    }

    #[test]
    fn a_norm_after_a_convolution_disappears() {
        let mut network = start();
        let value = network.push("conv", conv(2), vec![0]).unwrap();
        let value = network.push("norm", norm(2), vec![value]).unwrap();
        network.push("relu", FloatOp::relu(), vec![value]).unwrap();
        let folded = fold_batch_norms(&network).unwrap();
        let names: Vec<&str> = folded.layers().iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["conv", "relu"]);
        let FloatOp::Conv { weights, bias, .. } = &folded.layers()[0].op else { panic!() };
        assert_eq!((weights[0], bias[0]), (3.0, -0.5), "scale 2/2, offset 0.5 - 1");
    }

    #[test]
    fn a_norm_that_cannot_fold_becomes_a_convolution() {
        let mut network = start();
        let a = network.push("conv", conv(2), vec![0]).unwrap();
        let b = network.push("norm", norm(2), vec![a]).unwrap();
        network.push("add", FloatOp::Add, vec![a, b]).unwrap();
        let folded = fold_batch_norms(&network).unwrap();
        assert_eq!(folded.layers()[0].op, network.layers()[0].op, "another layer reads it");
        let FloatOp::Conv { groups, .. } = &folded.layers()[1].op else { panic!() };
        assert_eq!(*groups, 2);
    }

    #[test]
    fn a_norm_of_a_vector_becomes_one_of_an_image() {
        use bitladder_spec::{IntType, TensorFormat};

        let input = Input { name: "x".into(), shape: vec![2] };
        let mut network = FloatNetwork::new("net", vec![input]).unwrap();
        let norm = network.push("norm", norm(2), vec![0]).unwrap();
        let format = TensorFormat::fixed(IntType::new(8, true).unwrap(), 4);
        let mut declared = Declared::default();
        declared.values.insert(norm, format);
        let (folded, declared) = fold_declared_batch_norms(&network, &declared).unwrap();
        let names: Vec<&str> = folded.layers().iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["norm.image", "norm", "norm.vector"]);
        assert_eq!(folded.shape(folded.output()), [2]);
        assert_eq!(declared.values.keys().collect::<Vec<_>>(), [&2, &3]);
    }

    #[test]
    fn declared_integers_stay_as_they_are() {
        use bitladder_spec::{IntType, TensorFormat};

        let mut network = start();
        let free = network.push("free", conv(2), vec![0]).unwrap();
        let norm1 = network.push("norm1", norm(2), vec![free]).unwrap();
        let fixed = network.push("fixed", conv(2), vec![norm1]).unwrap();
        let norm2 = network.push("norm2", norm(2), vec![fixed]).unwrap();
        network.push("relu", FloatOp::relu(), vec![norm2]).unwrap();
        let format = TensorFormat::fixed(IntType::new(8, true).unwrap(), 4);
        let integers =
            DeclaredWeights { integers: vec![3; 4], bits: 8, scales: vec![1.0], bias: None };
        let mut declared = Declared::default();
        declared.values.insert(norm2, format);
        declared.weights.insert(2, integers.clone());
        let (folded, declared) = fold_declared_batch_norms(&network, &declared).unwrap();
        let names: Vec<&str> = folded.layers().iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["free", "fixed", "norm2", "relu"]);
        assert_eq!(declared.values.keys().collect::<Vec<_>>(), [&3]);
        assert_eq!(declared.weights.get(&1), Some(&integers));
    }
}
