//! Values on a format's grid, with a gradient that ignores the steps, but not the grid's ends.

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

/// Which values pass their gradient through the rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    /// All of them, as if nothing had been rounded.
    All,
    /// Those that do not saturate: pushing a saturated value further changes nothing, and with two
    /// bits so many saturate that numbers run away.
    Inside,
    /// Those in [-1, 1]: XNOR-Net's rule for the inputs of binary layers.
    Unit,
}

/// The same going forward; backward the gradient passes as if nothing had been rounded
/// (straight through), where it passes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StraightThrough {
    pub(crate) format: TensorFormat,
    pub(crate) passing: Passing,
}

impl StraightThrough {
    /// The values between which gradients pass.
    fn limits(&self) -> Option<(f32, f32)> {
        match self.passing {
            Passing::All => None,
            Passing::Unit => Some((-1.0, 1.0)),
            Passing::Inside => {
                // What is less than half a step outside is rounded like what is inside.
                let (step, span) = (self.format.scale.step(), self.format.centered_span());
                let end = |integer: i64, half: f64| ((integer as f64 + half) * step) as f32;
                Some((end(span.lo, -0.5), end(span.hi, 0.5)))
            }
        }
    }
}

impl Elementwise for StraightThrough {
    fn apply<const D: usize>(&self, tensor: Tensor<D>) -> Tensor<D> {
        let plain = tensor.clone().without_autodiff();
        let rounded = OnGrid(self.format).apply(plain.clone());
        match self.limits() {
            Some((lo, hi)) => tensor.clamp(lo, hi) + (rounded - plain.clamp(lo, hi)),
            None => tensor + (rounded - plain),
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

    fn gradient(passing: Passing) -> (Vec<f32>, Vec<f32>) {
        let device = Device::flex().autodiff();
        let x = from_values(vec![-3.0, -0.4, 0.3, 1.6, 9.0], &device).require_grad();
        let y = StraightThrough { format: format(2, false, 0), passing }.apply(x.clone());
        let weights = from_values(vec![1.0, 2.0, 3.0, 4.0, 5.0], &device);
        let gradients = (y.clone() * weights).sum().backward();
        (to_values(&y), to_values(&x.grad(&gradients).unwrap()))
    }

    #[test]
    fn gradients_pass_straight_through() {
        let (values, gradients) = gradient(Passing::All);
        assert_eq!(values, [0.0, 0.0, 0.0, 2.0, 3.0]);
        assert_eq!(gradients, [1.0, 2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn saturated_values_stop_them() {
        // -0.4 is rounded to the lower end of 0 to 3; -3 and 9 are cut to the ends.
        let (values, gradients) = gradient(Passing::Inside);
        assert_eq!(values, [0.0, 0.0, 0.0, 2.0, 3.0]);
        assert_eq!(gradients, [0.0, 2.0, 3.0, 4.0, 0.0]);
    }

    #[test]
    fn binary_layers_clip_them() {
        let (values, gradients) = gradient(Passing::Unit);
        assert_eq!(values, [0.0, 0.0, 0.0, 2.0, 3.0]);
        assert_eq!(gradients, [0.0, 2.0, 3.0, 0.0, 0.0]);
    }
}
