//! What is loaded from which layout.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use bitladder_data::{Cifar, Part, Pixels, load, load_cifar, load_idx, read_idx, write_idx};
use bitladder_data::{Dataset, IdxArray};
use common::{cifar, fill, folder, grey, gzip, idx, npy};

fn bytes_of(set: &Dataset) -> Vec<u8> {
    match set.pixels() {
        Pixels::Bytes(bytes) => bytes.clone(),
        Pixels::Floats(_) => vec![],
    }
}

/// The four files of MNIST with tiny images, two of them compressed.
fn mnist() -> tempfile::TempDir {
    folder(&[
        ("train-images-idx3-ubyte.gz", gzip(&idx(&[3, 1, 2], &[1, 2, 3, 4, 5, 6]))),
        ("train-labels-idx1-ubyte", idx(&[3], &[0, 9, 5])),
        ("t10k-images-idx3-ubyte", idx(&[1, 1, 2], &[7, 8])),
        ("t10k-labels-idx1-ubyte.gz", gzip(&idx(&[1], &[4]))),
    ])
}

#[test]
fn the_files_of_mnist() {
    let folder = mnist();
    let train = load(folder.path(), Part::Train).unwrap();
    assert_eq!((train.shape().to_string().as_str(), train.len()), ("1x1x2", 3));
    assert_eq!(train.labels(), Some([0, 9, 5].as_slice()));
    assert_eq!((train.part(), train.classes(), train.full_scale()), (Some(Part::Train), 10, 255.0));
    let test = load(folder.path(), Part::Test).unwrap();
    assert_eq!((bytes_of(&test), test.labels()), (vec![7, 8], Some([4].as_slice())));
    let message = load(folder.path(), Part::Validation).unwrap_err().to_string();
    assert!(
        message.ends_with(
            ": there is no validation part in this IDX folder; add it, or hold images out of \
             another part"
        ),
        "{message}"
    );
}

#[test]
fn other_spellings_of_the_names() {
    let images = idx(&[1, 2, 1, 1], &[1, 2]);
    let folder = folder(&[
        // Compressed or not: the contents tell.
        ("val-images.idx4-ubyte.gz", images),
        ("val-labels.idx1-ubyte", gzip(&idx(&[1], &[3]))),
        // The plain file goes first.
        ("test-images-idx3-ubyte", idx(&[1, 1, 1], &[5])),
        ("test-images-idx3-ubyte.gz", b"never read".to_vec()),
        ("test-labels-idx1-ubyte", idx(&[1], &[0])),
    ]);
    let validation = load(folder.path(), Part::Validation).unwrap();
    assert_eq!(validation.shape().to_string(), "2x1x1");
    assert_eq!(bytes_of(&load(folder.path(), Part::Test).unwrap()), [5]);
}

#[test]
fn the_shipped_digits() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/data/digits8x8");
    for (part, images) in Part::ALL.into_iter().zip([1197, 200, 400]) {
        let set = load(folder, part).unwrap();
        assert_eq!((set.len(), set.name(), set.full_scale()), (images, "digits8x8", 16.0));
        assert_eq!(set.class_names().join(" "), "0 1 2 3 4 5 6 7 8 9");
        let values = set.floats();
        assert!(values.contains(&1.0) && values.iter().all(|v| (0.0..=1.0).contains(v)), "{part}");
    }
}

#[test]
fn one_idx_file_with_its_labels_beside() {
    let folder = mnist();
    let path = folder.path().join("train-images-idx3-ubyte.gz");
    let set = load(&path, Part::Test).unwrap();
    assert_eq!((set.len(), set.part()), (3, None));
    assert_eq!((set.labels(), set.name()), (Some([0, 9, 5].as_slice()), "train-images-idx3-ubyte"));
    std::fs::remove_file(folder.path().join("train-labels-idx1-ubyte")).unwrap();
    assert_eq!(load(&path, Part::Test).unwrap().labels(), None);
    // In a folder of parts they must be there.
    let message = load(folder.path(), Part::Train).unwrap_err().to_string();
    let missing = "train-images-idx3-ubyte.gz: its labels are missing; expected them in \
                   `train-labels-idx1-ubyte.gz` beside it";
    assert!(message.ends_with(missing), "{message}");
}

#[test]
fn vectors_are_channels() {
    let folder = folder(&[("x", idx(&[2, 3], &[1, 2, 3, 4, 5, 6]))]);
    let set = load_idx(folder.path().join("x"), None).unwrap();
    assert_eq!((set.shape().to_string().as_str(), set.len()), ("3x1x1", 2));
}

#[test]
fn written_idx_files_come_back_and_repeat() {
    let folder = folder(&[]);
    let path = folder.path().join("x");
    let array = IdxArray { dims: vec![2, 1, 3], data: vec![1, 2, 3, 4, 5, 6] };
    write_idx(&path, &array).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!((&bytes[..2], &bytes[4..8]), ([0x1f, 0x8b].as_slice(), [0; 4].as_slice()));
    assert_eq!(read_idx(&path).unwrap(), array);
    write_idx(&path, &array).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    let bad = IdxArray { dims: vec![2, 2], data: vec![1] };
    let message = write_idx(&path, &bad).unwrap_err().to_string();
    assert!(
        message.ends_with("1 values do not fill the dimensions [2, 2]; sizes must be below 2^32"),
        "{message}"
    );
    let message = write_idx(folder.path().join("no/x"), &array).unwrap_err().to_string();
    assert!(message.contains("x: cannot write: "), "{message}");
}

