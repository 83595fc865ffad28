//! Quantised networks as ONNX with their integers: QuantizeLinear and DequantizeLinear.

use bitladder_network::{FloatLayer, FloatNetwork, FloatOp, ValueId};
use bitladder_onnx_proto::builder::{BuildError, ModelBuilder, node};
use bitladder_onnx_proto::{AttributeProto, ModelProto, NodeProto, TensorProto, data_type};
use bitladder_quantize::ScaledWeights;
use bitladder_spec::{Scale, Span, TensorFormat};

use crate::export::{add_bounds, clip, finish, layer_node, start, value_name, weight_dims};
use crate::frozen::value_formats;
use crate::quantised::Quantised;

/// The first operator set whose quantisation knows 16 bits, and the file format it came with.
const WIDE: (i64, i64) = (21, 10);

/// The network as a model whose weights, biases and values are integers where the engine's are.
///
/// A width that ONNX has no type for becomes the next wider type, and a Clip before it keeps the
/// values within the width.
pub fn to_qdq(
    quantised: &Quantised,
    metadata: &[(String, String)],
) -> Result<ModelProto, BuildError> {
    let mut writer = Writer { quantised, builder: start(&quantised.network), wide: false };
    let formats = value_formats(quantised);
    let network = &quantised.network;
    let integers = &quantised.lowered.network;
    writer.image(integers.inputs[0].format);
    for (index, layer) in network.layers().iter().enumerate() {
        let value = network.value_of_layer(index);
        writer.layer(index, layer, value, formats[value]);
    }
    let Writer { builder, wide, .. } = writer;
    let model = finish(if wide { builder.opset(WIDE.0) } else { builder }, metadata)?;
    Ok(if wide { ModelProto { ir_version: WIDE.1, ..model } } else { model })
}

struct Writer<'a> {
    quantised: &'a Quantised,
    builder: ModelBuilder,
    /// Whether a type is in use that needs [`WIDE`].
    wide: bool,
}

/// An integer type of ONNX that holds a span.
fn element(span: Span) -> (i32, usize, Span) {
    let types = [
        (data_type::UINT8, 1, Span::new(0, 255)),
        (data_type::INT8, 1, Span::new(-128, 127)),
        (data_type::UINT16, 2, Span::new(0, 65535)),
        (data_type::INT16, 2, Span::new(-32768, 32767)),
    ];
    let all = (data_type::INT32, 4, Span::new(-(1 << 31), (1 << 31) - 1));
    types.into_iter().find(|(_, _, held)| held.covers(span)).unwrap_or(all)
}

/// Integers as an initializer.
fn integers(
    name: &str,
    dims: &[i64],
    values: &[i64],
    (code, bytes, _): (i32, usize, Span),
) -> TensorProto {
    let raw = values.iter().flat_map(|value| value.to_le_bytes().into_iter().take(bytes));
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: code,
        raw_data: Some(raw.collect()),
        ..TensorProto::default()
    }
}

