//! The forward pass of training: float numbers that learn, seen through their codes.

use std::collections::BTreeMap;

use bitladder_network::{FloatNetwork, FloatOp, ValueId};
use bitladder_spec::{BatchNorm, TensorFormat};
use burn_tensor::{Tensor, module};
use serde::{Deserialize, Serialize};

use crate::coding::code;
use crate::definitions::norm_of;
use crate::frozen::value_formats;
use crate::grid::{Passing, StraightThrough};
use crate::model::{Model, Role, from_values, to_values};
use crate::quantised::{Plan, QuantiseError, Quantised, weights_of};
use crate::run::{Numbers, Value, image, map};

/// Formats as they are held for an epoch, by the names of layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grids {
    /// What images are rounded to.
    pub input: TensorFormat,
    /// Formats of layers' results.
    pub values: BTreeMap<String, TensorFormat>,
    /// Fraction bits of two's complement weights; held for the whole run.
    pub radix: BTreeMap<String, i16>,
}

impl Grids {
    /// The formats of a quantised network.
    pub fn of(quantised: &Quantised) -> Self {
        let formats = value_formats(quantised);
        let network = &quantised.network;
        let named = formats.iter().enumerate().filter_map(|(value, format)| {
            network.layer_of_value(value)?;
            Some((network.value_name(value).to_owned(), (*format)?))
        });
        Self {
            input: quantised.lowered.network.inputs[0].format,
            values: named.collect(),
            radix: quantised.radix.clone(),
        }
    }
}

/// Layers whose results only binary layers read, directly or through pooling.
fn feeds_binary(network: &FloatNetwork, plan: &Plan, value: ValueId) -> bool {
    let readers = network.readers(value);
    !readers.is_empty()
        && readers.iter().all(|reader| {
            let layer = &network.layers()[*reader];
            match layer.op {
                FloatOp::Conv { .. } | FloatOp::Dense { .. } => plan.of(&layer.name).is_binary(),
                FloatOp::MaxPool { .. } | FloatOp::Reshape { .. } => {
                    feeds_binary(network, plan, network.value_of_layer(*reader))
                }
                _ => false,
            }
        })
}

/// A batch's mean and variance in a norm.
pub(crate) struct Seen {
    pub(crate) layer: usize,
    pub(crate) mean: Tensor<1>,
    pub(crate) variance: Tensor<1>,
}

/// What the forward pass is quantised to, and how gradients come back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantisation<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) grids: &'a Grids,
    /// Whether values that saturate pass their gradient too.
    pub(crate) pass_saturated: bool,
}

/// The numbers of one training step.
pub(crate) struct Training<'a> {
    model: &'a Model,
    /// The model's parameters as leaves of the gradient's graph.
    pub(crate) leaves: Vec<Tensor<1>>,
    /// Weights by layer, as the forward pass sees them.
    weights: BTreeMap<usize, Tensor<1>>,
    /// How each value is rounded.
    values: Vec<Option<StraightThrough>>,
    /// What the norms have seen in this step.
    pub(crate) seen: Vec<Seen>,
}

impl<'a> Training<'a> {
    /// Leaves for all parameters; weights through their codes if there is a plan.
    pub(crate) fn new(
        model: &'a Model,
        quantisation: Option<Quantisation>,
    ) -> Result<Self, QuantiseError> {
        let leaf = |parameter: &crate::model::Parameter| {
            let leaf = parameter.values.clone().autodiff();
            if parameter.trainable { leaf.require_grad() } else { leaf }
        };
        let leaves: Vec<Tensor<1>> = model.parameters().iter().map(leaf).collect();
        let mut weights = BTreeMap::new();
        for (place, parameter) in model.parameters().iter().enumerate() {
            if parameter.role == Role::Weight {
                let leaf = leaves[place].clone();
                let seen = match quantisation {
                    None => leaf,
                    Some(Quantisation { plan, grids, .. }) => {
                        through_codes(model, parameter.layer, leaf, plan, grids)?
                    }
                };
                weights.insert(parameter.layer, seen);
            }
        }
        let values = formats(model.network(), quantisation);
        Ok(Self { model, leaves, weights, values, seen: Vec::new() })
    }

    fn leaf(&self, layer: usize, role: Role) -> Tensor<1> {
        let place = self.model.place(layer, role);
        self.leaves[place.expect("every layer has the parameters of its kind")].clone()
    }
}

fn formats(
    network: &FloatNetwork,
    quantisation: Option<Quantisation>,
) -> Vec<Option<StraightThrough>> {
    let Some(Quantisation { plan, grids, pass_saturated }) = quantisation else {
        return vec![None; network.values()];
    };
    let of = |value: ValueId| {
        let format = *grids.values.get(network.value_name(finished(network, value)?))?;
        let passing = match feeds_binary(network, plan, value) {
            true => Passing::Unit,
            false if pass_saturated => Passing::All,
            false => Passing::Inside,
        };
        Some(StraightThrough { format, passing })
    };
    (0..network.values()).map(of).collect()
}

/// The value of the folded network that a value becomes, by the value that names it there: a norm
/// is folded into the layer before it, and takes that layer's name. What the layer makes before
/// its norm does not exist there.
fn finished(network: &FloatNetwork, value: ValueId) -> Option<ValueId> {
    let layer = network.layer_of_value(value)?;
    if norm_of(network, layer).is_some() {
        return None;
    }
    let source = network.layers()[layer].inputs[0];
    let is_norm = matches!(network.layers()[layer].op, FloatOp::BatchNorm(_));
    let folds = network.layer_of_value(source).is_some_and(|from| {
        let weighted =
            matches!(network.layers()[from].op, FloatOp::Conv { .. } | FloatOp::Dense { .. });
        is_norm && weighted && norm_of(network, from) == Some(layer)
    });
    Some(if folds { source } else { value })
}

