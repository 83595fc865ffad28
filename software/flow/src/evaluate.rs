//! How good a network is on labelled images.

use std::time::{Duration, Instant};

use bitladder_golden::{Engine, Evaluation, FloatBatch, GoldenError, IntBatch, classify, float};
use bitladder_network::{FloatNetwork, QuantNetwork};
use bitladder_spec::ValueRounding;
use bitladder_spec::decision::{TopTwo, argmax_real};

use crate::{FlowError, Progress, STEP, Samples};

/// An evaluation and the time the network itself took.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// Accuracy and confusion matrix.
    pub evaluation: Evaluation,
    /// Time spent computing, without reading images.
    pub time: Duration,
}

/// Runs a quantised network over all samples; hands out the number of the first image and the
/// integer result of each step. Gives the time spent in the engine.
pub(crate) fn over_results(
    network: &QuantNetwork,
    samples: &Samples,
    threads: usize,
    take: &mut dyn FnMut(usize, &IntBatch),
) -> Result<Duration, FlowError> {
    let engine = Engine::new(network)?;
    let mut time = Duration::ZERO;
    for (images, first) in samples.steps() {
        let start = Instant::now();
        let input = images.quantized(network.inputs[0].format, ValueRounding::default());
        let result = engine.run(&[input], threads)?;
        time += start.elapsed();
        take(first, &result);
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
    let time = over_results(network, samples, threads, &mut |first, result| {
        for (offset, best) in classify(result).into_iter().enumerate() {
            evaluation.add(
                usize::from(labels[first + offset]),
                best.map_or(usize::MAX, |best| best.first),
            );
        }
        progress(first + result.images());
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
    let engine = Engine::new(network)?;
    let mut decisions = Vec::with_capacity(numbers.len());
    for step in numbers.chunks(STEP) {
        let images = samples.chosen(step.iter().copied());
        let input = images.quantized(network.inputs[0].format, ValueRounding::default());
        let result = engine.run(&[input], threads)?;
        decisions.extend(classify(&result).into_iter().map(Decision::from));
    }
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
