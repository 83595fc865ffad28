//! Runs imported models: float models in floats, quantised ones on the integer oracle.

use std::path::Path;

use bitladder_golden::{FloatBatch, GoldenError, IntBatch, float, oracle};
use bitladder_network::{elements, fold_declared_batch_norms};
use bitladder_onnx::Imported;
use bitladder_onnx_proto::{Message, TensorProto, data_type};
use bitladder_quantize::{Calibration, FormatPlan, LayerFormat, LowerOptions, Lowered, quantize};
use bitladder_spec::{Rounding, TensorFormat, ValueRounding};

/// Whatever stops a run, with its text.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// Rounding of ONNX's QuantizeLinear.
const HALF_EVEN: ValueRounding = ValueRounding::Named(Rounding::HalfEven);

/// A tensor as a file holds it, batch included.
pub(crate) struct Tensor {
    pub(crate) dims: Vec<usize>,
    pub(crate) values: Vec<f64>,
    #[allow(dead_code, reason = "only one of the two programs needs to know")]
    pub(crate) is_integer: bool,
}

impl Tensor {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let proto = TensorProto::decode(bytes.as_slice())?;
        let dims: Vec<usize> =
            proto.dims.iter().map(|dim| usize::try_from(*dim)).collect::<Result<_, _>>()?;
        let is_integer = proto.data_type != data_type::FLOAT;
        let values: Vec<f64> = if is_integer {
            proto.i64_values()?.into_iter().map(|value| value as f64).collect()
        } else {
            proto.f32_values()?.into_iter().map(f64::from).collect()
        };
        if elements(&dims) != Some(values.len()) {
            return Err(format!("{}: {} values for {dims:?}", path.display(), values.len()).into());
        }
        Ok(Self { dims, values, is_integer })
    }

    fn images(&self) -> usize {
        self.dims.first().copied().unwrap_or(1)
    }
}

/// Runs a model; `multiplier_bits` is the width of the requantisation multipliers.
pub(crate) fn run(
    imported: &Imported,
    inputs: &[Tensor],
    multiplier_bits: u8,
) -> Result<Tensor, Failure> {
    let reals = real_inputs(imported, inputs)?;
    let images = inputs.first().map_or(1, Tensor::images);
    let (shape, values) = if imported.declared.is_empty() {
        let nothing = |_, _: &FloatBatch| Ok::<(), GoldenError>(());
        let batch = float::run(&imported.network, &reals, 1, nothing)?;
        (batch.shape().to_vec(), batch.data().iter().copied().map(f64::from).collect())
    } else {
        let (network, declared) = fold_declared_batch_norms(&imported.network, &imported.declared)?;
        let folded = Imported { network, declared, ..imported.clone() };
        run_integers(&folded, inputs, &reals, multiplier_bits)?
    };
    let dims = std::iter::once(images).chain(shape).collect();
    Ok(Tensor { dims, values, is_integer: imported.integer_output })
}

/// The inputs as the float network sees them.
fn real_inputs(imported: &Imported, inputs: &[Tensor]) -> Result<Vec<FloatBatch>, Failure> {
    let ids = 0..imported.network.inputs().len();
    let batch = |(id, tensor): (usize, &Tensor)| {
        let format = imported.declared.values.get(&id).filter(|_| imported.integer_inputs[id]);
        let real = |value: &f64| match format {
            Some(format) => format.dequantize(*value as i32),
            None => *value as f32,
        };
        let data = tensor.values.iter().map(real).collect();
        let shape = imported.network.shape(id).to_vec();
        Ok(FloatBatch::new(tensor.images(), shape, data)?)
    };
    ids.zip(inputs).map(batch).collect()
}

fn run_integers(
    imported: &Imported,
    inputs: &[Tensor],
    reals: &[FloatBatch],
    multiplier_bits: u8,
) -> Result<(Vec<usize>, Vec<f64>), Failure> {
    let Lowered { network, softmax, .. } = lowered(imported, reals, multiplier_bits)?;
    let integers = |id: usize| -> Result<IntBatch, GoldenError> {
        if !imported.integer_inputs[id] {
            return Ok(reals[id].quantized(network.inputs[id].format, HALF_EVEN));
        }
        let data = inputs[id].values.iter().map(|value| *value as i32).collect();
        IntBatch::new(inputs[id].images(), network.inputs[id].shape.clone(), data)
    };
    let batches = (0..inputs.len()).map(integers).collect::<Result<Vec<_>, _>>()?;
    let result = oracle::run(&network, &batches, |_, _| {})?;
    let from = network.output_format();
    let reals: Vec<f64> = result.data().iter().map(|value| real(*value, from)).collect();
    let values = match imported.declared.values.get(&imported.network.output()) {
        // The host computes the softmax, and rounds it where the file says so.
        to if softmax => soften(&reals, result.size())
            .into_iter()
            .map(|value| host_value(value, to.copied(), imported.integer_output))
            .collect(),
        _ if imported.integer_output => result.data().iter().copied().map(f64::from).collect(),
        _ => reals,
    };
    Ok((result.shape().to_vec(), values))
}

fn real(value: i32, format: TensorFormat) -> f64 {
    (f64::from(value) - f64::from(format.zero_point)) * format.scale.step()
}

fn host_value(value: f64, to: Option<TensorFormat>, as_integer: bool) -> f64 {
    let Some(to) = to else { return value };
    let integer = to.quantize(value as f32, HALF_EVEN, 0);
    if as_integer { f64::from(integer) } else { real(integer, to) }
}

/// The softmax of each image's `size` results.
fn soften(values: &[f64], size: usize) -> Vec<f64> {
    let one = |image: &[f64]| {
        let most = image.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> = image.iter().map(|value| (value - most).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(move |power| power / sum)
    };
    values.chunks(size.max(1)).flat_map(one).collect()
}

/// Lowers with the formats of the file; values without one get 16 bits that fit these inputs.
fn lowered(
    imported: &Imported,
    reals: &[FloatBatch],
    multiplier_bits: u8,
) -> Result<Lowered, Failure> {
    let network = &imported.network;
    let mut calibration = Calibration::new(network);
    float::run(network, reals, 1, |value, batch| -> Result<(), Failure> {
        Ok(calibration.observe(value, batch.data())?)
    })?;
    let plan = FormatPlan::uniform(LayerFormat::fixed(16));
    let options =
        LowerOptions { multiplier_bits, rounding: Rounding::HalfEven, ..LowerOptions::default() };
    Ok(quantize(network, &imported.declared, &calibration, &plan, &options)?)
}
