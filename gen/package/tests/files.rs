//! Packages come back as they were written, and damaged ones are refused.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;

use bitladder_network::{Declared, FloatNetwork, FloatOp, Input, Window};
use bitladder_package::{
    Confidence, Package, PackageError, Passage, Preprocess, Profile, Source, Step,
};
use bitladder_quantize::{Calibration, FormatPlan, LowerOptions, quantize};
use bitladder_spec::SplitMix64;
use proptest::prelude::*;

fn network() -> FloatNetwork {
    let mut random = SplitMix64::new(3);
    let mut numbers = |count| -> Vec<f32> {
        (0..count).map(|_| (random.next_u64() >> 40) as f32 / 8e6 - 1.0).collect()
    };
    let input = Input { name: "image".into(), shape: vec![2, 6, 6] };
    let mut net = FloatNetwork::new("tiny", vec![input]).unwrap();
    let window = Window::square(3).padding(1);
    let conv =
        FloatOp::Conv { window, groups: 1, outputs: 2, weights: numbers(36), bias: numbers(2) };
    net.push("conv", conv, vec![0]).unwrap();
    net.push("sum", FloatOp::Add, vec![0, 1]).unwrap();
    net.push("clip", FloatOp::Clamp { lo: -0.5, hi: 1.0 }, vec![0]).unwrap();
    net.push("sum2", FloatOp::Add, vec![2, 3]).unwrap();
    let pool = Window::square(2).stride(2);
    net.push("max", FloatOp::MaxPool { window: pool }, vec![4]).unwrap();
    let average = FloatOp::AveragePool { window: Window::square(3), count_padding: true };
    net.push("average", average, vec![5]).unwrap();
    net.push("flat", FloatOp::Reshape { shape: vec![2] }, vec![6]).unwrap();
    let dense = FloatOp::Dense { outputs: 3, weights: numbers(6), bias: numbers(3) };
    net.push("fc", dense, vec![7]).unwrap();
    net
}

fn profile(format: &str) -> Profile {
    let net = network();
    let mut calibration = Calibration::new(&net);
    for value in 0..net.values() {
        calibration.observe(value, &[-0.9, 0.1, 0.7, 1.3]).unwrap();
    }
    let plan = FormatPlan::uniform(format.parse().unwrap());
    let options = LowerOptions::default();
    let lowered = quantize(&net, &Declared::default(), &calibration, &plan, &options).unwrap();
    Profile {
        name: format.into(),
        accumulator_bits: options.accumulator_bits,
        network: lowered.network,
    }
}

fn package() -> Package {
    Package {
        name: "tiny".into(),
        source: Source { file: "tiny.onnx".into(), sha256: "00".into(), config: "11".into() },
        preprocess: Preprocess { mean: vec![0.5], deviation: vec![0.25, 0.5] },
        classes: vec!["a".into(), "b".into(), "c".into()],
        softmax: true,
        profiles: ["16", "8", "w4a8", "2", "pow2", "qsq", "ternary", "binary"]
            .map(profile)
            .to_vec(),
        ladder: vec![Step {
            from: "8".into(),
            to: "16".into(),
            margin: 12,
            confidence: Some(Confidence { temperature: 1.25, lead: 0.625 }),
            climbing: 0.1,
            agreement: 1.0,
            passage: Some(Passage { reached: 60, climbed: 6 }),
        }],
    }
}

#[test]
fn every_format_comes_back() {
    let package = package();
    let bytes = package.to_bytes();
    assert_eq!(Package::from_bytes("tiny.blp", &bytes).unwrap(), package);
    assert_eq!(bytes, package.to_bytes(), "the same package gives the same bytes");
}

#[test]
fn weights_shared_by_profiles_are_stored_once() {
    let mut package = package();
    let alone = package.to_bytes().len();
    let copy = Profile { name: "copy".into(), ..package.profiles[0].clone() };
    package.profiles.push(copy);
    let manifest = {
        let mut small = package.clone();
        small.profiles.retain(|p| p.name == "copy");
        small.ladder.clear();
        small.to_bytes().len()
    };
    assert!(package.to_bytes().len() < alone + manifest, "the data must not be stored again");
}

#[test]
fn files_are_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.blp");
    package().write(&path).unwrap();
    assert_eq!(Package::read(&path).unwrap(), package());
    let missing = Package::read(folder.path().join("no.blp")).unwrap_err().to_string();
    assert!(missing.contains("no.blp: cannot read the package"), "{missing}");
    let nowhere = package().write(folder.path().join("no/where.blp")).unwrap_err().to_string();
    assert!(nowhere.contains("where.blp: cannot write the package"), "{nowhere}");
}

fn refusal(bytes: &[u8]) -> String {
    Package::from_bytes("bad.blp", bytes).unwrap_err().to_string()
}

