//! Stochastic gradient descent with momentum, and the learning rate over time.

use crate::layers::Param;

/// How the learning rate falls during training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Schedule {
    /// Half a cosine from the full rate to zero.
    Cosine,
    /// The rate is multiplied by `factor` after every `epochs` epochs.
    Step {
        /// Epochs between two drops.
        epochs: usize,
        /// What is left of the rate after a drop.
        factor: f32,
    },
}

impl Schedule {
    /// The part of the full rate at `epoch` (with fractions) out of `epochs`.
    pub fn factor(self, epoch: f32, epochs: usize) -> f32 {
        match self {
            Self::Cosine => 0.5 * (1.0 + (std::f32::consts::PI * epoch / epochs as f32).cos()),
            Self::Step { epochs, factor } => {
                (0..epoch as usize / epochs.max(1)).fold(1.0, |rate, _| rate * factor)
            }
        }
    }
}

impl std::fmt::Display for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cosine => f.write_str("cosine"),
            Self::Step { epochs, factor } => write!(f, "step:{epochs}:{factor}"),
        }
    }
}

/// SGD with momentum: `v = momentum * v + gradient + decay * w`, then `w -= rate * v`.
pub struct Sgd {
    momentum: f32,
    weight_decay: f32,
    velocity: Vec<Vec<f32>>,
}

impl Sgd {
    /// An optimiser at rest for parameters of the given lengths.
    pub fn new(momentum: f32, weight_decay: f32, lengths: &[usize]) -> Self {
        let velocity = lengths.iter().map(|&length| vec![0.0; length]).collect();
        Self {
            momentum,
            weight_decay,
            velocity,
        }
    }

    /// One step; `grads` are mean gradients in the order of `params`.
    pub fn step<'a>(
        &mut self,
        params: impl Iterator<Item = &'a mut Param>,
        grads: &[Vec<f32>],
        rate: f32,
    ) {
        for ((param, grad), velocity) in params.zip(grads).zip(&mut self.velocity) {
            let decay = if param.decays { self.weight_decay } else { 0.0 };
            for ((value, &grad), speed) in param.values.iter_mut().zip(grad).zip(velocity) {
                *speed = self.momentum * *speed + grad + decay * *value;
                *value -= rate * *speed;
            }
        }
    }
}

/// A text that names no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no schedule: give `cosine` or `step:EPOCHS:FACTOR`, such as `step:5:0.1`")]
pub struct ScheduleError {
    /// The text.
    pub text: String,
}

impl std::str::FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        if text == "cosine" {
            return Ok(Self::Cosine);
        }
        let step = || {
            let (epochs, factor) = text.strip_prefix("step:")?.split_once(':')?;
            let (epochs, factor) = (epochs.parse().ok()?, factor.parse().ok()?);
            (epochs > 0).then_some(Self::Step { epochs, factor })
        };
        step().ok_or_else(|| ScheduleError {
            text: text.to_owned(),
        })
    }
}
