//! Splitting the digits, and data that cannot be trained on.

#![allow(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use bitladder_data::{Dataset, IdxArray, Pixels, write_idx};
use bitladder_train::data::Splits;
use bitladder_train::digits::split_digits;
use common::{digits, digits_path};

/// Images of one row of two pixels: the number of the image, in two bytes.
fn write_numbered(folder: &Path, prefix: &str, count: u16) {
    let pixels: Vec<u8> = (0..count).flat_map(u16::to_be_bytes).collect();
    let labels: Vec<u8> = (0..count).map(|number| (number % 10) as u8).collect();
    let images = IdxArray { dims: vec![usize::from(count), 1, 2], data: pixels };
    let labels = IdxArray { dims: vec![usize::from(count)], data: labels };
    write_idx(folder.join(format!("{prefix}-images-idx3-ubyte.gz")), &images).unwrap();
    write_idx(folder.join(format!("{prefix}-labels-idx1-ubyte.gz")), &labels).unwrap();
}

fn numbers(part: &Dataset) -> Vec<u16> {
    let Pixels::Bytes(bytes) = part.pixels() else { return Vec::new() };
    bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect()
}

#[test]
fn the_shipped_digits_are_the_published_ones() {
    let splits = digits();
    let parts = [&splits.train, &splits.validation, &splits.test];
    assert_eq!(parts.map(Dataset::len), [1197, 200, 400]);
    let mut counts = BTreeMap::new();
    for label in parts.iter().flat_map(|part| part.labels().unwrap()) {
        *counts.entry(*label).or_insert(0) += 1;
    }
    // The class distribution UCI states for the file.
    let published = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180];
    assert_eq!(counts.into_values().collect::<Vec<_>>(), published);
    assert!(parts.iter().all(|part| part.full_scale() == 16.0));
}

#[test]
fn a_split_keeps_every_image_once_with_its_label() {
    let (input, output) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_numbered(input.path(), "digits8x8", 1797);
    split_digits(input.path(), output.path()).unwrap();
    let splits = Splits::load(output.path()).unwrap();
    let parts = [&splits.train, &splits.validation, &splits.test];
    let mut all: Vec<u16> = parts.iter().flat_map(|part| numbers(part)).collect();
    // The first number of the documented shuffle, worked out independently.
    assert_eq!(all[..3], [1618, 309, 131]);
    all.sort_unstable();
    assert_eq!(all, (0..1797).collect::<Vec<_>>());
    for part in parts {
        let expected: Vec<u16> = numbers(part).iter().map(|number| number % 10).collect();
        assert_eq!(part.labels().unwrap(), expected);
    }
}

#[test]
fn another_number_of_digits_is_refused() {
    let input = tempfile::tempdir().unwrap();
    write_numbered(input.path(), "digits8x8", 1796);
    let message = split_digits(input.path(), input.path()).unwrap_err().to_string();
    assert!(message.ends_with("holds 1796 images, expected the 1797 optical digits of UCI"));
}

#[test]
fn data_without_parts_or_validation() {
    let file = digits_path().join("test-images-idx3-ubyte.gz");
    let message = Splits::load(&file).unwrap_err().to_string();
    assert!(message.contains("give a folder with a train and a test part"), "{message}");
    let folder = tempfile::tempdir().unwrap();
    write_numbered(folder.path(), "train", 20);
    write_numbered(folder.path(), "test", 4);
    let splits = Splits::load(folder.path()).unwrap();
    assert_eq!(numbers(&splits.validation), [5, 11, 17], "every sixth is held out");
    write_numbered(folder.path(), "train", 5);
    let message = Splits::load(folder.path()).unwrap_err().to_string();
    assert!(message.contains("5 training images are too few to hold some out"), "{message}");
}
