//! NumPy arrays: element types, versions, and files byte for byte as NumPy writes them.
#![allow(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

mod common;

use bitladder_data::{NpyElement, NpyValues, load_npy, read_npy, write_npy, write_npy_to};
use common::{folder, npy, npy_with};

fn read(bytes: Vec<u8>) -> Result<(Vec<usize>, NpyValues), String> {
    let folder = folder(&[("x.npy", bytes)]);
    match read_npy(folder.path().join("x.npy")) {
        Ok(array) => Ok((array.shape, array.values)),
        Err(error) => Err(error.to_string().replace(&format!("{}/", folder.path().display()), "")),
    }
}

fn written<T: NpyElement>(shape: &[usize], values: &[T]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_npy_to(&mut bytes, shape, values).unwrap();
    bytes
}

/// What `numpy.save` of NumPy 2.4 wrote: the dictionary, the spaces after it, and the elements.
fn numpy(dictionary: &str, spaces: usize, data: &[u8]) -> Vec<u8> {
    let mut file = b"\x93NUMPY\x01\x00v\x00".to_vec();
    file.extend(dictionary.as_bytes());
    file.extend(vec![b' '; spaces]);
    file.push(b'\n');
    file.extend(data);
    file
}

#[test]
fn files_are_those_of_numpy() {
    assert_eq!(
        written(&[2, 3], &[-2i32, -1, 0, 1, 2, 3]),
        numpy(
            "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }",
            58,
            b"\xfe\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0"
        )
    );
    assert_eq!(
        written(&[2], &[1.5f64, -2.0]),
        numpy(
            "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
            60,
            b"\0\0\0\0\0\0\xf8?\0\0\0\0\0\0\0\xc0"
        )
    );
    assert_eq!(
        written(&[], &[7i64]),
        numpy("{'descr': '<i8', 'fortran_order': False, 'shape': (), }", 62, b"\x07\0\0\0\0\0\0\0")
    );
    assert_eq!(
        written::<f32>(&[0, 4], &[]),
        numpy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4), }", 58, b"")
    );
}

#[test]
fn long_shapes_move_the_data_to_the_next_multiple() {
    let file = written(&[1; 30], &[1.0f32]);
    assert_eq!((file.len() - 4) % 64, 0);
    assert_eq!(read(file), Ok((vec![1; 30], NpyValues::F32(vec![1.0]))));
}

#[test]
fn every_element_type_is_read_in_both_orders() {
    let cases = [
        ("|u1", vec![1, 255], NpyValues::U8(vec![1, 255])),
        ("<u1", vec![1, 255], NpyValues::U8(vec![1, 255])),
        ("|i1", vec![1, 255], NpyValues::I8(vec![1, -1])),
        ("<i2", vec![1, 0, 254, 255], NpyValues::I16(vec![1, -2])),
        (">i2", vec![0, 1, 255, 254], NpyValues::I16(vec![1, -2])),
        ("<i4", vec![1, 2, 0, 0, 255, 255, 255, 255], NpyValues::I32(vec![513, -1])),
        (">i4", vec![0, 0, 2, 1, 255, 255, 255, 255], NpyValues::I32(vec![513, -1])),
        ("<i8", [2i64.to_le_bytes(), (-3i64).to_le_bytes()].concat(), NpyValues::I64(vec![2, -3])),
        (">i8", [2i64.to_be_bytes(), (-3i64).to_be_bytes()].concat(), NpyValues::I64(vec![2, -3])),
        (
            "<f4",
            [0.5f32.to_le_bytes(), 2f32.to_le_bytes()].concat(),
            NpyValues::F32(vec![0.5, 2.0]),
        ),
        (
            ">f8",
            [0.5f64.to_be_bytes(), 2f64.to_be_bytes()].concat(),
            NpyValues::F64(vec![0.5, 2.0]),
        ),
    ];
    for (descr, data, wanted) in cases {
        assert_eq!(read(npy(descr, "(2,)", &data)), Ok((vec![2], wanted)), "{descr}");
    }
}

#[test]
fn newer_versions_have_a_longer_length() {
    // The start of what numpy.lib.format.write_array(version=(2, 0)) writes.
    let header = "{'descr': '>i2', 'fortran_order': False, 'shape': (3,), }\n";
    for major in [2, 3] {
        let mut file = b"\x93NUMPY".to_vec();
        file.extend([major, 0]);
        file.extend((header.len() as u32).to_le_bytes());
        file.extend(header.as_bytes());
        file.extend([0, 0, 0, 1, 0, 2]);
        assert_eq!(read(file), Ok((vec![3], NpyValues::I16(vec![0, 1, 2]))));
    }
}

#[test]
fn order_matters_only_in_two_dimensions() {
    let fortran = |shape| {
        npy_with(
            &format!("{{'descr': '|u1', 'fortran_order': True, 'shape': {shape}}}"),
            &[1, 2, 3, 4],
        )
    };
    assert_eq!(read(fortran("(4,)")), Ok((vec![4], NpyValues::U8(vec![1, 2, 3, 4]))));
    assert_eq!(
        read(fortran("(2, 2)")).unwrap_err(),
        "x.npy: is stored in Fortran order; save numpy.ascontiguousarray of it instead"
    );
}

