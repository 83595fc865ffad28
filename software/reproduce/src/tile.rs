//! Paper 004: precisions on a tile of neurons.

use bitladder_study::LayerShape;
use bitladder_study::energy::Tile;
use bitladder_study::papers::{alex, alex_plus_plus, convnet, lenet};

use crate::{Inputs, ReproduceError, Row, Sheet, trained};

/// A precision with accuracy (%), energy (uJ) and saving against floating point (%) as printed.
type Printed = (&'static str, Option<f64>, Option<f64>, Option<f64>);

const MNIST: [Printed; 7] = [
    ("float", Some(99.20), Some(60.74), None),
    ("32", Some(99.22), Some(52.93), Some(12.86)),
    ("16", Some(99.21), Some(24.60), Some(59.50)),
    ("8", Some(99.22), Some(8.86), Some(85.41)),
    ("4", Some(95.76), Some(4.31), Some(92.90)),
    ("pow2a16", Some(99.14), Some(8.42), Some(86.13)),
    ("binarya16", Some(99.40), Some(3.56), Some(94.13)),
];
const SVHN: [Printed; 7] = [
    ("float", Some(86.77), Some(754.18), None),
    ("32", Some(86.78), Some(663.01), Some(12.09)),
    ("16", Some(86.77), Some(314.05), Some(58.36)),
    ("8", Some(84.03), Some(120.14), Some(84.07)),
    ("4", None, None, None),
    ("pow2a16", Some(84.85), Some(114.70), Some(84.79)),
    ("binarya16", Some(19.57), Some(52.11), Some(93.09)),
];
const ALEX: [Printed; 6] = [
    ("float", Some(81.22), Some(335.68), None),
    ("32", Some(79.71), Some(293.90), Some(12.45)),
    ("16", Some(79.77), Some(136.61), Some(59.30)),
    ("8", Some(77.99), Some(49.22), Some(85.34)),
    ("pow2a16", Some(77.03), Some(46.77), Some(86.07)),
    ("binarya16", Some(74.84), Some(19.79), Some(94.10)),
];
/// Where these take more than floating point the paper prints a factor, not a saving.
const ALEX_PLUS: [Printed; 4] = [
    ("16", Some(81.86), Some(491.32), None),
    ("8", Some(78.71), Some(177.02), Some(47.27)),
    ("pow2a16", Some(77.34), Some(168.21), Some(49.89)),
    ("binarya16", Some(77.91), Some(71.18), Some(78.80)),
];
const ALEX_PLUS_PLUS: [Printed; 4] = [
    ("16", Some(82.26), Some(628.17), None),
    ("8", Some(75.03), Some(226.32), Some(32.59)),
    ("pow2a16", Some(81.26), Some(215.05), Some(35.93)),
    ("binarya16", Some(80.52), Some(91.00), Some(72.89)),
];

/// Table III: savings of area and power follow from the metrics, which are the model's data.
pub(crate) fn table_three(_: &Inputs) -> Result<Sheet, ReproduceError> {
    let printed = [
        ("32", 15.56, 12.05),
        ("16", 58.92, 58.34),
        ("8", 79.94, 84.06),
        ("4", 90.07, 91.94),
        ("pow2a16", 81.78, 84.78),
        ("binarya16", 92.73, 93.08),
    ];
    let tile = Tile::shipped()?;
    let float = tile.precision("float")?;
    let mut rows = Vec::new();
    for (name, area, power) in printed {
        let found = tile.precision(name)?;
        let saving = |part: f64, whole: f64| Some(100.0 * (1.0 - part / whole));
        let areas = saving(found.square_millimetres, float.square_millimetres);
        rows.push(Row::new([name, "area saving (%)"], Some(area), areas));
        let powers = saving(found.milliwatts, float.milliwatts);
        rows.push(Row::new([name, "power saving (%)"], Some(power), powers));
    }
    Ok(Sheet {
        title: "Precision study, Table III: savings of area and power".into(),
        headings: vec!["precision", "quantity"],
        digits: 2,
        rows,
        notes: vec![
            "Areas and powers themselves were synthesised by the paper in 65 nm and are data of \
             the model `tile65.toml`; only the savings are computed."
                .into(),
        ],
    })
}

/// Table IV: LeNet on MNIST and ConvNet on SVHN.
pub(crate) fn table_four(inputs: &Inputs) -> Result<Sheet, ReproduceError> {
    let (accuracies, note) = crate::lenet::accuracies(inputs, &MNIST.map(|(name, ..)| name))?;
    let mut rows = energies("LeNet, MNIST", &lenet(), ("mnist", 60.74), &MNIST)?;
    rows.extend(energies("ConvNet, SVHN", &convnet(), ("svhn", 754.18), &SVHN)?);
    let lenet =
        |name, quantity, paper, ours| Row::new(["LeNet, MNIST", name, quantity], paper, ours);
    for ((name, accuracy, ..), ours) in MNIST.iter().zip(accuracies) {
        rows.push(lenet(name, "accuracy without training (%)", *accuracy, ours));
    }
    for (name, accuracy, ..) in MNIST {
        if let Some(ours) = trained::lenet(name) {
            rows.push(lenet(name, "accuracy after training (%)", accuracy, Some(ours)));
        }
    }
    for (name, accuracy, ..) in SVHN.iter().filter(|(_, accuracy, ..)| accuracy.is_some()) {
        rows.push(Row::new(["ConvNet, SVHN", name, "accuracy (%)"], *accuracy, None));
    }
    let missing = "SVHN accuracies need SVHN and a trained ConvNet; there are none. The paper's \
                   accuracies are after training.";
    let notes = [&note, missing, trained::SOURCE];
    Ok(sheet("Precision study, Table IV: energy and accuracy", rows, &notes))
}

/// Table V: three sizes of ALEX on CIFAR-10.
pub(crate) fn table_five(_: &Inputs) -> Result<Sheet, ReproduceError> {
    let missing = "Accuracies of ours need networks trained on all of CIFAR-10 in every format: \
                   days on two cores.";
    let mut rows = Vec::new();
    for (network, layers, printed) in sizes() {
        rows.extend(energies(network, &layers, ("cifar10", 335.68), printed)?);
        let accuracy = |(name, accuracy, ..): &Printed| {
            Row::new([network, name, "accuracy (%)"], *accuracy, None)
        };
        rows.extend(printed.iter().map(accuracy));
    }
    Ok(sheet("Precision study, Table V: larger networks on CIFAR-10", rows, &[missing]))
}

/// Figure 4: accuracy over energy, and which points are on the front.
pub(crate) fn figure_four(_: &Inputs) -> Result<Sheet, ReproduceError> {
    let mut points = Vec::new();
    for (network, layers, printed) in sizes() {
        let cycles = Tile::shipped()?.cycles(&layers);
        for (name, accuracy, energy, _) in printed {
            let ours = Tile::shipped()?.microjoules(name, "cifar10", cycles)?;
            points.push((network, *name, accuracy.unwrap_or(0.0), *energy, ours));
        }
    }
    let front = |energy: &dyn Fn(usize) -> f64, point: usize| {
        let beats = |other: usize| {
            let (a, b) = (points[other].2, points[point].2);
            a >= b && energy(other) <= energy(point) && (a > b || energy(other) < energy(point))
        };
        f64::from(u8::from(!(0..points.len()).any(beats)))
    };
    let mut rows = Vec::new();
    for (place, (network, name, _, paper, ours)) in points.iter().enumerate() {
        let row = |quantity, paper, ours| Row::new([network, name, quantity], paper, Some(ours));
        rows.push(row("log10 of energy (uJ)", paper.map(f64::log10), ours.log10()));
        let printed = front(&|point| points[point].3.unwrap_or(f64::INFINITY), place);
        rows.push(row("on the front", Some(printed), front(&|point| points[point].4, place)));
    }
    let accuracies = "Accuracies are the paper's on both sides: ours would need networks trained on \
                      all of CIFAR-10. `on the front` is 1 where no other point is as accurate for \
                      as little energy, by the paper's energies and by ours; `bitladder pareto` \
                      draws such fronts for networks of one's own.";
    let title = "Precision study, Figure 4: accuracy over energy";
    Ok(sheet(title, rows, &[accuracies]))
}

/// The memory of parameters told in the text.
pub(crate) fn memory(_: &Inputs) -> Result<Sheet, ReproduceError> {
    let networks = [
        ("LeNet", lenet(), 1650.0),
        ("ConvNet", convnet(), 2150.0),
        ("ALEX", alex(32), 350.0),
        ("ALEX+", alex(64), 1250.0),
        ("ALEX++", alex_plus_plus(), 9400.0),
    ];
    let row = |(network, layers, paper): (&str, Vec<LayerShape>, f64)| {
        let parameters: u64 =
            layers.iter().map(|layer| layer.weights() + layer.outputs as u64).sum();
        let kilobytes = parameters as f64 * 4.0 / 1024.0;
        Row::new([network, "float", "parameters (KB)"], Some(paper), Some(kilobytes))
    };
    Ok(Sheet {
        title: "Precision study, section V: memory of parameters".into(),
        headings: vec!["network", "precision", "quantity"],
        digits: 0,
        rows: networks.map(row).to_vec(),
        notes: vec![
            "Ours: weights and biases of 32 bits, 1024 bytes to the KB. The paper gives its figures \
             as approximate; all agree within 4.5 %."
                .into(),
        ],
    })
}

/// The networks of Table V with what it prints.
fn sizes() -> [(&'static str, Vec<LayerShape>, &'static [Printed]); 3] {
    [
        ("ALEX", alex(32), &ALEX),
        ("ALEX+", alex(64), &ALEX_PLUS),
        ("ALEX++", alex_plus_plus(), &ALEX_PLUS_PLUS),
    ]
}

/// Energies and savings; savings are against the floating point of the data set's smallest network,
/// which takes `reference` by the paper.
fn energies(
    network: &str,
    layers: &[LayerShape],
    (data, reference): (&str, f64),
    printed: &[Printed],
) -> Result<Vec<Row>, ReproduceError> {
    let tile = Tile::shipped()?;
    let cycles = tile.cycles(layers);
    let mut rows = Vec::new();
    for (name, _, energy, _) in printed {
        let ours = tile.microjoules(name, data, cycles)?;
        rows.push(Row::new([network, name, "energy (uJ)"], *energy, Some(ours)));
    }
    for (name, _, energy, saving) in printed {
        // The paper's savings follow from its own energies, to the last digit.
        let ours = energy.map(|energy| 100.0 * (1.0 - energy / reference));
        if saving.is_some() {
            rows.push(Row::new([network, name, "saving (%)"], *saving, ours));
        }
    }
    Ok(rows)
}

fn sheet(title: &str, rows: Vec<Row>, notes: &[&str]) -> Sheet {
    let model = "Energies: cycles of the tile times its power, less an offset per data set that \
                 was fitted to the paper's tables (`tile65.toml`); all printed ones agree within \
                 0.65 %. Savings, where printed, are those of the printed energies.";
    let notes = std::iter::once(model).chain(notes.iter().copied().filter(|n| !n.is_empty()));
    Sheet {
        title: title.into(),
        headings: vec!["network", "precision", "quantity"],
        digits: 2,
        rows,
        notes: notes.map(str::to_owned).collect(),
    }
}
