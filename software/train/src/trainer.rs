//! The training loop.

use crate::augment::{Motion, scale};
use crate::config::{TrainConfig, TrainError, check_data};
use crate::dataset::Dataset;
use crate::loss::{Score, softmax_cross_entropy};
use crate::network::{ChunkGradient, Network};
use crate::optimiser::Sgd;
use crate::parallel::{self, CHUNK};
use crate::rng::SplitMix64;

/// Random streams of the trainer. Layers use streams of one number, these have two and more.
const SHUFFLE_STREAM: u64 = 1;
const AUGMENT_STREAM: u64 = 2;

/// What happened in one epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochReport {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Score on the augmented training images, while the weights were changing.
    pub train: Score,
    /// Score on the validation images at the end.
    pub validation: Score,
}

/// Watches a training run.
pub trait Observer {
    /// Called after every step with the score of the epoch so far.
    fn after_step(&mut self, epoch: usize, so_far: Score);

    /// Called after every epoch.
    fn after_epoch(&mut self, report: &EpochReport);
}

/// Trains a network and leaves it with the weights of the best epoch.
///
/// The best epoch is the one with the most hits on the validation images, on a tie the one with
/// the smaller validation loss. Its report is returned.
pub fn fit(
    network: &mut Network,
    train: &Dataset,
    validation: &Dataset,
    max_grey: u8,
    config: &TrainConfig,
    observer: &mut dyn Observer,
) -> Result<EpochReport, TrainError> {
    config.check()?;
    check_data(network, train, max_grey, "training")?;
    check_data(network, validation, max_grey, "validation")?;
    let lengths: Vec<usize> = network.params().map(|param| param.values.len()).collect();
    let mut sgd = Sgd::new(config.momentum, config.weight_decay, &lengths);
    let feed = Feed { data: train, max_grey, config };
    let mut best: Option<(EpochReport, Vec<Vec<f32>>)> = None;
    for epoch in 0..config.epochs {
        let train_score = run_epoch(network, &mut sgd, &feed, epoch, observer);
        if !train_score.loss.is_finite() {
            return Err(TrainError::Diverged { epoch: epoch + 1 });
        }
        let validation_score = score(network, validation, max_grey, config.threads);
        let report =
            EpochReport { epoch: epoch + 1, train: train_score, validation: validation_score };
        observer.after_epoch(&report);
        if best.as_ref().is_none_or(|(old, _)| is_better(report.validation, old.validation)) {
            best = Some((report, network.params().map(|param| param.values.clone()).collect()));
        }
    }
    let (report, weights) = best.expect("there is at least one epoch");
    for (param, values) in network.params_mut().zip(weights) {
        param.values = values;
    }
    Ok(report)
}

/// Scores a network on unchanged images.
pub fn evaluate(
    network: &Network,
    data: &Dataset,
    max_grey: u8,
    threads: usize,
) -> Result<Score, TrainError> {
    check_data(network, data, max_grey, "evaluation")?;
    Ok(score(network, data, max_grey, threads))
}

fn score(network: &Network, data: &Dataset, max_grey: u8, threads: usize) -> Score {
    let size = data.shape.size();
    let chunks = data.len().div_ceil(CHUNK);
    let scores = parallel::map(threads, chunks, |chunk| {
        let indices = chunk * CHUNK..data.len().min((chunk + 1) * CHUNK);
        let mut images = vec![0.0; indices.len() * size];
        for (index, target) in indices.clone().zip(images.chunks_exact_mut(size)) {
            scale(data.image(index), max_grey, target);
        }
        softmax_cross_entropy(&mut network.logits(&images), &data.labels[indices])
    });
    scores.into_iter().fold(Score::default(), Score::plus)
}

fn is_better(new: Score, old: Score) -> bool {
    new.correct > old.correct || (new.correct == old.correct && new.loss < old.loss)
}

fn run_epoch(
    network: &mut Network,
    sgd: &mut Sgd,
    feed: &Feed<'_>,
    epoch: usize,
    observer: &mut dyn Observer,
) -> Score {
    let config = feed.config;
    let mut order: Vec<usize> = (0..feed.data.len()).collect();
    SplitMix64::derived(config.seed, &[SHUFFLE_STREAM, epoch as u64]).shuffle(&mut order);
    let mut score = Score::default();
    for batch in order.chunks(config.batch) {
        let progress = epoch as f32 + score.samples as f32 / order.len() as f32;
        let rate = config.learning_rate * config.schedule.factor(progress, config.epochs);
        let step = feed.batch_gradient(network, batch, epoch);
        sgd.step(network.params_mut(), &step.grads, rate);
        score = score.plus(step.score);
        observer.after_step(epoch + 1, score);
    }
    score
}

/// The training images on their way into the network.
struct Feed<'a> {
    data: &'a Dataset,
    max_grey: u8,
    config: &'a TrainConfig,
}

impl Feed<'_> {
    /// Score and mean gradient of one batch.
    fn batch_gradient(&self, network: &Network, batch: &[usize], epoch: usize) -> ChunkGradient {
        let chunks: Vec<&[usize]> = batch.chunks(CHUNK).collect();
        let parts = parallel::map(self.config.threads, chunks.len(), |chunk| {
            let labels: Vec<u8> =
                chunks[chunk].iter().map(|&index| self.data.labels[index]).collect();
            network.gradient(&self.augmented(chunks[chunk], epoch), &labels)
        });
        let sum = parts
            .into_iter()
            .reduce(|sum, part| add(sum, &part))
            .expect("a batch has at least one chunk");
        let share = 1.0 / batch.len() as f32;
        let mean = |grad: Vec<f32>| grad.into_iter().map(|value| value * share).collect();
        ChunkGradient { score: sum.score, grads: sum.grads.into_iter().map(mean).collect() }
    }

    /// Scaled and randomly moved images. Each image of each epoch has its own random stream, so
    /// the result does not depend on who works on it.
    fn augmented(&self, indices: &[usize], epoch: usize) -> Vec<f32> {
        let shape = self.data.shape;
        let mut images = vec![0.0; indices.len() * shape.size()];
        let mut scaled = vec![0.0; shape.size()];
        for (&index, target) in indices.iter().zip(images.chunks_exact_mut(shape.size())) {
            let stream = [AUGMENT_STREAM, epoch as u64, index as u64];
            let mut rng = SplitMix64::derived(self.config.seed, &stream);
            let TrainConfig { max_shift, max_rotation, .. } = *self.config;
            scale(self.data.image(index), self.max_grey, &mut scaled);
            Motion::draw(max_shift, max_rotation, &mut rng).apply(shape, &scaled, target);
        }
        images
    }
}

fn add(mut sum: ChunkGradient, part: &ChunkGradient) -> ChunkGradient {
    sum.score = sum.score.plus(part.score);
    for (total, grad) in sum.grads.iter_mut().zip(&part.grads) {
        for (total, grad) in total.iter_mut().zip(grad) {
            *total += grad;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_count_first_and_the_loss_on_a_tie() {
        let score = |correct, loss| Score { loss, correct, samples: 10 };
        assert!(is_better(score(9, 5.0), score(8, 1.0)));
        assert!(!is_better(score(8, 1.0), score(9, 5.0)));
        assert!(is_better(score(8, 1.0), score(8, 2.0)));
        assert!(!is_better(score(8, 2.0), score(8, 2.0)), "the earlier epoch wins");
    }
}
