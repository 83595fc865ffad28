//! Layers that add dimensions to the data, and the hybrid formats they suggest: paper 003.
//!
//! A layer is significant if it needs more principal components than the one before it. Components
//! are those of the results before the activation function, every position of every image being a
//! sample with a number per channel.

use bitladder_flow::Samples;
use bitladder_golden::{FloatBatch, float};
use bitladder_network::{FloatNetwork, FloatOp};
use serde::Serialize;

use crate::StudyError;
use crate::eigen::eigenvalues;
use crate::error::check_share;

/// A layer with weights and its significant dimensions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dimensions {
    /// Its number, from 1.
    pub number: usize,
    /// Its name.
    pub layer: String,
    /// Its channels.
    pub channels: usize,
    /// Components that explain the wanted share of the variance: k.
    pub components: usize,
    /// Whether k grows by more than Delta, and the layer is neither the first nor the last.
    pub significant: bool,
}

/// What counts as significant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Criteria {
    /// Share of the variance that components must explain: T.
    pub variance: f64,
    /// Significant layers add more components than this: Delta.
    pub delta: usize,
}

/// Sums over samples from which the covariance follows.
struct Moments {
    layer: usize,
    samples: f64,
    sums: Vec<f64>,
    products: Vec<f64>,
}

impl Moments {
    fn new(layer: usize, channels: usize) -> Self {
        let products = vec![0.0; channels * channels];
        Self { layer, samples: 0.0, sums: vec![0.0; channels], products }
    }

    fn add(&mut self, batch: &FloatBatch) {
        let channels = self.sums.len();
        for image in 0..batch.images() {
            let values = batch.image(image);
            let positions = values.len() / channels.max(1);
            for position in 0..positions {
                let at = |channel: usize| f64::from(values[channel * positions + position]);
                for a in 0..channels {
                    let value = at(a);
                    self.sums[a] += value;
                    let row = &mut self.products[a * channels..][..=a];
                    for (b, product) in row.iter_mut().enumerate() {
                        *product += value * at(b);
                    }
                }
            }
            self.samples += positions as f64;
        }
    }

    fn covariance(&self) -> Vec<f64> {
        let (channels, n) = (self.sums.len(), self.samples.max(1.0));
        let of = |place: usize| {
            let (a, b) = (place / channels, place % channels);
            let product = self.products[a.max(b) * channels + a.min(b)];
            product / n - self.sums[a] / n * (self.sums[b] / n)
        };
        (0..channels * channels).map(of).collect()
    }
}

/// The smallest number of components that explain the share `variance` of the trace. Rounding can
/// leave eigenvalues slightly below zero; they explain nothing.
fn components(eigenvalues: &[f64], variance: f64) -> usize {
    let positive = || eigenvalues.iter().map(|value| value.max(0.0));
    let total: f64 = positive().sum();
    if total <= 0.0 {
        return 0;
    }
    let mut explained = 0.0;
    let enough = positive().position(|value| {
        explained += value;
        explained >= variance * total * (1.0 - 1e-12)
    });
    enough.map_or(eigenvalues.len(), |place| place + 1)
}

