//! Images to learn ranges from, to choose by, and to report on: never the same ones.

use std::path::Path;

use bitladder_data::{Dataset, Part};
use bitladder_flow::Samples;
use bitladder_network::FloatNetwork;
use bitladder_package::Preprocess;

use crate::StudyError;

/// Where a data set has no validation part, one in this many training images is held out.
const HELD_OUT: usize = 6;

/// Fewest images a decision is based on.
const FEWEST: usize = 10;

/// Three sets of images without an image in common.
#[derive(Debug)]
pub struct Sets {
    /// Ranges and the histogram come from these.
    pub train: Samples,
    /// Thresholds are chosen on these; the histogram has them too.
    pub validation: Samples,
    /// Results are reported on these.
    pub test: Samples,
}

impl Sets {
    /// Loads the parts of the data at a path, at most `most` images of each, evenly spread.
    pub fn load(
        path: &Path,
        network: &FloatNetwork,
        preprocess: &Preprocess,
        most: usize,
    ) -> Result<Self, StudyError> {
        let (train, test) =
            (bitladder_data::load(path, Part::Train)?, bitladder_data::load(path, Part::Test)?);
        if train.part().is_none() || test.part().is_none() {
            return Err(StudyError::NoParts { path: path.to_owned() });
        }
        let (train, validation) = match bitladder_data::load(path, Part::Validation) {
            Ok(validation) => (train, validation),
            Err(_) => held_out(&train)?,
        };
        let samples = |data: &Dataset, part| {
            if data.len() < FEWEST {
                let (data, found) = (data.name().to_owned(), data.len());
                return Err(StudyError::FewImages { data, part, found, wanted: FEWEST });
            }
            let samples = Samples::new(Samples::spread(data, most), network, preprocess)?;
            samples.labels()?;
            Ok(samples)
        };
        Ok(Self {
            train: samples(&train, "training")?,
            validation: samples(&validation, "validation")?,
            test: samples(&test, "test")?,
        })
    }

    /// All three with their names.
    pub fn all(&self) -> [(&'static str, &Samples); 3] {
        [("train", &self.train), ("validation", &self.validation), ("test", &self.test)]
    }
}

/// The training images without every sixth, and those.
fn held_out(train: &Dataset) -> Result<(Dataset, Dataset), StudyError> {
    let held = |image: &usize| image % HELD_OUT == HELD_OUT - 1;
    let (out, kept): (Vec<usize>, Vec<usize>) = (0..train.len()).partition(held);
    Ok((train.select(&kept)?, train.select(&out)?))
}
