use super::*;
use bitladder_onnx_proto::StringStringEntryProto;

fn proto(data_type: i32, dims: &[i64]) -> TensorProto {
    TensorProto { name: "w".into(), data_type, dims: dims.to_vec(), ..TensorProto::default() }
}

fn raw(data_type: i32, dims: &[i64], bytes: &[u8]) -> TensorProto {
    TensorProto { raw_data: Some(bytes.to_vec()), ..proto(data_type, dims) }
}

fn external(entries: &[(&str, &str)]) -> TensorProto {
    let entry = |(key, value): &(&str, &str)| StringStringEntryProto {
        key: (*key).into(),
        value: (*value).into(),
    };
    TensorProto {
        data_location: Some(data_location::EXTERNAL),
        external_data: entries.iter().map(entry).collect(),
        ..proto(data_type::UINT8, &[3])
    }
}

fn refusal(proto: &TensorProto, folder: Option<&Path>) -> String {
    Tensor::decode(proto, folder).unwrap_err().to_string()
}

#[test]
fn every_field_and_raw_bytes_give_the_same() {
    let real = |values: &[f32]| Values::Real(values.to_vec());
    let int = |values: &[i64]| Values::Int(values.to_vec());
    let values = |proto: TensorProto| Tensor::decode(&proto, None).unwrap().values;
    let float = proto(data_type::FLOAT, &[2]);
    assert_eq!(values(TensorProto { float_data: vec![1.5, -2.0], ..float }), real(&[1.5, -2.0]));
    let double = proto(data_type::DOUBLE, &[1]);
    assert_eq!(values(TensorProto { double_data: vec![0.5], ..double }), real(&[0.5]));
    let half = proto(data_type::FLOAT16, &[1]);
    assert_eq!(values(TensorProto { int32_data: vec![0x3c00], ..half }), real(&[1.0]));
    let byte = proto(data_type::INT8, &[2]);
    assert_eq!(values(TensorProto { int32_data: vec![-1, 127], ..byte }), int(&[-1, 127]));
    let nibbles = proto(data_type::UINT4, &[3]);
    assert_eq!(values(TensorProto { int32_data: vec![0x21, 0x03], ..nibbles }), int(&[1, 2, 3]));
    let long = proto(data_type::INT64, &[1]);
    assert_eq!(values(TensorProto { int64_data: vec![-5], ..long }), int(&[-5]));
    let unsigned = proto(data_type::UINT32, &[1]);
    let most = i64::from(u32::MAX);
    assert_eq!(values(TensorProto { uint64_data: vec![4294967295], ..unsigned }), int(&[most]));
    assert_eq!(values(raw(data_type::INT16, &[1], &[0xfe, 0xff])), int(&[-2]));
    assert_eq!(values(raw(data_type::FLOAT, &[], &1.0f32.to_le_bytes())), real(&[1.0]));
}

#[test]
fn sizes_and_shapes_are_checked_before_reading() {
    let short = raw(data_type::FLOAT, &[3, 3], &[0; 35]);
    assert_eq!(
        refusal(&short, None),
        "tensor `w` of shape [3, 3] needs 36 bytes, but the file holds 35: the file is damaged"
    );
    let huge = raw(data_type::FLOAT, &[1 << 40, 1 << 10], &[]);
    assert!(refusal(&huge, None).contains("needs 4503599627370496 bytes, but the file holds 0"));
    for dims in [&[-1][..], &[i64::MAX, 8], &[1; 9]] {
        let message = refusal(&raw(data_type::FLOAT, dims, &[]), None);
        assert!(message.starts_with(&format!("tensor `w` has the shape {dims:?}")), "{message}");
    }
    let text = refusal(&proto(data_type::STRING, &[1]), None);
    assert!(text.starts_with("tensor `w` holds STRING values; float"), "{text}");
    assert!(refusal(&proto(-7, &[1]), None).contains("holds unknown values"));
}

#[test]
fn integers_out_of_range_are_refused() {
    let narrow = TensorProto { int32_data: vec![256], ..proto(data_type::UINT8, &[1]) };
    assert_eq!(refusal(&narrow, None), "tensor `w` holds 256, which does not fit UINT8");
    let wide = raw(data_type::UINT64, &[1], &[0xff; 8]);
    assert!(refusal(&wide, None).contains("18446744073709551615, which does not fit a signed"));
}

#[test]
fn external_data_is_read_from_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("w.bin"), [9, 8, 1, 2, 3]).unwrap();
    let proto = external(&[("location", "w.bin"), ("offset", "2"), ("length", "3")]);
    let tensor = Tensor::decode(&proto, Some(folder.path())).unwrap();
    assert_eq!(tensor.values, Values::Int(vec![1, 2, 3]));
}

#[test]
fn external_data_cannot_escape_or_lie() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("model");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(outer.path().join("secret.bin"), [1, 2, 3]).unwrap();
    std::fs::write(folder.join("w.bin"), [1, 2, 3]).unwrap();
    let absolute = outer.path().join("secret.bin");
    for location in ["../secret.bin", "sub/../../secret.bin", absolute.to_str().unwrap()] {
        let message = refusal(&external(&[("location", location)]), Some(&folder));
        let wanted = format!("in `{location}`, which leaves the model's folder");
        assert!(message.contains(&wanted), "{message}");
    }
    for (entries, wanted) in [
        (&[("location", "none.bin")][..], "cannot read its data file"),
        (&[], "external data has location = ``"),
        (&[("location", "w.bin"), ("offset", "-1")], "offset = `-1`, which is not usable"),
        (&[("location", "w.bin"), ("offset", "1")], "needs 3 bytes, but the file holds 2"),
        (&[("location", "w.bin"), ("length", "9")], "needs 3 bytes, but the file holds 9"),
        (&[("location", "w.bin"), ("offset", "99999999999")], "but the file holds 0"),
    ] {
        let message = refusal(&external(entries), Some(&folder));
        assert!(message.contains(wanted), "{message}");
    }
    let message = refusal(&external(&[("location", "w.bin")]), None);
    assert!(message.contains("import the model by its path"), "{message}");
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_are_refused() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("model");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(outer.path().join("secret.bin"), [1, 2, 3]).unwrap();
    std::os::unix::fs::symlink("../secret.bin", folder.join("w.bin")).unwrap();
    let message = refusal(&external(&[("location", "w.bin")]), Some(&folder));
    assert!(message.contains("leaves the model's folder"), "{message}");
}
