//! The learning rate over time.

use serde::{Deserialize, Serialize};

/// How the learning rate falls during training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Schedule {
    /// The full rate throughout.
    Constant,
    /// Half a cosine from the full rate to zero.
    Cosine,
    /// The rate is multiplied by `factor` after every `epochs` epochs.
    Step {
        /// Epochs between two drops.
        epochs: usize,
        /// What is left of the rate after a drop.
        factor: f64,
    },
}

impl Schedule {
    /// The part of the full rate at `epoch` (with fractions) out of `epochs`.
    pub fn factor(self, epoch: f64, epochs: usize) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * epoch / epochs as f64).cos()),
            Self::Step { epochs, factor } => {
                (0..epoch as usize / epochs.max(1)).fold(1.0, |rate, _| rate * factor)
            }
        }
    }
}

impl std::fmt::Display for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Cosine => f.write_str("cosine"),
            Self::Step { epochs, factor } => write!(f, "step:{epochs}:{factor}"),
        }
    }
}

/// A text that names no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no schedule: give `constant`, `cosine` or `step:EPOCHS:FACTOR`, such as `step:5:0.1`"
)]
pub struct ScheduleError {
    /// The text.
    pub text: String,
}

impl std::str::FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        match text {
            "constant" => return Ok(Self::Constant),
            "cosine" => return Ok(Self::Cosine),
            _ => {}
        }
        let step = || {
            let (epochs, factor) = text.strip_prefix("step:")?.split_once(':')?;
            let (epochs, factor) = (epochs.parse().ok()?, factor.parse().ok()?);
            (epochs > 0).then_some(Self::Step { epochs, factor })
        };
        step().ok_or_else(|| ScheduleError { text: text.to_owned() })
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.to_string()
    }
}

impl TryFrom<String> for Schedule {
    type Error = ScheduleError;

    fn try_from(text: String) -> Result<Self, ScheduleError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cosine_falls_from_one_to_zero() {
        let factor = |epoch| Schedule::Cosine.factor(epoch, 8);
        assert_eq!(factor(0.0), 1.0);
        assert!((factor(4.0) - 0.5).abs() < 1e-12);
        assert!(factor(8.0).abs() < 1e-12);
    }

    #[test]
    fn steps_fall_after_whole_epochs() {
        let schedule = Schedule::Step { epochs: 3, factor: 0.5 };
        let factors = [0.0, 2.9, 3.0, 6.5].map(|epoch| schedule.factor(epoch, 8));
        assert_eq!(factors, [1.0, 1.0, 0.5, 0.25]);
        assert_eq!(Schedule::Constant.factor(7.0, 8), 1.0);
    }

    #[test]
    fn schedules_read_what_they_print() {
        let step = Schedule::Step { epochs: 5, factor: 0.1 };
        for schedule in [Schedule::Constant, Schedule::Cosine, step] {
            assert_eq!(schedule.to_string().parse(), Ok(schedule));
        }
        for text in ["linear", "step", "step:5", "step:0:0.1", "step:x:0.1", "step:5:x"] {
            let message = text.parse::<Schedule>().unwrap_err().to_string();
            assert!(message.starts_with(&format!("`{text}` is no schedule")), "{message}");
        }
    }
}
