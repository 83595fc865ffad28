//! Typed access to attributes.

use bitladder_onnx_proto::{AttributeProto, TensorProto, attribute_type};

fn declared(name: &str, code: i32) -> AttributeProto {
    AttributeProto { name: name.to_owned(), r#type: code, ..AttributeProto::default() }
}

#[test]
fn each_kind_reads_back_what_it_was_made_of() {
    assert_eq!(AttributeProto::int("a", -3).as_int(), Ok(-3));
    assert_eq!(AttributeProto::float("a", 0.5).as_float(), Ok(0.5));
    assert_eq!(AttributeProto::string("a", "SAME").as_string(), Ok("SAME"));
    assert_eq!(AttributeProto::int_list("a", &[1, 2]).as_ints(), Ok(&[1, 2][..]));
    assert_eq!(AttributeProto::float_list("a", &[0.25]).as_floats(), Ok(&[0.25][..]));
    let tensor = TensorProto::from_i64("t", &[1], &[9]);
    assert_eq!(AttributeProto::tensor("a", tensor.clone()).as_tensor(), Ok(&tensor));
}

#[test]
fn a_declared_type_without_a_value_is_the_default() {
    let attribute = declared("axis", attribute_type::INT);
    assert_eq!(attribute.as_int(), Ok(0));
    assert_eq!(declared("pads", attribute_type::INTS).as_ints(), Ok(&[][..]));
}

#[test]
fn a_missing_type_is_taken_from_the_field_that_is_set() {
    let attribute = AttributeProto { i: Some(4), ..AttributeProto::default() };
    assert_eq!(attribute.as_int(), Ok(4));
    assert!(attribute.as_float().is_err());
}

#[test]
fn errors_name_the_attribute() {
    let message = AttributeProto::float("axis", 1.0).as_int().unwrap_err().to_string();
    assert_eq!(message, "attribute `axis` is of type FLOAT, expected INT: the node is invalid");
    let not_text = AttributeProto { s: Some(vec![0xff]), ..AttributeProto::string("auto_pad", "") };
    assert_eq!(
        not_text.as_string().unwrap_err().to_string(),
        "attribute `auto_pad` is not valid UTF-8 text: the file is damaged"
    );
    let hollow = declared("body", attribute_type::GRAPH);
    assert_eq!(
        hollow.as_graph().unwrap_err().to_string(),
        "attribute `body` of type GRAPH has no value: the file is damaged"
    );
}

#[test]
fn names_follow_the_numbers() {
    assert_eq!(attribute_type::name(attribute_type::TYPE_PROTOS), "TYPE_PROTOS");
    assert_eq!(attribute_type::name(15), "unknown");
}
