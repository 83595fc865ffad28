//! What every value of a float network does on sample data.

use bitladder_network::{FloatNetwork, ValueId};

use crate::{Histogram, QuantizeError};

/// Histograms of all values of a network.
#[derive(Debug, Clone)]
pub struct Calibration {
    names: Vec<String>,
    histograms: Vec<Histogram>,
}

impl Calibration {
    /// Nothing seen yet.
    pub fn new(network: &FloatNetwork) -> Self {
        let names = (0..network.values()).map(|v| network.value_name(v).to_owned()).collect();
        Self { names, histograms: vec![Histogram::default(); network.values()] }
    }

    /// Adds what a value was on some images: the float reference's observer calls this.
    pub fn observe(&mut self, value: ValueId, data: &[f32]) -> Result<(), QuantizeError> {
        match self.histograms[value].extend(data) {
            None => Ok(()),
            Some(found) => {
                Err(QuantizeError::NotFinite { value: self.names[value].clone(), found })
            }
        }
    }

    /// A value's histogram.
    pub fn histogram(&self, value: ValueId) -> &Histogram {
        &self.histograms[value]
    }
}
