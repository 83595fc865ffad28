//! Damaged and foreign files: what the errors say.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use bitladder_data::{Cifar, Part, load, load_cifar, load_idx};
use common::{cifar, fill, folder, grey, gzip, idx};

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";

/// What is said about a folder with these files, without the folder's path.
fn refusal(files: &[(&str, Vec<u8>)]) -> String {
    let folder = folder(files);
    let message = load(folder.path(), Part::Train).unwrap_err().to_string();
    let path = folder.path().display().to_string();
    message.replace(&format!("{path}/"), "").replace(&path, "FOLDER")
}

fn of_images(bytes: Vec<u8>) -> String {
    refusal(&[(IMAGES, bytes), (LABELS, idx(&[2], &[0, 1]))])
}

#[test]
fn idx_images_that_are_none() {
    assert_eq!(
        of_images(b"PK\x03\x04".to_vec()),
        "train-images-idx3-ubyte: no IDX file: it starts with the bytes [50, 4b, 03, 04], expected \
         00, 00, a type and the number of dimensions; check which file it is"
    );
    assert!(of_images(vec![]).contains("no IDX file: it starts with the bytes [], expected"));
    assert_eq!(
        of_images(vec![0, 0, 13, 3, 0, 0]),
        "train-images-idx3-ubyte: its values have the IDX type 0x0d; only unsigned bytes (0x08) \
         are read"
    );
    assert_eq!(
        of_images(vec![0, 0, 8, 3, 0, 0]),
        "train-images-idx3-ubyte: ends inside its header of 3 dimension(s); get it again"
    );
    assert_eq!(
        of_images(idx(&[2], &[0, 0])),
        "train-images-idx3-ubyte: has 1 dimension(s), but images have 2 (vectors), 3 (grey) or 4 \
         (with channels); give the file with the images"
    );
    assert_eq!(
        of_images(idx(&[2, 0, 5], &[])),
        "train-images-idx3-ubyte: images of 1 channel(s), 0 rows and 5 columns have no pixels; \
         every size must be at least 1"
    );
}

#[test]
fn idx_files_of_another_length() {
    let short = "train-images-idx3-ubyte: ends after 3 of 4 bytes of data; the file is cut off, \
                 get it again";
    let long = "train-images-idx3-ubyte: goes on after the 4 bytes of data its header announces; \
                check which file it is or get it again";
    for pack in [|bytes: Vec<u8>| bytes, |bytes: Vec<u8>| gzip(&bytes)] {
        assert_eq!(of_images(pack(idx(&[2, 1, 2], &[1, 2, 3]))), short);
        assert_eq!(of_images(pack(idx(&[2, 1, 2], &[1, 2, 3, 4, 5]))), long);
    }
}

#[test]
fn sizes_no_file_could_hold() {
    assert_eq!(
        of_images(idx(&[u32::MAX, 28, 28], &[0; 9])),
        "train-images-idx3-ubyte: the header announces 3367254359280 bytes of data, more than a \
         file of 25 bytes can hold; the file is damaged, get it again"
    );
    // More than any integer counts.
    let message = of_images(idx(&[u32::MAX; 255], &[]));
    assert!(message.contains("announces 340282366920938463463374607431768211455 bytes"));
    let message = of_images(gzip(&idx(&[u32::MAX; 3], &[])));
    assert!(message.contains("announces 79228162458924105385300197375 bytes"), "{message}");
}

#[test]
fn a_bomb_is_not_unpacked() {
    // 64 MB of zeros in about 65 kB; the header speaks of four bytes.
    let bomb = gzip(&idx(&[2, 1, 2], &vec![0; 64 << 20]));
    assert!(bomb.len() < 100_000);
    assert!(of_images(bomb).contains("goes on after the 4 bytes of data"));
}

#[test]
fn damaged_compression() {
    let mut bytes = gzip(&idx(&[2, 1, 2], &[1, 2, 3, 4]));
    let last = bytes.len() - 8;
    bytes[last] ^= 1;
    let message = of_images(bytes.clone());
    assert!(message.starts_with("train-images-idx3-ubyte: cannot read: corrupt"), "{message}");
    bytes.truncate(last);
    assert!(of_images(bytes).starts_with("train-images-idx3-ubyte: cannot read: "));
}