#[test]
fn other_files_are_refused() {
    let huge = u64::MAX.to_string();
    for (file, wanted) in [
        (b"hello".to_vec(), "x.npy: no .npy file: it does not start with \\x93NUMPY; save the"),
        (b"\x93NUMPY\x04\x01".to_vec(), "x.npy: has .npy version 4.1; versions 1.0, 2.0 and 3.0"),
        (b"\x93NUMPY\x01".to_vec(), "x.npy: ends inside its header; get the file again"),
        (b"\x93NUMPY\x02\0\x10\0\0".to_vec(), "x.npy: ends inside its header; get the file again"),
        (b"\x93NUMPY\x01\0\x10\0{".to_vec(), "x.npy: ends inside its header; get the file again"),
        (
            b"\x93NUMPY\x02\0\xff\xff\xff\xff{".to_vec(),
            "x.npy: its header has 4294967295 bytes, allowed are 10000; save a plain array",
        ),
        (npy_with("{}", &[]), "x.npy: its header is damaged at byte 2: expected all of descr"),
        (npy("<c8", "(1,)", &[0; 8]), "x.npy: its elements are of type `<c8`; read are u1, i1,"),
        (npy("|i4", "(1,)", &[0; 4]), "x.npy: its elements are of type `|i4`; read are u1, i1,"),
        (npy("é", "(1,)", &[0; 4]), "x.npy: its elements are of type `é`; read are u1, i1,"),
        (npy("<f4", "(2,)", &[0; 7]), "x.npy: ends after 7 of 8 bytes of data; the file is cut"),
        (npy("<f4", "(2,)", &[0; 9]), "x.npy: goes on after the 8 bytes of data its header"),
        (
            npy("<f8", &format!("({huge}, {huge}, {huge})"), &[0; 8]),
            "x.npy: the header announces 340282366920938463463374607431768211455 bytes of data, \
             more than a file of ",
        ),
    ] {
        let message = read(file).unwrap_err();
        assert!(message.starts_with(wanted), "{message}");
    }
}

#[test]
fn whole_numbers_count_to_255_and_floats_to_one() {
    let folder = folder(&[
        ("a.npy", npy("<i4", "(1, 2)", &[0, 0, 0, 0, 255, 0, 0, 0])),
        ("b.npy", npy("<f4", "(1, 1)", &0.5f32.to_le_bytes())),
        ("c.npy", npy("<f4", "(1, 1)", &f32::NAN.to_le_bytes())),
        ("d.npy", npy("|u1", "(3,)", &[1, 2, 3])),
    ]);
    let load = |name| load_npy(folder.path().join(name), None);
    assert_eq!(load("a.npy").unwrap().floats(), [0.0, 1.0]);
    assert_eq!(load("a.npy").unwrap().shape().to_string(), "2x1x1");
    assert_eq!(load("b.npy").unwrap().floats(), [0.5]);
    let message = load("c.npy").unwrap_err().to_string();
    assert!(message.ends_with("c.npy: image 0 holds the value NaN; pixels must be finite numbers"));
    let message = load("d.npy").unwrap_err().to_string();
    assert!(message.contains("d.npy: has shape [3], but images need 2 (vectors), 3"), "{message}");
}

#[test]
fn labels_are_whole_numbers() {
    let images = npy("|u1", "(2, 1)", &[1, 2]);
    let with = |labels: Vec<u8>| {
        let folder = folder(&[("x.npy", images.clone()), ("l.npy", labels)]);
        load_npy(folder.path().join("x.npy"), Some(&folder.path().join("l.npy")))
            .map(|set| set.labels().map(<[u16]>::to_vec))
            .map_err(|error| error.to_string())
    };
    assert_eq!(with(npy("<i2", "(2,)", &[3, 0, 1, 1])), Ok(Some(vec![3, 257])));
    for (labels, wanted) in [
        (npy("|i1", "(2,)", &[0, 255]), "l.npy: label 1 is -1; labels are whole numbers from 0 to"),
        (npy("<f4", "(1,)", &[0; 4]), "must be whole numbers in one dimension; this is float32 of"),
        (npy("|u1", "(2, 1)", &[0; 2]), "this is uint8 of shape [2, 1]"),
        (npy("|u1", "(3,)", &[0; 3]), "x.npy: 2 image(s) but 3 label(s); take the label file"),
    ] {
        let message = with(labels).unwrap_err();
        assert!(message.contains(wanted), "{message}");
    }
}

#[test]
fn values_must_fill_the_shape() {
    let folder = folder(&[]);
    let path = folder.path().join("x.npy");
    let message = write_npy(&path, &[2, 2], &[1i32; 3]).unwrap_err().to_string();
    assert!(message.ends_with("x.npy: 3 value(s) do not fill the shape [2, 2]"), "{message}");
    assert!(!path.exists());
    assert!(write_npy(&path, &[usize::MAX, 2], &[1i32; 3]).is_err());
    let message = write_npy_to(Vec::new(), &[0], &[1.0f32]).unwrap_err().to_string();
    assert_eq!(message, "1 value(s) do not fill the shape [0]");
    let message = write_npy_to(Vec::new(), &[1; 30_000], &[1i64]).unwrap_err().to_string();
    assert_eq!(message, "30000 dimensions do not fit a .npy header; reshape the array");
    let message = write_npy(folder.path().join("no/x.npy"), &[1], &[1i32]).unwrap_err().to_string();
    assert!(message.contains("x.npy: cannot write: "), "{message}");
}
