//! Images on their way into a network.

use std::path::{Path, PathBuf};

use bitladder_data::{Dataset, Part};
use bitladder_network::FloatNetwork;
use bitladder_spec::{TensorFormat, ValueRounding};

use crate::augment::{Augmentation, Motion};
use crate::rng::SplitMix64;

/// Random streams of augmentation begin with this number.
const AUGMENT_STREAM: u64 = 2;

/// Why a data set cannot be trained on.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file could not be read or written.
    #[error(transparent)]
    Files(#[from] bitladder_data::DataError),
    /// Training and test images would be the same ones.
    #[error(
        "{}: one set of images without parts; give a folder with a train and a test part",
        path.display()
    )]
    NoParts {
        /// The file or folder.
        path: PathBuf,
    },
    /// Images nobody has labelled.
    #[error("the {part} images of {data} have no labels; training needs one for each")]
    NoLabels {
        /// The data set.
        data: String,
        /// Which part.
        part: Part,
    },
    /// Images of another size than the network takes.
    #[error(
        "the {part} images of {data} are {found:?} (channels, rows, columns), but network \
         `{network}` takes {wanted:?}: choose a network for such images, or other data"
    )]
    ImageShape {
        /// The data set.
        data: String,
        /// Which part.
        part: Part,
        /// Shape of the images.
        found: [usize; 3],
        /// The network.
        network: String,
        /// The shape it takes.
        wanted: Vec<usize>,
    },
    /// A label the network has no output for.
    #[error(
        "the {part} labels of {data} contain {label}, but network `{network}` has {classes} \
         outputs: give --classes {}", label + 1
    )]
    Label {
        /// The data set.
        data: String,
        /// Which part.
        part: Part,
        /// The label.
        label: u16,
        /// The network.
        network: String,
        /// Its outputs.
        classes: usize,
    },
    /// Too few images to hold some out.
    #[error("{}: {found} training images are too few to hold some out for validation", path.display())]
    TooFew {
        /// The file or folder.
        path: PathBuf,
        /// Images found.
        found: usize,
    },
    /// A folder for results could not be made.
    #[error("{}: cannot create: {source}", path.display())]
    Create {
        /// The folder.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// A data set has another size than the rule for splitting it is written for.
    #[error("`{}` holds {found} images, expected the {expected} optical digits of UCI", path.display())]
    WrongSize {
        /// The image file.
        path: PathBuf,
        /// Images in the published set.
        expected: usize,
        /// Images found.
        found: usize,
    },
}

/// The three parts of a data set. Test images are for the final report only.
#[derive(Debug, Clone)]
pub struct Splits {
    /// Images to learn from.
    pub train: Dataset,
    /// Images that choose between epochs.
    pub validation: Dataset,
    /// Images for the final report.
    pub test: Dataset,
}

impl Splits {
    /// Loads the parts of the data at a path. Where there is no validation part, it is held out of
    /// the training images as everywhere in this project ([`Dataset::hold_out`]).
    pub fn load(path: &Path) -> Result<Self, DataError> {
        let part = |part| match bitladder_data::load(path, part) {
            Ok(data) if data.part().is_none() => Err(DataError::NoParts { path: path.to_owned() }),
            Ok(data) => Ok(data),
            Err(error) => Err(error.into()),
        };
        let (train, test) = (part(Part::Train)?, part(Part::Test)?);
        let (train, validation) = match bitladder_data::load(path, Part::Validation) {
            Ok(validation) => (train, validation),
            Err(bitladder_data::DataError::NoPart { .. }) => train.hold_out(),
            Err(error) => return Err(error.into()),
        };
        if validation.is_empty() {
            return Err(DataError::TooFew { path: path.to_owned(), found: train.len() });
        }
        Ok(Self { train, validation, test })
    }

    /// Refuses data that does not suit a network.
    pub fn check(&self, network: &FloatNetwork) -> Result<(), DataError> {
        let parts = [
            (Part::Train, &self.train),
            (Part::Validation, &self.validation),
            (Part::Test, &self.test),
        ];
        parts.into_iter().try_for_each(|(part, data)| check(data, part, network))
    }
}

fn check(data: &Dataset, part: Part, network: &FloatNetwork) -> Result<(), DataError> {
    let (name, wanted) = (|| data.name().to_owned(), network.inputs()[0].shape.clone());
    let shape = data.shape();
    let found = [shape.channels, shape.height, shape.width];
    // A vector input takes an image of as many pixels, row by row.
    let suits = found[..] == wanted[..]
        || (wanted.len() == 1 && found.iter().product::<usize>() == wanted[0]);
    if !suits {
        let network = network.name().to_owned();
        return Err(DataError::ImageShape { data: name(), part, found, network, wanted });
    }
    let labels = data.labels().ok_or_else(|| DataError::NoLabels { data: name(), part })?;
    let classes = network.shape(network.output())[0];
    match labels.iter().find(|label| usize::from(**label) >= classes) {
        None => Ok(()),
        Some(&label) => {
            let network = network.name().to_owned();
            Err(DataError::Label { data: name(), part, label, network, classes })
        }
    }
}

/// Images by their numbers, one after the other, rounded to a format if there is one.
pub(crate) fn images(data: &Dataset, numbers: &[usize], format: Option<TensorFormat>) -> Vec<f32> {
    let image = |number: &usize| data.image(*number).map(|image| image.values());
    rounded(numbers.iter().filter_map(image).flatten().collect(), format)
}

/// The same, each changed at random. Every image of every epoch has its own random stream, so the
/// result does not depend on the order of work.
pub(crate) fn augmented(
    data: &Dataset,
    numbers: &[usize],
    (limits, seed, epoch): (Augmentation, u64, usize),
    format: Option<TensorFormat>,
) -> Vec<f32> {
    if limits == Augmentation::default() {
        return images(data, numbers, format);
    }
    let shape = data.shape();
    let shape = [shape.channels, shape.height, shape.width];
    let image = |number: &usize| {
        let stream = [AUGMENT_STREAM, epoch as u64, *number as u64];
        let motion = Motion::draw(limits, &mut SplitMix64::derived(seed, &stream));
        Some(motion.apply(shape, &data.image(*number)?.values()))
    };
    rounded(numbers.iter().filter_map(image).flatten().collect(), format)
}

fn rounded(mut values: Vec<f32>, format: Option<TensorFormat>) -> Vec<f32> {
    if let Some(format) = format {
        for value in &mut values {
            *value = format.dequantize(format.quantize(*value, ValueRounding::default(), 0));
        }
    }
    values
}

/// Labels of images by their numbers.
pub(crate) fn labels(data: &Dataset, numbers: &[usize]) -> Vec<u16> {
    let all = data.labels().unwrap_or_default();
    numbers.iter().map(|number| all[*number]).collect()
}
