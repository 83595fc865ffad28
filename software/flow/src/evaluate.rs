//! How good a network is on labelled images.

use std::time::{Duration, Instant};

use bitladder_golden::{Engine, Evaluation, FloatBatch, GoldenError, IntBatch, classify, float};
use bitladder_network::{FloatNetwork, QuantNetwork};
use bitladder_spec::decision::{TopTwo, argmax_real, top_two};

use crate::{FlowError, Progress, STEP, Samples};

/// An evaluation and the time the network itself took.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// Accuracy and confusion matrix.
    pub evaluation: Evaluation,
    /// Time spent computing, without reading images.
    pub time: Duration,
}

/// Runs a quantised network over steps of images; hands out the integer result of each. Gives the
/// time spent in the engine.
fn over_results(
    network: &QuantNetwork,
    steps: impl Iterator<Item = FloatBatch>,
    threads: usize,
    mut take: impl FnMut(&IntBatch),
) -> Result<Duration, FlowError> {
    let engine = Engine::new(network)?;
    let mut time = Duration::ZERO;
    for images in steps {
        let start = Instant::now();
        let result = engine.run(&[images.quantized_for(network)], threads)?;
        time += start.elapsed();
        take(&result);
    }
    Ok(time)
}

/// Accuracy of a quantised network.
pub fn evaluate(
    network: &QuantNetwork,
    samples: &Samples,
    threads: usize,
    progress: Progress,
) -> Result<Evaluated, FlowError> {
    let labels = samples.labels()?;
    let mut evaluation = Evaluation::new(samples.classes());
    let mut labels = labels.iter();
    let mut done = 0;
    let steps = samples.steps().map(|(images, _)| images);
    let time = over_results(network, steps, threads, |result| {
        for (best, label) in classify(result).into_iter().zip(&mut labels) {
            evaluation.add(usize::from(*label), best.map_or(usize::MAX, |best| best.first));
        }
        done += result.images();
        progress(done);
    })?;
    Ok(Evaluated { evaluation, time })
}

/// What a network says about an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The best class; `None` if there are no classes.
    pub class: Option<usize>,
    /// Its lead over the second, in integers of the result; without a second there is no doubt.
    pub margin: u64,
}

impl From<Option<TopTwo>> for Decision {
    fn from(best: Option<TopTwo>) -> Self {
        let margin = best.and_then(|best| best.margin());
        let class = best.map(|best| best.first);
        Self { class, margin: margin.map_or(u64::MAX, i64::cast_unsigned) }
    }
}

/// The decisions for some of the samples, by their numbers.
pub fn decide(
    network: &QuantNetwork,
    samples: &Samples,
    numbers: &[usize],
    threads: usize,
) -> Result<Vec<Decision>, FlowError> {
    decide_by(network, samples, numbers, threads, |logits| Decision::from(top_two(logits)))
}

/// What somebody makes of the logits of some of the samples, by their numbers.
pub fn decide_by<T>(
    network: &QuantNetwork,
    samples: &Samples,
    numbers: &[usize],
    threads: usize,
    of: impl Fn(&[i32]) -> T,
) -> Result<Vec<T>, FlowError> {
    let mut decisions = Vec::with_capacity(numbers.len());
    let steps = numbers.chunks(STEP).map(|step| samples.chosen(step.iter().copied()));
    over_results(network, steps, threads, |result| {
        decisions.extend((0..result.images()).map(|image| of(result.image(image))));
    })?;
    Ok(decisions)
}

/// Accuracy of a float network.
pub fn evaluate_float(
    network: &FloatNetwork,
    samples: &Samples,
    threads: usize,
    progress: Progress,
) -> Result<Evaluated, FlowError> {
    let labels = samples.labels()?;
    let mut evaluation = Evaluation::new(samples.classes());
    let mut time = Duration::ZERO;
    for (images, first) in samples.steps() {
        let start = Instant::now();
        let result: FloatBatch =
            float::run(network, &[images], threads, |_, _| Ok::<(), GoldenError>(()))?;
        time += start.elapsed();
        for image in 0..result.images() {
            evaluation.add(
                usize::from(labels[first + image]),
                argmax_real(result.image(image)).unwrap_or(usize::MAX),
            );
        }
        progress(first + result.images());
    }
    Ok(Evaluated { evaluation, time })
}
