//! Writing a trained network as ONNX.

use bitladder_onnx_proto::builder::{BuildError, Dim, ModelBuilder, node};
use bitladder_onnx_proto::{AttributeProto, ModelProto, NodeProto, data_type};

use crate::layers::Layer;
use crate::network::Network;
use crate::spec::LayerSpec;

/// Name of the input: a batch of images scaled to [0, 1].
pub const INPUT: &str = "image";
/// Name of the output: one row of logits per image.
pub const OUTPUT: &str = "logits";

/// The network as a float model of opset 13 with the given metadata.
pub fn to_onnx(network: &Network, metadata: &[(String, String)]) -> Result<ModelProto, BuildError> {
    let spec = network.spec();
    let [channels, height, width] =
        [spec.input.channels, spec.input.height, spec.input.width].map(|size| size as i64);
    let batch = Dim::Param("batch");
    let dims = [batch, Dim::Value(channels), Dim::Value(height), Dim::Value(width)];
    let mut builder = ModelBuilder::new(spec.name)
        .producer("bitladder-train", env!("CARGO_PKG_VERSION"))
        .input(INPUT, data_type::FLOAT, &dims)
        .output(OUTPUT, data_type::FLOAT, &[batch, Dim::Value(network.classes() as i64)]);
    let mut value = INPUT.to_owned();
    for (index, (&layer, built)) in spec.layers.iter().zip(network.layers()).enumerate() {
        let name = spec.layer_name(index);
        let is_last = index + 1 == spec.layers.len();
        let output = if is_last { OUTPUT.to_owned() } else { format!("{name}_out") };
        builder = add_params(builder, built.as_ref(), &name);
        builder = builder.node(layer_node(layer, &name, &value, &output));
        value = output;
    }
    metadata.iter().fold(builder, |builder, (key, value)| builder.metadata(key, value)).build()
}

fn add_params(builder: ModelBuilder, layer: &dyn Layer, name: &str) -> ModelBuilder {
    layer.params().iter().fold(builder, |builder, param| {
        let dims: Vec<i64> = param.dims.iter().map(|&dim| dim as i64).collect();
        builder.initializer_f32(&param.full_name(name), &dims, &param.values)
    })
}

fn layer_node(layer: LayerSpec, name: &str, input: &str, output: &str) -> NodeProto {
    let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
    let with_params = [input, &weight, &bias];
    let square = |name: &str, size: usize| AttributeProto::int_list(name, &[size as i64; 2]);
    let made = match layer {
        LayerSpec::Conv2d { kernel, padding, .. } => node("Conv", &with_params, &[output])
            .with(square("kernel_shape", kernel))
            .with(AttributeProto::int_list("pads", &[padding as i64; 4]))
            .with(square("strides", 1)),
        LayerSpec::Relu => node("Relu", &[input], &[output]),
        LayerSpec::MaxPool { size } => node("MaxPool", &[input], &[output])
            .with(square("kernel_shape", size))
            .with(square("strides", size)),
        LayerSpec::Flatten => {
            node("Flatten", &[input], &[output]).with(AttributeProto::int("axis", 1))
        }
        LayerSpec::Dense { .. } => {
            node("Gemm", &with_params, &[output]).with(AttributeProto::int("transB", 1))
        }
    };
    NodeProto { name: name.to_owned(), ..made }
}