/// Significant dimensions of all layers with weights, over all samples.
pub fn dimensions(
    network: &FloatNetwork,
    samples: &Samples,
    criteria: Criteria,
    threads: usize,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Dimensions>, StudyError> {
    check_share("the variance T", criteria.variance)?;
    let weighted = |op: &FloatOp| matches!(op, FloatOp::Conv { .. } | FloatOp::Dense { .. });
    let layers = network.layers().iter().enumerate().filter(|(_, layer)| weighted(&layer.op));
    let mut moments: Vec<Moments> =
        layers.map(|(index, layer)| Moments::new(index, layer.shape[0])).collect();
    let mut done = 0;
    for (images, _) in samples.steps() {
        done += images.images();
        float::run(network, &[images], threads, |value, batch| {
            let layer = network.layer_of_value(value);
            if let Some(found) = moments.iter_mut().find(|m| Some(m.layer) == layer) {
                found.add(batch);
            }
            Ok::<(), StudyError>(())
        })?;
        progress(done);
    }
    let of =
        |m: &Moments| components(&eigenvalues(m.covariance(), m.sums.len()), criteria.variance);
    let found: Vec<usize> = moments.iter().map(of).collect();
    let names = moments.iter().map(|m| network.layers()[m.layer].name.clone());
    let channels = moments.iter().map(|m| m.sums.len());
    Ok(rated(names.zip(channels).zip(&found), &found, criteria.delta))
}

/// Marks the significant layers; first and last stay as they are whatever they add.
fn rated<'a>(
    layers: impl Iterator<Item = ((String, usize), &'a usize)>,
    found: &[usize],
    delta: usize,
) -> Vec<Dimensions> {
    let grows = |index: usize| {
        index > 0 && index + 1 < found.len() && found[index] > found[index - 1] + delta
    };
    let of = |(index, ((layer, channels), components)): (usize, ((String, usize), &usize))| {
        let significant = grows(index);
        Dimensions { number: index + 1, layer, channels, components: *components, significant }
    };
    layers.enumerate().map(of).collect()
}

/// Formats for a hybrid network as `LAYER=FORMAT`: first and last layers get `ends`, significant
/// ones `raised`; the rest is for the default format. Refuses a Delta that selects nothing.
pub fn hybrid(
    layers: &[Dimensions],
    delta: usize,
    ends: &str,
    raised: &str,
) -> Result<Vec<String>, StudyError> {
    if !layers.iter().any(|layer| layer.significant) {
        let inner = layers.windows(2).take(layers.len().saturating_sub(2));
        let growths = inner.map(|pair| pair[1].components.saturating_sub(pair[0].components));
        let most = growths.max().unwrap_or(0);
        return Err(StudyError::NothingSignificant { delta, most });
    }
    let last = layers.len();
    let of = |layer: &Dimensions| match layer.number {
        1 => Some(format!("{}={ends}", layer.layer)),
        number if number == last => Some(format!("{}={ends}", layer.layer)),
        _ if layer.significant => Some(format!("{}={raised}", layer.layer)),
        _ => None,
    };
    Ok(layers.iter().filter_map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_follow_the_share_of_the_trace() {
        let values = [6.0, 3.0, 0.9, 0.1, -1e-18];
        let found = [0.5, 0.6, 0.9, 0.99, 1.0].map(|share| components(&values, share));
        assert_eq!(found, [1, 1, 2, 3, 4]);
        assert_eq!(components(&[0.0, 0.0], 0.99), 0, "no variance, no component");
    }

    #[test]
    fn correlated_channels_count_once() {
        // Channel 1 is twice channel 0; channel 2 is its own.
        let data = vec![1., 2., 3., 4., 2., 4., 6., 8., 1., -1., -1., 1.];
        let batch = FloatBatch::new(1, vec![3, 2, 2], data).unwrap();
        let mut moments = Moments::new(0, 3);
        moments.add(&batch);
        let values = eigenvalues(moments.covariance(), 3);
        assert!((values[0] - 6.25).abs() < 1e-12 && (values[1] - 1.0).abs() < 1e-12, "{values:?}");
        assert!(values[2].abs() < 1e-12);
        assert_eq!(components(&values, 0.99), 2);
    }

    fn layers(components: &[usize], delta: usize) -> Vec<Dimensions> {
        let names = (1..).map(|number| (format!("l{number}"), 64));
        rated(names.zip(components), components, delta)
    }

    #[test]
    fn growth_above_delta_is_significant() {
        let found = layers(&[3, 5, 5, 9, 20], 1);
        let numbers: Vec<usize> =
            found.iter().filter(|l| l.significant).map(|l| l.number).collect();
        assert_eq!(numbers, [2, 4], "the last layer is full precision anyway");
        let formats = hybrid(&found, 1, "16", "2").unwrap();
        assert_eq!(formats, ["l1=16", "l2=2", "l4=2", "l5=16"]);
    }

    #[test]
    fn a_delta_that_selects_nothing_is_refused() {
        let message = hybrid(&layers(&[3, 5, 5, 9, 20], 4), 4, "16", "2").unwrap_err().to_string();
        assert_eq!(
            message,
            "Delta = 4 selects no layer: the largest growth between inner layers is 4; give a \
             smaller Delta"
        );
        let none = hybrid(&layers(&[3, 2, 1], 0), 0, "16", "2").unwrap_err().to_string();
        assert!(none.starts_with("Delta = 0 selects no layer"), "{none}");
    }
}
