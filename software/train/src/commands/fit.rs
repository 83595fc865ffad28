//! `bitladder-train fit`

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use bitladder_onnx_proto::Message;
use bitladder_train::config::{TrainConfig, check_data};
use bitladder_train::dataset::Splits;
use bitladder_train::export::to_onnx;
use bitladder_train::loss::Score;
use bitladder_train::network::Network;
use bitladder_train::optimiser::Schedule;
use bitladder_train::spec::{PRESETS, Preset, preset};
use bitladder_train::trainer::{EpochReport, evaluate, fit};
use clap::builder::PossibleValuesParser;

use super::progress::{Bar, describe};

/// Trains a network and writes the weights of its best epoch as ONNX
///
/// Settings left out take the values that suit the network. The best epoch is chosen on the
/// validation images; the test images are looked at once, at the end.
#[derive(Debug, clap::Args)]
pub(crate) struct FitArguments {
    /// Network to train
    #[arg(long, value_parser = PossibleValuesParser::new(PRESETS.map(|preset| preset.spec.name)))]
    network: String,
    /// Folder with a training and a test part: IDX files (as MNIST), CIFAR, PNG images or .npy; its
    /// validation part is used if there is one
    #[arg(long)]
    data: PathBuf,
    /// ONNX file to write
    #[arg(long)]
    out: PathBuf,
    /// Passes over the training images
    #[arg(long)]
    epochs: Option<usize>,
    /// Images per step
    #[arg(long)]
    batch: Option<usize>,
    /// Learning rate before the schedule
    #[arg(long)]
    learning_rate: Option<f32>,
    /// Part of the last step that is kept
    #[arg(long)]
    momentum: Option<f32>,
    /// Pull of the weights towards zero
    #[arg(long)]
    weight_decay: Option<f32>,
    /// `cosine`, or `step:EPOCHS:FACTOR` to multiply the rate by FACTOR every EPOCHS epochs
    #[arg(long)]
    schedule: Option<Schedule>,
    /// Largest random shift in pixels
    #[arg(long)]
    max_shift: Option<usize>,
    /// Largest random rotation in degrees
    #[arg(long)]
    max_rotation: Option<f32>,
    /// Seed of everything random
    #[arg(long)]
    seed: Option<u64>,
    /// Images held out of the training part when there is no validation part
    #[arg(long)]
    hold_out: Option<usize>,
    /// Grey value that becomes 1.0
    #[arg(long)]
    max_grey: Option<u8>,
    /// Threads; the result is the same for any number
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

impl FitArguments {
    /// The preset of the network with the settings given on the command line.
    fn preset(&self) -> anyhow::Result<Preset> {
        let Preset { spec, max_grey, hold_out, training: usual } =
            *preset(&self.network).context("the network has a preset")?;
        Ok(Preset {
            spec,
            max_grey: self.max_grey.unwrap_or(max_grey),
            hold_out: self.hold_out.unwrap_or(hold_out),
            training: TrainConfig {
                epochs: self.epochs.unwrap_or(usual.epochs),
                batch: self.batch.unwrap_or(usual.batch),
                learning_rate: self.learning_rate.unwrap_or(usual.learning_rate),
                momentum: self.momentum.unwrap_or(usual.momentum),
                weight_decay: self.weight_decay.unwrap_or(usual.weight_decay),
                schedule: self.schedule.unwrap_or(usual.schedule),
                max_shift: self.max_shift.unwrap_or(usual.max_shift),
                max_rotation: self.max_rotation.unwrap_or(usual.max_rotation),
                seed: self.seed.unwrap_or(usual.seed),
                threads: self.threads,
            },
        })
    }
}

pub(crate) fn run(arguments: &FitArguments) -> anyhow::Result<()> {
    let preset = arguments.preset()?;
    let splits = Splits::load(&arguments.data, preset.hold_out)?;
    let mut network = Network::new(preset.spec, preset.training.seed)?;
    let grey = preset.max_grey;
    // Whatever could go wrong after the training is found out before it.
    check_data(&network, &splits.test, grey, "test")?;
    create_parent(&arguments.out)?;
    let mut bar = Bar::new(splits.train.len(), preset.training.epochs);
    let best =
        fit(&mut network, &splits.train, &splits.validation, grey, &preset.training, &mut bar)?;
    bar.finish();
    let score = |data| evaluate(&network, data, grey, preset.training.threads);
    let scores = [score(&splits.train)?, score(&splits.validation)?, score(&splits.test)?];
    let model = to_onnx(&network, &metadata(&preset, &network, &best, &scores))?;
    std::fs::write(&arguments.out, model.encode_to_vec())
        .with_context(|| format!("cannot write `{}`", arguments.out.display()))?;
    report(&network, &best, &scores)
}

fn create_parent(file: &Path) -> anyhow::Result<()> {
    let Some(folder) = file.parent() else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))
}

fn report(network: &Network, best: &EpochReport, scores: &[Score; 3]) -> anyhow::Result<()> {
    let mut text = format!("{} parameters, best epoch {}\n", network.parameter_count(), best.epoch);
    for (part, score) in ["train", "validation", "test"].into_iter().zip(scores) {
        let Score { correct, samples, .. } = score;
        writeln!(text, "{part}: {} ({correct} of {samples})", describe(*score))?;
    }
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// What a model file says about its own making.
fn metadata(
    preset: &Preset,
    network: &Network,
    best: &EpochReport,
    [train, validation, test]: &[Score; 3],
) -> Vec<(String, String)> {
    let share =
        |score: &Score| format!("{:.4} ({} of {})", score.accuracy(), score.correct, score.samples);
    [
        ("training_command", command(preset)),
        ("seed", preset.training.seed.to_string()),
        ("parameters", network.parameter_count().to_string()),
        ("best_epoch", best.epoch.to_string()),
        ("input_scale", format!("grey 0..{} divided by {0}", preset.max_grey)),
        ("accuracy_train", share(train)),
        ("accuracy_validation", share(validation)),
        ("accuracy_test", share(test)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

/// The command that repeats a run, with every setting that matters and no path of this machine.
fn command(Preset { spec, max_grey, hold_out, training }: &Preset) -> String {
    let TrainConfig {
        epochs,
        batch,
        learning_rate,
        momentum,
        weight_decay,
        schedule,
        max_shift,
        max_rotation,
        seed,
        threads: _,
    } = training;
    format!(
        "bitladder-train fit --network {} --data DIR --out FILE --epochs {epochs} --batch {batch} \
         --learning-rate {learning_rate} --momentum {momentum} --weight-decay {weight_decay} \
         --schedule {schedule} --max-shift {max_shift} --max-rotation {max_rotation} \
         --seed {seed} --hold-out {hold_out} --max-grey {max_grey}",
        spec.name
    )
}
