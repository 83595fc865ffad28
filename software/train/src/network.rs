//! A network built from its description.

use crate::layers::{Backward, Conv2d, Dense, Flatten, Init, Layer, MaxPool, Param, Relu};
use crate::loss::{Score, softmax_cross_entropy};
use crate::rng::SplitMix64;
use crate::shape::Shape;
use crate::spec::{LayerSpec, NetworkSpec};

/// Why a network description makes no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// A kernel or pooling square is larger than what it is applied to, or has no size.
    #[error("layer {index} ({layer:?}) does not fit its {input} input: use a smaller one")]
    DoesNotFit {
        /// Position of the layer, from 0.
        index: usize,
        /// The layer.
        layer: LayerSpec,
        /// What the layers before leave over.
        input: Shape,
    },
    /// The input or the output of a layer has no values at all.
    #[error("layer {index} ({layer:?}) has {input} inputs and {output} outputs: give it some")]
    Empty {
        /// Position of the layer, from 0.
        index: usize,
        /// The layer.
        layer: LayerSpec,
        /// What goes in.
        input: Shape,
        /// What comes out.
        output: Shape,
    },
    /// A fully connected layer follows feature maps.
    #[error("layer {index} is fully connected but its input is {input}: put a Flatten before it")]
    NotFlat {
        /// Position of the layer, from 0.
        index: usize,
        /// What the layers before leave over.
        input: Shape,
    },
}

/// Loss and gradients of one chunk of samples.
pub struct ChunkGradient {
    /// Loss and hits.
    pub score: Score,
    /// Summed gradients, one buffer per parameter in the order of [`Network::params`].
    pub grads: Vec<Vec<f32>>,
}

/// A network with its weights.
pub struct Network {
    spec: NetworkSpec,
    layers: Vec<Box<dyn Layer>>,
}

impl Network {
    /// A network with random weights, the same for the same seed.
    pub fn new(spec: NetworkSpec, seed: u64) -> Result<Self, NetworkError> {
        let mut layers: Vec<Box<dyn Layer>> = Vec::new();
        let mut shape = spec.input;
        for (index, &layer) in spec.layers.iter().enumerate() {
            let before_relu = spec.layers.get(index + 1) == Some(&LayerSpec::Relu);
            let init = if before_relu { Init::He } else { Init::Xavier };
            let mut rng = SplitMix64::derived(seed, &[index as u64]);
            layers.push(build_layer(index, layer, shape, init, &mut rng)?);
            let (input, output) = (shape, layers[index].output_shape());
            if input.size() == 0 || output.size() == 0 {
                return Err(NetworkError::Empty { index, layer, input, output });
            }
            shape = output;
        }
        Ok(Self { spec, layers })
    }

    /// The description the network was built from.
    pub fn spec(&self) -> NetworkSpec {
        self.spec
    }

    /// The layers, in the order of the description.
    pub fn layers(&self) -> &[Box<dyn Layer>] {
        &self.layers
    }

    /// All parameters with the names they have in a model file, such as `conv1.weight`.
    pub fn named_params_mut(&mut self) -> impl Iterator<Item = (String, &mut Param)> {
        let spec = self.spec;
        self.layers.iter_mut().enumerate().flat_map(move |(index, layer)| {
            let name = spec.layer_name(index);
            layer.params_mut().iter_mut().map(move |param| (param.full_name(&name), param))
        })
    }

    /// All parameters, layer by layer.
    pub fn params(&self) -> impl Iterator<Item = &Param> {
        self.layers.iter().flat_map(|layer| layer.params())
    }

    /// All parameters, to be changed.
    pub fn params_mut(&mut self) -> impl Iterator<Item = &mut Param> {
        self.layers.iter_mut().flat_map(|layer| layer.params_mut())
    }

    /// Number of learned values.
    pub fn parameter_count(&self) -> usize {
        self.params().map(|param| param.values.len()).sum()
    }

    /// Number of outputs.
    pub fn classes(&self) -> usize {
        self.layers.last().map_or(self.spec.input, |layer| layer.output_shape()).size()
    }

    /// The logits of images scaled to [0, 1], sample after sample.
    pub fn logits(&self, images: &[f32]) -> Vec<f32> {
        let samples = images.len() / self.spec.input.size();
        self.layers
            .iter()
            .fold(images.to_vec(), |input, layer| apply(layer.as_ref(), samples, &input))
    }

