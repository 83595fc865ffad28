//! The fast convolution against the definition.
#![allow(clippy::panic, reason = "a helper that fails should fail its test")]

use bitladder_train::layers::{Conv2d, Init, Layer};
use bitladder_train::rng::SplitMix64;
use bitladder_train::shape::Shape;
use proptest::prelude::*;

/// Convolution as the textbook writes it, one product at a time.
fn by_definition(layer: &Conv2d, input: Shape, padding: usize, image: &[f32]) -> Vec<f32> {
    let [weight, bias] = layer.params() else { panic!("a convolution has weight and bias") };
    let (kernel, output) = (weight.dims[2], layer.output_shape());
    let mut result = Vec::new();
    for filter in 0..output.channels {
        for y in 0..output.height {
            for x in 0..output.width {
                let mut sum = f64::from(bias.values[filter]);
                for index in 0..input.channels * kernel * kernel {
                    let (channel, within) = (index / (kernel * kernel), index % (kernel * kernel));
                    let source_y = (y + within / kernel).wrapping_sub(padding);
                    let source_x = (x + within % kernel).wrapping_sub(padding);
                    if source_y < input.height && source_x < input.width {
                        let pixel = (channel * input.height + source_y) * input.width + source_x;
                        let weight =
                            weight.values[filter * weight.dims[1] * kernel * kernel + index];
                        sum += f64::from(weight) * f64::from(image[pixel]);
                    }
                }
                result.push(sum as f32);
            }
        }
    }
    result
}

proptest! {
    #[test]
    fn agrees_with_the_definition(
        channels in 1usize..4, height in 3usize..9, width in 3usize..9,
        filters in 1usize..4, kernel in 1usize..4, padding in 0usize..4, seed: u64,
    ) {
        let input = Shape::new(channels, height, width);
        let mut rng = SplitMix64::new(seed);
        let mut layer = Conv2d::new(input, filters, kernel, padding, Init::He, &mut rng);
        for bias in &mut layer.params_mut()[1].values {
            *bias = rng.symmetric(1.0);
        }
        let images: Vec<f32> = (0..2 * input.size()).map(|_| rng.symmetric(1.0)).collect();
        let mut output = vec![f32::NAN; 2 * layer.output_shape().size()];
        layer.forward(&images, &mut output);
        let expected: Vec<f32> = images
            .chunks(input.size())
            .flat_map(|image| by_definition(&layer, input, padding, image))
            .collect();
        prop_assert_eq!(output.len(), expected.len());
        for (fast, slow) in output.iter().zip(&expected) {
            prop_assert!((fast - slow).abs() < 1e-4, "{} is not {}", fast, slow);
        }
    }
}
