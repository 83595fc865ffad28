//! What quantisation did to each tensor.

use bitladder_golden::{Engine, GoldenError, float};
use bitladder_network::FloatOp;
use bitladder_quantize::Calibration;
use serde::Serialize;

use crate::{FlowError, Made, Model, STEP, Samples};

/// One line of the import report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TensorReport {
    /// The layer, or the network's input.
    pub name: String,
    /// What it does.
    pub op: &'static str,
    /// Its shape without the batch.
    pub shape: Vec<usize>,
    /// What its integers stand for.
    pub format: String,
    /// Smallest value on the calibration images; `None` without any.
    pub min: Option<f32>,
    /// Largest value.
    pub max: Option<f32>,
    /// Root of the mean squared difference to the float network, over the root of the mean square;
    /// all layers before this one contribute. `None` without images.
    pub error: Option<f64>,
    /// How its weights are coded.
    pub weights: Option<String>,
    /// The same measure for the weights alone.
    pub weight_error: Option<f64>,
    /// Width of accumulator its sums were proven to need.
    pub accumulator_bits: Option<u8>,
}

/// A report over the network's inputs and all layers that exist as integers.
pub fn report(
    model: &Model,
    calibration: &Calibration,
    made: &Made,
    samples: Option<&Samples>,
) -> Result<Vec<TensorReport>, FlowError> {
    let errors = samples.map(|samples| errors(model, made, samples)).transpose()?;
    let network = &made.lowered.network;
    let mut lines = Vec::new();
    for value in 0..network.values() {
        let layer = network.layer_of_value(value);
        // A fused layer's last float value is the one its integers stand for.
        let source = made.lowered.places.iter().rposition(|place| *place == value);
        let observed = source.map(|source| calibration.histogram(source)).filter(|h| h.count() > 0);
        let linear = layer.and_then(|layer| network.layers[layer].op.linear());
        let span = layer.and_then(|layer| network.accumulator_span(layer));
        lines.push(TensorReport {
            name: network.value_name(value).to_owned(),
            op: layer.map_or("input", |layer| network.layers[layer].op.name()),
            shape: network.shape(value).to_vec(),
            format: network.format(value).to_string(),
            min: observed.map(bitladder_quantize::Histogram::min),
            max: observed.map(bitladder_quantize::Histogram::max),
            error: source.zip(errors.as_ref()).and_then(|(source, errors)| errors[source]),
            weights: linear.map(|linear| linear.weights.format().name()),
            weight_error: layer.and_then(|layer| weight_error(model, made, layer)),
            accumulator_bits: span.map(bitladder_spec::Span::signed_bits),
        });
    }
    Ok(lines)
}

/// Root of a mean squared difference over the root of the mean square.
#[derive(Default, Clone, Copy)]
struct Difference {
    squares: f64,
    differences: f64,
}

impl Difference {
    fn add(&mut self, wanted: f32, found: f32) {
        self.squares += f64::from(wanted) * f64::from(wanted);
        self.differences += f64::from(wanted - found) * f64::from(wanted - found);
    }

    fn relative(self) -> Option<f64> {
        (self.squares > 0.0).then(|| (self.differences / self.squares).sqrt())
    }
}

/// The error of every float value, over the first images.
fn errors(model: &Model, made: &Made, samples: &Samples) -> Result<Vec<Option<f64>>, FlowError> {
    let images = samples.images(0..samples.len().min(STEP));
    let network = &made.lowered.network;
    let mut found = Vec::new();
    Engine::new(network)?.run_observed(&[images.quantized_for(network)], 1, |value, batch| {
        found.push(batch.dequantized(network.format(value)));
    })?;
    let mut errors = Vec::new();
    float::run(&model.network, &[images], 1, |value, batch| {
        let mut difference = Difference::default();
        let stored = &found[made.lowered.places[value]];
        batch.data().iter().zip(stored.data()).for_each(|(w, f)| difference.add(*w, *f));
        let softmax = model
            .network
            .layer_of_value(value)
            .is_some_and(|layer| matches!(model.network.layers()[layer].op, FloatOp::Softmax));
        errors.push(if softmax { None } else { difference.relative() });
        Ok::<(), GoldenError>(())
    })?;
    Ok(errors)
}

/// The error of a layer's weights against the model's.
fn weight_error(model: &Model, made: &Made, layer: usize) -> Option<f64> {
    let quantised = &made.lowered.network.layers[layer];
    let linear = quantised.op.linear()?;
    let index = model.network.layers().iter().position(|layer| layer.name == quantised.name)?;
    let (FloatOp::Conv { weights, .. } | FloatOp::Dense { weights, .. }) =
        &model.network.layers()[index].op
    else {
        return None;
    };
    let scales = made.formats.weights.get(&index)?;
    let per_output = linear.weights.per_output();
    let mut difference = Difference::default();
    for (place, (wanted, integer)) in weights.iter().zip(linear.weights.integers()).enumerate() {
        let step = scales.scale_of(place / per_output.max(1)).step();
        difference.add(*wanted, (f64::from(integer) * step) as f32);
    }
    difference.relative()
}
