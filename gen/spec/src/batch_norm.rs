//! Folding a batch norm into the layer before it.

/// A batch norm's parameters per channel, in inference form.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchNorm {
    /// Scale.
    pub gamma: Vec<f32>,
    /// Offset.
    pub beta: Vec<f32>,
    /// Running mean.
    pub mean: Vec<f32>,
    /// Running variance.
    pub variance: Vec<f32>,
    /// Added to the variance.
    pub epsilon: f32,
}

impl BatchNorm {
    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.gamma.len()
    }

    /// The affine form of a channel, `y = x * scale + offset`, in double precision.
    pub fn affine(&self, channel: usize) -> (f64, f64) {
        let variance = f64::from(self.variance[channel]) + f64::from(self.epsilon);
        let scale = f64::from(self.gamma[channel]) / variance.sqrt();
        let offset = f64::from(self.beta[channel]) - f64::from(self.mean[channel]) * scale;
        (scale, offset)
    }
}

/// Folds a batch norm into weights (outputs first) and bias: both are computed in double precision
/// and rounded once to single. Folding happens before quantisation, so the integers never see it.
pub fn fold_batch_norm(weights: &mut [f32], bias: &mut [f32], norm: &BatchNorm) {
    let per_output = weights.len() / bias.len().max(1);
    for (channel, b) in bias.iter_mut().enumerate() {
        let (scale, offset) = norm.affine(channel);
        let filter = &mut weights[channel * per_output..(channel + 1) * per_output];
        for w in filter {
            *w = (f64::from(*w) * scale) as f32;
        }
        *b = (f64::from(*b) * scale + offset) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_equals_applied() {
        let norm = BatchNorm {
            gamma: vec![2.0, -0.5],
            beta: vec![0.25, 1.0],
            mean: vec![0.5, -1.0],
            variance: vec![4.0, 0.25],
            epsilon: 0.0,
        };
        let (mut weights, mut bias) = (vec![1.0, 3.0, -2.0, 0.5], vec![0.125, 0.0]);
        let input = [0.75f32, -0.25];
        let apply = |weights: &[f32], bias: &[f32], channel: usize| {
            let w = &weights[channel * 2..channel * 2 + 2];
            w[0] * input[0] + w[1] * input[1] + bias[channel]
        };
        let plain = [0, 1].map(|c| apply(&weights, &bias, c));
        fold_batch_norm(&mut weights, &mut bias, &norm);
        for (channel, plain) in plain.into_iter().enumerate() {
            let (scale, offset) = norm.affine(channel);
            let wanted = f64::from(plain) * scale + offset;
            assert_eq!(f64::from(apply(&weights, &bias, channel)), wanted);
        }
    }
}
