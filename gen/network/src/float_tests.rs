use super::*;

fn start(shape: &[usize]) -> FloatNetwork {
    let input = Input { name: "x".into(), shape: shape.to_vec() };
    FloatNetwork::new("net", vec![input]).unwrap()
}

fn conv(outputs: usize, groups: usize, weights: usize) -> FloatOp {
    FloatOp::Conv {
        window: Window::square(3),
        groups,
        outputs,
        weights: vec![0.5; weights],
        bias: vec![0.0; outputs],
    }
}

fn refusal(shape: &[usize], op: FloatOp) -> String {
    start(shape).push("layer7", op, vec![0]).unwrap_err().to_string()
}

#[test]
fn lenet_shapes_and_macs() {
    let mut network = start(&[1, 28, 28]);
    let five = |outputs: usize, inputs: usize| FloatOp::Conv {
        window: Window::square(5),
        groups: 1,
        outputs,
        weights: vec![0.0; outputs * inputs * 25],
        bias: vec![0.0; outputs],
    };
    let pool = || FloatOp::MaxPool { window: Window::square(2).stride(2) };
    let value = network.push("conv1", five(20, 1), vec![0]).unwrap();
    let value = network.push("pool1", pool(), vec![value]).unwrap();
    let value = network.push("conv2", five(50, 20), vec![value]).unwrap();
    let value = network.push("pool2", pool(), vec![value]).unwrap();
    let value = network.push("flat", FloatOp::Reshape { shape: vec![800] }, vec![value]).unwrap();
    let dense = |outputs: usize, inputs: usize| FloatOp::Dense {
        outputs,
        weights: vec![0.0; outputs * inputs],
        bias: vec![0.0; outputs],
    };
    let value = network.push("fc1", dense(500, 800), vec![value]).unwrap();
    let value = network.push("fc2", dense(10, 500), vec![value]).unwrap();
    assert_eq!(network.shape(value), [10]);
    assert_eq!(network.parameters(), 431_080);
    let macs: u64 = (0..network.layers().len()).map(|layer| network.macs(layer)).sum();
    assert_eq!(macs, 288_000 + 1_600_000 + 400_000 + 5_000);
}

#[test]
fn refusals_name_the_layer_and_the_reason() {
    let image = &[4, 8, 8];
    for (op, wanted) in [
        (conv(2, 1, 71), "`layer7`: weights has 71 elements, the layer needs 72"),
        (conv(2, 3, 72), "3 groups do not divide 4 input and 2 output channels"),
        (conv(2, 0, 72), "0 groups do not divide"),
        (FloatOp::Reshape { shape: vec![5] }, "cannot be reshaped to [5]"),
        (FloatOp::Clamp { lo: 1.0, hi: 0.0 }, "a clamp from 1 to 0 is empty"),
        (FloatOp::Clamp { lo: f32::NAN, hi: 0.0 }, "is empty"),
        (FloatOp::Add, "takes 2 input(s), 1 given"),
        (
            FloatOp::Dense { outputs: 2, weights: vec![], bias: vec![] },
            "a vector [features] is needed",
        ),
        (
            FloatOp::MaxPool { window: Window::square(2).padding(2) },
            "padding must be smaller than the pooling window",
        ),
        (
            FloatOp::MaxPool {
                window: Window {
                    kernel: [1, 2],
                    padding: [0, 1, 0, 2],
                    dilation: [1, 10],
                    ..Window::square(2)
                },
            },
            "touches nothing but padding",
        ),
    ] {
        let message = refusal(image, op);
        assert!(message.contains(wanted), "{message}");
        assert!(message.contains("layer7"), "{message}");
    }
    let message = refusal(&[5], conv(2, 1, 72));
    assert!(message.contains("an image [channels, height, width] is needed"), "{message}");
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    let mut op = conv(1, 1, 36);
    if let FloatOp::Conv { weights, .. } = &mut op {
        weights[5] = f32::NAN;
    }
    let message = refusal(&[4, 8, 8], op);
    assert!(message.contains("weights holds NaN at position 5"), "{message}");
}

#[test]
fn values_must_exist() {
    let mut network = start(&[3]);
    let message = network.push("relu", FloatOp::relu(), vec![1]).unwrap_err().to_string();
    assert_eq!(message, "layer `relu` reads value 1, but only 1 values exist before it");
    assert!(network.set_output(4).unwrap_err().to_string().contains("output value 4"));
}

#[test]
fn absurd_sizes_are_refused() {
    let input = Input { name: "x".into(), shape: vec![1 << 40, 1 << 40] };
    let message = FloatNetwork::new("net", vec![input]).unwrap_err().to_string();
    assert!(message.contains("too large"), "{message}");
}

#[test]
fn a_pool_without_extent_is_refused() {
    let window = Window { kernel: [0, 2], ..Window::square(2) };
    let message = refusal(&[1, 4, 4], FloatOp::MaxPool { window });
    assert_eq!(message, "layer `layer7`: kernel, stride and dilation must be at least 1");
}
