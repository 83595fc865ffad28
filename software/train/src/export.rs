//! Float networks as ONNX.

use bitladder_network::{FloatLayer, FloatNetwork, FloatOp, ValueId, Window};
use bitladder_onnx_proto::builder::{BuildError, Dim, ModelBuilder, node};
use bitladder_onnx_proto::{AttributeProto, ModelProto, NodeProto, data_type};
use bitladder_spec::BatchNorm;

/// Name of the input: a batch of images scaled to [0, 1].
pub const INPUT: &str = "image";
/// Name of the output: one row of logits per image.
pub const OUTPUT: &str = "logits";

/// The network as a float model of opset 13 with the given metadata.
pub fn to_onnx(
    network: &FloatNetwork,
    metadata: &[(String, String)],
) -> Result<ModelProto, BuildError> {
    let mut builder = start(network);
    for (index, layer) in network.layers().iter().enumerate() {
        let inputs: Vec<String> = layer.inputs.iter().map(|v| value_name(network, *v)).collect();
        let output = value_name(network, network.value_of_layer(index));
        builder = add_constants(builder, layer);
        builder = builder.node(layer_node(layer, &inputs, &output));
    }
    finish(builder, metadata)
}

/// A model with its input and output.
pub(crate) fn start(network: &FloatNetwork) -> ModelBuilder {
    let batch = Dim::Param("batch");
    let dims = |shape: &[usize]| -> Vec<Dim<'_>> {
        let sizes = shape.iter().map(|size| Dim::Value(*size as i64));
        std::iter::once(batch).chain(sizes).collect()
    };
    ModelBuilder::new(network.name())
        .producer("bitladder-train", env!("CARGO_PKG_VERSION"))
        .input(INPUT, data_type::FLOAT, &dims(&network.inputs()[0].shape))
        .output(OUTPUT, data_type::FLOAT, &dims(network.shape(network.output())))
}

pub(crate) fn finish(
    builder: ModelBuilder,
    metadata: &[(String, String)],
) -> Result<ModelProto, BuildError> {
    metadata.iter().fold(builder, |builder, (key, value)| builder.metadata(key, value)).build()
}

/// The name of a value in a model file.
pub(crate) fn value_name(network: &FloatNetwork, value: ValueId) -> String {
    match network.layer_of_value(value) {
        _ if value == network.output() => OUTPUT.to_owned(),
        None => INPUT.to_owned(),
        Some(layer) => format!("{}_out", network.layers()[layer].name),
    }
}

/// The constants that a layer's node reads.
fn add_constants(builder: ModelBuilder, layer: &FloatLayer) -> ModelBuilder {
    let name = |what: &str| format!("{}.{what}", layer.name);
    match &layer.op {
        FloatOp::Conv { weights, bias, .. } | FloatOp::Dense { weights, bias, .. } => builder
            .initializer_f32(&name("weight"), &weight_dims(&layer.op), weights)
            .initializer_f32(&name("bias"), &[bias.len() as i64], bias),
        FloatOp::BatchNorm(BatchNorm { gamma, beta, mean, variance, .. }) => {
            let parts = [("gamma", gamma), ("beta", beta), ("mean", mean), ("variance", variance)];
            parts.into_iter().fold(builder, |builder, (what, values)| {
                builder.initializer_f32(&name(what), &[values.len() as i64], values)
            })
        }
        FloatOp::Clamp { lo, hi } if !is_relu(*lo, *hi) => {
            add_bounds(builder, &layer.name, *lo, *hi)
        }
        FloatOp::Reshape { shape } if shape.len() > 1 => {
            let dims: Vec<i64> =
                std::iter::once(-1).chain(shape.iter().map(|size| *size as i64)).collect();
            builder.initializer_i64(&name("shape"), &[dims.len() as i64], &dims)
        }
        _ => builder,
    }
}

/// Shape of a layer's weights in a file: a fully connected layer has two dimensions.
pub(crate) fn weight_dims(op: &FloatOp) -> Vec<i64> {
    match op {
        FloatOp::Conv { window, outputs, weights, .. } => {
            let inputs = weights.len() / (outputs * window.taps()).max(1);
            [*outputs, inputs, window.kernel[0], window.kernel[1]].map(|size| size as i64).into()
        }
        FloatOp::Dense { outputs, weights, .. } => {
            vec![*outputs as i64, (weights.len() / (*outputs).max(1)) as i64]
        }
        _ => Vec::new(),
    }
}

