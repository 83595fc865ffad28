//! Images as a network takes them, with their labels.

use bitladder_data::Dataset;
use bitladder_golden::FloatBatch;
use bitladder_network::{FloatNetwork, QuantNetwork};
use bitladder_package::{Package, Preprocess};

use crate::{FlowError, STEP};

/// A data set, checked against the network it is meant for. Pixels become numbers step by step, so
/// large sets do not fill the memory.
#[derive(Debug)]
pub struct Samples {
    data: Dataset,
    shape: Vec<usize>,
    preprocess: Preprocess,
}

impl Samples {
    /// Takes a data set for a network with one input.
    pub fn new(
        data: Dataset,
        network: &FloatNetwork,
        preprocess: &Preprocess,
    ) -> Result<Self, FlowError> {
        let inputs: Vec<&[usize]> =
            network.inputs().iter().map(|input| input.shape.as_slice()).collect();
        Self::for_inputs(data, network.name(), &inputs, preprocess)
    }

    /// Takes a data set for one of a package's networks.
    pub fn for_package(
        data: Dataset,
        package: &Package,
        network: &QuantNetwork,
    ) -> Result<Self, FlowError> {
        let inputs: Vec<&[usize]> =
            network.inputs.iter().map(|input| input.shape.as_slice()).collect();
        Self::for_inputs(data, &package.name, &inputs, &package.preprocess)
    }

    /// Takes a data set for a network, given the shapes of its inputs.
    pub fn for_inputs(
        data: Dataset,
        network: &str,
        inputs: &[&[usize]],
        preprocess: &Preprocess,
    ) -> Result<Self, FlowError> {
        let [wanted] = *inputs else {
            return Err(FlowError::Inputs { network: network.into(), found: inputs.len() });
        };
        let shape = data.shape();
        let found = vec![shape.channels, shape.height, shape.width];
        let size = |shape: &[usize]| shape.iter().product::<usize>();
        // A vector input takes an image of as many pixels, row by row.
        if found != wanted && (wanted.len() != 1 || size(&found) != size(wanted)) {
            let (data, network) = (data.name().to_owned(), network.to_owned());
            return Err(FlowError::ImageShape { data, found, network, wanted: wanted.to_vec() });
        }
        if data.is_empty() {
            return Err(FlowError::Empty { data: data.name().into() });
        }
        let channels = shape.channels;
        for (what, list) in [("mean", &preprocess.mean), ("deviation", &preprocess.deviation)] {
            if list.len() > 1 && list.len() != channels {
                return Err(FlowError::Channels { what, found: list.len(), channels });
            }
        }
        Ok(Self { data, shape: wanted.to_vec(), preprocess: preprocess.clone() })
    }

    /// At most `most` of a data set's images, evenly spread over it.
    pub fn spread(data: &Dataset, most: usize) -> Dataset {
        let all = data.len();
        let chosen = most.min(all);
        let numbers: Vec<usize> = (0..chosen).map(|i| i * all / chosen).collect();
        // The numbers are below `all`, so there is nothing to refuse.
        data.select(&numbers).unwrap_or_else(|_| data.clone())
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Never: a set without images is refused.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.data.classes()
    }

    /// Names of the classes; empty where nobody knows.
    pub fn class_names(&self) -> Vec<String> {
        self.data.class_names().to_vec()
    }

    /// The labels, one per image.
    pub fn labels(&self) -> Result<&[u16], FlowError> {
        self.data.labels().ok_or_else(|| FlowError::NoLabels {
            data: self.data.name().into(),
            hint: "give a data set with a label per image",
        })
    }

    /// A run of images, prepared for the network.
    pub fn images(&self, range: std::ops::Range<usize>) -> FloatBatch {
        self.chosen(range)
    }

    /// Images by their numbers, prepared for the network.
    pub fn chosen(&self, numbers: impl ExactSizeIterator<Item = usize>) -> FloatBatch {
        let (size, count) = (self.shape.iter().product::<usize>(), numbers.len());
        let mut values = Vec::with_capacity(count * size);
        let channels = self.data.shape().channels;
        for image in numbers {
            let start = values.len();
            // Callers take numbers below `len`.
            values.extend(self.data.image(image).map(|image| image.values()).unwrap_or_default());
            self.preprocess.apply(&mut values[start..], channels);
        }
        // The shape was checked against the data set's.
        FloatBatch::new(count, self.shape.clone(), values)
            .unwrap_or_else(|_| unreachable!("a data set has images of one size"))
    }

    /// All images in steps of bounded size, each with the number of its first image.
    pub fn steps(&self) -> impl Iterator<Item = (FloatBatch, usize)> {
        let starts = (0..self.len()).step_by(STEP);
        starts.map(|first| (self.images(first..(first + STEP).min(self.len())), first))
    }
}
