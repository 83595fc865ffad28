//! Valid models of every kind, for mutation.

use bitladder_onnx_proto::builder::{ModelBuilder, node};
use bitladder_onnx_proto::{ModelProto, NodeProto, TensorProto, data_type};

use crate::common::{counting, int, ints, model, narrow, op, scalar, typed_model};

/// One model of each kind.
pub(crate) fn seeds() -> Vec<ModelProto> {
    vec![convolutional(), shapes(), quantised(), integers(), trained_quantised(), normed()]
}

fn renamed(node: NodeProto, output: &str) -> NodeProto {
    NodeProto { output: vec![output.into()], name: output.into(), ..node }
}

fn convolutional() -> ModelProto {
    model(&[2, 8, 8], |builder| {
        let norm = ["a", "scale", "shift", "mean", "variance"];
        let named = ["scale", "shift", "mean", "variance"].map(|name| counting(name, &[4]));
        let window = [ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2]), int("ceil_mode", 1)];
        named
            .into_iter()
            .fold(builder, ModelBuilder::initializer)
            .initializer(counting("w", &[4, 1, 3, 3]))
            .initializer(counting("b", &[4]))
            .initializer(counting("v", &[64, 3]))
            .initializer(scalar("lo", 0.0))
            .initializer(scalar("hi", 6.0))
            .node(renamed(
                op("Conv", &["x", "w", "b"], &[int("group", 2), ints("pads", &[1; 4])]),
                "a",
            ))
            .node(node("BatchNormalization", &norm, &["n"]))
            .node(node("Clip", &["n", "lo", "hi"], &["c"]))
            .node(renamed(op("MaxPool", &["c"], &window), "p"))
            .node(node("Flatten", &["p"], &["f"]))
            .node(node("Gemm", &["f", "v"], &["g"]))
            .node(node("Softmax", &["g"], &["y"]))
    })
}

fn shapes() -> ModelProto {
    model(&[2, 3, 4], |builder| {
        let pads = TensorProto::from_i64("pads", &[8], &[0, 0, 1, 0, 0, 0, 0, 1]);
        builder
            .initializer(pads)
            .initializer_i64("zero", &[], &[0])
            .initializer_i64("axes", &[1], &[0])
            .initializer_i64("rest", &[1], &[-1])
            .initializer(counting("c", &[2, 1, 1]))
            .node(node("Relu", &["x"], &["r"]))
            .node(node("Pad", &["r", "pads"], &["d"]))
            .node(renamed(op("AveragePool", &["d"], &[ints("kernel_shape", &[2, 2])]), "p"))
            .node(node("Mul", &["p", "c"], &["m"]))
            .node(node("Shape", &["m"], &["s"]))
            .node(node("Slice", &["s", "axes", "rest"], &["sl"]))
            .node(node("Gather", &["sl", "zero"], &["n"]))
            .node(node("Unsqueeze", &["n", "axes"], &["n1"]))
            .node(node("Concat", &["n1", "rest"], &["t"]).with(int("axis", 0)))
            .node(node("Reshape", &["m", "t"], &["y"]))
    })
}

fn quantised() -> ModelProto {
    model(&[2], |builder| {
        builder
            .initializer(scalar("s", 0.25))
            .initializer(narrow("z", data_type::UINT8, &[], &[10]))
            .initializer(narrow("w", data_type::INT4, &[2, 2], &[0x21, 0x43]))
            .initializer(TensorProto::from_f32("ws", &[2], &[0.5, 0.3]))
            .node(node("QuantizeLinear", &["x", "s", "z"], &["q"]))
            .node(node("DequantizeLinear", &["q", "s", "z"], &["d"]))
            .node(node("DequantizeLinear", &["w", "ws"], &["wd"]).with(int("axis", 0)))
            .node(node("Gemm", &["d", "wd"], &["g"]).with(int("transB", 1)))
            .node(node("Add", &["g", "d"], &["a"]))
            .node(node("QuantizeLinear", &["a", "s", "z"], &["r"]))
            .node(node("DequantizeLinear", &["r", "s", "z"], &["y"]))
    })
}

fn integers() -> ModelProto {
    let inputs = ["x", "s", "z", "w", "s", "z", "s", "z", "b"];
    typed_model(data_type::UINT8, &[1, 4, 4], |builder| {
        builder
            .initializer(scalar("s", 0.3))
            .initializer(narrow("z", data_type::UINT8, &[], &[10]))
            .initializer(narrow("w", data_type::UINT8, &[1, 1, 2, 2], &[1, 2, 3, 4]))
            .initializer(narrow("b", data_type::INT32, &[1], &[70000]))
            .node(renamed(op("QLinearConv", &inputs, &[ints("strides", &[2, 2])]), "c"))
            .node(renamed(op("MaxPool", &["c"], &[ints("kernel_shape", &[2, 2])]), "p"))
            .node(node("Squeeze", &["p"], &["y"]).with(ints("axes", &[2, 3])))
    })
}

fn trained_quantised() -> ModelProto {
    let quant = |inputs: &[&str], output: &str| NodeProto {
        domain: "qonnx.custom_op.general".into(),
        ..node("Quant", inputs, &[output])
    };
    model(&[2], |builder| {
        builder
            .initializer(counting("w", &[2, 2]))
            .initializer(counting("ws", &[1, 2]))
            .initializer(scalar("zero", 0.0))
            .initializer(scalar("three", 3.0))
            .node(quant(&["w", "ws", "zero", "three"], "wq").with(int("narrow", 1)))
            .node(quant(&["x", "three", "zero", "three"], "xq").with(int("signed", 0)))
            .node(node("MatMul", &["xq", "wq"], &["y"]))
    })
}

fn normed() -> ModelProto {
    let norm = ["c", "gamma", "beta", "mean", "variance"];
    let vector = |name: &str, values: [f32; 2]| TensorProto::from_f32(name, &[2], &values);
    model(&[1, 3, 3], |builder| {
        builder
            .initializer(scalar("s", 0.25))
            .initializer(narrow("z", data_type::INT8, &[], &[3]))
            .initializer(narrow("w", data_type::INT8, &[2, 1, 1, 1], &[-128, 5]))
            .initializer(vector("gamma", [-1.0, 4.0]))
            .initializer(vector("beta", [0.5, 0.0]))
            .initializer(vector("mean", [0.0, 2.0]))
            .initializer(vector("variance", [1.0, 4.0]))
            .node(node("QuantizeLinear", &["x", "s", "z"], &["q"]))
            .node(node("DequantizeLinear", &["q", "s", "z"], &["d"]))
            .node(node("DequantizeLinear", &["w", "s"], &["wd"]))
            .node(node("Conv", &["d", "wd"], &["c"]))
            .node(node("BatchNormalization", &norm, &["n"]))
            .node(node("QuantizeLinear", &["n", "s", "z"], &["y"]))
    })
}
