//! Single images and smaller sets of them.

use std::ops::Range;

use crate::dataset::{Dataset, Pixels};
use crate::error::DatasetError;

/// Where a data set has no validation part, one in this many training images is held out.
const HELD_OUT: usize = 6;

/// One image of a [`Dataset`].
#[derive(Debug, Clone, Copy)]
pub struct Image<'a> {
    dataset: &'a Dataset,
    index: usize,
}

impl<'a> Image<'a> {
    /// The caller knows that the image exists.
    pub(crate) fn of(dataset: &'a Dataset, index: usize) -> Self {
        Self { dataset, index }
    }

    /// Its place in the data set, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its label, if there are labels.
    pub fn label(&self) -> Option<u16> {
        self.dataset.labels().map(|labels| labels[self.index])
    }

    /// Its pixels as numbers, 1.0 for full scale: channels, then rows, then columns.
    pub fn values(&self) -> Vec<f32> {
        let size = self.dataset.image_size();
        self.dataset.scaled(self.index * size..(self.index + 1) * size)
    }
}

impl Dataset {
    /// All images as numbers, 1.0 for full scale: images, then channels, rows, columns.
    pub fn floats(&self) -> Vec<f32> {
        self.scaled(0..self.pixels().len())
    }

    fn scaled(&self, range: Range<usize>) -> Vec<f32> {
        let full_scale = self.full_scale();
        match self.pixels() {
            Pixels::Bytes(all) => {
                all[range].iter().map(|&value| f32::from(value) / full_scale).collect()
            }
            Pixels::Floats(all) => all[range].iter().map(|value| value / full_scale).collect(),
        }
    }

    /// The first images; all of them if there are not so many.
    #[must_use]
    pub fn take(&self, images: usize) -> Self {
        self.run(0..images.min(self.len()))
    }

    /// Images that follow each other; none if the range is empty or runs backwards.
    pub fn slice(&self, range: Range<usize>) -> Result<Self, DatasetError> {
        let images = self.len();
        if range.is_empty() {
            return Ok(self.run(0..0));
        }
        if range.end > images {
            return Err(DatasetError::NoImage { index: range.end - 1, images });
        }
        Ok(self.run(range))
    }

    /// The images at `indices`, in that order.
    pub fn select(&self, indices: &[usize]) -> Result<Self, DatasetError> {
        let images = self.len();
        if let Some(&index) = indices.iter().find(|&&index| index >= images) {
            return Err(DatasetError::NoImage { index, images });
        }
        Ok(self.chosen(indices))
    }

    /// Images that are known to exist.
    fn chosen(&self, indices: &[usize]) -> Self {
        let pixels = match self.pixels() {
            Pixels::Bytes(all) => Pixels::Bytes(gather(all, self.image_size(), indices)),
            Pixels::Floats(all) => Pixels::Floats(gather(all, self.image_size(), indices)),
        };
        let labels = self.labels().map(|all| gather(all, 1, indices));
        self.with_contents(pixels, labels)
    }

    /// The training images without every sixth, and those: what this project validates on where a
    /// data set has no validation part.
    #[must_use]
    pub fn hold_out(&self) -> (Self, Self) {
        let held = |image: &usize| image % HELD_OUT == HELD_OUT - 1;
        let (out, kept): (Vec<usize>, Vec<usize>) = (0..self.len()).partition(held);
        (self.chosen(&kept), self.chosen(&out))
    }

    /// All but the last `hold_out` images, and those: for data sets without a validation part.
    pub fn split_last(&self, hold_out: usize) -> Result<(Self, Self), DatasetError> {
        let images = self.len();
        if hold_out == 0 || hold_out >= images {
            return Err(DatasetError::HoldOut { hold_out, images });
        }
        Ok((self.run(0..images - hold_out), self.run(images - hold_out..images)))
    }

    /// Images of a range that is known to exist.
    fn run(&self, range: Range<usize>) -> Self {
        let size = self.image_size();
        let values = range.start * size..range.end * size;
        let pixels = match self.pixels() {
            Pixels::Bytes(all) => Pixels::Bytes(all[values].to_vec()),
            Pixels::Floats(all) => Pixels::Floats(all[values].to_vec()),
        };
        let labels = self.labels().map(|all| all[range].to_vec());
        self.with_contents(pixels, labels)
    }
}

fn gather<T: Copy>(all: &[T], size: usize, indices: &[usize]) -> Vec<T> {
    indices.iter().flat_map(|&index| &all[index * size..(index + 1) * size]).copied().collect()
}
