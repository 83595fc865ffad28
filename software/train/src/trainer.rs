//! The training loop.

use std::collections::BTreeMap;
use std::path::Path;

use bitladder_data::Dataset;
use bitladder_flow::Samples;
use bitladder_network::{FloatNetwork, fold_batch_norms};
use bitladder_package::Preprocess;
use burn_tensor::{Device, Int, Tensor, TensorData, activation};

use crate::checkpoint::{Checkpoint, EpochReport, Position};
use crate::data::{Splits, augmented, images, labels};
use crate::error::TrainError;
use crate::frozen::Frozen;
use crate::model::{Model, from_values, to_values};
use crate::optimiser::Optimiser;
use crate::quantised::{Quantised, quantise};
use crate::rng::SplitMix64;
use crate::run::{check, run};
use crate::score::{Score, score};
use crate::settings::Settings;
use crate::training::{Grids, Quantisation, Seen, Training};

/// Random streams of the order of images begin with this number.
const SHUFFLE_STREAM: u64 = 1;
/// Images per step outside training.
const EVALUATION_BATCH: usize = 200;
/// Part of a running statistic that a new batch replaces.
const RUNNING_SHARE: f64 = 0.1;

/// Watches a training run.
pub trait Observer {
    /// Called after every step with the images seen in the epoch and the score so far.
    fn after_step(&mut self, epoch: usize, so_far: Score);

    /// Called after every epoch.
    fn after_epoch(&mut self, report: &EpochReport);
}

/// A run: a network, its data, and how far it has come.
pub struct Session<'a> {
    settings: Settings,
    data: &'a Splits,
    model: Model,
    optimiser: Optimiser,
    position: Position,
    best: Vec<Vec<f32>>,
}

impl<'a> Session<'a> {
    /// Prepares a run; whatever could go wrong later is found out here.
    pub fn new(
        network: &FloatNetwork,
        settings: Settings,
        data: &'a Splits,
        device: &Device,
    ) -> Result<Self, TrainError> {
        settings.check()?;
        check(network)?;
        data.check(network)?;
        let folds = settings.plan.is_some() && !settings.keep_norms;
        let network = if folds { fold_batch_norms(network)? } else { network.clone() };
        let mut model = Model::new(network, device);
        model.restrict(settings.scope);
        let optimiser = Optimiser::new(settings.method, settings.decay, model.parameters());
        let position = Position {
            network: model.network().name().to_owned(),
            epoch: 0,
            step: 0,
            score: Score::default(),
            optimiser_steps: 0,
            grids: None,
            history: Vec::new(),
            best: None,
        };
        let mut session = Self { settings, data, model, optimiser, position, best: Vec::new() };
        session.position.grids = session.quantised()?.as_ref().map(Grids::of);
        Ok(session)
    }

    /// Goes back to where a checkpoint was written.
    pub fn restore(&mut self, path: &Path) -> Result<(), TrainError> {
        let checkpoint = Checkpoint::read(path)?;
        let (_, memory) = self.optimiser.state();
        let network = self.model.network().name().to_owned();
        checkpoint.check(path, &network, [&self.model.state(), &memory])?;
        self.model.set_state(checkpoint.model);
        self.optimiser.set_state(checkpoint.position.optimiser_steps, checkpoint.optimiser);
        self.position = checkpoint.position;
        self.best = checkpoint.best;
        Ok(())
    }

    fn save(&mut self, path: &Path) -> Result<(), TrainError> {
        let (steps, optimiser) = self.optimiser.state();
        self.position.optimiser_steps = steps;
        let (position, best) = (self.position.clone(), self.best.clone());
        let checkpoint = Checkpoint { position, model: self.model.state(), optimiser, best };
        Ok(checkpoint.write(path)?)
    }

    /// Where the run stands.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// The network in the formats asked for, with its numbers as they are now.
    pub fn quantised(&self) -> Result<Option<Quantised>, TrainError> {
        let Some(plan) = &self.settings.plan else { return Ok(None) };
        let network = self.model.to_network()?;
        let some = Samples::spread(&self.data.train, self.settings.calibration);
        let samples = Samples::new(some, &network, &Preprocess::default())?;
        let none = BTreeMap::new();
        let held = self.position.grids.as_ref().map_or(&none, |grids| &grids.radix);
        Ok(Some(quantise(&network, plan, &samples, held, self.settings.threads)?))
    }

    /// The network as it is to be judged, with its numbers as they are now.
    pub fn frozen(&self) -> Result<(Frozen, Option<Quantised>), TrainError> {
        let quantised = self.quantised()?;
        let device = self.model.device();
        let frozen = match &quantised {
            Some(quantised) => Frozen::quantised(quantised, device),
            None => Frozen::float(&self.model.to_network()?, device)?,
        };
        Ok((frozen, quantised))
    }

    /// The network in floating point, with its numbers as they are now.
    pub fn network(&self) -> Result<FloatNetwork, TrainError> {
        Ok(self.model.to_network()?)
    }

    /// Trains to the end, writing checkpoints on the way, and leaves the model with the numbers of
    /// the best epoch: the one with the most hits on the validation images, on a tie the one with
    /// the smaller loss.
    pub fn train(
        &mut self,
        checkpoint: &Path,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        while self.position.epoch < self.settings.last_epoch() {
            self.epoch(checkpoint, observer)?;
            let (frozen, quantised) = self.frozen().map_err(|error| self.ran_away(error))?;
            let validation = evaluate(&frozen, &self.data.validation);
            let (epoch, train) = (self.position.epoch + 1, self.position.score);
            let report = EpochReport { epoch, train, validation };
            self.position.history.push(report);
            let best = self.position.best.map(|best| best.validation);
            if best.is_none_or(|best| validation.is_better_than(best)) {
                self.position.best = Some(report);
                self.best = self.model.state();
            }
            self.position.grids = quantised.as_ref().map(Grids::of);
            (self.position.epoch, self.position.step) = (epoch, 0);
            self.position.score = Score::default();
            self.save(checkpoint)?;
            observer.after_epoch(&report);
        }
        self.model.set_state(self.best.clone());
        Ok(())
    }

