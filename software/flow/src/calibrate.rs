//! Watching the float network on sample images.

use bitladder_golden::float;
use bitladder_network::FloatNetwork;
use bitladder_quantize::Calibration;

use crate::{FlowError, Progress, Samples};

/// Runs the float network on all samples and keeps what every value does.
pub fn calibrate(
    network: &FloatNetwork,
    samples: &Samples,
    threads: usize,
    progress: Progress,
) -> Result<Calibration, FlowError> {
    let mut calibration = Calibration::new(network);
    let mut done = 0;
    for (images, _) in samples.steps() {
        float::run(network, std::slice::from_ref(&images), threads, |value, batch| {
            calibration.observe(value, batch.data()).map_err(FlowError::from)
        })?;
        done += images.images();
        progress(done);
    }
    Ok(calibration)
}
