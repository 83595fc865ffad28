//! Paper 003: hybrids of precisions chosen by principal components.

use bitladder_study::energy::Operations;
use bitladder_study::hybrid::{Ratios, against_binary, against_float};
use bitladder_study::papers::{Numbered, resnet, resnet18, vgg15};
use bitladder_study::pca::Criteria;

use crate::{Inputs, ReproduceError, Row, Sheet};

/// A row of a table: its name, raised layers, their bits, and accuracy, energy and memory as
/// printed.
type Printed<'a> = (&'a str, Vec<usize>, u8, f64, Option<f64>, Option<f64>);

/// Significant layers as printed in Table 2.
const SIGNIFICANT: [(&str, &str, &[usize]); 8] = [
    ("ResNet-20", "1", &[8, 9, 10, 14, 15, 16, 18]),
    ("ResNet-20", "2", &[8, 9, 14, 15]),
    ("ResNet-32", "4", &[12, 13, 22, 23, 24]),
    ("VGG-15", "3", &[3, 5, 8, 11, 12]),
    ("VGG-15", "10", &[3, 5, 8]),
    ("ResNet-18", "30", &[6, 10, 14, 15]),
    ("ResNet-18", "20", &[6, 10, 11, 14, 15, 16]),
    ("ResNet-18", "10", &[6, 7, 10, 11, 14, 15, 16]),
];

/// As the paper has them.
const CRITERIA: Criteria = Criteria { variance: 0.99, delta: 1 };

fn significant(row: usize) -> Vec<usize> {
    SIGNIFICANT[row].2.to_vec()
}

/// Table 2: only the number of layers each Delta selects can be put beside ours.
pub(crate) fn table_two(_: &Inputs) -> Result<Sheet, ReproduceError> {
    let rows = SIGNIFICANT.map(|(network, delta, layers)| {
        let names: Vec<String> = layers.iter().map(usize::to_string).collect();
        let delta = format!("Delta = {delta}");
        Row::new([network, &delta, &names.join(" ")], Some(layers.len() as f64), None)
    });
    Ok(Sheet {
        title: "Hybrid networks, Table 2: significant layers".into(),
        headings: vec!["network", "Delta", "layers"],
        digits: 0,
        rows: rows.to_vec(),
        notes: vec![
            "Ours is missing: the analysis needs these networks trained on CIFAR-100 and ImageNet, \
             which are not at hand. `bitladder pca MODEL --data DATA` is the same analysis for a \
             network of one's own."
                .into(),
        ],
    })
}

/// Figure 3: components over layers, for the network at hand.
pub(crate) fn figure_three(inputs: &Inputs) -> Result<Sheet, ReproduceError> {
    let mut figure = Sheet {
        title: "Hybrid networks, Figure 3: components over layers".into(),
        headings: vec!["layer", "quantity"],
        digits: 0,
        rows: vec![],
        notes: vec![],
    };
    if let Some(subject) = figure.subject(inputs)? {
        let quantity = "components for 99 % of the variance";
        figure.rows.extend(subject.dimensions(CRITERIA)?.iter().map(|layer| {
            let name = format!("{} {}", layer.number, layer.layer);
            Row::new([&name, quantity], None, Some(layer.components as f64))
        }));
    }
    figure.notes.push(
        "The paper draws networks trained on CIFAR-100 and ImageNet, without numbers; neither they \
         nor their data are at hand. `bitladder pca` analyses any network and proposes its hybrid."
            .into(),
    );
    Ok(figure)
}

