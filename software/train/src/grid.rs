//! Values on a format's grid, with a gradient that ignores the steps.

use bitladder_spec::TensorFormat;
use burn_tensor::Tensor;

use crate::run::Elementwise;

/// Rounds and saturates as an output stage of the engine does: halves go up.
pub(crate) struct OnGrid(pub(crate) TensorFormat);

impl Elementwise for OnGrid {
    fn apply<const D: usize>(&self, tensor: Tensor<D>) -> Tensor<D> {
        let (step, span) = (self.0.scale.step() as f32, self.0.centered_span());
        // The formats chosen here have radix points: both factors are exact.
        let steps = tensor.mul_scalar(1.0 / step).add_scalar(0.5).floor();
        steps.clamp(span.lo as f32, span.hi as f32).mul_scalar(step)
    }
}

/// The same going forward; backward the gradient passes as if nothing had been rounded
/// (straight through).
pub(crate) struct StraightThrough {
    pub(crate) format: TensorFormat,
    /// Pass the gradient only where the value lies in [-1, 1]: XNOR-Net's rule for the inputs of
    /// binary layers.
    pub(crate) clipped: bool,
}

impl Elementwise for StraightThrough {
    fn apply<const D: usize>(&self, tensor: Tensor<D>) -> Tensor<D> {
        let plain = tensor.clone().without_autodiff();
        let rounded = OnGrid(self.format).apply(plain.clone());
        if self.clipped {
            let inside = plain.clamp(-1.0, 1.0);
            tensor.clamp(-1.0, 1.0) + (rounded - inside)
        } else {
            tensor + (rounded - plain)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{from_values, to_values};
    use bitladder_spec::{IntType, Rounding, ValueRounding};
    use burn_tensor::Device;

    fn format(bits: u8, signed: bool, frac: i16) -> TensorFormat {
        TensorFormat::fixed(IntType::new(bits, signed).unwrap(), frac)
    }

    #[test]
    fn the_grid_is_the_contracts() {
        let values: Vec<f32> = (-400..400).map(|i| i as f32 / 64.0).collect();
        let half_up = ValueRounding::Named(Rounding::HalfUp);
        for format in
            [format(2, true, 1), format(4, false, 3), format(8, true, 4), format(1, false, -1)]
        {
            let found = OnGrid(format).apply(from_values(values.clone(), &Device::flex()));
            let wanted: Vec<f32> =
                values.iter().map(|v| format.dequantize(format.quantize(*v, half_up, 0))).collect();
            assert_eq!(to_values(&found), wanted, "{format}");
        }
    }

    fn gradient(clipped: bool) -> (Vec<f32>, Vec<f32>) {
        let device = Device::flex().autodiff();
        let x = from_values(vec![-3.0, -0.4, 0.3, 1.6, 9.0], &device).require_grad();
        let y = StraightThrough { format: format(2, false, 0), clipped }.apply(x.clone());
        let weights = from_values(vec![1.0, 2.0, 3.0, 4.0, 5.0], &device);
        let gradients = (y.clone() * weights).sum().backward();
        (to_values(&y), to_values(&x.grad(&gradients).unwrap()))
    }

    #[test]
    fn gradients_pass_straight_through() {
        let (values, gradients) = gradient(false);
        assert_eq!(values, [0.0, 0.0, 0.0, 2.0, 3.0]);
        assert_eq!(gradients, [1.0, 2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn binary_layers_clip_them() {
        let (values, gradients) = gradient(true);
        assert_eq!(values, [0.0, 0.0, 0.0, 2.0, 3.0]);
        assert_eq!(gradients, [0.0, 2.0, 3.0, 0.0, 0.0]);
    }
}
