//! LeNet with random weights: its shapes decide about cycles, its numbers do not matter.

use bitladder_network::{Linear, QuantInput, QuantLayer, QuantNetwork, QuantOp, Window};
use bitladder_spec::{
    IntType, OutputStage, Requant, Rounding, Saturation, Span, SplitMix64, TensorFormat,
    WeightFormat, Weights,
};

fn unsigned(bits: u8) -> TensorFormat {
    TensorFormat::fixed(IntType::new(bits, false).expect("1 to 16 bits"), 0)
}

/// Weights of so many bits, and a stage that brings sums back to the type's range.
fn linear(draw: &mut SplitMix64, bits: u8, shape: [usize; 4], last: bool) -> Linear {
    let half = 1i64 << (bits - 1);
    let count: usize = shape.iter().product();
    let mut weight = || draw.below(2 * half as u64) as i64 - half;
    let values: Vec<i32> = (0..count).map(|_| weight() as i32).collect();
    let bias = (0..shape[0]).map(|_| weight() * half).collect();
    let ty = unsigned(bits).ty;
    let requant = Requant::new(3, bits + 2).expect("a small multiplier and shift");
    let stage = OutputStage {
        requant: vec![requant],
        rounding: Rounding::HalfUp,
        zero_point: 0,
        ty,
        saturation: Saturation::Saturate,
        clamp: Span::new(0, ty.span().hi),
    };
    let stage = if last {
        OutputStage { requant: vec![Requant::new(1, 4).expect("a shift")], ..OutputStage::raw() }
    } else {
        stage
    };
    let format = WeightFormat::Fixed { bits };
    let weights = Weights::from_values(format, shape, &values, vec![]).expect("values in range");
    Linear { weights, bias, stage }
}

/// Convolutions 5x5 with 20 and 50 filters, each with a pool, and layers of 500 and 10 outputs.
pub(crate) fn lenet(bits: u8, seed: u64) -> QuantNetwork {
    let mut draw = SplitMix64::new(seed);
    let format = unsigned(bits);
    let input = QuantInput { name: "image".into(), shape: vec![1, 28, 28], format };
    let mut network = QuantNetwork {
        name: format!("lenet-{bits}"),
        inputs: vec![input],
        layers: Vec::new(),
        output: 0,
    };
    let mut push = |name: &str, op: QuantOp, shape: &[usize], format: TensorFormat| {
        let inputs = vec![network.values() - 1];
        let layer = QuantLayer { name: name.into(), op, inputs, shape: shape.into(), format };
        network.layers.push(layer);
        network.output = network.values() - 1;
    };
    let conv = |linear| QuantOp::Conv { window: Window::square(5), groups: 1, linear };
    let pool = || QuantOp::MaxPool { window: Window::square(2).stride(2) };
    let mut weights = |shape, last| linear(&mut draw, bits, shape, last);
    push("conv1", conv(weights([20, 1, 5, 5], false)), &[20, 24, 24], format);
    push("pool1", pool(), &[20, 12, 12], format);
    push("conv2", conv(weights([50, 20, 5, 5], false)), &[50, 8, 8], format);
    push("pool2", pool(), &[50, 4, 4], format);
    push("flatten", QuantOp::Reshape, &[800], format);
    push("dense1", QuantOp::Dense { linear: weights([500, 800, 1, 1], false) }, &[500], format);
    let logits = TensorFormat::fixed(IntType::ACCUMULATOR, 0);
    push("dense2", QuantOp::Dense { linear: weights([10, 500, 1, 1], true) }, &[10], logits);
    network
}
