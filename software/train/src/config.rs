//! Training settings and the checks before a run.

use crate::dataset::Dataset;
use crate::network::Network;
use crate::optimiser::Schedule;
use crate::shape::Shape;

/// How a network is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainConfig {
    /// Passes over the training images.
    pub epochs: usize,
    /// Images per step.
    pub batch: usize,
    /// Learning rate before the schedule.
    pub learning_rate: f32,
    /// Part of the last step that is kept.
    pub momentum: f32,
    /// Pull of the weights (not the biases) towards zero.
    pub weight_decay: f32,
    /// How the learning rate falls.
    pub schedule: Schedule,
    /// Largest random shift in pixels; 0 for none.
    pub max_shift: usize,
    /// Largest random rotation in degrees; 0 for none.
    pub max_rotation: f32,
    /// Decides about initial weights, order and augmentation.
    pub seed: u64,
    /// Threads to use; any number gives the same result.
    pub threads: usize,
}

/// Why training could not start or go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
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
        value: String,
    },
    /// Images of another size than the network takes.
    #[error("the {part} images are {found} but network `{network}` takes {expected}")]
    ImageSize {
        /// Which part: training, validation, test or evaluation.
        part: &'static str,
        /// Size of the images.
        found: Shape,
        /// Name of the network.
        network: &'static str,
        /// Input of the network.
        expected: Shape,
    },
    /// A label the network has no output for.
    #[error("the {part} labels contain {label} but network `{network}` has {classes} outputs")]
    Label {
        /// Which part: training, validation, test or evaluation.
        part: &'static str,
        /// The label.
        label: u8,
        /// Name of the network.
        network: &'static str,
        /// Outputs of the network.
        classes: usize,
    },
    /// A grey value that would become larger than 1.
    #[error("the {part} images contain grey {grey} but `max-grey` is {max_grey}: raise it")]
    Grey {
        /// Which part: training, validation, test or evaluation.
        part: &'static str,
        /// The grey value.
        grey: u8,
        /// The largest one expected.
        max_grey: u8,
    },
    /// The loss is no longer a number.
    #[error("the loss became infinite in epoch {epoch}: lower `learning-rate`")]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
    },
    /// A part of the data without images.
    #[error("there are no {part} images: check the data folder")]
    Empty {
        /// Which part: training, validation, test or evaluation.
        part: &'static str,
    },
}

impl TrainConfig {
    /// Checks what the types cannot: counts that must be positive, rates that must be numbers.
    pub fn check(&self) -> Result<(), TrainError> {
        let counts = [("epochs", self.epochs), ("batch", self.batch), ("threads", self.threads)];
        if let Some((setting, _)) = counts.into_iter().find(|&(_, value)| value == 0) {
            return Err(TrainError::Zero { setting });
        }
        let rates = [
            ("learning-rate", self.learning_rate),
            ("momentum", self.momentum),
            ("weight-decay", self.weight_decay),
            ("max-rotation", self.max_rotation),
        ];
        let invalid = |value: f32| !value.is_finite() || value < 0.0;
        match rates.into_iter().find(|&(_, value)| invalid(value)) {
            Some((setting, value)) => {
                Err(TrainError::Negative { setting, value: value.to_string() })
            }
            None => Ok(()),
        }
    }
}

/// Checks that a part of the data fits a network: size, labels and grey values.
pub fn check_data(
    network: &Network,
    data: &Dataset,
    max_grey: u8,
    part: &'static str,
) -> Result<(), TrainError> {
    let spec = network.spec();
    if max_grey == 0 {
        return Err(TrainError::Zero { setting: "max-grey" });
    }
    if data.is_empty() {
        return Err(TrainError::Empty { part });
    }
    if data.shape != spec.input {
        let (network, expected) = (spec.name, spec.input);
        return Err(TrainError::ImageSize { part, found: data.shape, network, expected });
    }
    if let Some(&grey) = data.pixels.iter().find(|&&grey| grey > max_grey) {
        return Err(TrainError::Grey { part, grey, max_grey });
    }
    let classes = network.classes();
    match data.labels.iter().find(|&&label| usize::from(label) >= classes) {
        Some(&label) => Err(TrainError::Label { part, label, network: spec.name, classes }),
        None => Ok(()),
    }
}
