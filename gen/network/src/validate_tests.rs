use super::*;
use crate::{QuantInput, Window};
use bitladder_spec::{IntType, Requant, Rounding, Saturation, Span, WeightFormat, Weights};

fn byte() -> TensorFormat {
    TensorFormat::fixed(IntType::new(8, false).unwrap(), 4)
}

fn stage(format: TensorFormat) -> OutputStage {
    OutputStage {
        requant: vec![Requant::shift(4).unwrap()],
        rounding: Rounding::HalfUp,
        zero_point: format.zero_point,
        ty: format.ty,
        saturation: Saturation::Saturate,
        clamp: format.ty.span(),
    }
}

/// A convolution of 3x3 over two channels with weights of one value.
fn network(weight: i32) -> QuantNetwork {
    let shape = [4, 2, 3, 3];
    let values = vec![weight; 72];
    let format = WeightFormat::Fixed { bits: 16 };
    let weights = Weights::from_values(format, shape, &values, vec![]).unwrap();
    let linear = Linear { weights, bias: vec![100; 4], stage: stage(byte()) };
    QuantNetwork {
        name: "net".into(),
        inputs: vec![QuantInput { name: "x".into(), shape: vec![2, 8, 8], format: byte() }],
        layers: vec![
            QuantLayer {
                name: "conv".into(),
                op: QuantOp::Conv { window: Window::square(3), groups: 1, linear },
                inputs: vec![0],
                shape: vec![4, 6, 6],
                format: byte(),
            },
            QuantLayer {
                name: "pool".into(),
                op: QuantOp::MaxPool { window: Window::square(2).stride(2) },
                inputs: vec![1],
                shape: vec![4, 3, 3],
                format: byte(),
            },
        ],
        output: 2,
    }
}

fn refusal(change: impl FnOnce(&mut QuantNetwork)) -> String {
    let mut changed = network(1);
    change(&mut changed);
    changed.validate(48).unwrap_err().to_string()
}

#[test]
fn accumulators_are_proven_and_refused_by_name() {
    let wide = network(32767);
    let span = wide.accumulator_span(0).unwrap();
    assert_eq!(span, Span::new(0, 18 * 32767 * 255 + 100));
    assert_eq!(span.signed_bits(), 29);
    assert_eq!(wide.validate(29), Ok(()));
    let message = wide.validate(28).unwrap_err().to_string();
    assert!(
        message.starts_with("layer `conv` needs an accumulator of 29 bits, 28 are allowed"),
        "{message}"
    );
}

#[test]
fn disagreements_are_refused_by_name() {
    type Change = fn(&mut QuantNetwork);
    let table: [(&str, Change); 7] = [
        ("`pool`: its format is u8 x 2^-3", |n| {
            n.layers[1].format = TensorFormat::fixed(n.layers[1].format.ty, 3);
        }),
        ("`conv`: its format is i8 x 2^-4, but its operation yields u8 x 2^-4", |n| {
            n.layers[0].format = TensorFormat::fixed(IntType::new(8, true).unwrap(), 4);
        }),
        ("`pool` reads value 2, but only 2 values exist", |n| {
            n.layers[1].inputs = vec![2];
        }),
        ("`conv`: input shape [4, 5, 6] does not suit", |n| {
            n.layers[0].shape = vec![4, 5, 6];
        }),
        ("`conv` takes 1 input(s), 2 given", |n| {
            n.layers[0].inputs = vec![0, 0];
        }),
        ("output value 9 does not exist", |n| n.output = 9),
        ("its weights must be shaped [4, 3, 3, 3]", |n| {
            n.inputs[0].shape = vec![3, 8, 8];
        }),
    ];
    for (wanted, change) in table {
        let message = refusal(change);
        assert!(message.contains(wanted), "wanted {wanted}, found {message}");
    }
}

#[test]
fn macs_and_bits() {
    let network = network(1);
    assert_eq!(network.macs(0), 4 * 36 * 18);
    assert_eq!(network.macs(1), 0);
    assert_eq!(network.weight_bits(), 72 * 16);
    assert_eq!(network.value_name(1), "conv");
    assert_eq!(network.output_format(), byte());
}

#[test]
fn tensors_beyond_reason_are_refused_before_anything_is_allocated() {
    let mut net = network(1);
    net.inputs[0].shape = vec![2, 1 << 16, 1 << 16];
    let message = net.validate(48).unwrap_err().to_string();
    assert!(message.starts_with("layer `x`: a tensor of shape [2, 65536, 65536] is too large"));

    let mut net = network(1);
    let window = Window::square(1 << 15).padding(1 << 15);
    let shape = window.output([8, 8]).map(|[h, w]| vec![2, h, w]).unwrap();
    net.layers = vec![QuantLayer {
        name: "average".into(),
        op: QuantOp::AveragePool { window, count_padding: true, stage: stage(byte()) },
        inputs: vec![0],
        shape,
        format: byte(),
    }];
    net.output = 1;
    let message = net.validate(48).unwrap_err().to_string();
    assert!(message.starts_with("layer `average`: a tensor of shape [2, 32777,"), "{message}");
}
