//! `bitladder-train train`

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context;
use bitladder_network::FloatNetwork;
use bitladder_train::augment::Augmentation;
use bitladder_train::data::Splits;
use bitladder_train::definitions::{ALL, find};
use bitladder_train::folder::{Description, Folder, read_network};
use bitladder_train::format::TrainFormat;
use bitladder_train::optimiser::Method;
use bitladder_train::quantised::Plan;
use bitladder_train::schedule::Schedule;
use bitladder_train::settings::Settings;
use bitladder_train::trainer::Session;
use bitladder_train::{Model, Scope};

use super::device::DeviceName;
use super::session::run_to_the_end;

/// How gradients become steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum MethodName {
    Sgd,
    Adam,
}

/// Layers that may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ScopeName {
    All,
    Dense,
}

/// Trains a network and writes it as ONNX
#[derive(Debug, clap::Args)]
pub(crate) struct TrainArguments {
    /// Network to train from scratch; `list` shows them
    #[arg(long, required_unless_present = "from")]
    network: Option<String>,
    /// Float model to start from, in ONNX
    #[arg(long, conflicts_with = "network")]
    from: Option<PathBuf>,
    /// Classes, if not the network's usual number
    #[arg(long, requires = "network")]
    classes: Option<usize>,
    /// Data set with a train and a test part (IDX, CIFAR, NumPy, PNG)
    #[arg(long)]
    data: PathBuf,
    /// Folder for the run: checkpoint, result and models
    #[arg(long)]
    out: PathBuf,
    /// Format of weights and layers' inputs, such as `4`, `w4a8`, `pow2`, `qsq`, `ternary`,
    /// `binary`, `kbit2`; without it training is in floating point
    #[arg(long)]
    format: Option<TrainFormat>,
    /// Format of a single layer, as LAYER=FORMAT; may be repeated
    #[arg(long = "layer", requires = "format", value_parser = layer_format)]
    layers: Vec<(String, TrainFormat)>,
    /// Layers that may change
    #[arg(long, value_enum, default_value = "all")]
    scope: ScopeName,
    /// Keep batch norms in a quantised run instead of folding them before it
    #[arg(long, requires = "format")]
    keep_norms: bool,
    /// Pass gradients through values that saturate too; below four bits numbers then run away
    #[arg(long, requires = "format")]
    pass_saturated: bool,
    /// Passes over the training images
    #[arg(long, default_value_t = 10)]
    epochs: usize,
    /// End after so many of the epochs, at the rates that the schedule has for all of them
    #[arg(long, value_name = "EPOCHS")]
    stop_after: Option<usize>,
    /// Images per step
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Learning rate before the schedule
    #[arg(long, default_value_t = 0.05)]
    rate: f64,
    /// How gradients become steps
    #[arg(long, value_enum, default_value = "sgd")]
    method: MethodName,
    /// Part of the last step that SGD keeps
    #[arg(long, default_value_t = 0.9)]
    momentum: f64,
    /// Pull of the weights towards zero
    #[arg(long, default_value_t = 5e-4)]
    weight_decay: f64,
    /// `constant`, `cosine`, or `step:EPOCHS:FACTOR` to multiply the rate every EPOCHS epochs
    #[arg(long, default_value = "cosine")]
    schedule: Schedule,
    /// Pad with so many zeros and cut out at random
    #[arg(long, default_value_t = 0)]
    crop: usize,
    /// Mirror every second image, left to right
    #[arg(long)]
    flip: bool,
    /// Largest random rotation in degrees
    #[arg(long, default_value_t = 0.0)]
    rotation: f32,
    /// Training images that ranges of values are learned from
    #[arg(long, default_value_t = 500)]
    calibration: usize,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Steps between two checkpoints
    #[arg(long, default_value_t = 200)]
    checkpoint_steps: usize,
    /// Where to compute
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceName,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

fn layer_format(text: &str) -> Result<(String, TrainFormat), String> {
    let (layer, format) = text.split_once('=').ok_or("give LAYER=FORMAT, such as conv1=16")?;
    let format =
        format.parse().map_err(|error: bitladder_train::format::FormatError| error.to_string())?;
    Ok((layer.to_owned(), format))
}

impl TrainArguments {
    fn settings(&self) -> Settings {
        let layers = || self.layers.iter().cloned().collect();
        Settings {
            epochs: self.epochs,
            stop_after: self.stop_after,
            batch: self.batch,
            rate: self.rate,
            method: match self.method {
                MethodName::Sgd => Method::Sgd { momentum: self.momentum },
                MethodName::Adam => Method::Adam,
            },
            decay: self.weight_decay,
            schedule: self.schedule,
            augmentation: Augmentation {
                crop: self.crop,
                flip: self.flip,
                rotation: self.rotation,
            },
            scope: match self.scope {
                ScopeName::All => Scope::All,
                ScopeName::Dense => Scope::Dense,
            },
            plan: self.format.map(|default| Plan { default, layers: layers() }),
            keep_norms: self.keep_norms,
            pass_saturated: self.pass_saturated,
            calibration: self.calibration,
            seed: self.seed,
            threads: self.threads,
            checkpoint_steps: self.checkpoint_steps,
        }
    }