#[test]
fn labels_that_do_not_fit() {
    let images = || (IMAGES, idx(&[2, 1, 1], &[1, 2]));
    assert_eq!(
        refusal(&[images(), (LABELS, idx(&[3], &[0, 1, 2]))]),
        "train-images-idx3-ubyte: 2 image(s) but 3 label(s); take the label file that belongs to \
         them"
    );
    assert_eq!(
        refusal(&[images(), (LABELS, idx(&[2, 1], &[0, 1]))]),
        "train-labels-idx1-ubyte: has 2 dimension(s), but labels have 1; give the file with the \
         labels"
    );
    let two = br#"{"classes": ["a", "b"]}"#.to_vec();
    assert_eq!(
        refusal(&[images(), (LABELS, idx(&[2], &[1, 2])), ("dataset.json", two)]),
        "FOLDER: image 1 has label 2, but there are only 2 classes (from 0)"
    );
}

#[test]
fn descriptions_that_are_wrong() {
    let with = |json: &str| {
        refusal(&[
            (IMAGES, idx(&[1, 1, 1], &[1])),
            (LABELS, idx(&[1], &[0])),
            ("dataset.json", json.as_bytes().to_vec()),
        ])
    };
    assert_eq!(
        with(r#"{"fullscale": 16}"#),
        "dataset.json: unknown field `fullscale`, expected one of `name`, `full_scale`, `classes` \
         at line 1 column 12; known fields are name, full_scale and classes"
    );
    assert!(with("").starts_with("dataset.json: EOF while parsing a value"));
    assert_eq!(
        with(r#"{"full_scale": 0}"#),
        "FOLDER: full_scale is 0; give the pixel value that stands for 1.0, a number above zero"
    );
}

#[test]
fn cifar_files_that_are_none() {
    let of = |kind, bytes: Vec<u8>| {
        let folder = folder(&[("x.bin", bytes)]);
        let message = load_cifar(kind, &[folder.path().join("x.bin")]).unwrap_err().to_string();
        message.replace(&format!("{}/", folder.path().display()), "")
    };
    let good = cifar(&[3], [0; 3]);
    assert_eq!(
        of(Cifar::Ten, [good.as_slice(), &good[..100]].concat()),
        "x.bin: after 1 image(s) of 3073 bytes, 100 bytes are left over; it is cut off or no file \
         of CIFAR-10"
    );
    assert_eq!(
        of(Cifar::Ten, [good.clone(), cifar(&[10], [0; 3])].concat()),
        "x.bin: image 1 has label 10, so it is no file of CIFAR-10 (or damaged)"
    );
    assert_eq!(
        of(Cifar::Hundred, cifar(&[0, 100], [0; 3])),
        "x.bin: image 0 has label 100, so it is no file of CIFAR-100 (or damaged)"
    );
    // Zeros are valid images; a small file could hold very many of them.
    let many = gzip(&vec![0; 3073 * 60_001]);
    assert_eq!(
        of(Cifar::Ten, many),
        "x.bin: holds more than 60000 images; CIFAR files hold 10000 or 50000"
    );
}

#[test]
fn paths_without_a_data_set() {
    let folder = folder(&[("notes.txt", b"hello".to_vec()), ("src/main.rs", vec![])]);
    let missing = load(folder.path().join("gone"), Part::Test).unwrap_err().to_string();
    assert!(missing.ends_with("gone: no such file or folder; check the path"), "{missing}");
    for path in [folder.path().to_owned(), folder.path().join("notes.txt"), "/dev/null".into()] {
        let message = load(&path, Part::Test).unwrap_err().to_string();
        let start =
            format!("{}: no known data set; understood are a folder with IDX", path.display());
        assert!(message.starts_with(&start), "{message}");
        assert!(message.ends_with(", or one IDX, .npy, .png or CIFAR .bin file"), "{message}");
    }
    let message = load_idx("/dev/zero", None).unwrap_err().to_string();
    assert!(message.contains("/dev/zero: no IDX file"), "an endless device: {message}");
    let message = load_idx(folder.path(), None).unwrap_err().to_string();
    assert!(message.contains(": cannot read: "), "{message}");
}

#[test]
fn sets_without_images() {
    assert_eq!(
        refusal(&[(IMAGES, idx(&[0, 2, 2], &[])), (LABELS, idx(&[0], &[]))]),
        "FOLDER: holds no images; check which file or folder it is"
    );
    let folder = folder(&[("empty.bin", vec![])]);
    let message = load(folder.path().join("empty.bin"), Part::Test).unwrap_err().to_string();
    assert!(message.ends_with("empty.bin: holds no images; check which file or folder it is"));
    // A folder called `test` with other things in it is no part.
    fill(folder.path(), &[("a/x.png", grey([1, 2])), ("test/readme.txt", vec![])]);
    assert_eq!(load(folder.path(), Part::Train).unwrap().class_names(), ["a"]);
}
