//! Small networks and the way from float to integer results, for the tests.

#![allow(clippy::unwrap_used, dead_code, reason = "helpers of tests; not every test uses all")]

use bitladder_golden::{FloatBatch, GoldenError, float, oracle};
use bitladder_network::{Declared, FloatNetwork, FloatOp, Input, Window};
use bitladder_quantize::{Calibration, FormatPlan, LowerOptions, Lowered, QuantizeError, quantize};
use bitladder_spec::{SplitMix64, ValueRounding};

/// Numbers in -1..1.
pub(crate) struct Numbers(SplitMix64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    pub(crate) fn one(&mut self) -> f32 {
        (self.0.next_u64() >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    }

    pub(crate) fn many(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.one()).collect()
    }
}

pub(crate) fn start(shape: &[usize]) -> FloatNetwork {
    FloatNetwork::new("net", vec![Input { name: "image".into(), shape: shape.to_vec() }]).unwrap()
}

pub(crate) fn conv(numbers: &mut Numbers, inputs: usize, outputs: usize, side: usize) -> FloatOp {
    let fan_in = inputs * side * side;
    let gain = (2.0 / fan_in as f32).sqrt();
    FloatOp::Conv {
        window: Window::square(side).padding(side / 2),
        groups: 1,
        outputs,
        weights: numbers.many(outputs * fan_in).iter().map(|w| w * gain).collect(),
        bias: numbers.many(outputs).iter().map(|b| b * 0.1).collect(),
    }
}

pub(crate) fn dense(numbers: &mut Numbers, inputs: usize, outputs: usize) -> FloatOp {
    let gain = (2.0 / inputs as f32).sqrt();
    FloatOp::Dense {
        outputs,
        weights: numbers.many(outputs * inputs).iter().map(|w| w * gain).collect(),
        bias: numbers.many(outputs).iter().map(|b| b * 0.1).collect(),
    }
}

/// Convolution, ReLU, pool, a residual block, average pool, two fully connected layers, softmax.
pub(crate) fn cnn(seed: u64) -> FloatNetwork {
    let mut n = Numbers::new(seed);
    let mut net = start(&[2, 8, 8]);
    let pool = Window::square(2).stride(2);
    net.push("conv1", conv(&mut n, 2, 6, 3), vec![0]).unwrap();
    let relu = net.push("relu1", FloatOp::relu(), vec![1]).unwrap();
    let pooled = net.push("pool1", FloatOp::MaxPool { window: pool }, vec![relu]).unwrap();
    let branch = net.push("conv2", conv(&mut n, 6, 6, 3), vec![pooled]).unwrap();
    let sum = net.push("sum", FloatOp::Add, vec![pooled, branch]).unwrap();
    let relu = net.push("relu2", FloatOp::relu(), vec![sum]).unwrap();
    let average = FloatOp::AveragePool { window: pool, count_padding: false };
    let pooled = net.push("pool2", average, vec![relu]).unwrap();
    let flat = net.push("flat", FloatOp::Reshape { shape: vec![24] }, vec![pooled]).unwrap();
    let hidden = net.push("fc1", dense(&mut n, 24, 12), vec![flat]).unwrap();
    let clip = net.push("clip", FloatOp::Clamp { lo: 0.0, hi: 0.25 }, vec![hidden]).unwrap();
    let logits = net.push("fc2", dense(&mut n, 12, 5), vec![clip]).unwrap();
    net.push("softmax", FloatOp::Softmax, vec![logits]).unwrap();
    net
}

pub(crate) fn images(net: &FloatNetwork, count: usize, seed: u64) -> FloatBatch {
    let shape = net.inputs()[0].shape.clone();
    let size: usize = shape.iter().product();
    FloatBatch::new(count, shape, Numbers::new(seed).many(count * size)).unwrap()
}

#[derive(Debug)]
pub(crate) enum Failed {
    Golden(GoldenError),
    Quantize(QuantizeError),
}

impl From<GoldenError> for Failed {
    fn from(error: GoldenError) -> Self {
        Self::Golden(error)
    }
}

pub(crate) fn calibrate(net: &FloatNetwork, data: &FloatBatch) -> Calibration {
    let mut calibration = Calibration::new(net);
    float::run(net, std::slice::from_ref(data), 1, |value, batch| {
        calibration.observe(value, batch.data()).map_err(Failed::Quantize)
    })
    .unwrap();
    calibration
}

pub(crate) fn lowered(net: &FloatNetwork, data: &FloatBatch, plan: &FormatPlan) -> Lowered {
    let options = LowerOptions::default();
    quantize(net, &Declared::default(), &calibrate(net, data), plan, &options).unwrap()
}

/// Every value of the float network next to what its integers stand for, as (float, integer);
/// values that exist only inside an output stage are left out.
pub(crate) fn both(
    net: &FloatNetwork,
    data: &FloatBatch,
    lowered: &Lowered,
) -> Vec<(Vec<f32>, Vec<f32>)> {
    let mut floats = Vec::new();
    float::run(net, std::slice::from_ref(data), 1, |_, batch| {
        floats.push(batch.data().to_vec());
        Ok::<(), GoldenError>(())
    })
    .unwrap();
    let quant = &lowered.network;
    let input = data.quantized(quant.inputs[0].format, ValueRounding::default());
    let mut reals = Vec::new();
    oracle::run(quant, &[input], |value, batch| {
        reals.push(batch.dequantized(quant.format(value)).data().to_vec());
    })
    .unwrap();
    let fused = |value: usize| {
        let same = |reader: &usize| {
            matches!(net.layers()[*reader].op, FloatOp::Clamp { .. })
                && lowered.places[net.value_of_layer(*reader)] == lowered.places[value]
        };
        net.readers(value).iter().any(same)
    };
    let pairs = floats.into_iter().enumerate().filter(|(value, _)| !fused(*value));
    pairs.map(|(value, f)| (f, reals[lowered.places[value]].clone())).collect()
}

/// Root of the mean squared difference over the root of the mean square.
pub(crate) fn relative_error((wanted, found): &(Vec<f32>, Vec<f32>)) -> f64 {
    let square = |values: &mut dyn Iterator<Item = f32>| -> f64 {
        values.map(|v| f64::from(v) * f64::from(v)).sum()
    };
    let difference = square(&mut wanted.iter().zip(found).map(|(w, f)| w - f));
    (difference / square(&mut wanted.iter().copied()).max(1e-30)).sqrt()
}