    /// The network with the numbers that training starts from.
    fn start(&self) -> anyhow::Result<FloatNetwork> {
        if let Some(path) = &self.from {
            return Ok(read_network(path)?);
        }
        let name = self.network.as_deref().unwrap_or_default();
        let known = || ALL.map(|definition| definition.name).join(", ");
        let definition = find(name)
            .with_context(|| format!("no network is called `{name}`; there are {}", known()))?;
        let network = definition.network(self.classes.unwrap_or(definition.classes))?;
        let mut model = Model::new(network, &burn_tensor::Device::flex());
        model.initialise(self.seed);
        Ok(model.to_network()?)
    }

    /// The command that repeats the run, without paths of this machine.
    fn command(&self, network: &str) -> anyhow::Result<String> {
        let source = match self.network {
            Some(_) => format!("--network {network}"),
            None => "--from MODEL.onnx".to_owned(),
        };
        let mut text = format!("bitladder-train train {source} --data DATA --out DIR");
        let classes = self.classes.map(|classes| format!(" --classes {classes}"));
        text += &classes.unwrap_or_default();
        if let Some(format) = self.format {
            write!(text, " --format {format}")?;
        }
        for (layer, format) in &self.layers {
            write!(text, " --layer {layer}={format}")?;
        }
        let flags = [
            (self.scope == ScopeName::Dense, " --scope dense"),
            (self.keep_norms, " --keep-norms"),
            (self.pass_saturated, " --pass-saturated"),
            (self.method == MethodName::Adam, " --method adam"),
            (self.flip, " --flip"),
        ];
        flags.iter().filter(|(set, _)| *set).for_each(|(_, flag)| text += flag);
        for (name, value, usual) in self.numbers() {
            if value != usual {
                write!(text, " --{name} {value}")?;
            }
        }
        // Last, where resuming a run puts it too.
        if let Some(epochs) = self.stop_after {
            write!(text, " --stop-after {epochs}")?;
        }
        Ok(text)
    }

    /// Options that are numbers (or schedules), as text, with what they are unless given.
    fn numbers(&self) -> [(&'static str, String, &'static str); 11] {
        [
            ("epochs", self.epochs.to_string(), "10"),
            ("batch", self.batch.to_string(), "64"),
            ("rate", self.rate.to_string(), "0.05"),
            ("momentum", self.momentum.to_string(), "0.9"),
            ("weight-decay", self.weight_decay.to_string(), "0.0005"),
            ("schedule", self.schedule.to_string(), "cosine"),
            ("crop", self.crop.to_string(), "0"),
            ("rotation", self.rotation.to_string(), "0"),
            ("calibration", self.calibration.to_string(), "500"),
            ("seed", self.seed.to_string(), "1"),
            ("threads", self.threads.to_string(), "1"),
        ]
    }
}

pub(crate) fn run(arguments: &TrainArguments) -> anyhow::Result<()> {
    let settings = arguments.settings();
    settings.check()?;
    let network = arguments.start()?;
    let device = arguments.device.open(settings.threads)?;
    let data = Splits::load(&arguments.data)?;
    let session = Session::new(&network, settings.clone(), &data, &device)?;
    let command = arguments.command(network.name())?;
    let path = arguments.data.canonicalize().unwrap_or_else(|_| arguments.data.clone());
    let description =
        Description { command: command.clone(), data: path, settings: settings.clone() };
    let folder = Folder::create(&arguments.out, &description, &network)?;
    run_to_the_end(&folder, session, (&settings, &data, command.as_str()), arguments.json)
}
