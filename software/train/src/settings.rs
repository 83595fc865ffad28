//! How a network is trained, and the checks before it.

use serde::{Deserialize, Serialize};

use crate::augment::Augmentation;
use crate::model::Scope;
use crate::optimiser::Method;
use crate::quantised::Plan;
use crate::schedule::Schedule;

/// Everything that decides about the result of a run, besides the network and the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Passes over the training images.
    pub epochs: usize,
    /// End after so many of them, at the rate the schedule has for all.
    #[serde(default)]
    pub stop_after: Option<usize>,
    /// Images per step.
    pub batch: usize,
    /// Learning rate before the schedule.
    pub rate: f64,
    /// How a gradient becomes a step.
    pub method: Method,
    /// Pull of the weights (not of biases and norms) towards zero.
    pub decay: f64,
    /// How the learning rate falls.
    pub schedule: Schedule,
    /// Random changes of the training images.
    pub augmentation: Augmentation,
    /// Layers that may change.
    pub scope: Scope,
    /// Formats of the forward pass; none for floating point.
    pub plan: Option<Plan>,
    /// Keep batch norms in a quantised forward pass, instead of folding them before the start.
    pub keep_norms: bool,
    /// Pass gradients through values that saturate, instead of stopping them there.
    pub pass_saturated: bool,
    /// Training images that ranges of values are learned from.
    pub calibration: usize,
    /// Decides about initial weights, order and augmentation.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
    /// Steps between two checkpoints; an epoch's end always has one.
    pub checkpoint_steps: usize,
}

/// A setting that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// A setting that must be positive is not.
    #[error("`{setting}` is 0: give a positive number")]
    Zero {
        /// The setting.
        setting: &'static str,
    },
    /// A setting is negative or not a number.
    #[error("`{setting}` is {value}: give a number that is not negative")]
    Negative {
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: f64,
    },
}

impl Settings {
    /// Epochs after which training ends.
    pub fn last_epoch(&self) -> usize {
        self.stop_after.map_or(self.epochs, |stop| stop.min(self.epochs))
    }

    /// Checks what the types cannot: counts that must be positive, rates that must be numbers.
    pub fn check(&self) -> Result<(), SettingsError> {
        let counts = [
            ("epochs", self.epochs),
            ("stop-after", self.stop_after.unwrap_or(self.epochs)),
            ("batch", self.batch),
            ("threads", self.threads),
            ("checkpoint-steps", self.checkpoint_steps),
            ("calibration", self.calibration),
        ];
        if let Some((setting, _)) = counts.into_iter().find(|(_, value)| *value == 0) {
            return Err(SettingsError::Zero { setting });
        }
        let momentum = match self.method {
            Method::Sgd { momentum } => momentum,
            Method::Adam => 0.0,
        };
        let rates = [
            ("rate", self.rate),
            ("momentum", momentum),
            ("weight-decay", self.decay),
            ("rotation", f64::from(self.augmentation.rotation)),
        ];
        let invalid = |value: f64| !value.is_finite() || value < 0.0;
        match rates.into_iter().find(|(_, value)| invalid(*value)) {
            Some((setting, value)) => Err(SettingsError::Negative { setting, value }),
            None => Ok(()),
        }
    }
}

impl Default for Settings {
    /// A short run of momentum SGD in floating point.
    fn default() -> Self {
        Self {
            epochs: 10,
            stop_after: None,
            batch: 64,
            rate: 0.05,
            method: Method::Sgd { momentum: 0.9 },
            decay: 5e-4,
            schedule: Schedule::Cosine,
            augmentation: Augmentation::default(),
            scope: Scope::All,
            plan: None,
            keep_norms: false,
            pass_saturated: false,
            calibration: 500,
            seed: 1,
            threads: 1,
            checkpoint_steps: 200,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused_by_name() {
        type Change = fn(&mut Settings);
        let table: [(&str, Change); 6] = [
            ("`epochs` is 0: give a positive number", |s| s.epochs = 0),
            ("`batch` is 0", |s| s.batch = 0),
            ("`calibration` is 0", |s| s.calibration = 0),
            ("`rate` is -1: give a number that is not negative", |s| s.rate = -1.0),
            ("`momentum` is NaN", |s| s.method = Method::Sgd { momentum: f64::NAN }),
            ("`rotation` is inf", |s| s.augmentation.rotation = f32::INFINITY),
        ];
        for (wanted, change) in table {
            let mut settings = Settings::default();
            assert_eq!(settings.check(), Ok(()));
            change(&mut settings);
            let message = settings.check().unwrap_err().to_string();
            assert!(message.starts_with(wanted), "{message}");
        }
    }

    #[test]
    fn settings_survive_their_file() {
        let mut settings = Settings { rate: 0.1 + 0.2, ..Settings::default() };
        let default = "binarya1".parse().unwrap();
        let layers = [("conv1".to_owned(), "16".parse().unwrap())].into();
        settings.plan = Some(Plan { default, layers });
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
    }
}
