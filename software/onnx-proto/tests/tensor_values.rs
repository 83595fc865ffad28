//! Typed access to the values of tensors.

use bitladder_onnx_proto::{Message, TensorProto, data_location, data_type};
use proptest::prelude::*;

fn typed(data_type: i32, dims: &[i64]) -> TensorProto {
    TensorProto { name: "w".into(), data_type, dims: dims.to_vec(), ..Default::default() }
}

fn raw(data_type: i32, dims: &[i64], bytes: &[u8]) -> TensorProto {
    TensorProto { raw_data: Some(bytes.to_vec()), ..typed(data_type, dims) }
}

#[test]
fn raw_and_typed_fields_read_alike() {
    let from_raw = TensorProto::from_f32("w", &[2], &[1.5, -0.25]);
    let from_field = TensorProto { float_data: vec![1.5, -0.25], ..typed(data_type::FLOAT, &[2]) };
    assert_eq!(from_raw.f32_values(), Ok(vec![1.5, -0.25]));
    assert_eq!(from_field.f32_values(), from_raw.f32_values());
}

#[test]
fn every_integer_width_is_widened_with_its_sign() {
    let all_ones = [0xff_u8; 8];
    let first = |code, bytes: &[u8]| raw(code, &[1], bytes).i64_values().unwrap()[0];
    assert_eq!(first(data_type::BOOL, &[1]), 1);
    assert_eq!(first(data_type::INT8, &all_ones[..1]), -1);
    assert_eq!(first(data_type::UINT8, &all_ones[..1]), 255);
    assert_eq!(first(data_type::INT16, &all_ones[..2]), -1);
    assert_eq!(first(data_type::UINT16, &all_ones[..2]), 65_535);
    assert_eq!(first(data_type::INT32, &all_ones[..4]), -1);
    assert_eq!(first(data_type::UINT32, &all_ones[..4]), 4_294_967_295);
    assert_eq!(first(data_type::INT64, &all_ones), -1);
}

#[test]
fn typed_integer_fields_are_read() {
    let narrow = TensorProto { int32_data: vec![-3, 4], ..typed(data_type::INT8, &[2]) };
    let wide = TensorProto { int64_data: vec![-5], ..typed(data_type::INT64, &[]) };
    let unsigned = TensorProto { uint64_data: vec![7], ..typed(data_type::UINT32, &[1]) };
    assert_eq!(narrow.i64_values(), Ok(vec![-3, 4]));
    assert_eq!(wide.i64_values(), Ok(vec![-5]));
    assert_eq!(unsigned.i64_values(), Ok(vec![7]));
}

#[test]
fn a_scalar_has_one_value_and_a_zero_dimension_none() {
    assert_eq!(typed(data_type::FLOAT, &[]).element_count(), Ok(1));
    assert_eq!(typed(data_type::FLOAT, &[3, 0]).f32_values(), Ok(vec![]));
}

#[test]
fn errors_name_the_tensor_and_say_what_to_do() {
    let message = |tensor: &TensorProto| tensor.i64_values().unwrap_err().to_string();
    assert_eq!(
        message(&typed(data_type::FLOAT16, &[1])),
        "tensor `w` holds FLOAT16 values, expected BOOL, INT8..INT64 or UINT8..UINT64: \
         convert it before use"
    );
    let external = TensorProto {
        data_location: Some(data_location::EXTERNAL),
        ..typed(data_type::INT64, &[1])
    };
    assert_eq!(
        message(&external),
        "tensor `w` keeps its values in another file: save the model with all its data in \
         one file"
    );
    assert_eq!(
        message(&raw(data_type::INT32, &[2], &[0; 7])),
        "tensor `w` of shape [2] needs 2 values but has 1: the file is damaged"
    );
    assert_eq!(
        message(&raw(data_type::UINT64, &[1], &[0xff; 8])),
        "tensor `w` holds 18446744073709551615, which does not fit a signed 64-bit integer"
    );
    let impossible = "tensor `w` has the impossible shape";
    assert!(message(&typed(data_type::INT64, &[-1])).starts_with(impossible));
    assert!(message(&typed(data_type::INT64, &[i64::MAX, 16])).starts_with(impossible));
}

#[test]
fn trailing_bytes_are_an_error() {
    assert!(raw(data_type::INT32, &[1], &[0; 5]).i64_values().is_err());
}

#[test]
fn reading_integers_as_floats_is_an_error() {
    let error = typed(data_type::INT8, &[1]).f32_values().unwrap_err();
    assert!(error.to_string().contains("holds INT8 values, expected FLOAT"));
}

proptest! {
    #[test]
    fn values_survive_a_file_bit_by_bit(bits: Vec<u32>, whole: Vec<i64>) {
        let floats: Vec<f32> = bits.iter().map(|&bits| f32::from_bits(bits)).collect();
        let floats = TensorProto::from_f32("w", &[floats.len() as i64], &floats);
        let read = TensorProto::decode(floats.encode_to_vec().as_slice()).unwrap();
        let read_bits: Vec<u32> = read.f32_values().unwrap().into_iter().map(f32::to_bits).collect();
        prop_assert_eq!(read_bits, bits);

        let tensor = TensorProto::from_i64("w", &[whole.len() as i64], &whole);
        let read = TensorProto::decode(tensor.encode_to_vec().as_slice()).unwrap();
        prop_assert_eq!(read.i64_values(), Ok(whole));
    }
}