    /// What could be quantised before the epoch and cannot any more.
    fn ran_away(&self, error: TrainError) -> TrainError {
        match error {
            TrainError::Quantise(source) => {
                TrainError::RanAway { epoch: self.position.epoch + 1, source: source.into() }
            }
            other => other,
        }
    }

    /// The steps of an epoch that are still to do.
    fn epoch(&mut self, checkpoint: &Path, observer: &mut dyn Observer) -> Result<(), TrainError> {
        let (epoch, seed) = (self.position.epoch, self.settings.seed);
        let mut order: Vec<usize> = (0..self.data.train.len()).collect();
        SplitMix64::derived(seed, &[SHUFFLE_STREAM, epoch as u64]).shuffle(&mut order);
        let steps = order.len().div_ceil(self.settings.batch);
        for (step, batch) in order.chunks(self.settings.batch).enumerate() {
            if step < self.position.step {
                continue;
            }
            let progress = epoch as f64 + step as f64 / steps as f64;
            let factor = self.settings.schedule.factor(progress, self.settings.epochs);
            let found = self.step(batch, self.settings.rate * factor)?;
            if !found.loss.is_finite() {
                return Err(TrainError::Diverged { epoch: epoch + 1 });
            }
            self.position.score = self.position.score.plus(found);
            self.position.step = step + 1;
            observer.after_step(epoch + 1, self.position.score);
            if (step + 1) % self.settings.checkpoint_steps == 0 && step + 1 < steps {
                self.save(checkpoint)?;
            }
        }
        Ok(())
    }

    /// One batch: forward through the codes, backward to the float numbers.
    fn step(&mut self, batch: &[usize], rate: f64) -> Result<Score, TrainError> {
        let Settings { augmentation, seed, plan, pass_saturated, .. } = &self.settings;
        let grids = self.position.grids.as_ref();
        let limits = (*augmentation, *seed, self.position.epoch);
        let format = grids.map(|grids| grids.input);
        let images = augmented(&self.data.train, batch, limits, format);
        let labels = labels(&self.data.train, batch);
        let formats = plan.as_ref().zip(grids).map(|(plan, grids)| {
            let pass_saturated = *pass_saturated;
            Quantisation { plan, grids, pass_saturated }
        });
        let mut numbers = Training::new(&self.model, formats)?;
        let device = self.model.device();
        let images =
            from_values(images, device).reshape([batch.len(), self.data.train.image_size()]);
        let logits = run(self.model.network(), images.autodiff(), &mut numbers);
        let found = score(&to_values(&logits), &labels);
        let gradients = loss(logits, &labels, device).backward();
        let leaves = numbers.leaves.iter().zip(self.model.parameters());
        let gradient = |(leaf, parameter): (&Tensor<1>, &crate::model::Parameter)| {
            parameter.trainable.then(|| leaf.grad(&gradients)).flatten()
        };
        let gradients = leaves.map(gradient).collect();
        let seen = numbers.seen;
        self.optimiser.step(self.model.parameters_mut(), gradients, rate);
        remember(&mut self.model, seen, batch.len());
        Ok(found)
    }

    /// Scores on the three parts of the data.
    pub fn scores(&self, frozen: &Frozen) -> [(&'static str, Score); 3] {
        let Splits { train, validation, test } = self.data;
        [("train", train), ("validation", validation), ("test", test)]
            .map(|(part, data)| (part, evaluate(frozen, data)))
    }
}

/// Mean cross entropy.
fn loss(logits: Tensor<2>, labels: &[u16], device: &Device) -> Tensor<1> {
    let rows = labels.len();
    let labels: Vec<i32> = labels.iter().map(|label| i32::from(*label)).collect();
    let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [rows]), device);
    let chosen = activation::log_softmax(logits, 1).gather(1, labels.reshape([rows, 1]));
    chosen.mean().neg()
}

/// Blends a batch's statistics into the running ones; the running variance is the unbiased one.
fn remember(model: &mut Model, seen: Vec<Seen>, images: usize) {
    for Seen { layer, mean, variance } in seen {
        let positions: usize = model.network().layers()[layer].shape[1..].iter().product();
        let count = (images * positions) as f64;
        let unbiased = variance.mul_scalar(count / (count - 1.0).max(1.0));
        let blend = |old: &Tensor<1>, new: Tensor<1>| {
            old.clone().mul_scalar(1.0 - RUNNING_SHARE) + new.mul_scalar(RUNNING_SHARE)
        };
        if let Some(running) = model.running_mut().iter_mut().find(|r| r.layer == layer) {
            running.mean = blend(&running.mean, mean);
            running.variance = blend(&running.variance, unbiased);
        }
    }
}

/// Scores a network on unchanged images.
pub fn evaluate(frozen: &Frozen, data: &Dataset) -> Score {
    let all: Vec<usize> = (0..data.len()).collect();
    let score_of = |numbers: &[usize]| {
        let logits = frozen.logits(images(data, numbers, frozen.input()));
        score(&to_values(&logits), &labels(data, numbers))
    };
    all.chunks(EVALUATION_BATCH).map(score_of).fold(Score::default(), Score::plus)
}