#[test]
fn cifar_10_in_the_order_of_its_batches() {
    let folder = folder(&[
        ("data_batch_2.bin", cifar(&[9], [4, 5, 6])),
        ("data_batch_1.bin", [cifar(&[3], [1, 2, 3]), cifar(&[0], [7, 8, 9])].concat()),
        ("data_batch_1.bin.gz", b"never read".to_vec()),
        ("test_batch.bin.gz", gzip(&cifar(&[1], [0, 0, 255]))),
        ("batches.meta.txt", b"ignored".to_vec()),
    ]);
    let train = load(folder.path(), Part::Train).unwrap();
    assert_eq!(train.labels(), Some([3, 0, 9].as_slice()));
    assert_eq!(train.shape().to_string(), "3x32x32");
    let first = bytes_of(&train.take(1));
    assert_eq!([first[0], first[1023], first[1024], first[3071]], [1, 1, 2, 3]);
    assert_eq!((train.classes(), train.class_names()[3].as_str()), (10, "cat"));
    let test = load(folder.path(), Part::Test).unwrap();
    assert_eq!((test.labels(), test.part()), (Some([1].as_slice()), Some(Part::Test)));
    let message = load(folder.path(), Part::Validation).unwrap_err().to_string();
    assert!(message.contains(": there is no validation part in this CIFAR-10 folder"), "{message}");
}

#[test]
fn cifar_100_with_its_fine_labels() {
    let names: String = (0..100).map(|number| format!("class {number}\n")).collect();
    let folder = folder(&[
        ("train.bin", cifar(&[19, 99], [1, 1, 1])),
        ("test.bin", cifar(&[0, 42], [1, 1, 1])),
    ]);
    let train = load(folder.path(), Part::Train).unwrap();
    assert_eq!((train.labels(), train.classes()), (Some([99].as_slice()), 100));
    assert!(train.class_names().is_empty());
    fill(folder.path(), &[("fine_label_names.txt", names.into_bytes())]);
    let test = load(folder.path(), Part::Test).unwrap();
    assert_eq!(
        (test.labels(), test.class_names()[42].as_str()),
        (Some([42].as_slice()), "class 42")
    );
    fill(folder.path(), &[("fine_label_names.txt", b"one\ntwo\n".to_vec())]);
    let message = load(folder.path(), Part::Test).unwrap_err().to_string();
    assert!(message.ends_with("names.txt: lists 2 class names instead of 100"), "{message}");
}

#[test]
fn one_cifar_file_of_either_kind() {
    let folder = folder(&[
        ("some.bin", cifar(&[7], [1, 2, 3])),
        ("other.bin.gz", gzip(&cifar(&[3, 77], [1, 2, 3]))),
        ("neither.bin", vec![0; 3072]),
    ]);
    let ten = load(folder.path().join("some.bin"), Part::Test).unwrap();
    assert_eq!((ten.labels(), ten.classes()), (Some([7].as_slice()), 10));
    let hundred = load(folder.path().join("other.bin.gz"), Part::Test).unwrap();
    assert_eq!((hundred.labels(), hundred.classes()), (Some([77].as_slice()), 100));
    let message = load(folder.path().join("neither.bin"), Part::Test).unwrap_err().to_string();
    assert!(
        message.ends_with(
            "neither.bin: no file of CIFAR-10 (3073 bytes per image) or CIFAR-100 (3074 bytes per \
             image)"
        ),
        "{message}"
    );
    let both = [folder.path().join("some.bin"), folder.path().join("some.bin")];
    assert_eq!(load_cifar(Cifar::Ten, &both).unwrap().len(), 2);
}

#[test]
fn arrays_with_labels_beside() {
    let folder = folder(&[
        ("train.npy", npy("|u1", "(2, 1, 1, 1)", &[1, 2])),
        (
            "train-labels.npy",
            npy("<i8", "(2,)", &[[1, 0, 0, 0], [0; 4], [2, 0, 0, 0], [0; 4]].concat()),
        ),
        ("test.npy", npy("|u1", "(1, 1, 1, 1)", &[3])),
    ]);
    let train = load(folder.path(), Part::Train).unwrap();
    assert_eq!((train.labels(), train.part()), (Some([1, 2].as_slice()), Some(Part::Train)));
    assert_eq!(load(folder.path(), Part::Test).unwrap().labels(), None);
    let message = load(folder.path(), Part::Validation).unwrap_err().to_string();
    assert!(message.contains(": there is no validation part in this .npy folder; "), "{message}");
    let one = load(folder.path().join("train.npy"), Part::Test).unwrap();
    assert_eq!((one.labels(), one.part()), (Some([1, 2].as_slice()), None));
}

#[test]
fn one_image() {
    let description = br#"{"full_scale": 2, "classes": ["a"]}"#.to_vec();
    let folder = folder(&[("x.y.png", grey([1, 2])), ("dataset.json", description)]);
    let set = load(folder.path().join("x.y.png"), Part::Train).unwrap();
    assert_eq!((set.name(), set.floats(), set.labels()), ("x", vec![0.5, 1.0], None));
    assert_eq!(set.class_names(), ["a"]);
}
