//! Paper 004: precisions on a tile of neurons.

use bitladder_study::LayerShape;
use bitladder_study::energy::Tile;
use bitladder_study::papers::{alex, alex_plus_plus, convnet, lenet};

use crate::{Inputs, ReproduceError, Row, Sheet};

/// A precision with accuracy (%) and energy (uJ) as printed.
type Printed = (&'static str, Option<f64>, Option<f64>);

const MNIST: [Printed; 7] = [
    ("float", Some(99.20), Some(60.74)),
    ("32", Some(99.22), Some(52.93)),
    ("16", Some(99.21), Some(24.60)),
    ("8", Some(99.22), Some(8.86)),
    ("4", Some(95.76), Some(4.31)),
    ("pow2a16", Some(99.14), Some(8.42)),
    ("binarya16", Some(99.40), Some(3.56)),
];
const SVHN: [Printed; 7] = [
    ("float", Some(86.77), Some(754.18)),
    ("32", Some(86.78), Some(663.01)),
    ("16", Some(86.77), Some(314.05)),
    ("8", Some(84.03), Some(120.14)),
    ("4", None, None),
    ("pow2a16", Some(84.85), Some(114.70)),
    ("binarya16", Some(19.57), Some(52.11)),
];
const ALEX: [Printed; 6] = [
    ("float", Some(81.22), Some(335.68)),
    ("32", Some(79.71), Some(293.90)),
    ("16", Some(79.77), Some(136.61)),
    ("8", Some(77.99), Some(49.22)),
    ("pow2a16", Some(77.03), Some(46.77)),
    ("binarya16", None, Some(19.79)),
];
const ALEX_PLUS: [Printed; 4] = [
    ("16", Some(81.86), Some(491.32)),
    ("8", Some(78.71), Some(177.02)),
    ("pow2a16", None, Some(168.21)),
    ("binarya16", None, Some(71.18)),
];
const ALEX_PLUS_PLUS: [Printed; 4] = [
    ("16", Some(82.26), Some(628.17)),
    ("8", Some(75.03), Some(226.32)),
    ("pow2a16", None, Some(215.05)),
    ("binarya16", None, Some(91.00)),
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
    let mut rows = energies("LeNet, MNIST", &lenet(), "mnist", &MNIST)?;
    rows.extend(energies("ConvNet, SVHN", &convnet(), "svhn", &SVHN)?);
    for ((name, accuracy, _), ours) in MNIST.iter().zip(accuracies) {
        rows.push(Row::new(["LeNet, MNIST", name, "accuracy (%)"], *accuracy, ours));
    }
    for (name, accuracy, _) in SVHN.iter().filter(|(_, accuracy, _)| accuracy.is_some()) {
        rows.push(Row::new(["ConvNet, SVHN", name, "accuracy (%)"], *accuracy, None));
    }
    let missing = "SVHN accuracies need SVHN and a trained ConvNet; there are none. Accuracies of \
                   LeNet are without training after quantisation, the paper's are with it.";
    Ok(sheet("Precision study, Table IV: energy and accuracy", rows, &[&note, missing]))
}

/// Table V: three sizes of ALEX on CIFAR-10.
pub(crate) fn table_five(_: &Inputs) -> Result<Sheet, ReproduceError> {
    let missing = "Accuracies need networks trained on all of CIFAR-10 in every format: days on two \
                   cores. Where the paper's accuracy is not listed here, it is not compared either.";
    Ok(sheet("Precision study, Table V: larger networks on CIFAR-10", sizes()?, &[missing]))
}

/// Figure 4: the points of Table V as accuracy over energy.
pub(crate) fn figure_four(_: &Inputs) -> Result<Sheet, ReproduceError> {
    let energies = sizes()?.into_iter().filter(|row| row.labels[2] == "energy (uJ)");
    let rows = energies.map(|row| Row {
        paper: row.paper.map(f64::log10),
        ours: row.ours.map(f64::log10),
        labels: vec![row.labels[0].clone(), row.labels[1].clone(), "log10 of energy (uJ)".into()],
    });
    let missing = "The figure's energy axis. Its accuracy axis is that of Table V: not trained here; \
                   `bitladder pareto` draws such fronts for networks of one's own.";
    let title = "Precision study, Figure 4: energies of the front";
    Ok(sheet(title, rows.collect(), &[missing]))
}

fn sizes() -> Result<Vec<Row>, ReproduceError> {
    let networks: [(&str, Vec<LayerShape>, &[Printed]); 3] = [
        ("ALEX", alex(32), &ALEX),
        ("ALEX+", alex(64), &ALEX_PLUS),
        ("ALEX++", alex_plus_plus(), &ALEX_PLUS_PLUS),
    ];
    let mut rows = Vec::new();
    for (network, layers, printed) in networks {
        rows.extend(energies(network, &layers, "cifar10", printed)?);
        let known = printed.iter().filter(|(_, accuracy, _)| accuracy.is_some());
        rows.extend(known.map(|(name, a, _)| Row::new([network, name, "accuracy (%)"], *a, None)));
    }
    Ok(rows)
}

fn energies(
    network: &str,
    layers: &[LayerShape],
    data: &str,
    printed: &[Printed],
) -> Result<Vec<Row>, ReproduceError> {
    let tile = Tile::shipped()?;
    let cycles = tile.cycles(layers);
    let of = |(name, _, energy): &Printed| {
        let ours = Some(tile.microjoules(name, data, cycles)?);
        Ok(Row::new([network, name, "energy (uJ)"], *energy, ours))
    };
    printed.iter().map(of).collect()
}

fn sheet(title: &str, rows: Vec<Row>, notes: &[&str]) -> Sheet {
    let model = "Energies: cycles of the tile times its power, less an offset per data set that \
                 was fitted to the paper's tables (`tile65.toml`); all printed ones agree within \
                 0.65 %.";
    let notes = std::iter::once(model).chain(notes.iter().copied().filter(|n| !n.is_empty()));
    Sheet {
        title: title.into(),
        headings: vec!["network", "precision", "quantity"],
        digits: 2,
        rows,
        notes: notes.map(str::to_owned).collect(),
    }
}