fn is_relu(lo: f32, hi: f32) -> bool {
    lo == 0.0 && hi == f32::INFINITY
}

/// The finite bounds of a clamp.
pub(crate) fn add_bounds(builder: ModelBuilder, layer: &str, lo: f32, hi: f32) -> ModelBuilder {
    let bounds = [("min", lo), ("max", hi)].into_iter().filter(|(_, bound)| bound.is_finite());
    bounds.fold(builder, |builder, (what, bound)| {
        builder.initializer_f32(&format!("{layer}.{what}"), &[], &[bound])
    })
}

/// A clamp between the bounds of [`add_bounds`].
pub(crate) fn clip(layer: &str, input: &str, output: &str, lo: f32, hi: f32) -> NodeProto {
    let name = |what: &str, bound: f32| {
        if bound.is_finite() { format!("{layer}.{what}") } else { String::new() }
    };
    node("Clip", &[input, &name("min", lo), &name("max", hi)], &[output])
}

/// The node of a layer; weights and bias have the layer's name.
pub(crate) fn layer_node(layer: &FloatLayer, inputs: &[String], output: &str) -> NodeProto {
    let named = |what: &str| format!("{}.{what}", layer.name);
    let (input, output) = (inputs[0].as_str(), [output]);
    let (weight, bias) = (named("weight"), named("bias"));
    let made = match &layer.op {
        FloatOp::Conv { window, groups, .. } => {
            windowed(node("Conv", &[input, &weight, &bias], &output), *window)
                .with(AttributeProto::int_list("dilations", &sizes(window.dilation)))
                .with(AttributeProto::int("group", *groups as i64))
        }
        FloatOp::Dense { .. } => {
            node("Gemm", &[input, &weight, &bias], &output).with(AttributeProto::int("transB", 1))
        }
        FloatOp::MaxPool { window } => windowed(node("MaxPool", &[input], &output), *window)
            .with(AttributeProto::int_list("dilations", &sizes(window.dilation)))
            .with(AttributeProto::int("ceil_mode", i64::from(window.ceil))),
        FloatOp::AveragePool { window, count_padding } => {
            windowed(node("AveragePool", &[input], &output), *window)
                .with(AttributeProto::int("ceil_mode", i64::from(window.ceil)))
                .with(AttributeProto::int("count_include_pad", i64::from(*count_padding)))
        }
        FloatOp::Clamp { lo, hi } if is_relu(*lo, *hi) => node("Relu", &[input], &output),
        FloatOp::Clamp { lo, hi } => clip(&layer.name, input, output[0], *lo, *hi),
        FloatOp::Add => node("Add", &[input, &inputs[1]], &output),
        FloatOp::Reshape { shape } if shape.len() == 1 => {
            node("Flatten", &[input], &output).with(AttributeProto::int("axis", 1))
        }
        FloatOp::Reshape { .. } => node("Reshape", &[input, &named("shape")], &output),
        FloatOp::BatchNorm(norm) => {
            let parts = ["gamma", "beta", "mean", "variance"].map(named);
            let [gamma, beta, mean, variance] = parts.each_ref().map(String::as_str);
            node("BatchNormalization", &[input, gamma, beta, mean, variance], &output)
                .with(AttributeProto::float("epsilon", norm.epsilon))
        }
        FloatOp::Softmax => node("Softmax", &[input], &output).with(AttributeProto::int("axis", 1)),
    };
    NodeProto { name: layer.name.clone(), ..made }
}

fn sizes(pair: [usize; 2]) -> [i64; 2] {
    pair.map(|size| size as i64)
}

fn windowed(node: NodeProto, window: Window) -> NodeProto {
    node.with(AttributeProto::int_list("kernel_shape", &sizes(window.kernel)))
        .with(AttributeProto::int_list("strides", &sizes(window.stride)))
        .with(AttributeProto::int_list("pads", &window.padding.map(|size| size as i64)))
}
