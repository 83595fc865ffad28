//! Valid files changed at random: an error or a sound data set, never a panic, and never more
//! values than the file could hold.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use bitladder_data::{Dataset, Part, load};
use common::{cifar, fill, folder, grey, gzip, idx, npy, png};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed};

/// One change of a file.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Fill(Index, u8),
    Insert(Index, u8),
    Repeat(Index, Index),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    prop_oneof![
        4 => (place(), any::<u8>()).prop_map(|(place, value)| Change::Set(place, value)),
        // Sizes are four bytes long.
        2 => (place(), any::<u8>()).prop_map(|(place, value)| Change::Fill(place, value)),
        1 => (place(), any::<u8>()).prop_map(|(place, value)| Change::Insert(place, value)),
        1 => (place(), place()).prop_map(|(from, to)| Change::Repeat(from, to)),
        1 => place().prop_map(Change::Cut),
    ]
}

/// Changes half of the time near the beginning, where the sizes are.
fn mutated(mut bytes: Vec<u8>, changes: &[(bool, Change)]) -> Vec<u8> {
    for (early, change) in changes {
        if bytes.is_empty() {
            break;
        }
        let reach = if *early { bytes.len().min(24) } else { bytes.len() };
        match change {
            Change::Set(place, value) => bytes[place.index(reach)] = *value,
            Change::Fill(place, value) => {
                let place = place.index(reach);
                bytes[place..].iter_mut().take(4).for_each(|byte| *byte = *value);
            }
            Change::Insert(place, value) => bytes.insert(place.index(reach), *value),
            Change::Repeat(from, to) => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                bytes.extend_from_within(from.min(to)..from.max(to));
            }
            Change::Cut(place) => bytes.truncate(place.index(bytes.len())),
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(bool, Change)>> {
    prop::collection::vec((any::<bool>(), change()), 1..4)
}

/// Files that load, by name.
fn good() -> Vec<(&'static str, Vec<u8>)> {
    use png::{BitDepth, ColorType};
    let numbers: Vec<u8> = (0..240).collect();
    let palette = png((8, 8), ColorType::Indexed, BitDepth::One, &[0x55; 8]);
    vec![
        ("x-images-idx3-ubyte", idx(&[10, 4, 6], &numbers)),
        ("x-images-idx4-ubyte", idx(&[10, 2, 3, 4], &numbers)),
        ("x.bin", [cifar(&[1], [1, 2, 3]), cifar(&[9], [4, 5, 6])].concat()),
        ("y.bin", cifar(&[1, 99], [1, 2, 3])),
        ("x.npy", npy("<f4", "(5, 3, 2, 2)", &[0; 240])),
        ("y.npy", npy(">i8", "(5, 6)", &[0; 240])),
        ("grey.png", png((6, 8), ColorType::Grayscale, BitDepth::Eight, &numbers[..48])),
        ("colour.png", png((5, 4), ColorType::Rgb, BitDepth::Sixteen, &numbers[..120])),
        ("palette.png", palette),
    ]
}

/// Makes the checksums of a PNG right again, so that a change gets past them.
fn with_checksums(mut file: Vec<u8>) -> Vec<u8> {
    let mut place = 8;
    while let Some(length) = file.get(place..).and_then(|rest| rest.first_chunk()) {
        let end = place + 8 + u32::from_be_bytes(*length) as usize;
        if end + 4 > file.len() {
            break;
        }
        let checksum = crc32fast::hash(&file[place + 4..end]).to_be_bytes();
        file[end..end + 4].copy_from_slice(&checksum);
        place = end + 4;
    }
    file
}

/// A loaded data set holds together and is no larger than its file allows.
fn check(set: &Dataset, file: usize) {
    // Deflate packs 1032 to 1; a one-bit palette becomes three bytes.
    assert!(set.pixels().len() <= file * 1032 * 24, "{} values of {file}", set.pixels().len());
    assert!(!set.is_empty());
    assert_eq!(set.images().map(|image| image.values().len()).sum::<usize>(), set.pixels().len());
    if let Some(labels) = set.labels() {
        assert_eq!(labels.len(), set.len());
        assert!(labels.iter().all(|&label| usize::from(label) < set.classes()));
    }
}

fn try_file(name: &str, bytes: Vec<u8>) -> Option<Dataset> {
    let length = bytes.len();
    let folder = folder(&[(name, bytes)]);
    let path = folder.path().join(name);
    match load(&path, Part::Test) {
        Ok(set) => {
            check(&set, length);
            Some(set)
        }
        Err(error) => {
            assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
            None
        }
    }
}

fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(2026), ..Config::default() }
}

#[test]
fn unchanged_files_load() {
    for (name, bytes) in good() {
        assert!(try_file(name, bytes.clone()).is_some(), "{name}");
        if name.ends_with(".png") {
            assert_eq!(with_checksums(bytes.clone()), bytes, "{name}: the checksums were right");
        } else {
            assert!(try_file(name, gzip(&bytes)).is_some(), "{name} compressed");
        }
    }
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn changed_files_never_panic(file in any::<Index>(), changes in changes()) {
        let good = good();
        let (name, bytes) = good[file.index(good.len())].clone();
        try_file(name, mutated(bytes, &changes));
    }

    #[test]
    fn changes_behind_right_checksums_never_panic(file in any::<Index>(), changes in changes()) {
        let good = good();
        let (name, bytes) = good[file.index(good.len())].clone();
        if name.ends_with(".png") {
            // The signature and the first chunk's name keep their place more often than not.
            try_file(name, with_checksums(mutated(bytes, &changes)));
        } else {
            try_file(name, gzip(&mutated(bytes, &changes)));
        }
    }

    #[test]
    fn changed_compression_never_panics(file in any::<Index>(), changes in changes()) {
        let good = good();
        let (name, bytes) = good[file.index(6)].clone();
        try_file(name, mutated(gzip(&bytes), &changes));
    }

    #[test]
    fn changed_lists_never_panic(changes in changes(), more in changes()) {
        let list = mutated(b"file,label\na.png,cat\nb.png,1\n".to_vec(), &changes);
        let json = br#"{"name": "pets", "full_scale": 2e1, "classes": ["dog", "cat"]}"#;
        let folder = folder(&[("a.png", grey([1, 2])), ("b.png", grey([3, 4]))]);
        fill(folder.path(), &[("labels.csv", list)]);
        if let Ok(set) = load(folder.path(), Part::Test) {
            check(&set, 100);
        }
        fill(folder.path(), &[("dataset.json", mutated(json.to_vec(), &more))]);
        if let Ok(set) = load(folder.path(), Part::Test) {
            check(&set, 100);
        }
    }
}
