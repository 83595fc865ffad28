//! Images to learn ranges from, to choose by, and to report on: never the same ones.

use std::path::Path;

use bitladder_data::{DataError, Dataset, Part};
use bitladder_flow::Samples;
use bitladder_network::FloatNetwork;
use bitladder_package::Preprocess;

use crate::StudyError;

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
            Err(DataError::NoPart { .. }) => train.hold_out(),
            Err(error) => return Err(error.into()),
        };
        let samples = |data: &Dataset, part| {
            let data = Samples::spread(data, most);
            if data.len() < FEWEST {
                let (data, found) = (data.name().to_owned(), data.len());
                return Err(StudyError::FewImages { data, part, found, wanted: FEWEST });
            }
            let samples = Samples::new(data, network, preprocess)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// The shipped digits without some of their files, and their network.
    fn digits(without: &str) -> (tempfile::TempDir, FloatNetwork) {
        let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(models.join("data/digits8x8")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if !name.starts_with(without) {
                std::fs::copy(&path, folder.path().join(name)).unwrap();
            }
        }
        let model = bitladder_flow::Model::read(&models.join("digits-cnn/model.onnx"), None);
        (folder, model.unwrap().network)
    }

    #[test]
    fn without_a_validation_part_training_images_are_held_out() {
        let (folder, network) = digits("validation-");
        let sets = Sets::load(folder.path(), &network, &Preprocess::default(), 5000).unwrap();
        let counts = sets.all().map(|(_, samples)| samples.len());
        assert_eq!(counts, [998, 199, 400], "a sixth of 1197 is held out");
    }

    #[test]
    fn a_damaged_validation_part_is_not_passed_over() {
        let (folder, network) = digits("none");
        let images = folder.path().join("validation-images-idx3-ubyte.gz");
        std::fs::write(images, "no images").unwrap();
        let refused = Sets::load(folder.path(), &network, &Preprocess::default(), 5000);
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("validation-images-idx3-ubyte.gz"), "{message}");
    }

    #[test]
    fn data_without_parts_and_too_little_data_are_refused() {
        let (folder, network) = digits("none");
        let file = folder.path().join("test-images-idx3-ubyte.gz");
        let load = |path: &Path, most| {
            Sets::load(path, &network, &Preprocess::default(), most).unwrap_err().to_string()
        };
        assert!(load(&file, 100).contains("the data has no parts"), "{}", load(&file, 100));
        let message = load(folder.path(), 3);
        assert!(message.contains("3 image(s); give at least 10"), "{message}");
    }
}
