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
        Self { momentum, weight_decay, velocity }
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
        step().ok_or_else(|| ScheduleError { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cosine_falls_from_one_to_zero() {
        let factor = |epoch| Schedule::Cosine.factor(epoch, 8);
        assert_eq!(factor(0.0), 1.0);
        assert!((factor(4.0) - 0.5).abs() < 1e-6);
        assert!(factor(8.0).abs() < 1e-6);
    }

    #[test]
    fn steps_fall_after_whole_epochs() {
        let schedule = Schedule::Step { epochs: 3, factor: 0.5 };
        let factors = [0.0, 2.9, 3.0, 6.5].map(|epoch| schedule.factor(epoch, 8));
        assert_eq!(factors, [1.0, 1.0, 0.5, 0.25]);
    }

    #[test]
    fn schedules_read_what_they_print() {
        for schedule in [Schedule::Cosine, Schedule::Step { epochs: 5, factor: 0.1 }] {
            assert_eq!(schedule.to_string().parse(), Ok(schedule));
        }
        for text in ["linear", "step", "step:5", "step:0:0.1", "step:x:0.1", "step:5:x"] {
            assert!(text.parse::<Schedule>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_step_follows_the_formula() {
        let mut weight = Param::weight(&[1], vec![2.0]);
        let mut bias = Param { values: vec![2.0], ..Param::zero_bias(1) };
        let mut sgd = Sgd::new(0.5, 0.25, &[1, 1]);
        for _ in 0..2 {
            sgd.step([&mut weight, &mut bias].into_iter(), &[vec![1.0], vec![1.0]], 0.1);
        }
        // Weight: v = 1 + 0.25 * 2 = 1.5, w = 1.85; v = 0.75 + 1 + 0.4625 = 2.2125, w = 1.62875.
        assert!((weight.values[0] - 1.62875).abs() < 1e-6);
        // Bias, without decay: v = 1, then 1.5; w = 1.9, then 1.75.
        assert!((bias.values[0] - 1.75).abs() < 1e-6);
    }
}
