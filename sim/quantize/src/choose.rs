//! A format for every value and every weight tensor.

use std::collections::{BTreeMap, BTreeSet};

use bitladder_network::{Declared, FloatLayer, FloatNetwork, FloatOp, ValueId};
use bitladder_spec::{IntType, Scale, TensorFormat, WeightFormat, Weights};

use crate::error::InLayer;
use crate::weights::{ScaledWeights, quantize_weights, radix};
use crate::{Calibration, FormatPlan, Histogram, LayerFormat, QuantizeError, RadixRule};

/// The formats of a network: what [`crate::lower`] needs besides the network.
#[derive(Debug, Clone, Default)]
pub struct Formats {
    /// Formats of values. Values whose operation keeps its input's format, and the network's
    /// result, need none.
    pub values: BTreeMap<ValueId, TensorFormat>,
    /// Coded weights of layers, by the layer's index.
    pub weights: BTreeMap<usize, ScaledWeights>,
    /// Values whose format came with the model: they must exist as they are.
    pub declared: BTreeSet<ValueId>,
    /// Biases that came as integers, by the layer's index.
    pub biases: BTreeMap<usize, Vec<i64>>,
}

/// Chooses all formats: declared ones stay, the rest follows the plan and the calibration.
pub fn choose_formats(
    network: &FloatNetwork,
    declared: &Declared,
    calibration: &Calibration,
    plan: &FormatPlan,
) -> Result<Formats, QuantizeError> {
    check_names(network, plan)?;
    let mut formats = Formats {
        values: declared.values.clone(),
        declared: declared.values.keys().copied().collect(),
        ..Formats::default()
    };
    let widths = wanted_widths(network, plan);
    for (value, width) in widths.into_iter().enumerate() {
        let histogram = calibration.histogram(value);
        if formats.values.contains_key(&value) || histogram.count() == 0 || keeps(network, value) {
            continue;
        }
        let ty = plan.value_type(width, histogram.min() < 0.0);
        let frac = radix_of_values(histogram, ty, plan.radix);
        formats.values.insert(value, TensorFormat::fixed(ty, frac));
    }
    for (index, layer) in network.layers().iter().enumerate() {
        let Some((shape, values)) = weights_of(network, layer) else { continue };
        let coded = match declared.weights.get(&index) {
            Some(given) => {
                formats.biases.extend(given.bias.clone().map(|bias| (index, bias)));
                from_declared(given, shape)
            }
            None => {
                let scheme = plan.of(&layer.name).weights;
                let rounding = plan.rounding_of(index);
                quantize_weights(values, shape, scheme, plan.radix, rounding)
            }
        };
        formats.weights.insert(index, coded.in_layer(&layer.name)?);
    }
    Ok(formats)
}

/// Shape `[outputs, inputs, height, width]` and values of a layer's weights; `None` for a layer that
/// has none.
pub fn weights_of<'a>(
    network: &FloatNetwork,
    layer: &'a FloatLayer,
) -> Option<([usize; 4], &'a [f32])> {
    let input = network.shape(layer.inputs[0]);
    match &layer.op {
        FloatOp::Conv { window, groups, outputs, weights, .. } => {
            let [height, width] = window.kernel;
            Some(([*outputs, input[0] / groups, height, width], weights))
        }
        FloatOp::Dense { outputs, weights, .. } => Some(([*outputs, input[0], 1, 1], weights)),
        _ => None,
    }
}

fn from_declared(
    given: &bitladder_network::DeclaredWeights,
    shape: [usize; 4],
) -> Result<ScaledWeights, bitladder_spec::SpecError> {
    let format = WeightFormat::Fixed { bits: given.bits };
    let weights = Weights::from_values(format, shape, &given.integers, vec![])?;
    let scales = given.scales.iter().map(|s| Scale::real(*s)).collect::<Result<_, _>>()?;
    Ok(ScaledWeights { weights, scales })
}

fn check_names(network: &FloatNetwork, plan: &FormatPlan) -> Result<(), QuantizeError> {
    let known: Vec<&str> = network
        .layers()
        .iter()
        .filter(|layer| weights_of(network, layer).is_some())
        .map(|layer| layer.name.as_str())
        .collect();
    match plan.layers.keys().find(|name| !known.contains(&name.as_str())) {
        Some(layer) => {
            Err(QuantizeError::UnknownLayer { layer: layer.clone(), known: known.join(", ") })
        }
        None => Ok(()),
    }
}

/// Whether a value has its source's format by nature.
fn keeps(network: &FloatNetwork, value: ValueId) -> bool {
    network.layer_of_value(value).is_some_and(|layer| {
        matches!(
            network.layers()[layer].op,
            FloatOp::MaxPool { .. } | FloatOp::Reshape { .. } | FloatOp::Softmax
        )
    })
}

/// The width of every value: the widest that any layer with weights downstream wants to read.
fn wanted_widths(network: &FloatNetwork, plan: &FormatPlan) -> Vec<u8> {
    let mut widths = vec![0; network.values()];
    for (index, layer) in network.layers().iter().enumerate().rev() {
        let LayerFormat { input_bits, .. } = plan.of(&layer.name);
        let own = widths[network.value_of_layer(index)];
        let wanted = match layer.op {
            FloatOp::Conv { .. } | FloatOp::Dense { .. } => input_bits,
            _ if own == 0 => plan.default.input_bits,
            _ => own,
        };
        for value in &layer.inputs {
            widths[*value] = widths[*value].max(wanted);
        }
    }
    for width in widths.iter_mut().filter(|width| **width == 0) {
        *width = plan.default.input_bits;
    }
    widths
}

fn radix_of_values(histogram: &Histogram, ty: IntType, rule: RadixRule) -> i16 {
    let most = histogram.max().abs().max(histogram.min().abs());
    radix(f64::from(most), ty, rule, |frac| {
        histogram
            .bins()
            .map(|(value, count)| radix::squared_error(value, ty, frac) * count as f64)
            .sum()
    })
}