    /// Loss and gradients of a few samples.
    pub fn gradient(&self, images: &[f32], labels: &[u8]) -> ChunkGradient {
        let mut inputs = vec![images.to_vec()];
        for (index, layer) in self.layers.iter().enumerate() {
            let output = apply(layer.as_ref(), labels.len(), &inputs[index]);
            inputs.push(output);
        }
        let mut output_grad = inputs.pop().unwrap_or_default();
        let score = softmax_cross_entropy(&mut output_grad, labels);
        let mut grads = Vec::new();
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let input = &inputs[index];
            let mut input_grad = (index > 0).then(|| vec![0.0; input.len()]);
            let mut param_grads: Vec<Vec<f32>> =
                layer.params().iter().map(|param| vec![0.0; param.values.len()]).collect();
            layer.backward(Backward {
                input,
                output_grad: &output_grad,
                input_grad: input_grad.as_deref_mut(),
                param_grads: &mut param_grads,
            });
            grads.extend(param_grads.into_iter().rev());
            output_grad = input_grad.unwrap_or_default();
        }
        grads.reverse();
        ChunkGradient { score, grads }
    }
}

fn apply(layer: &dyn Layer, samples: usize, input: &[f32]) -> Vec<f32> {
    let mut output = vec![0.0; samples * layer.output_shape().size()];
    layer.forward(input, &mut output);
    output
}

fn build_layer(
    index: usize,
    layer: LayerSpec,
    input: Shape,
    init: Init,
    rng: &mut SplitMix64,
) -> Result<Box<dyn Layer>, NetworkError> {
    let smaller_side = input.height.min(input.width);
    let fits = |size: usize, side: usize| {
        let error = NetworkError::DoesNotFit { index, layer, input };
        if size == 0 || size > side { Err(error) } else { Ok(()) }
    };
    Ok(match layer {
        LayerSpec::Conv2d { filters, kernel, padding } => {
            fits(kernel, smaller_side + 2 * padding)?;
            Box::new(Conv2d::new(input, filters, kernel, padding, init, rng))
        }
        LayerSpec::Relu => Box::new(Relu::new(input)),
        LayerSpec::MaxPool { size } => {
            fits(size, smaller_side)?;
            Box::new(MaxPool::new(input, size))
        }
        LayerSpec::Flatten => Box::new(Flatten::new(input)),
        LayerSpec::Dense { .. } if input.plane() != 1 => {
            return Err(NetworkError::NotFlat { index, input });
        }
        LayerSpec::Dense { outputs } => Box::new(Dense::new(input.size(), outputs, init, rng)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(input: Shape, layers: &'static [LayerSpec]) -> String {
        let spec = NetworkSpec { name: "test", input, layers };
        Network::new(spec, 1).err().expect("the network is impossible").to_string()
    }

    #[test]
    fn impossible_networks_are_refused() {
        let image = Shape::new(1, 4, 4);
        assert_eq!(
            refusal(image, &[LayerSpec::MaxPool { size: 2 }, LayerSpec::MaxPool { size: 3 }]),
            "layer 1 (MaxPool { size: 3 }) does not fit its 1x2x2 input: use a smaller one"
        );
        assert_eq!(
            refusal(image, &[LayerSpec::Conv2d { filters: 1, kernel: 7, padding: 1 }]),
            "layer 0 (Conv2d { filters: 1, kernel: 7, padding: 1 }) does not fit its 1x4x4 input: \
             use a smaller one"
        );
        assert_eq!(
            refusal(image, &[LayerSpec::Dense { outputs: 2 }]),
            "layer 0 is fully connected but its input is 1x4x4: put a Flatten before it"
        );
        assert_eq!(
            refusal(image, &[LayerSpec::Flatten, LayerSpec::Dense { outputs: 0 }]),
            "layer 1 (Dense { outputs: 0 }) has 16x1x1 inputs and 0x1x1 outputs: give it some"
        );
        assert!(refusal(image, &[LayerSpec::MaxPool { size: 0 }]).contains("does not fit"));
    }

    #[test]
    fn layers_have_different_random_weights() {
        const SPEC: NetworkSpec = NetworkSpec {
            name: "test",
            input: Shape::vector(4),
            layers: &[LayerSpec::Dense { outputs: 4 }, LayerSpec::Dense { outputs: 4 }],
        };
        let network = Network::new(SPEC, 1).unwrap();
        let weights: Vec<_> = network.params().filter(|param| param.decays).collect();
        assert_ne!(weights[0].values, weights[1].values);
    }
}
