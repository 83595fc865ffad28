//! A network whose numbers no longer change: what is validated and tested.

use bitladder_network::{
    FloatNetwork, FloatOp, NetworkError, QuantNetwork, ValueId, fold_batch_norms,
};
use bitladder_spec::{BatchNorm, TensorFormat};
use burn_tensor::{Device, Tensor};

use crate::grid::OnGrid;
use crate::model::from_values;
use crate::quantised::Quantised;
use crate::run::{Numbers, Value, map, run};

/// A network ready to classify.
#[derive(Debug, Clone)]
pub struct Frozen {
    network: FloatNetwork,
    device: Device,
    /// Weights and bias of each layer that has them.
    numbers: Vec<Option<(Tensor<1>, Tensor<1>)>>,
    /// Formats of values that leave an output stage.
    values: Vec<Option<TensorFormat>>,
    input: Option<TensorFormat>,
}

impl Frozen {
    /// In floating point, batch norms folded.
    pub fn float(network: &FloatNetwork, device: &Device) -> Result<Self, NetworkError> {
        let network = fold_batch_norms(network)?;
        let numbers = network.layers().iter().map(|layer| match &layer.op {
            FloatOp::Conv { weights, bias, .. } | FloatOp::Dense { weights, bias, .. } => {
                Some((from_values(weights.clone(), device), from_values(bias.clone(), device)))
            }
            _ => None,
        });
        let (numbers, values) = (numbers.collect(), vec![None; network.values()]);
        Ok(Self { network, device: device.clone(), numbers, values, input: None })
    }

    /// With the integers of a quantised network, as real numbers: apart from the rounding of sums
    /// in single precision it computes what the engine computes.
    pub fn quantised(quantised: &Quantised, device: &Device) -> Self {
        let Quantised { network, lowered, .. } = quantised;
        let integers = &lowered.network;
        let layers = network.layers().iter().enumerate();
        let numbers = layers.map(|(index, layer)| {
            matches!(layer.op, FloatOp::Conv { .. } | FloatOp::Dense { .. })
                .then(|| lowered.places[network.value_of_layer(index)])
                .and_then(|place| effective(integers, place))
                .map(|(weights, bias)| (from_values(weights, device), from_values(bias, device)))
        });
        let numbers = numbers.collect();
        let values = value_formats(quantised);
        let input = Some(integers.inputs[0].format);
        let network = network.clone();
        Self { network, device: device.clone(), numbers, values, input }
    }

    /// The format images are to be rounded to before they come in.
    pub fn input(&self) -> Option<TensorFormat> {
        self.input
    }

    /// Logits of a batch of images, each a row of numbers.
    pub(crate) fn logits(&self, images: Vec<f32>) -> Tensor<2> {
        let size: usize = self.network.inputs()[0].shape.iter().product();
        let count = images.len() / size.max(1);
        let images = from_values(images, &self.device).reshape([count, size]);
        run(&self.network, images, &mut Fixed(self))
    }
}

/// Weights and bias of an integer layer as the real numbers that have the same effect, the
/// requantisation's multiplier included.
fn effective(network: &QuantNetwork, value: ValueId) -> Option<(Vec<f32>, Vec<f32>)> {
    let layer = &network.layers[network.layer_of_value(value)?];
    let linear = layer.op.linear()?;
    let (to, from) = (layer.format.scale.step(), network.format(layer.inputs[0]).scale.step());
    let ratio = |output: usize| linear.stage.requant_of(output).ratio() * to;
    let per_output = linear.weights.per_output().max(1);
    let weight =
        |(index, w): (usize, i32)| (f64::from(w) * ratio(index / per_output) / from) as f32;
    let weights = linear.weights.integers().into_iter().enumerate().map(weight).collect();
    let bias = |(output, b): (usize, &i64)| (*b as f64 * ratio(output)) as f32;
    Some((weights, linear.bias.iter().enumerate().map(bias).collect()))
}

/// The format of every value of the float network that an output stage rounds. A layer fused into
/// the clamp behind it has none of its own; the result stays an accumulator.
pub(crate) fn value_formats(quantised: &Quantised) -> Vec<Option<TensorFormat>> {
    let Quantised { network, lowered, .. } = quantised;
    let integers = &lowered.network;
    let of = |value: ValueId| {
        let place = lowered.places[value];
        let fused = lowered.places[value + 1..].contains(&place);
        let layer = integers.layer_of_value(place)?;
        integers.layers[layer].op.stage()?;
        let format = integers.layers[layer].format;
        (!fused && format.ty.bits() < 32).then_some(format)
    };
    (0..network.values()).map(of).collect()
}

struct Fixed<'a>(&'a Frozen);

impl Numbers for Fixed<'_> {
    fn weights(&self, layer: usize) -> (Tensor<1>, Tensor<1>) {
        self.0.numbers[layer].clone().expect("every layer with weights has numbers")
    }

    fn norm(&mut self, _: usize, _: &BatchNorm, value: Value) -> Value {
        // Only a norm over a vector is left after folding, and that cannot be lowered either.
        value
    }

    fn finish(&self, value: ValueId, result: Value) -> Value {
        match self.0.values[value] {
            Some(format) => map(result, &OnGrid(format)),
            None => result,
        }
    }
}
