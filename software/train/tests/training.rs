//! Whole training runs on the shipped digits, cut short.
#![allow(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

mod common;

use bitladder_train::config::{TrainConfig, TrainError};
use bitladder_train::dataset::Dataset;
use bitladder_train::loss::Score;
use bitladder_train::network::Network;
use bitladder_train::optimiser::Schedule;
use bitladder_train::shape::Shape;
use bitladder_train::spec::{DIGITS_CNN, preset};
use bitladder_train::trainer::{EpochReport, Observer, evaluate, fit};
use common::digits;

/// Keeps what it sees.
#[derive(Default)]
struct Diary {
    steps: Vec<(usize, Score)>,
    epochs: Vec<EpochReport>,
}

impl Observer for Diary {
    fn after_step(&mut self, epoch: usize, so_far: Score) {
        self.steps.push((epoch, so_far));
    }

    fn after_epoch(&mut self, report: &EpochReport) {
        self.epochs.push(*report);
    }
}

fn short() -> TrainConfig {
    TrainConfig { epochs: 2, ..preset("digits-cnn").unwrap().training }
}

fn first(data: &Dataset, count: usize) -> Dataset {
    data.select(&(0..count).collect::<Vec<_>>())
}

fn train(config: &TrainConfig, images: usize) -> (Network, EpochReport, Diary) {
    let splits = digits();
    let mut network = Network::new(DIGITS_CNN, config.seed).unwrap();
    let mut diary = Diary::default();
    let train = first(&splits.train, images);
    let best = fit(&mut network, &train, &splits.validation, 16, config, &mut diary).unwrap();
    (network, best, diary)
}

fn weight_bits(network: &Network) -> Vec<u32> {
    network.params().flat_map(|param| &param.values).map(|value| value.to_bits()).collect()
}

#[test]
fn a_handful_of_images_is_learned_by_heart() {
    let config = TrainConfig { epochs: 60, batch: 16, max_shift: 0, max_rotation: 0.0, ..short() };
    let (_, _, diary) = train(&config, 40);
    let last = diary.epochs.last().unwrap().train;
    assert_eq!(last.correct, 40);
    assert!(last.mean_loss() < 0.02, "the loss is still {}", last.mean_loss());
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let bits = |threads| weight_bits(&train(&TrainConfig { threads, ..short() }, 500).0);
    let alone = bits(1);
    assert_eq!(alone, bits(2));
    assert_eq!(alone, bits(3));
    assert_eq!(alone, bits(64));
}

#[test]
fn the_seed_decides() {
    let bits = |seed| weight_bits(&train(&TrainConfig { seed, ..short() }, 100).0);
    assert_eq!(bits(5), bits(5));
    assert_ne!(bits(5), bits(6));
}

#[test]
fn the_weights_kept_are_those_of_the_best_epoch() {
    // The rate grows a hundredfold after two good epochs, which destroys what was learned.
    let schedule = Schedule::Step { epochs: 2, factor: 100.0 };
    let config = TrainConfig { epochs: 4, batch: 16, schedule, ..short() };
    let (network, best, diary) = train(&config, 500);
    let hits: Vec<usize> = diary.epochs.iter().map(|report| report.validation.correct).collect();
    assert!(hits[3] < hits[1], "the run was meant to end worse than its best: {hits:?}");
    assert_eq!((best.epoch, best.validation.correct), (2, hits[1]));
    assert_eq!(evaluate(&network, &digits().validation, 16, 1), Ok(best.validation));
}

#[test]
fn a_batch_that_is_not_full_has_its_own_mean() {
    let bits = |batch| weight_bits(&train(&TrainConfig { batch, ..short() }, 40).0);
    assert_eq!(bits(40), bits(1000));
}

#[test]
fn the_observer_sees_every_step() {
    let (_, _, diary) = train(&TrainConfig { batch: 48, ..short() }, 100);
    let seen: Vec<_> = diary.steps.iter().map(|&(epoch, score)| (epoch, score.samples)).collect();
    assert_eq!(seen, [(1, 48), (1, 96), (1, 100), (2, 48), (2, 96), (2, 100)]);
    assert_eq!(diary.epochs.iter().map(|report| report.epoch).collect::<Vec<_>>(), [1, 2]);
}

fn refusal(config: &TrainConfig, max_grey: u8, change: impl Fn(&mut Dataset)) -> String {
    let mut splits = digits();
    change(&mut splits.train);
    let mut network = Network::new(DIGITS_CNN, 1).unwrap();
    let (train, validation) = (&splits.train, &splits.validation);
    fit(&mut network, train, validation, max_grey, config, &mut Diary::default())
        .unwrap_err()
        .to_string()
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let with = |config: TrainConfig| refusal(&config, 16, |_| ());
    assert_eq!(with(TrainConfig { batch: 0, ..short() }), "`batch` is 0: give a positive number");
    assert_eq!(
        with(TrainConfig { momentum: -0.5, ..short() }),
        "`momentum` is -0.5: give a number that is not negative"
    );
    assert_eq!(
        with(TrainConfig { learning_rate: f32::NAN, ..short() }),
        "`learning-rate` is NaN: give a number that is not negative"
    );
    assert_eq!(refusal(&short(), 0, |_| ()), "`max-grey` is 0: give a positive number");
}

#[test]
fn data_that_does_not_fit_is_refused() {
    let with = |change: fn(&mut Dataset)| refusal(&short(), 16, change);
    assert_eq!(
        with(|data| data.shape = Shape::new(1, 16, 4)),
        "the training images are 1x16x4 but network `digits-cnn` takes 1x8x8"
    );
    assert_eq!(
        with(|data| data.labels[7] = 10),
        "the training labels contain 10 but network `digits-cnn` has 10 outputs"
    );
    assert_eq!(
        with(|data| data.pixels[0] = 17),
        "the training images contain grey 17 but `max-grey` is 16: raise it"
    );
    assert_eq!(
        with(|data| *data = data.select(&[])),
        "there are no training images: check the data folder"
    );
}

#[test]
fn a_run_that_explodes_says_so() {
    let config = TrainConfig { learning_rate: 1e6, ..short() };
    let message = refusal(&config, 16, |_| ());
    assert_eq!(message, TrainError::Diverged { epoch: 1 }.to_string());
    assert_eq!(message, "the loss became infinite in epoch 1: lower `learning-rate`");
}
