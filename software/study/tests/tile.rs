//! Paper 004's cycles and energies.

use bitladder_study::LayerShape;
use bitladder_study::energy::Tile;
use bitladder_study::papers::{alex, alex_plus_plus, convnet, lenet};

#[test]
fn cycles() {
    let tile = Tile::shipped().unwrap();
    let wanted = [11_022.0, 136_417.0, 61_480.0, 221_264.0, 282_644.0];
    let networks = [lenet(), convnet(), alex(32), alex(64), alex_plus_plus()];
    for (network, wanted) in networks.iter().zip(wanted) {
        let found = tile.cycles(network);
        assert!((found - wanted).abs() < 1.0, "{found} is not {wanted}");
    }
}

/// A precision, the printed energy in microjoules and the printed saving in percent.
type Row = (&'static str, f64, Option<f64>);

const MNIST: [Row; 7] = [
    ("float", 60.74, Some(0.0)),
    ("32", 52.93, Some(12.86)),
    ("16", 24.60, Some(59.50)),
    ("8", 8.86, Some(85.41)),
    ("4", 4.31, Some(92.90)),
    ("pow2a16", 8.42, Some(86.13)),
    ("binarya16", 3.56, Some(94.13)),
];
const SVHN: [Row; 6] = [
    ("float", 754.18, Some(0.0)),
    ("32", 663.01, Some(12.09)),
    ("16", 314.05, Some(58.36)),
    ("8", 120.14, Some(84.07)),
    ("pow2a16", 114.70, Some(84.79)),
    ("binarya16", 52.11, Some(93.09)),
];
const ALEX: [Row; 6] = [
    ("float", 335.68, Some(0.0)),
    ("32", 293.90, Some(12.45)),
    ("16", 136.61, Some(59.30)),
    ("8", 49.22, Some(85.34)),
    ("pow2a16", 46.77, Some(86.07)),
    ("binarya16", 19.79, Some(94.10)),
];
const ALEX_PLUS: [Row; 4] = [
    ("16", 491.32, None),
    ("8", 177.02, Some(47.27)),
    ("pow2a16", 168.21, Some(49.89)),
    ("binarya16", 71.18, Some(78.80)),
];
const ALEX_PLUS_PLUS: [Row; 4] = [
    ("16", 628.17, None),
    ("8", 226.32, Some(32.59)),
    ("pow2a16", 215.05, Some(35.93)),
    ("binarya16", 91.00, Some(72.89)),
];

#[test]
fn energies_of_every_printed_network_and_precision() {
    let tile = Tile::shipped().unwrap();
    let check = |network: &[LayerShape], data: &str, rows: &[Row]| {
        let cycles = tile.cycles(network);
        for (precision, wanted, _) in rows {
            let found = tile.microjoules(precision, data, cycles).unwrap();
            let error = (found / wanted - 1.0).abs();
            assert!(error <= 0.0065, "{data} {precision}: {found} is not {wanted}");
        }
    };
    check(&lenet(), "mnist", &MNIST);
    check(&convnet(), "svhn", &SVHN);
    check(&alex(32), "cifar10", &ALEX);
    check(&alex(64), "cifar10", &ALEX_PLUS);
    check(&alex_plus_plus(), "cifar10", &ALEX_PLUS_PLUS);
}

#[test]
fn the_printed_savings_are_those_of_the_printed_energies() {
    let groups: [(&[Row], f64); 5] = [
        (&MNIST, 60.74),
        (&SVHN, 754.18),
        (&ALEX, 335.68),
        (&ALEX_PLUS, 335.68),
        (&ALEX_PLUS_PLUS, 335.68),
    ];
    for (rows, reference) in groups {
        for (precision, energy, saving) in rows {
            let found = 100.0 * (1.0 - energy / reference);
            if let Some(saving) = saving {
                assert!((found - saving).abs() <= 0.015, "{precision}: {found} is not {saving}");
            }
        }
    }
}

#[test]
fn savings_of_power_and_area() {
    let tile = Tile::shipped().unwrap();
    let printed = [
        ("32", 12.05, 15.56),
        ("16", 58.34, 58.92),
        ("8", 84.06, 79.94),
        ("4", 91.94, 90.07),
        ("pow2a16", 84.78, 81.78),
        ("binarya16", 93.08, 92.73),
    ];
    let float = tile.precision("float").unwrap();
    for (name, power, area) in printed {
        let found = tile.precision(name).unwrap();
        let powers = 100.0 * (1.0 - found.milliwatts / float.milliwatts);
        assert!((powers - power).abs() <= 0.05, "{name}: {powers} is not {power}");
        let areas = 100.0 * (1.0 - found.square_millimetres / float.square_millimetres);
        assert!((areas - area).abs() <= 0.05, "{name}: {areas} is not {area}");
    }
}