/// Table 3: CIFAR-100.
pub(crate) fn table_three(_: &Inputs) -> Result<Sheet, ReproduceError> {
    let (all20, all32): (Vec<usize>, Vec<usize>) = ((2..20).collect(), (2..32).collect());
    let resnet20 = [
        hybrid("Hybrid (2,2) Delta 1", significant(0), 2, [62.18, 0.87, 0.77]),
        hybrid("Hybrid (4,4) Delta 1", significant(0), 4, [62.66, 0.70, 0.53]),
        hybrid("Hybrid (2,2) Delta 2", significant(1), 2, [60.38, 0.93, 0.88]),
        hybrid("Hybrid (4,4) Delta 2", significant(1), 4, [61.37, 0.82, 0.70]),
        hybrid("Quantized (2,2)", all20.clone(), 2, [64.55, 0.73, 0.65]),
        hybrid("Comp A (2,2) k=6", all20[12..].to_vec(), 2, [61.49, 0.88, 0.71]),
        hybrid("Comp A (2,2) k=12", all20[6..].to_vec(), 2, [62.17, 0.80, 0.67]),
    ];
    let resnet32 = [
        hybrid("Hybrid (2,2) Delta 4", significant(2), 2, [63.87, 0.94, 0.87]),
        hybrid("Hybrid (4,4) Delta 4", significant(2), 4, [64.27, 0.84, 0.69]),
        hybrid("Quantized (2,2)", all32.clone(), 2, [67.46, 0.70, 0.61]),
        hybrid("Comp A (2,2) k=6", all32[24..].to_vec(), 2, [62.26, 0.91, 0.76]),
    ];
    let vgg = [
        hybrid("Hybrid (2,2) Delta 3", significant(3), 2, [61.81, 0.84, 0.75]),
        hybrid("Hybrid (4,4) Delta 3", significant(3), 4, [63.38, 0.64, 0.50]),
        hybrid("Hybrid (2,2) Delta 10", significant(4), 2, [59.55, 0.93, 0.92]),
        hybrid("Hybrid (4,4) Delta 10", significant(4), 4, [60.02, 0.81, 0.80]),
        hybrid("Quantized (2,2)", (2..15).collect(), 2, [67.65, 0.65, 0.55]),
        hybrid("Comp A (2,2) k=3", vec![11, 12, 13], 2, [57.62, 0.85, 0.72]),
    ];
    let mut rows = compare("ResNet-20", &resnet(20), [Some(16.53), Some(17.26)], &resnet20)?;
    rows.extend(compare("ResNet-32", &resnet(32), [Some(18.42), Some(20.44)], &resnet32)?);
    rows.extend(compare("VGG-15", &vgg15(), [Some(21.77), Some(26.24)], &vgg)?);
    let note = "The absolute ratios of ResNet-32 follow from no reading of the paper's formulas, \
                its ratios to the binary network do. Rows of doubled width are left out: their \
                energies do not follow either.";
    Ok(sheet("Hybrid networks, Table 3: CIFAR-100", rows, note))
}

/// Table 4: ImageNet.
pub(crate) fn table_four(_: &Inputs) -> Result<Sheet, ReproduceError> {
    let all: Vec<usize> = (2..18).collect();
    let printed = [
        hybrid("Hybrid (2,2) Delta 30", significant(5), 2, [60.38, 0.90, 0.87]),
        hybrid("Hybrid (2,2) Delta 20", significant(6), 2, [61.95, 0.84, 0.80]),
        hybrid("Hybrid (2,2) Delta 10", significant(7), 2, [62.73, 0.82, 0.80]),
        hybrid("Hybrid (4,4) Delta 30", significant(5), 4, [61.70, 0.75, 0.70]),
        hybrid("Quantized (2,2)", all.clone(), 2, [64.51, 0.70, 0.71]),
        hybrid("Comp A (2,2) k=4", all[12..].to_vec(), 2, [59.47, 0.86, 0.77]),
    ];
    let rows = compare("ResNet-18", &resnet18(), [Some(17.00), Some(13.35)], &printed)?;
    let note = "The energies printed for this network follow from no reading of the formulas: \
                their residuals are not ours to close. Memory agrees.";
    Ok(sheet("Hybrid networks, Table 4: ImageNet", rows, note))
}

fn hybrid(
    name: &str,
    layers: Vec<usize>,
    bits: u8,
    [accuracy, energy, memory]: [f64; 3],
) -> Printed<'_> {
    (name, layers, bits, accuracy, Some(energy), Some(memory))
}

fn compare(
    network: &str,
    layers: &Numbered,
    float: [Option<f64>; 2],
    printed: &[Printed],
) -> Result<Vec<Row>, ReproduceError> {
    let model = Operations::shipped()?;
    let Ratios { energy, memory } = against_float(&model, layers);
    let mut rows = vec![
        Row::new([network, "XNOR", "energy, float / this"], float[0], Some(energy)),
        Row::new([network, "XNOR", "memory, float / this"], float[1], Some(memory)),
    ];
    for (name, raised, bits, accuracy, energy, memory) in printed {
        let ours = against_binary(&model, layers, raised, *bits);
        rows.push(Row::new([network, name, "energy, XNOR / this"], *energy, Some(ours.energy)));
        rows.push(Row::new([network, name, "memory, XNOR / this"], *memory, Some(ours.memory)));
        rows.push(Row::new([network, name, "accuracy (%)"], Some(*accuracy), None));
    }
    Ok(rows)
}

fn sheet(title: &str, rows: Vec<Row>, note: &str) -> Sheet {
    Sheet {
        title: title.into(),
        headings: vec!["network", "format", "quantity"],
        digits: 2,
        rows,
        notes: vec![
            "Ours: the paper's formulas with its 45 nm energies (`cmos45.toml`) on its networks and \
             its significant layers."
                .into(),
            note.into(),
            "Accuracies are missing: the data sets are not at hand, and training on them takes \
             weeks on two cores."
                .into(),
        ],
    }
}
