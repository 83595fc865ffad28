//! `docs/importing.md` says what the importer does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use bitladder_onnx::{NEWEST_OPSET, OLDEST_OPSET, import_bytes, supported_operators};
use bitladder_onnx_proto::builder::{Dim, ModelBuilder, node};
use bitladder_onnx_proto::{Message, ModelProto, TensorProto, data_type};
use common::{FILE, counting, ints, op, refusal, single};

const DOCUMENT: &str = include_str!("../../../docs/importing.md");

/// A table's row as its cells.
fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect()
}

#[test]
fn every_operator_has_its_row() {
    let domains: BTreeSet<&str> = supported_operators().map(|(domain, _)| domain).collect();
    let rows: Vec<(&str, &str)> = DOCUMENT
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(cells)
        .filter(|row| row.len() == 3 && domains.contains(row[1]))
        .map(|row| (row[1], row[0]))
        .collect();
    assert_eq!(rows, supported_operators().collect::<Vec<_>>());
}

#[test]
fn the_range_of_operator_sets_is_right() {
    let range = format!("Operator sets {OLDEST_OPSET} to {NEWEST_OPSET} ");
    assert!(DOCUMENT.contains(&range), "{range}");
}

fn gemm(change: impl FnOnce(&mut TensorProto)) -> ModelProto {
    let mut model = single(&[2], op("Gemm", &["x", "w"], &[]), &[counting("w", &[2, 3])]);
    change(&mut model.graph.as_mut().unwrap().initializer[0]);
    model
}

#[test]
fn the_messages_are_the_real_ones() {
    let whole = gemm(|_| {}).encode_to_vec();
    let mut old = gemm(|_| {});
    old.opset_import[0].version = 8;
    let shape = [Dim::Param("batch"), Dim::Value(3), Dim::Param("width")];
    let open = ModelBuilder::new("net")
        .input("x", data_type::FLOAT, &shape)
        .node(node("Relu", &["x"], &["y"]))
        .output("y", data_type::FLOAT, &[])
        .build()
        .unwrap();
    let nan =
        gemm(|w| *w = TensorProto::from_f32("w", &[2, 3], &[0.0, 0.0, 0.0, 0.0, f32::NAN, 0.0]));
    let outside = gemm(|w| {
        w.raw_data = None;
        w.data_location = Some(1);
        let (key, value) = ("location".into(), "w.bin".into());
        w.external_data = vec![bitladder_onnx_proto::StringStringEntryProto { key, value }];
    });
    let turned = op("Transpose", &["x"], &[ints("perm", &[0, 2, 3, 1])]);
    let messages = [
        import_bytes(FILE, &whole[..whole.len() - 3]).unwrap_err().to_string(),
        refusal(&old),
        refusal(&open),
        refusal(&nan),
        refusal(&gemm(|w| w.dims = vec![2, 4])),
        refusal(&outside),
        refusal(&single(&[2, 3, 4], turned, &[])),
        refusal(&single(&[2], op("Mul", &["x", "x"], &[]), &[])),
    ];
    let block = DOCUMENT.split("```text\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(block.unwrap().lines().collect::<Vec<_>>(), messages);
}
