//! Reading data files, splitting the digits, and what is refused.
#![allow(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

mod common;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use bitladder_data::{ImageShape, Pixels};
use bitladder_train::dataset::{Dataset, Splits};
use bitladder_train::digits::split_digits;
use common::digits;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Writes an IDX file with any header and body.
fn write(folder: &Path, name: &str, dims: &[u32], data: &[u8]) {
    let file = std::fs::File::create(folder.join(name)).unwrap();
    let mut gzip = GzEncoder::new(file, Compression::fast());
    gzip.write_all(&[0, 0, 8, dims.len() as u8]).unwrap();
    for dim in dims {
        gzip.write_all(&dim.to_be_bytes()).unwrap();
    }
    gzip.write_all(data).unwrap();
    gzip.finish().unwrap();
}

/// Images of one row of two pixels: the number of the image, in two bytes.
fn write_numbered(folder: &Path, prefix: &str, count: u16) {
    let pixels: Vec<u8> = (0..count).flat_map(u16::to_be_bytes).collect();
    let labels: Vec<u8> = (0..count).map(|number| (number % 10) as u8).collect();
    let count = u32::from(count);
    write(folder, &format!("{prefix}-images-idx3-ubyte.gz"), &[count, 1, 2], &pixels);
    write(folder, &format!("{prefix}-labels-idx1-ubyte.gz"), &[count], &labels);
}

fn numbers(data: &Dataset) -> Vec<u16> {
    data.pixels.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

#[test]
fn the_shipped_digits_are_complete() {
    let splits = digits();
    let parts = [&splits.train, &splits.validation, &splits.test];
    assert_eq!(parts.map(Dataset::len), [1197, 200, 400]);
    let mut counts = BTreeMap::new();
    for &label in parts.iter().flat_map(|part| &part.labels) {
        *counts.entry(label).or_insert(0) += 1;
    }
    // The class distribution UCI states for the file.
    let published = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180];
    assert_eq!(counts.into_values().collect::<Vec<_>>(), published);
    assert_eq!(parts.iter().flat_map(|part| &part.pixels).max(), Some(&16));
}

#[test]
fn a_split_keeps_every_image_once_with_its_label() {
    let (input, output) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_numbered(input.path(), "digits8x8", 1797);
    split_digits(input.path(), output.path()).unwrap();
    let splits = Splits::load(output.path(), 0).unwrap();
    let parts = [&splits.train, &splits.validation, &splits.test];
    let mut all: Vec<u16> = parts.iter().flat_map(|part| numbers(part)).collect();
    // The first number of the documented shuffle, worked out independently.
    assert_eq!(all[..3], FIRST_OF_SPLIT);
    all.sort_unstable();
    assert_eq!(all, (0..1797).collect::<Vec<_>>());
    for part in parts {
        let expected: Vec<u8> = numbers(part).iter().map(|number| (number % 10) as u8).collect();
        assert_eq!(part.labels, expected);
    }
}

const FIRST_OF_SPLIT: [u16; 3] = [1618, 309, 131];

#[test]
fn a_split_repeats_byte_by_byte() {
    let input = tempfile::tempdir().unwrap();
    write_numbered(input.path(), "digits8x8", 1797);
    let split = || {
        let output = tempfile::tempdir().unwrap();
        split_digits(input.path(), output.path()).unwrap();
        std::fs::read(output.path().join("train-images-idx3-ubyte.gz")).unwrap()
    };
    let bytes = split();
    assert_eq!(bytes, split());
    assert_eq!(bytes[4..8], [0; 4], "the gzip header holds a time stamp");
}

#[test]
fn another_number_of_images_is_not_split() {
    let (input, output) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_numbered(input.path(), "digits8x8", 1796);
    let message = split_digits(input.path(), output.path()).unwrap_err().to_string();
    assert!(
        message.ends_with("` holds 1796 images, expected the 1797 optical digits of UCI"),
        "{message}"
    );
}

#[test]
fn without_a_validation_file_the_last_training_images_are_held_out() {
    let folder = tempfile::tempdir().unwrap();
    write_numbered(folder.path(), "train", 10);
    write_numbered(folder.path(), "t10k", 4);
    let splits = Splits::load(folder.path(), 3).unwrap();
    assert_eq!(numbers(&splits.train), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(numbers(&splits.validation), [7, 8, 9]);
    assert_eq!(numbers(&splits.test), [0, 1, 2, 3]);
    for impossible in [0, 10, 11] {
        let message = Splits::load(folder.path(), impossible).unwrap_err().to_string();
        let wanted = format!(": cannot hold out {impossible} of 10 image(s); ask for at least 1");
        assert!(message.contains(&wanted), "{message}");
    }
}

#[test]
fn broken_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = || Splits::load(folder.path(), 1).unwrap_err().to_string();
    assert!(refusal().contains(": no known data set; understood are "), "{}", refusal());
    write_numbered(folder.path(), "t10k", 4);
    assert!(refusal().contains(": there is no train part in this IDX folder"), "{}", refusal());
    write_numbered(folder.path(), "train", 4);
    assert!(Splits::load(folder.path(), 1).is_ok());
    write(folder.path(), "train-images-idx3-ubyte.gz", &[2, 1, 2], &[1, 2, 3]);
    let short = "train-images-idx3-ubyte.gz: ends after 3 of 4 bytes of data; the file is cut off";
    assert!(refusal().contains(short), "{}", refusal());
}

#[test]
fn sets_that_cannot_be_trained_on_are_refused() {
    let path = Path::new("somewhere");
    let of = |pixels, labels: Option<Vec<u16>>| {
        let loaded = bitladder_data::Dataset::new("x", ImageShape::new(1, 1, 1), pixels).unwrap();
        let loaded = match labels {
            Some(labels) => loaded.with_labels(labels).unwrap(),
            None => loaded,
        };
        Dataset::new(&loaded, path).unwrap_err().to_string()
    };
    assert_eq!(
        of(Pixels::Floats(vec![0.5]), Some(vec![0])),
        "somewhere: the pixels are no bytes from 0 to 255; convert them to uint8"
    );
    assert_eq!(
        of(Pixels::Bytes(vec![1]), None),
        "somewhere: the images have no labels; training needs one for each"
    );
    assert_eq!(
        of(Pixels::Bytes(vec![1]), Some(vec![256])),
        "somewhere: label 256 is above 255; the trainer knows up to 256 classes"
    );
    let folder = tempfile::tempdir().unwrap();
    write_numbered(folder.path(), "train", 4);
    let file = folder.path().join("train-images-idx3-ubyte.gz");
    let message = Splits::load(&file, 1).unwrap_err().to_string();
    let wanted = ": one set of images without parts; give a folder with a train and a test part";
    assert!(message.ends_with(wanted), "{message}");
}
