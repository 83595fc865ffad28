//! `bitladder inspect`.

use bitladder_flow::Model;
use bitladder_package::{Package, Step};
use serde::Serialize;

use super::{Session, shown};
use crate::args::InspectArgs;
use crate::output::Outcome;
use crate::table::Table;

pub(crate) fn run(session: &Session, args: &InspectArgs) -> anyhow::Result<()> {
    let mut start = [0; 8];
    let is_package = std::fs::File::open(&args.file)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start))
        .is_ok_and(|()| Package::has_magic(&start));
    if is_package {
        let package = Package::read(&args.file)?;
        session.terminal.show(&PackageView::new(&package))
    } else {
        let model = Model::read(&args.file, args.output_name.clone())?;
        session.terminal.show(&ModelView::new(&model))
    }
}

#[derive(Serialize)]
struct ModelView {
    kind: &'static str,
    name: String,
    producer: String,
    opset: i64,
    nodes: usize,
    unused_nodes: usize,
    sha256: String,
    inputs: Vec<InputView>,
    parameters: usize,
    macs: u64,
    quantised: bool,
    layers: Vec<FloatLayerView>,
}

#[derive(Serialize)]
struct InputView {
    name: String,
    shape: Vec<usize>,
    format: Option<String>,
}

#[derive(Serialize)]
struct FloatLayerView {
    name: String,
    op: &'static str,
    shape: Vec<usize>,
    macs: u64,
    format: Option<String>,
}

impl ModelView {
    fn new(model: &Model) -> Self {
        let network = &model.network;
        let declared = |value| model.declared.values.get(&value).map(ToString::to_string);
        let inputs = network.inputs().iter().enumerate().map(|(value, input)| InputView {
            name: input.name.clone(),
            shape: input.shape.clone(),
            format: declared(value),
        });
        let layers = network.layers().iter().enumerate().map(|(index, layer)| FloatLayerView {
            name: layer.name.clone(),
            op: layer.op.name(),
            shape: layer.shape.clone(),
            macs: network.macs(index),
            format: declared(network.value_of_layer(index)),
        });
        Self {
            kind: "model",
            name: network.name().into(),
            producer: model.report.producer.clone(),
            opset: model.report.opset,
            nodes: model.report.nodes,
            unused_nodes: model.report.unused_nodes,
            sha256: model.sha256.clone(),
            inputs: inputs.collect(),
            parameters: network.parameters(),
            macs: (0..network.layers().len()).map(|layer| network.macs(layer)).sum(),
            quantised: !model.declared.is_empty(),
            layers: layers.collect(),
        }
    }
}

impl Outcome for ModelView {
    fn text(&self) -> String {
        let mut text = format!(
            "{}: {} model by {}, operator set {}, {} nodes ({} unused)\n{} parameters, {} \
             multiplications per image\n\n",
            self.name,
            if self.quantised { "quantised" } else { "float" },
            if self.producer.is_empty() { "an unnamed tool" } else { &self.producer },
            self.opset,
            self.nodes,
            self.unused_nodes,
            shown::count(self.parameters as u64),
            shown::count(self.macs),
        );
        let mut table = Table::new(&["layer", "operation", "shape", ">MACs", "declared format"]);
        let format = |format: &Option<String>| format.clone().unwrap_or_default();
        for input in &self.inputs {
            let shape = shown::shape(&input.shape);
            let cells = [input.name.clone(), "input".into(), shape, "".into()];
            table.row([cells.to_vec(), vec![format(&input.format)]].concat());
        }
        for layer in &self.layers {
            let macs = if layer.macs == 0 { String::new() } else { shown::count(layer.macs) };
            let shape = shown::shape(&layer.shape);
            let cells = [layer.name.clone(), layer.op.into(), shape, macs];
            table.row([cells.to_vec(), vec![format(&layer.format)]].concat());
        }
        text.push_str(&table.text());
        text
    }
}

#[derive(Serialize)]
struct PackageView {
    kind: &'static str,
    name: String,
    source: bitladder_package::Source,
    preprocess: bitladder_package::Preprocess,
    classes: Vec<String>,
    softmax: bool,
    profiles: Vec<ProfileView>,
    ladder: Vec<Step>,
}

#[derive(Serialize)]
struct ProfileView {
    name: String,
    weight_bits: u64,
    macs: u64,
    layers: Vec<QuantLayerView>,
}

#[derive(Serialize)]
struct QuantLayerView {
    name: String,
    op: &'static str,
    shape: Vec<usize>,
    format: String,
    weights: Option<String>,
    accumulator_bits: Option<u8>,
}

impl PackageView {
    fn new(package: &Package) -> Self {
        let profile = |profile: &bitladder_package::Profile| {
            let network = &profile.network;
            let layer = |value| {
                let index = network.layer_of_value(value);
                let op = index.map(|index| &network.layers[index].op);
                let span = index.and_then(|index| network.accumulator_span(index));
                QuantLayerView {
                    name: network.value_name(value).into(),
                    op: op.map_or("input", |op| op.name()),
                    shape: network.shape(value).to_vec(),
                    format: network.format(value).to_string(),
                    weights: op.and_then(|op| op.linear()).map(|l| l.weights.format().name()),
                    accumulator_bits: span.map(bitladder_spec::Span::signed_bits),
                }
            };
            ProfileView {
                name: profile.name.clone(),
                weight_bits: network.weight_bits(),
                macs: (0..network.layers.len()).map(|layer| network.macs(layer)).sum(),
                layers: (0..network.values()).map(layer).collect(),
            }
        };
        Self {
            kind: "package",
            name: package.name.clone(),
            source: package.source.clone(),
            preprocess: package.preprocess.clone(),
            classes: package.classes.clone(),
            softmax: package.softmax,
            profiles: package.profiles.iter().map(profile).collect(),
            ladder: package.ladder.clone(),
        }
    }
}

impl Outcome for PackageView {
    fn text(&self) -> String {
        let mut text = format!(
            "{}: package of {} precision(s), made from {}\n",
            self.name,
            self.profiles.len(),
            self.source.file
        );
        for profile in &self.profiles {
            text.push_str(&format!(
                "\nprecision {}: weights {}, {} multiplications per image\n",
                profile.name,
                shown::bytes(profile.weight_bits),
                shown::count(profile.macs),
            ));
            let headings =
                ["layer", "operation", "shape", "format", "weights", ">accumulator bits"];
            let mut table = Table::new(&headings);
            for layer in &profile.layers {
                table.row(vec![
                    layer.name.clone(),
                    layer.op.into(),
                    shown::shape(&layer.shape),
                    layer.format.clone(),
                    layer.weights.clone().unwrap_or_default(),
                    layer.accumulator_bits.map(|bits| bits.to_string()).unwrap_or_default(),
                ]);
            }
            text.push_str(&table.text());
        }
        for step in &self.ladder {
            text.push_str(&format!(
                "\nfrom {} to {}: below {} ({} of the calibration images)\n",
                step.from,
                step.to,
                shown::lead(step),
                shown::percent(step.climbing)
            ));
        }
        text
    }
}
