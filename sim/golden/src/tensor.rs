//! Batches of images or vectors.

use bitladder_network::{QuantNetwork, elements};
use bitladder_spec::{Rounding, Scale, TensorFormat, ValueRounding};

use crate::GoldenError;
use crate::kernels::{Kernel, Nearest, nearest_integers};

/// Values of one kind for several images: row-major, images first, then channels, rows, columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch<T> {
    images: usize,
    shape: Vec<usize>,
    data: Vec<T>,
}

/// A batch of real numbers.
pub type FloatBatch = Batch<f32>;
/// A batch of stored integers.
pub type IntBatch = Batch<i32>;

impl<T: Copy + Default> Batch<T> {
    /// A batch from its numbers.
    pub fn new(images: usize, shape: Vec<usize>, data: Vec<T>) -> Result<Self, GoldenError> {
        let wanted = elements(&shape).and_then(|size| size.checked_mul(images));
        if wanted != Some(data.len()) {
            let (wanted, found) = (wanted.unwrap_or(usize::MAX), data.len());
            return Err(GoldenError::Size { images, shape, wanted, found });
        }
        Ok(Self { images, shape, data })
    }

    /// A batch of zeros of a shape that fits the machine.
    pub(crate) fn zeros(images: usize, shape: &[usize]) -> Self {
        let size: usize = shape.iter().product();
        Self { images, shape: shape.to_vec(), data: vec![T::default(); images * size] }
    }

    /// Number of images.
    pub fn images(&self) -> usize {
        self.images
    }

    /// Shape of one image's values.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// All numbers.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// All numbers, to be changed in place.
    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// Numbers per image.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// One image's numbers.
    pub fn image(&self, image: usize) -> &[T] {
        let size = self.size();
        &self.data[image * size..(image + 1) * size]
    }

    /// The same numbers in a shape of equal size.
    pub(crate) fn reshaped(&self, shape: &[usize]) -> Self {
        Self { images: self.images, shape: shape.to_vec(), data: self.data.clone() }
    }
}

impl FloatBatch {
    /// The integers for real values. An element's place within the batch numbers it for stochastic
    /// rounding.
    pub fn quantized(&self, format: TensorFormat, rounding: ValueRounding) -> IntBatch {
        let (images, shape) = (self.images, self.shape.clone());
        let data = match (format.scale, rounding) {
            (Scale::Radix(frac @ -126..=126), ValueRounding::Named(Rounding::HalfEven))
                if format.ty.bits() <= 24 =>
            {
                self.nearest(format, f32::from(frac).exp2())
            }
            _ => {
                let integer =
                    |(index, value): (u64, &f32)| format.quantize(*value, rounding, index);
                (0..).zip(&self.data).map(integer).collect()
            }
        };
        Batch { images, shape, data }
    }

    /// The values as a network's first input takes them.
    pub fn quantized_for(&self, network: &QuantNetwork) -> IntBatch {
        self.quantized(network.inputs[0].format, ValueRounding::default())
    }

    /// The most frequent case of [`FloatBatch::quantized`], vectorised.
    fn nearest(&self, format: TensorFormat, factor: f32) -> Vec<i32> {
        let span = format.ty.span().minus(i64::from(format.zero_point));
        let bounds = [span.lo as f32, span.hi as f32];
        let mut integers = vec![0; self.data.len()];
        let how = Nearest { factor, bounds, zero: format.zero_point };
        nearest_integers(Kernel::best(), &mut integers, &self.data, how);
        integers
    }
}

impl IntBatch {
    /// The real values of integers.
    pub fn dequantized(&self, format: TensorFormat) -> FloatBatch {
        let data = self.data.iter().map(|value| format.dequantize(*value)).collect();
        Batch { images: self.images, shape: self.shape.clone(), data }
    }
}

/// Checks inputs against what a network takes: (name, shape) each.
pub(crate) fn check_inputs<'a, T: Copy + Default>(
    network: &str,
    wanted: impl ExactSizeIterator<Item = (&'a str, &'a [usize])>,
    given: &[Batch<T>],
) -> Result<(), GoldenError> {
    if wanted.len() != given.len() {
        let (network, wanted, found) = (network.to_owned(), wanted.len(), given.len());
        return Err(GoldenError::Inputs { network, wanted, found });
    }
    for ((name, shape), batch) in wanted.zip(given) {
        if shape != batch.shape {
            return Err(GoldenError::Shape {
                input: name.to_owned(),
                wanted: shape.to_vec(),
                found: batch.shape.clone(),
            });
        }
        if batch.images != given[0].images {
            let (wanted, found) = (given[0].images, batch.images);
            return Err(GoldenError::Images { input: name.to_owned(), wanted, found });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_spec::IntType;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quantised_as_the_contract_says(
            values in prop::collection::vec(prop_oneof![any::<f32>(), -200.0f32..200.0], 1..40),
            halves in prop::collection::vec(-300i16..300, 0..40),
            bits in 2u8..=31, signed: bool, frac in -130i16..130, zero_point in 0i32..2,
        ) {
            let ty = IntType::new(bits, signed).unwrap();
            let format = TensorFormat { zero_point, ..TensorFormat::fixed(ty, frac) };
            let step = format.scale.step() as f32;
            let halves = halves.iter().map(|half| f32::from(*half) * 0.5 * step);
            let special = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
            let data: Vec<f32> = values.into_iter().chain(halves).chain(special).collect();
            let batch = FloatBatch::new(1, vec![data.len()], data).unwrap();
            let found = batch.quantized(format, ValueRounding::default());
            for (index, (value, found)) in (0..).zip(batch.data().iter().zip(found.data())) {
                let wanted = format.quantize(*value, ValueRounding::default(), index);
                prop_assert_eq!(*found, wanted, "{} in {}", value, format);
            }
        }
    }

    #[test]
    fn data_must_fill_the_shape() {
        let message = FloatBatch::new(2, vec![3, 4], vec![0.0; 23]).unwrap_err().to_string();
        assert_eq!(message, "2 image(s) of shape [3, 4] need 24 numbers, 23 given");
        assert!(FloatBatch::new(usize::MAX, vec![3], vec![]).is_err());
    }

    #[test]
    fn quantised_and_back() {
        let format = TensorFormat::fixed(IntType::new(8, true).unwrap(), 2);
        let batch = FloatBatch::new(1, vec![4], vec![0.25, -1.0, 99.0, 0.1]).unwrap();
        let integers = batch.quantized(format, ValueRounding::default());
        assert_eq!(integers.data(), [1, -4, 127, 0]);
        assert_eq!(integers.dequantized(format).data(), [0.25, -1.0, 31.75, 0.0]);
    }
}
