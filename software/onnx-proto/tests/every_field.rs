//! A model written by the ONNX Python package with every field set (see `data/every_field.py`).

use bitladder_onnx_proto::tensor_shape_proto::{Dimension, dimension};
use bitladder_onnx_proto::{
    AttributeProto, FunctionProto, GraphProto, Message, ModelProto, NodeProto, OperatorSetIdProto,
    Segment, SparseTensorProto, StringStringEntryProto, TensorAnnotation, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
};

const FILE: &[u8] = include_bytes!("data/every_field.onnx");

#[test]
fn every_field_decodes_into_its_own_place() {
    let model = ModelProto::decode(FILE).unwrap();
    assert_eq!(model.functions, [function()]);
    assert_eq!(model.graph, Some(graph(vec![node(vec![attribute(vec![])])])));
    assert_eq!(model, expected());
}

#[test]
fn encoding_again_keeps_everything_known() {
    let bytes = ModelProto::decode(FILE).unwrap().encode_to_vec();
    assert_eq!(ModelProto::decode(bytes.as_slice()).unwrap(), expected());
}

#[test]
fn a_cut_file_is_never_taken_for_the_whole() {
    let bytes = expected().encode_to_vec();
    for length in 0..bytes.len() {
        if let Ok(model) = ModelProto::decode(&bytes[..length]) {
            assert_ne!(model, expected(), "the first {length} bytes cannot be the whole model");
        }
    }
}

#[test]
fn other_types_than_tensors_are_skipped() {
    // sequence_type { elem_type { tensor_type { elem_type: 1 } } }, then denotation: "d"
    let bytes = [0x22, 0x06, 0x0a, 0x04, 0x0a, 0x02, 0x08, 0x01, 0x32, 0x01, b'd'];
    let decoded = TypeProto::decode(&bytes[..]).unwrap();
    assert_eq!(decoded, TypeProto { value: None, denotation: "d".into() });
}

#[test]
fn nesting_is_bounded() {
    // graph { node { attribute { g { node { ... } } } } }, far deeper than any real model.
    let wrap = |inner: GraphProto| {
        let attribute = AttributeProto { g: Some(inner), ..AttributeProto::default() };
        let node = NodeProto { attribute: vec![attribute], ..NodeProto::default() };
        GraphProto { node: vec![node], ..GraphProto::default() }
    };
    let graph = (0..40).fold(GraphProto::default(), |inner, _| wrap(inner));
    let error = GraphProto::decode(graph.encode_to_vec().as_slice()).unwrap_err();
    assert!(error.to_string().contains("recursion limit"), "{error}");
}

fn expected() -> ModelProto {
    ModelProto {
        ir_version: 101,
        producer_name: "producer_name".into(),
        producer_version: "producer_version".into(),
        domain: "domain".into(),
        model_version: 105,
        doc_string: "doc_string".into(),
        graph: Some(graph(vec![node(vec![attribute(vec![])])])),
        opset_import: vec![opset()],
        metadata_props: vec![entry()],
        functions: vec![function()],
    }
}

fn entry() -> StringStringEntryProto {
    StringStringEntryProto { key: "key".into(), value: "value".into() }
}

fn opset() -> OperatorSetIdProto {
    OperatorSetIdProto { domain: Some("domain".into()), version: 102 }
}

fn function() -> FunctionProto {
    FunctionProto {
        name: "name".into(),
        input: vec!["input".into()],
        output: vec!["output".into()],
        attribute: vec!["attribute".into()],
        node: vec![node(vec![attribute(vec![graph(vec![])])])],
        doc_string: "doc_string".into(),
        opset_import: vec![opset()],
        domain: "domain".into(),
        attribute_proto: vec![attribute(vec![graph(vec![node(vec![])])])],
        value_info: vec![value_info()],
        overload: "overload".into(),
        metadata_props: vec![entry()],
    }
}

fn graph(node: Vec<NodeProto>) -> GraphProto {
    GraphProto {
        node,
        name: "name".into(),
        initializer: vec![tensor()],
        doc_string: "doc_string".into(),
        input: vec![value_info()],
        output: vec![value_info()],
        value_info: vec![value_info()],
        quantization_annotation: vec![TensorAnnotation {
            tensor_name: "tensor_name".into(),
            quant_parameter_tensor_names: vec![entry()],
        }],
        sparse_initializer: vec![sparse_tensor()],
        metadata_props: vec![entry()],
    }
}

fn node(attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        input: vec!["input".into()],
        output: vec!["output".into()],
        name: "name".into(),
        op_type: "op_type".into(),
        attribute,
        doc_string: "doc_string".into(),
        domain: "domain".into(),
        overload: "overload".into(),
        metadata_props: vec![entry()],
    }
}

fn attribute(graphs: Vec<GraphProto>) -> AttributeProto {
    AttributeProto {
        name: "name".into(),
        f: Some(2.5),
        i: Some(103),
        s: Some(b"s".to_vec()),
        t: Some(tensor()),
        g: graphs.first().cloned(),
        floats: vec![7.5, -0.5],
        ints: vec![108, -1],
        strings: vec![b"strings".to_vec()],
        tensors: vec![tensor()],
        graphs,
        doc_string: "doc_string".into(),
        tp: Some(value_type()),
        type_protos: vec![value_type()],
        r#type: LAST_ATTRIBUTE_TYPE,
        ref_attr_name: "ref_attr_name".into(),
        sparse_tensor: Some(sparse_tensor()),
        sparse_tensors: vec![sparse_tensor()],
    }
}

/// The enum value listed last in `onnx.proto`.
const LAST_ATTRIBUTE_TYPE: i32 = bitladder_onnx_proto::attribute_type::TYPE_PROTOS;

fn tensor() -> TensorProto {
    TensorProto {
        dims: vec![101, -1],
        data_type: 102,
        segment: Some(Segment { begin: 101, end: 102 }),
        float_data: vec![4.5, -0.5],
        int32_data: vec![105, -1],
        string_data: vec![b"string_data".to_vec()],
        int64_data: vec![107, -1],
        name: "name".into(),
        raw_data: Some(b"raw_data".to_vec()),
        double_data: vec![10.5, -0.5],
        uint64_data: vec![111, u64::MAX],
        doc_string: "doc_string".into(),
        external_data: vec![entry()],
        data_location: Some(bitladder_onnx_proto::data_location::EXTERNAL),
        metadata_props: vec![entry()],
    }
}

fn sparse_tensor() -> SparseTensorProto {
    SparseTensorProto { values: Some(tensor()), indices: Some(tensor()), dims: vec![103, -1] }
}

fn value_info() -> ValueInfoProto {
    ValueInfoProto {
        name: "name".into(),
        r#type: Some(value_type()),
        doc_string: "doc_string".into(),
        metadata_props: vec![entry()],
    }
}

fn value_type() -> TypeProto {
    let dimension =
        Dimension { value: Some(dimension::Value::DimValue(101)), denotation: "denotation".into() };
    let shape = Some(TensorShapeProto { dim: vec![dimension] });
    TypeProto {
        value: Some(type_proto::Value::TensorType(type_proto::Tensor { elem_type: 101, shape })),
        denotation: "denotation".into(),
    }
}
