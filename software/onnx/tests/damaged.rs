//! Damaged and hostile files: an error or a valid network, never a panic.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
#[path = "common/seeds.rs"]
mod seeds;

use bitladder_network::{FloatNetwork, FloatOp};
use bitladder_onnx::{Imported, import_bytes};
use bitladder_onnx_proto::{GraphProto, Message, ModelProto, TensorProto};
use common::FILE;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(2026), ..ProptestConfig::default() }
}

/// Imports bytes; what succeeds must hold together.
fn survives(bytes: &[u8]) {
    if let Ok(imported) = import_bytes(FILE, bytes) {
        check(&imported);
    }
}

fn check(imported: &Imported) {
    let network = &imported.network;
    let mut again = FloatNetwork::new(network.name(), network.inputs().to_vec()).unwrap();
    for layer in network.layers() {
        let value = again.push(layer.name.clone(), layer.op.clone(), layer.inputs.clone()).unwrap();
        assert_eq!(again.shape(value), layer.shape);
    }
    again.set_output(network.output()).unwrap();
    assert_eq!(&again, network);
    for (value, format) in &imported.declared.values {
        assert!(*value < network.values());
        format.validate().unwrap();
    }
    for (layer, declared) in &imported.declared.weights {
        let (FloatOp::Conv { weights, bias, .. } | FloatOp::Dense { weights, bias, .. }) =
            &network.layers()[*layer].op
        else {
            panic!("layer {layer} has no weights")
        };
        assert_eq!(declared.integers.len(), weights.len());
        assert!(declared.scales.len() == 1 || declared.scales.len() == bias.len());
        assert!(declared.scales.iter().all(|scale| scale.is_finite() && *scale > 0.0));
        assert!(declared.bias.as_ref().is_none_or(|ints| ints.len() == bias.len()));
        let room = 1i64 << (declared.bits - 1);
        let fits = |int: &i32| (-room..room).contains(&i64::from(*int));
        assert!(declared.integers.iter().all(fits), "{declared:?}");
    }
    assert_eq!(imported.integer_inputs.len(), network.inputs().len());
}

#[test]
fn the_seeds_are_valid() {
    for seed in seeds::seeds() {
        check(&import_bytes(FILE, &seed.encode_to_vec()).unwrap());
    }
}

#[test]
fn every_truncation() {
    for seed in seeds::seeds() {
        let bytes = seed.encode_to_vec();
        (0..bytes.len()).for_each(|length| survives(&bytes[..length]));
    }
}

/// One change of a file's bytes.
#[derive(Debug, Clone)]
enum ByteChange {
    Flip(Index, u8),
    Set(Index, u8),
    Remove(Index, usize),
    Repeat(Index, usize),
}

