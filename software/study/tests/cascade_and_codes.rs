//! The cascade of paper 001 and the storage of paper 002.

use bitladder_study::LayerShape;
use bitladder_study::energy::{CodedStorage, Dram, PowerTable, code_bits};
use bitladder_study::papers::coded_convnet as convnet;

#[test]
fn cascade_identity() {
    let table = PowerTable::shipped().unwrap();
    for (escalated, saving) in [(0.3149, 49.2), (0.6429, 16.4), (0.0, 80.69), (1.0, -19.31)] {
        let found = 100.0 * (1.0 - table.cascade(&[(8, 1.0), (16, escalated)]).unwrap());
        assert!((found - saving).abs() <= 0.05, "{escalated}: {found} is not {saving}");
    }
}

#[test]
fn equation_8() {
    assert_eq!([1, 2, 4, 8].map(code_bits), [2, 3, 3, 4].map(Some));
    assert_eq!([0, 3, 6].map(code_bits), [None; 3]);
}

#[test]
fn bits_and_savings_of_the_convnet() {
    let layers = convnet();
    let full: u64 = 32 * layers.iter().map(LayerShape::weights).sum::<u64>();
    assert_eq!(full, 2_092_032);
    for (code_bits, bits, percent) in [(2, 168_480, 91.9466), (3, 233_856, 88.8216)] {
        let storage = CodedStorage { code_bits, vector: None };
        assert_eq!(storage.bits(&layers), bits);
        let found = 100.0 * storage.saving(&layers);
        assert!((found - percent).abs() <= 0.005, "{found} is not {percent}");
        assert_eq!(CodedStorage { code_bits, vector: Some(64) }.bits(&layers), bits);
        let short = CodedStorage { code_bits, vector: Some(16) };
        assert!(short.bits(&layers) > bits, "shorter vectors take more scalars");
    }
    assert_eq!(CodedStorage { code_bits: 2, vector: None }.saving(&[]), 0.0);
}

#[test]
fn energy_of_fetching_the_weights_falls_with_their_bits() {
    let dram = Dram::shipped().unwrap();
    let coded = CodedStorage { code_bits: 3, vector: None }.bits(&convnet());
    let saving = 1.0 - dram.picojoules(coded) / dram.picojoules(2_092_032);
    assert!((100.0 * saving - 88.8216).abs() <= 0.005, "{saving}");
}