/// Weights that are their codes going forward and themselves going backward. Codes are those of
/// the folded weights, so each filter is coded at the scale that its norm will give it.
fn through_codes(
    model: &Model,
    layer: usize,
    leaf: Tensor<1>,
    plan: &Plan,
    grids: &Grids,
) -> Result<Tensor<1>, QuantiseError> {
    let network = model.network();
    let Some((shape, _)) = weights_of(network, layer) else { return Ok(leaf) };
    let name = &network.layers()[layer].name;
    let plain = leaf.clone().without_autodiff();
    let scales = norm_scales(model, layer, shape[0]);
    let per_output = (shape[1] * shape[2] * shape[3]).max(1);
    let mut values = to_values(&plain);
    let scaled = |values: &mut [f32], by: &dyn Fn(f32) -> f32| {
        for (filter, scale) in values.chunks_mut(per_output).zip(&scales) {
            filter.iter_mut().for_each(|value| *value *= by(*scale));
        }
    };
    scaled(&mut values, &|scale| scale);
    let coded = code(&values, shape, plan.of(name).coding, grids.radix.get(name).copied());
    let named = |source| QuantiseError::Coding { layer: name.clone(), source };
    let mut coded = coded.map_err(named)?.values;
    scaled(&mut coded, &|scale| 1.0 / scale);
    Ok(leaf + (from_values(coded, model.device()) - plain))
}

/// The factors that a layer's norm gives its filters; ones without a norm.
fn norm_scales(model: &Model, layer: usize, outputs: usize) -> Vec<f32> {
    /// Below this a filter is as good as gone, and dividing by its factor would overflow.
    const LEAST: f32 = 1e-6;
    let network = model.network();
    let Some(norm) = norm_of(network, layer) else { return vec![1.0; outputs] };
    let FloatOp::BatchNorm(BatchNorm { epsilon, .. }) = &network.layers()[norm].op else {
        return vec![1.0; outputs];
    };
    let gamma = model.place(norm, Role::Gamma).map(|at| to_values(&model.parameters()[at].values));
    let seen = model.running().iter().find(|seen| seen.layer == norm);
    let variance = seen.map(|seen| to_values(&seen.variance));
    let factor = |(gamma, variance): (f32, f32)| {
        let factor = gamma / (variance + epsilon).sqrt();
        if factor.abs() < LEAST { LEAST.copysign(factor) } else { factor }
    };
    gamma.unwrap_or_default().into_iter().zip(variance.unwrap_or_default()).map(factor).collect()
}

impl Numbers for Training<'_> {
    fn weights(&self, layer: usize) -> (Tensor<1>, Tensor<1>) {
        (self.weights[&layer].clone(), self.leaf(layer, Role::Bias))
    }

    fn norm(&mut self, layer: usize, norm: &BatchNorm, value: Value) -> Value {
        let (gamma, beta) = (self.leaf(layer, Role::Gamma), self.leaf(layer, Role::Beta));
        let vector = matches!(value, Value::Vector(_));
        let input = image(value);
        let made = module::batch_norm_train(input, gamma, beta, f64::from(norm.epsilon));
        let (mean, variance) = (made.mean.without_autodiff(), made.variance.without_autodiff());
        self.seen.push(Seen { layer, mean, variance });
        if vector { Value::Vector(made.output.flatten(1, 3)) } else { Value::Image(made.output) }
    }

    fn finish(&self, value: ValueId, result: Value) -> Value {
        match &self.values[value] {
            Some(rounding) => map(result, rounding),
            None => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_spec::IntType;

    #[test]
    fn a_norm_has_the_format_of_the_layer_it_folds_into() {
        let definition = crate::definitions::find("resnet-8-every").unwrap();
        let network = definition.network(10).unwrap();
        let format = TensorFormat::fixed(IntType::new(4, true).unwrap(), 2);
        let named = ["conv2", "relu2", "shortcut4"].map(|name| (name.to_owned(), format));
        let grids = Grids { input: format, values: named.into(), radix: BTreeMap::new() };
        let plan = Plan { default: "4".parse().unwrap(), layers: BTreeMap::new() };
        let quantisation = Quantisation { plan: &plan, grids: &grids, pass_saturated: false };
        let formats = formats(&network, Some(quantisation));
        let found: Vec<&str> = (0..network.values())
            .filter(|value| formats[*value].is_some())
            .map(|value| network.value_name(value))
            .collect();
        assert_eq!(found, ["conv2.norm", "relu2", "shortcut4.norm"]);
    }

    #[test]
    fn gradients_are_clipped_where_only_binary_layers_read() {
        let definition = crate::definitions::find("lenet").unwrap();
        let network = definition.network(10).unwrap();
        let layers = [("conv1".to_owned(), "16".parse().unwrap())].into();
        let plan = Plan { default: "binarya1".parse().unwrap(), layers };
        let fed: Vec<&str> = (0..network.values())
            .filter(|value| feeds_binary(&network, &plan, *value))
            .map(|value| network.value_name(value))
            .collect();
        let wanted = ["relu1", "pool1", "relu2", "pool2", "flatten", "relu3"];
        assert_eq!(fed, wanted);
    }
}
