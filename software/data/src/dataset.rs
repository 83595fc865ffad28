//! Images of one size, in memory.

use std::fmt;

use crate::error::DatasetError;
use crate::part::Part;
use crate::view::Image;

/// The size of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageShape {
    /// Colours, or the length of a vector.
    pub channels: usize,
    /// Rows; 1 for a vector.
    pub height: usize,
    /// Columns; 1 for a vector.
    pub width: usize,
}

impl ImageShape {
    /// A size by its three numbers.
    pub const fn new(channels: usize, height: usize, width: usize) -> Self {
        Self { channels, height, width }
    }

    /// Values of one image, unless there are more than the machine can count.
    fn checked_size(self) -> Option<usize> {
        self.channels.checked_mul(self.height)?.checked_mul(self.width)
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}

/// Stored pixel values: image after image, then channels, rows, columns.
#[derive(Debug, Clone, PartialEq)]
pub enum Pixels {
    /// Whole numbers from 0 to 255, as images are usually stored.
    Bytes(Vec<u8>),
    /// Anything else.
    Floats(Vec<f32>),
}

impl Pixels {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(values) => values.len(),
            Self::Floats(values) => values.len(),
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What is known about the classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Classes {
    /// Their number only.
    Count(usize),
    /// Their names; the label is the place in the list, from 0.
    Names(Vec<String>),
}

impl Classes {
    fn count(&self) -> usize {
        match self {
            Self::Count(count) => *count,
            Self::Names(names) => names.len(),
        }
    }
}

/// Images of one size, with a label each if somebody knows them.
///
/// Every value is kept as it was stored; [`floats`](Self::floats) and [`Image::values`] divide by
/// [`full_scale`](Self::full_scale), so that white is 1.0.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    name: String,
    shape: ImageShape,
    full_scale: f32,
    pixels: Pixels,
    labels: Option<Vec<u16>>,
    classes: Classes,
    part: Option<Part>,
}

impl Dataset {
    /// Images without labels. Full scale is 255 for bytes and 1 for floats.
    pub fn new(
        name: impl Into<String>,
        shape: ImageShape,
        pixels: Pixels,
    ) -> Result<Self, DatasetError> {
        let ImageShape { channels, height, width } = shape;
        if channels == 0 || height == 0 || width == 0 {
            return Err(DatasetError::NoPixels { channels, height, width });
        }
        let (size, values) = (shape.checked_size().unwrap_or(usize::MAX), pixels.len());
        if !values.is_multiple_of(size) {
            return Err(DatasetError::Values { values, size });
        }
        if let Pixels::Floats(values) = &pixels
            && let Some(place) = values.iter().position(|value| !value.is_finite())
        {
            return Err(DatasetError::NotFinite { image: place / size, value: values[place] });
        }
        let full_scale = if matches!(pixels, Pixels::Bytes(_)) { 255.0 } else { 1.0 };
        let (name, classes) = (name.into(), Classes::Count(0));
        Ok(Self { name, shape, full_scale, pixels, labels: None, classes, part: None })
    }

    /// The same images with one label each. Without [`with_classes`](Self::with_classes) there
    /// are as many classes as the largest label asks for.
    pub fn with_labels(mut self, labels: Vec<u16>) -> Result<Self, DatasetError> {
        if labels.len() != self.len() {
            return Err(DatasetError::Labels { images: self.len(), labels: labels.len() });
        }
        if self.classes.count() == 0 {
            let largest = labels.iter().max().map_or(0, |&label| usize::from(label) + 1);
            self.classes = Classes::Count(largest);
        }
        self.labels = Some(labels);
        self.check_labels()
    }

    /// The same images with known classes.
    pub fn with_classes(mut self, classes: Classes) -> Result<Self, DatasetError> {
        self.classes = classes;
        self.check_labels()
    }

    /// The same images with another stored value standing for 1.0.
    pub fn with_full_scale(mut self, full_scale: f32) -> Result<Self, DatasetError> {
        if !full_scale.is_finite() || full_scale <= 0.0 {
            return Err(DatasetError::FullScale(full_scale));
        }
        self.full_scale = full_scale;
        Ok(self)
    }

    /// The same images under another name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same images, known to be a part of their data set.
    #[must_use]
    pub fn with_part(mut self, part: Part) -> Self {
        self.part = Some(part);
        self
    }

    fn check_labels(self) -> Result<Self, DatasetError> {
        let classes = self.classes.count();
        let wrong = |&(_, label): &(usize, &u16)| usize::from(*label) >= classes;
        match self.labels.iter().flatten().enumerate().find(wrong) {
            Some((image, &label)) => Err(DatasetError::LabelRange { image, label, classes }),
            None => Ok(self),
        }
    }

    /// What the data set is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The size of every image.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// The stored value that stands for 1.0.
    pub fn full_scale(&self) -> f32 {
        self.full_scale
    }

    /// Which part of a data set this is, or none where the path held one set without parts.
    pub fn part(&self) -> Option<Part> {
        self.part
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.pixels.len() / self.image_size()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// Values of one image.
    pub fn image_size(&self) -> usize {
        // Never zero, and above what can be stored only if there are no images.
        self.shape.checked_size().unwrap_or(usize::MAX)
    }

    /// All values as they are stored.
    pub fn pixels(&self) -> &Pixels {
        &self.pixels
    }

    /// The label of every image, if they are known.
    pub fn labels(&self) -> Option<&[u16]> {
        self.labels.as_deref()
    }

    /// Number of classes; 0 if nothing is known about them.
    pub fn classes(&self) -> usize {
        self.classes.count()
    }

    /// Names of the classes; empty where nobody knows.
    pub fn class_names(&self) -> &[String] {
        match &self.classes {
            Classes::Count(_) => &[],
            Classes::Names(names) => names,
        }
    }

    /// One image.
    pub fn image(&self, index: usize) -> Option<Image<'_>> {
        (index < self.len()).then(|| Image::of(self, index))
    }

    /// All images in their order.
    pub fn images(&self) -> impl ExactSizeIterator<Item = Image<'_>> {
        (0..self.len()).map(|index| Image::of(self, index))
    }

    /// The same data set, its values and labels replaced by those of some of its images.
    pub(crate) fn with_contents(&self, pixels: Pixels, labels: Option<Vec<u16>>) -> Self {
        let Self { name, shape, full_scale, classes, part, .. } = self;
        let (name, classes) = (name.clone(), classes.clone());
        Self { name, shape: *shape, full_scale: *full_scale, pixels, labels, classes, part: *part }
    }
}