#[test]
fn damage_is_named() {
    let good = package().to_bytes();
    assert_eq!(
        refusal(b"not a package"),
        "bad.blp: not a bitladder package; make one with `bitladder quantize`"
    );
    assert_eq!(
        refusal(&good[..30]),
        "bad.blp: the package is damaged: it ends after 30 bytes, inside its table; copy it again \
         or make it anew"
    );
    let mut newer = good.clone();
    newer[8] = 2;
    assert_eq!(
        refusal(&newer),
        "bad.blp: package version 2, but this program reads version 1; quantise the model again \
         with this program"
    );
    assert!(refusal(&good[..good.len() - 1]).contains("section DATA should be"));
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert!(refusal(&flipped).contains("the checksum of section DATA is wrong"));
    let mut table = good.clone();
    table[20] ^= 1;
    assert!(refusal(&table).contains("the checksum of its table is wrong"));
}

/// A file with right checksums around another manifest.
fn with_manifest(change: impl Fn(&str) -> String) -> Vec<u8> {
    let good = package().to_bytes();
    let field = |at: usize| u64::from_le_bytes(good[at..at + 8].try_into().unwrap()) as usize;
    let section = |entry: usize| {
        let at = 16 + 24 * entry;
        good[field(at + 8)..field(at + 8) + field(at + 16)].to_vec()
    };
    let text = change(std::str::from_utf8(&section(0)).unwrap()).into_bytes();
    let mut file = good[..16].to_vec();
    let mut offset = 16 + 48 + 4;
    let sections = [(*b"MANI", text), (*b"DATA", section(1))];
    for (name, bytes) in &sections {
        file.extend(name);
        file.extend(crc32fast::hash(bytes).to_le_bytes());
        file.extend((offset as u64).to_le_bytes());
        file.extend((bytes.len() as u64).to_le_bytes());
        offset += bytes.len();
    }
    file.extend(crc32fast::hash(&file).to_le_bytes());
    sections.iter().for_each(|(_, bytes)| file.extend(bytes));
    file
}

#[test]
fn a_manifest_that_lies_is_refused() {
    assert!(Package::from_bytes("x", &with_manifest(str::to_owned)).is_ok());
    let cases = [
        ("\"softmax\":true", "\"softmax\":true,\"extra\":1", "unknown field `extra`"),
        ("\"from\":\"8\"", "\"from\":\"9\"", "ladder: no profile is called `9`"),
        ("\"name\":\"8\"", "\"name\":\"16\"", "profiles: there are two called `16`"),
        ("[0.25,0.5]", "[0.25,0.0]", "preprocess.deviation: 0 is not above zero"),
        ("\"accumulator_bits\":48", "\"accumulator_bits\":99", "accumulator_bits is 99"),
        ("\"accumulator_bits\":48", "\"accumulator_bits\":12", "needs an accumulator of"),
        ("\"offset\":0", "\"offset\":99999999", "its codes lie outside the data section"),
        ("\"count\":36", "\"count\":18446744073709551615", "its codes lie outside"),
        ("\"count\":36", "\"count\":35", "weight codes: 35 given"),
        ("\"shape\":[2,6,6]", "\"shape\":[2,6,7]", "profile `16`"),
        ("\"bits\":16,\"signed\":true", "\"bits\":0,\"signed\":true", "0 bits"),
        ("\"bits\":16}", "\"bits\":15}", "wrong width"),
    ];
    for (from, to, wanted) in cases {
        let file = with_manifest(|text| {
            assert!(text.contains(from), "{from} is not in {text}");
            text.replacen(from, to, 1)
        });
        let message = refusal(&file);
        assert!(message.starts_with("bad.blp: ") && message.contains(wanted), "{to}: {message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Any changed byte is noticed; nothing panics.
    #[test]
    fn changed_bytes_are_noticed(changes in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4)) {
        let good = package().to_bytes();
        let mut bad = good.clone();
        let places: BTreeMap<usize, u8> =
            changes.iter().map(|(index, by)| (index.index(good.len()), *by)).collect();
        for (place, by) in &places {
            bad[*place] ^= by;
        }
        match Package::from_bytes("bad.blp", &bad) {
            // The minor version, reserved space and padding between sections carry no content.
            Ok(same) => prop_assert_eq!(same, package()),
            Err(PackageError::NotAPackage { .. } | PackageError::Version { .. }) => {
                prop_assert!(places.keys().any(|place| *place < 12));
            }
            Err(error) => prop_assert!(error.to_string().contains("damaged"), "{}", error),
        }
    }

    /// Manifests with changed numbers behind right checksums: an error or a valid package, no panic.
    #[test]
    fn changed_numbers_never_panic(index in any::<prop::sample::Index>(), digit in 0u8..10) {
        let file = with_manifest(|text| {
            let digits: Vec<usize> = text.bytes().enumerate().filter(|(_, b)| b.is_ascii_digit()).map(|(i, _)| i).collect();
            let mut bytes = text.as_bytes().to_vec();
            bytes[digits[index.index(digits.len())]] = b'0' + digit;
            String::from_utf8(bytes).unwrap()
        });
        let _ = Package::from_bytes("bad.blp", &file);
    }
}
