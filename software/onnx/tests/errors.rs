//! Every way in which a file, a graph or a node is refused, by its message.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use bitladder_onnx::{Options, import, import_bytes, import_bytes_with};
use bitladder_onnx_proto::builder::node;
use bitladder_onnx_proto::{
    AttributeProto, GraphProto, Message, ModelProto, SparseTensorProto, TensorProto,
    ValueInfoProto, attribute_type, data_type,
};
use common::{FILE, assert_says, counting, int, model, op, refusal, single};

/// A valid model, changed.
fn changed(change: impl FnOnce(&mut GraphProto)) -> String {
    let mut model = single(&[2], op("Gemm", &["x", "w"], &[]), &[counting("w", &[2, 3])]);
    change(model.graph.as_mut().unwrap());
    refusal(&model)
}

#[test]
fn files_that_are_no_models() {
    let missing = import("no/such/model.onnx").unwrap_err().to_string();
    assert_says(&missing, &["cannot read the model `no/such/model.onnx`"]);
    let of = |bytes: &[u8]| import_bytes(FILE, bytes).unwrap_err().to_string();
    assert_says(&of(b"PK\x03\x04 a zip file"), &["`net.onnx` is no ONNX model"]);
    assert_says(&of(b""), &["`net.onnx` is no ONNX model: it has no graph"]);
    let whole = single(&[2], op("Relu", &["x"], &[]), &[]).encode_to_vec();
    assert_says(&of(&whole[..whole.len() - 3]), &["or its end is missing"]);
    let graph_only = ModelProto { graph: Some(GraphProto::default()), ..ModelProto::default() };
    assert_says(&of(&graph_only.encode_to_vec()), &["it has no operator set"]);
}

#[test]
fn operator_sets_of_other_times() {
    for version in [8, 29, -1] {
        let mut model = single(&[2], op("Relu", &["x"], &[]), &[]);
        model.opset_import[0].version = version;
        let wanted = format!("`net.onnx` uses operator set {version}; 9 to 28 are supported");
        assert_says(&refusal(&model), &[&wanted, "onnx.version_converter"]);
    }
}

