//! Paper 002: memory of quality-scalable codes.

use bitladder_study::LayerShape;
use bitladder_study::energy::{CodedStorage, Dram, code_bits};
use bitladder_study::papers::{coded_convnet, lenet};

use crate::{Inputs, ReproduceError, Row, Sheet};

/// Figure 9: bits of ConvNet's weights, and what is saved.
pub(crate) fn figure_nine(_: &Inputs) -> Result<Sheet, ReproduceError> {
    let layers = coded_convnet();
    let dram = Dram::shipped()?;
    let full = 32 * layers.iter().map(LayerShape::weights).sum::<u64>();
    let mut rows =
        vec![Row::new(["ConvNet", "32 bits", "bits"], Some(2_092_032.0), Some(full as f64))];
    for (code_bits, bits, saving) in [(2, 168_480.0, 91.9466), (3, 233_856.0, 88.8216)] {
        let storage = CodedStorage { code_bits, vector: None };
        let name = format!("{code_bits}-bit code");
        let ours = storage.bits(&layers);
        rows.push(Row::new(["ConvNet", &name, "bits"], Some(bits), Some(ours as f64)));
        let saved = 100.0 * storage.saving(&layers);
        rows.push(Row::new(["ConvNet", &name, "saving (%)"], Some(saving), Some(saved)));
        let energy = dram.picojoules(ours) / 1e6;
        rows.push(Row::new(["ConvNet", &name, "fetch from DRAM (uJ)"], None, Some(energy)));
    }
    for length in [2, 4, 8, 16, 32, 64] {
        let storage = CodedStorage { code_bits: 3, vector: Some(length) };
        let name = format!("3-bit code, N = {length}");
        let saved = 100.0 * storage.saving(&layers);
        rows.push(Row::new(["ConvNet", &name, "saving (%)"], None, Some(saved)));
    }
    let saved = 100.0 * CodedStorage { code_bits: 3, vector: None }.saving(&lenet());
    rows.push(Row::new(["LeNet", "3-bit code", "saving (%)"], Some(82.4919), Some(saved)));
    Ok(Sheet {
        title: "Quality-scalable code, Figure 9: memory saved".into(),
        headings: vec!["network", "code", "quantity"],
        digits: 4,
        rows,
        notes: vec![
            "Ours: equations 11 and 12 with 32-bit scalars; ConvNet is exact. The saving printed \
             for LeNet fits no standard LeNet. Values for N are only drawn in the paper."
                .into(),
        ],
    })
}

/// Equation 8: bits of a code by its largest magnitude.
pub(crate) fn equation_eight(_: &Inputs) -> Result<Sheet, ReproduceError> {
    let rows = [(1u32, 2.0), (2, 3.0), (4, 3.0), (8, 4.0)].map(|(largest, bits)| {
        let ours = code_bits(largest).map(f64::from);
        Row::new([&format!("O = {largest}")], Some(bits), ours)
    });
    Ok(Sheet {
        title: "Quality-scalable code, equation 8: bits of a code".into(),
        headings: vec!["levels"],
        digits: 0,
        rows: rows.to_vec(),
        notes: vec!["With the logarithm rounded down, as the printed widths need.".into()],
    })
}