impl Writer<'_> {
    fn network(&self) -> &FloatNetwork {
        &self.quantised.network
    }

    fn change(&mut self, change: impl FnOnce(ModelBuilder) -> ModelBuilder) {
        // The builder is taken by value at every call.
        let builder = std::mem::replace(&mut self.builder, ModelBuilder::new(""));
        self.builder = change(builder);
    }

    fn node(&mut self, node: NodeProto) {
        self.change(|builder| builder.node(node));
    }

    /// What layers read instead of a value that has a format.
    fn read_name(&self, value: ValueId) -> String {
        format!("{}.real", value_name(self.network(), value))
    }

    fn image(&mut self, format: TensorFormat) {
        let input = value_name(self.network(), 0);
        let clipped = self.limited(&input, &input, format, (f32::NEG_INFINITY, f32::INFINITY));
        self.round(0, &clipped, format);
    }

    /// Keeps a value within a format that is narrower than its type, and within other bounds.
    fn limited(
        &mut self,
        name: &str,
        from: &str,
        format: TensorFormat,
        (mut lo, mut hi): (f32, f32),
    ) -> String {
        let span = format.ty.span();
        if element(span).2 != span {
            lo = lo.max(format.dequantize(span.lo as i32));
            hi = hi.min(format.dequantize(span.hi as i32));
        }
        if lo == f32::NEG_INFINITY && hi == f32::INFINITY {
            return from.to_owned();
        }
        let output = format!("{name}.limited");
        let node = if lo == 0.0 && hi == f32::INFINITY {
            node("Relu", &[from], &[&output])
        } else {
            self.change(|builder| add_bounds(builder, name, lo, hi));
            clip(name, from, &output, lo, hi)
        };
        self.node(node);
        output
    }

    /// Rounds a value to its format.
    fn round(&mut self, value: ValueId, from: &str, format: TensorFormat) {
        let name = value_name(self.network(), value);
        let (scale, zero) = (format!("{name}.scale"), format!("{name}.zero"));
        let (integer, real) = (format!("{name}.integer"), self.read_name(value));
        let ty = element(format.ty.span());
        self.wide |= ty.1 > 1;
        self.change(|builder| {
            builder
                .initializer_f32(&scale, &[], &[format.scale.step() as f32])
                .initializer(integers(&zero, &[], &[0], ty))
                .node(node("QuantizeLinear", &[from, &scale, &zero], &[&integer]))
                .node(node("DequantizeLinear", &[&integer, &scale, &zero], &[&real]))
        });
    }

    /// The name under which a layer finds a value.
    fn source(&self, value: ValueId) -> String {
        let formats = value_formats(self.quantised);
        if value == 0 || formats[value].is_some() {
            self.read_name(value)
        } else {
            value_name(self.network(), value)
        }
    }

    fn layer(
        &mut self,
        index: usize,
        layer: &FloatLayer,
        value: ValueId,
        format: Option<TensorFormat>,
    ) {
        let inputs: Vec<String> = layer.inputs.iter().map(|value| self.source(*value)).collect();
        let name = value_name(self.network(), value);
        if let (FloatOp::Clamp { lo, hi }, Some(format)) = (&layer.op, format) {
            let from = self.limited(&name, &inputs[0], format, (*lo, *hi));
            return self.round(value, &from, format);
        }
        self.constants(index, layer);
        self.node(layer_node(layer, &inputs, &name));
        if let Some(format) = format {
            let all = (f32::NEG_INFINITY, f32::INFINITY);
            let from = self.limited(&name, &name, format, all);
            self.round(value, &from, format);
        }
    }

    /// Weights and bias of a layer as integers and the nodes that make them real.
    fn constants(&mut self, index: usize, layer: &FloatLayer) {
        let (FloatOp::Conv { .. } | FloatOp::Dense { .. }) = &layer.op else {
            if let FloatOp::Clamp { lo, hi } = layer.op {
                self.change(|builder| add_bounds(builder, &layer.name, lo, hi));
            }
            return;
        };
        let place = self.quantised.lowered.places[self.network().value_of_layer(index)];
        let lowered = &self.quantised.lowered.network;
        let found = lowered.layer_of_value(place).and_then(|layer| {
            let linear = lowered.layers[layer].op.linear()?;
            Some((linear, lowered.format(lowered.layers[layer].inputs[0]).scale))
        });
        let (Some((linear, input)), Some(coded)) =
            (found, self.quantised.formats.weights.get(&index))
        else {
            return;
        };
        let weights: Vec<i64> = linear.weights.integers().into_iter().map(i64::from).collect();
        let scales = scales(coded);
        let sums: Vec<f32> =
            scales.iter().map(|scale| (input.step() * f64::from(*scale)) as f32).collect();
        let (weight, bias) = (format!("{}.weight", layer.name), format!("{}.bias", layer.name));
        let dims = weight_dims(&layer.op);
        self.dequantised(&weight, &dims, &weights, &scales);
        let dims = [linear.bias.len() as i64];
        if linear.bias.iter().all(|bias| i32::try_from(*bias).is_ok()) {
            self.dequantised(&bias, &dims, &linear.bias, &sums);
        } else {
            // Wide formats have accumulators that ONNX has no type for.
            let (FloatOp::Conv { bias: real, .. } | FloatOp::Dense { bias: real, .. }) = &layer.op
            else {
                return;
            };
            self.change(|builder| builder.initializer_f32(&bias, &dims, real));
        }
    }

    /// Integers, their scales (one, or one per output) and the node between them and `name`.
    fn dequantised(&mut self, name: &str, dims: &[i64], values: &[i64], scales: &[f32]) {
        let span = values.iter().fold(Span::new(0, 0), |span, v| span.union(Span::new(*v, *v)));
        let ty = element(span);
        // ONNX wants biases in 32 bits.
        let ty = if dims.len() == 1 { (data_type::INT32, 4, ty.2) } else { ty };
        self.wide |= ty.1 == 2;
        let (stored, scale) = (format!("{name}.integer"), format!("{name}.scale"));
        let scale_dims: Vec<i64> =
            if scales.len() == 1 { vec![] } else { vec![scales.len() as i64] };
        let made = node("DequantizeLinear", &[&stored, &scale], &[name]);
        let made = if scales.len() == 1 { made } else { made.with(AttributeProto::int("axis", 0)) };
        self.change(|builder| {
            builder
                .initializer(integers(&stored, dims, values, ty))
                .initializer_f32(&scale, &scale_dims, scales)
                .node(made)
        });
    }
}

/// Scales of coded weights: one for the tensor, or one per output.
fn scales(coded: &ScaledWeights) -> Vec<f32> {
    coded.scales.iter().map(|scale: &Scale| scale.step() as f32).collect()
}