fn byte_change() -> impl Strategy<Value = ByteChange> {
    prop_oneof![
        (any::<Index>(), 0u8..8).prop_map(|(at, bit)| ByteChange::Flip(at, bit)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| ByteChange::Set(at, byte)),
        (any::<Index>(), 1usize..40).prop_map(|(at, length)| ByteChange::Remove(at, length)),
        (any::<Index>(), 1usize..40).prop_map(|(at, length)| ByteChange::Repeat(at, length)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &ByteChange) {
    if bytes.is_empty() {
        return;
    }
    let part = |at: &Index, length: usize| {
        let start = at.index(bytes.len());
        start..bytes.len().min(start + length)
    };
    match change {
        ByteChange::Flip(at, bit) => *at.get_mut(bytes) ^= 1 << bit,
        ByteChange::Set(at, byte) => *at.get_mut(bytes) = *byte,
        ByteChange::Remove(at, length) => drop(bytes.drain(part(at, *length))),
        ByteChange::Repeat(at, length) => {
            let again = bytes[part(at, *length)].to_vec();
            let place = at.index(bytes.len());
            bytes.splice(place..place, again);
        }
    }
}

/// Numbers at which things break.
fn odd_number() -> impl Strategy<Value = i64> {
    prop_oneof![
        -3i64..9,
        Just(i64::MIN),
        Just(i64::MAX),
        Just(1 << 16),
        Just(1 << 31),
        Just((1 << 62) + 1),
        any::<i64>(),
    ]
}

/// One change of a decoded model, which reaches deeper than changed bytes.
#[derive(Debug, Clone)]
enum GraphChange {
    Attribute(Index, Index, i64),
    DropAttribute(Index),
    Swap(Index, Index, Index),
    Rename(Index, Index),
    Dim(Index, Index, i64),
    InputDim(Index, i64),
    Type(Index, i32),
    Value(Index, Index, i64),
    Real(Index, Index, f32),
    Remove(Index),
    Operator(Index, Index),
    Opset(i64),
}

fn graph_change() -> impl Strategy<Value = GraphChange> {
    let at = any::<Index>;
    let real = prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(0.0), any::<f32>()];
    prop_oneof![
        (at(), at(), odd_number()).prop_map(|(a, b, c)| GraphChange::Attribute(a, b, c)),
        at().prop_map(GraphChange::DropAttribute),
        (at(), at(), at()).prop_map(|(a, b, c)| GraphChange::Swap(a, b, c)),
        (at(), at()).prop_map(|(a, b)| GraphChange::Rename(a, b)),
        (at(), at(), odd_number()).prop_map(|(a, b, c)| GraphChange::Dim(a, b, c)),
        (at(), odd_number()).prop_map(|(a, b)| GraphChange::InputDim(a, b)),
        (at(), -1i32..30).prop_map(|(a, b)| GraphChange::Type(a, b)),
        (at(), at(), odd_number()).prop_map(|(a, b, c)| GraphChange::Value(a, b, c)),
        (at(), at(), real).prop_map(|(a, b, c)| GraphChange::Real(a, b, c)),
        at().prop_map(GraphChange::Remove),
        (at(), at()).prop_map(|(a, b)| GraphChange::Operator(a, b)),
        (7i64..31).prop_map(GraphChange::Opset),
    ]
}

fn alter(model: &mut ModelProto, change: &GraphChange) {
    if let GraphChange::Opset(version) = change {
        model.opset_import[0].version = *version;
    }
    let graph = model.graph.as_mut().unwrap();
    let nodes = graph.node.len().max(1);
    let Some(node) = graph.node.get_mut(node_of(change).map_or(0, |at| at.index(nodes))) else {
        return;
    };
    match change {
        GraphChange::Attribute(_, place, number) => {
            for attribute in &mut node.attribute {
                attribute.i = attribute.i.map(|_| *number);
                if !attribute.ints.is_empty() {
                    *place.get_mut(&mut attribute.ints) = *number;
                }
            }
        }
        GraphChange::DropAttribute(_) => drop(node.attribute.pop()),
        GraphChange::Swap(_, a, b) if !node.input.is_empty() => {
            let count = node.input.len();
            node.input.swap(a.index(count), b.index(count));
        }
        GraphChange::Operator(_, other) => {
            let operators: Vec<_> = bitladder_onnx::supported_operators().collect();
            let (domain, name) = operators[other.index(operators.len())];
            node.op_type = name.into();
            node.domain = if domain == "ai.onnx" { String::new() } else { domain.into() };
        }
        GraphChange::Remove(at) => drop(graph.node.remove(at.index(nodes))),
        GraphChange::Rename(at, other) => rename(graph, at, other),
        _ => alter_data(graph, change),
    }
}

fn node_of(change: &GraphChange) -> Option<&Index> {
    match change {
        GraphChange::Attribute(at, ..)
        | GraphChange::DropAttribute(at)
        | GraphChange::Swap(at, ..)
        | GraphChange::Operator(at, _) => Some(at),
        _ => None,
    }
}

/// Makes a node read some other value of the graph.
fn rename(graph: &mut GraphProto, at: &Index, other: &Index) {
    let names: Vec<String> = graph.node.iter().flat_map(|node| node.input.clone()).collect();
    if names.is_empty() {
        return;
    }
    let nodes = graph.node.len();
    let node = &mut graph.node[at.index(nodes)];
    if !node.input.is_empty() {
        *other.get_mut(&mut node.input) = at.get(&names).clone();
    }
}

fn alter_data(graph: &mut GraphProto, change: &GraphChange) {
    use bitladder_onnx_proto::tensor_shape_proto::dimension;
    use bitladder_onnx_proto::type_proto;
    if let GraphChange::InputDim(place, number) = change {
        let info = graph.input[0].r#type.as_mut().and_then(|ty| ty.value.as_mut());
        let Some(type_proto::Value::TensorType(tensor)) = info else { return };
        let dims = &mut tensor.shape.as_mut().unwrap().dim;
        place.get_mut(dims).value = Some(dimension::Value::DimValue(*number));
    }
    let (GraphChange::Dim(at, ..)
    | GraphChange::Type(at, _)
    | GraphChange::Value(at, ..)
    | GraphChange::Real(at, ..)) = change
    else {
        return;
    };
    alter_tensor(at.get_mut(&mut graph.initializer), change);
}

fn alter_tensor(tensor: &mut TensorProto, change: &GraphChange) {
    let eight_bytes = |raw: &mut Option<Vec<u8>>, place: &Index, bytes: &[u8]| {
        if let Some(raw) = raw.as_mut().filter(|raw| raw.len() >= bytes.len()) {
            let start = place.index(raw.len() / bytes.len()) * bytes.len();
            raw[start..start + bytes.len()].copy_from_slice(bytes);
        }
    };
    match change {
        GraphChange::Dim(_, place, number) if !tensor.dims.is_empty() => {
            *place.get_mut(&mut tensor.dims) = *number;
        }
        GraphChange::Type(_, code) => tensor.data_type = *code,
        GraphChange::Value(_, place, number) => {
            eight_bytes(&mut tensor.raw_data, place, &number.to_le_bytes());
        }
        GraphChange::Real(_, place, number) => {
            eight_bytes(&mut tensor.raw_data, place, &number.to_le_bytes());
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn changed_bytes(
        seed in any::<Index>(), changes in prop::collection::vec(byte_change(), 1..5),
    ) {
        let mut bytes = seed.get(&seeds::seeds()).encode_to_vec();
        changes.iter().for_each(|change| apply(&mut bytes, change));
        survives(&bytes);
    }

    #[test]
    fn changed_graphs(
        seed in any::<Index>(), changes in prop::collection::vec(graph_change(), 1..4),
    ) {
        let mut model = seed.get(&seeds::seeds()).clone();
        changes.iter().for_each(|change| alter(&mut model, change));
        survives(&model.encode_to_vec());
    }

    /// Field numbers and wire types that exist, with anything in them.
    #[test]
    fn bytes_like_protobuf(fields in prop::collection::vec(
        (1u8..17, 0u8..6, prop::collection::vec(any::<u8>(), 0..12)), 0..12,
    )) {
        let mut bytes = vec![0x08, 8, 0x42, 2, 0x10, 13];
        for (number, wire, payload) in fields {
            bytes.push(number << 3 | wire);
            if wire == 2 {
                bytes.push(payload.len() as u8);
            }
            bytes.extend(payload);
        }
        survives(&bytes);
    }
}