#[test]
fn inputs_that_are_not_fixed() {
    let input =
        |change: fn(&mut ValueInfoProto)| changed(|graph| graph.input.iter_mut().for_each(change));
    let shape = |dims: &[i64]| refusal(&single(dims, op("Relu", &["x"], &[]), &[]));
    assert_says(&shape(&[3, 0]), &["dimension 2 of input `x` is 0"]);
    assert_says(&shape(&[-4]), &["dimension 1 of input `x` is -4"]);
    assert_says(&shape(&[]), &["input `x` has 1 dimensions; a batch and 1 to 7 more"]);
    assert_says(&shape(&[1 << 20, 1 << 20]), &["`net.onnx`: layer `x`", "is too large"]);
    assert_says(&input(|info| info.r#type = None), &["input `x` holds UNDEFINED values"]);
    let open = model(&[2], |builder| {
        let dims = [common::dims(&[]), vec![bitladder_onnx_proto::builder::Dim::Param("time")]];
        builder.input("t", data_type::FLOAT, &dims.concat()).node(node("Add", &["x", "t"], &["y"]))
    });
    assert_says(&refusal(&open), &["dimension 1 of input `t` is open (`time`)", "only the batch"]);
    let text = common::typed_model(data_type::STRING, &[2], |builder| {
        builder.node(node("Relu", &["x"], &["y"]))
    });
    assert_says(&refusal(&text), &["input `x` holds STRING values; floats and integers"]);
}

#[test]
fn batches_must_agree() {
    let fixed = |batch| {
        [common::dims(&[]), common::dims(&[2])][1]
            .iter()
            .copied()
            .enumerate()
            .map(
                |(axis, dim)| {
                    if axis == 0 { bitladder_onnx_proto::builder::Dim::Value(batch) } else { dim }
                },
            )
            .collect::<Vec<_>>()
    };
    let model = model(&[2], |builder| {
        builder
            .input("a", data_type::FLOAT, &fixed(2))
            .input("b", data_type::FLOAT, &fixed(3))
            .node(node("Add", &["a", "b"], &["y"]))
    });
    assert_says(&refusal(&model), &["input `b` has batch 3, another input 2"]);
}

#[test]
fn graphs_that_are_damaged() {
    let twice = changed(|graph| graph.node.push(graph.node[0].clone()));
    assert_says(&twice, &["`net.onnx` defines the value `y` twice"]);
    let inputs = changed(|graph| graph.input.push(graph.input[0].clone()));
    assert_says(&inputs, &["defines the value `x` twice"]);
    let shadow = changed(|graph| graph.node[0].output[0] = "x".into());
    assert_says(&shadow, &["defines the value `x` twice"]);
    let unknown = changed(|graph| graph.node[0].input[0] = "nothing".into());
    assert_says(&unknown, &["node `y` (Gemm): it reads `nothing`, which nothing defines"]);
    let itself = changed(|graph| graph.node[0].input[0] = "y".into());
    assert_says(&itself, &["it reads `y`, which only node `y` (Gemm) after it makes", "cycle"]);
    let unordered = changed(|graph| {
        graph.node[0].input[0] = "later".into();
        graph.node.push(node("Relu", &["x"], &["later"]));
        graph.node[1].name.clear();
    });
    assert_says(&unordered, &["which only node 1 (Relu) after it makes"]);
    let sparse = changed(|graph| {
        let values = graph.initializer.pop();
        graph.sparse_initializer = vec![SparseTensorProto { values, ..Default::default() }];
    });
    assert_says(&sparse, &["tensor `w` is sparse"]);
}

#[test]
fn outputs() {
    let other = |name: &str| ValueInfoProto { name: name.into(), ..ValueInfoProto::default() };
    let none = changed(|graph| graph.output.clear());
    assert_says(&none, &["it has no output"]);
    let two = changed(|graph| graph.output.push(other("x")));
    assert_says(&two, &["`net.onnx` has 2 outputs (y, x): choose one by name"]);
    let constant = changed(|graph| graph.output = vec![other("w")]);
    assert_says(&constant, &["output `w` is constant: it depends on no input"]);
    let nowhere = changed(|graph| graph.output = vec![other("z")]);
    assert_says(&nowhere, &["output `z` is defined nowhere"]);
    let pool = op("MaxPool", &["x"], &[common::ints("kernel_shape", &[1, 1])]);
    let mut indices = single(&[1, 2, 2], pool, &[]);
    let graph = indices.graph.as_mut().unwrap();
    graph.node[0].output.push("i".into());
    graph.output = vec![other("i")];
    assert_says(&refusal(&indices), &["output `i` is an extra output that is not supported"]);
    let graph = indices.graph.as_mut().unwrap();
    graph.node.push(node("Relu", &["i"], &["z"]));
    graph.output = vec![other("z")];
    assert_says(&refusal(&indices), &["it reads `i`, an extra output"]);
    let pads = common::ints("pads", &[0, 0, 1, 1, 0, 0, 1, 1]);
    let padded = refusal(&single(&[1, 2, 2], op("Pad", &["x"], &[pads]), &[]));
    assert_says(&padded, &["output `y` is padded by a Pad node that nothing takes up"]);
}

#[test]
fn one_output_of_several_is_chosen_by_name() {
    let mut model = model(&[2], |builder| {
        builder.node(node("Relu", &["x"], &["a"])).node(node("Softmax", &["a"], &["y"]))
    });
    let chosen = ValueInfoProto { name: "a".into(), ..ValueInfoProto::default() };
    model.graph.as_mut().unwrap().output.push(chosen);
    let bytes = model.encode_to_vec();
    let choose =
        |name: &str| import_bytes_with(FILE, &bytes, &Options { output: Some(name.into()) });
    assert_eq!(choose("a").unwrap().network.layers().len(), 1);
    let message = choose("b").unwrap_err().to_string();
    assert_says(&message, &["has no output `b`, only: y, a"]);
}

#[test]
fn nodes_that_are_not_understood() {
    let unknown = changed(|graph| graph.node[0].op_type = "LSTM".into());
    assert_says(&unknown, &["(LSTM): operator `LSTM` of domain `ai.onnx`", "docs/importing.md"]);
    assert_says(&unknown, &["QLinearConv"]);
    let domain = changed(|graph| graph.node[0].domain = "org.example".into());
    assert_says(&domain, &["domain `org.example`", "com.microsoft"]);
    let attribute = changed(|graph| graph.node[0].attribute.push(int("speed", 9)));
    assert_says(&attribute, &["attribute `speed` is not known; this operator takes: alpha, beta"]);
    let inputs = changed(|graph| graph.node[0].input = vec!["x".into(); 4]);
    assert_says(&inputs, &["4 inputs given, the operator takes at most 3"]);
    let output = changed(|graph| {
        graph.node[0].output.insert(0, String::new());
    });
    assert_says(&output, &["the node has no output"]);
    let missing = changed(|graph| graph.node[0].input.truncate(1));
    assert_says(&missing, &["node `y` (Gemm): input 1 is missing"]);
}

#[test]
fn attributes_and_inputs_of_the_wrong_kind() {
    let kind = changed(|graph| graph.node[0].attribute.push(AttributeProto::float("transA", 1.0)));
    assert_says(&kind, &["attribute `transA` is of type FLOAT, expected INT"]);
    let text = AttributeProto {
        name: "auto_pad".into(),
        r#type: attribute_type::STRING,
        s: Some(vec![0xff]),
        ..AttributeProto::default()
    };
    let conv = op("Conv", &["x", "w"], &[text]);
    let message = refusal(&single(&[1, 3, 3], conv, &[counting("w", &[1, 1, 1, 1])]));
    assert_says(&message, &["attribute `auto_pad` is not valid UTF-8"]);
    let live = changed(|graph| graph.node[0].input = vec!["x".into(), "x".into()]);
    assert_says(&live, &["input 1 (`x`) must be constant"]);
    let constant = changed(|graph| graph.node[0].input = vec!["w".into(), "w".into()]);
    assert_says(&constant, &["input 0 (`w`) is constant, but this operator is only supported"]);
    let ints = changed(|graph| {
        graph.initializer[0] = TensorProto::from_i64("w", &[2, 3], &[0; 6]);
    });
    assert_says(&ints, &["input 1 (`w`) holds integers, but real numbers are needed"]);
    let reals = single(&[2], op("Reshape", &["x", "s"], &[]), &[counting("s", &[2])]);
    assert_says(&refusal(&reals), &["input 1 (`s`) holds real numbers, but integers are needed"]);
    let vector = changed(|graph| graph.initializer[0] = counting("w", &[6]));
    assert_says(&vector, &["shape [6] of input 1 (`w`) does not suit: weights must be a matrix"]);
    let mismatch = changed(|graph| graph.initializer[0] = counting("w", &[3, 2]));
    assert_says(&mismatch, &["shape [1, 2] of input 0 (`x`)", "[batch, 3] is needed"]);
}

#[test]
fn sums_of_different_shapes() {
    let model = model(&[2], |builder| {
        builder.input("z", data_type::FLOAT, &common::dims(&[3])).node(node(
            "Add",
            &["x", "z"],
            &["y"],
        ))
    });
    assert_says(
        &refusal(&model),
        &["shape [1, 3] of input 1 (`z`)", "[1, 2], and both must agree"],
    );
}

#[test]
fn a_hostile_nesting_is_refused() {
    let mut attribute = int("deep", 1);
    for _ in 0..2000 {
        let inner = GraphProto {
            node: vec![node("If", &[], &[]).with(attribute)],
            ..GraphProto::default()
        };
        attribute = AttributeProto { g: Some(inner), ..int("deep", 1) };
    }
    let message = changed(|graph| graph.node[0].attribute.push(attribute));
    assert_says(&message, &["is no ONNX model", "recursion limit"]);
}
