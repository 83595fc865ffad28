use super::*;
use bitladder_network::QuantInput;
use bitladder_spec::{IntType, Requant, Rounding, Saturation, TensorFormat, WeightFormat, Weights};

fn format(bits: u8, signed: bool, zero_point: i32) -> TensorFormat {
    TensorFormat { zero_point, ..TensorFormat::fixed(IntType::new(bits, signed).unwrap(), 0) }
}

fn stage(to: TensorFormat, shift: u8) -> OutputStage {
    OutputStage {
        requant: vec![Requant::shift(shift).unwrap()],
        rounding: Rounding::HalfUp,
        zero_point: to.zero_point,
        ty: to.ty,
        saturation: Saturation::Saturate,
        clamp: to.ty.span(),
    }
}

fn linear(shape: [usize; 4], values: &[i32], bias: &[i64], stage: OutputStage) -> Linear {
    let format = WeightFormat::Fixed { bits: 8 };
    let weights = Weights::from_values(format, shape, values, vec![]).unwrap();
    Linear { weights, bias: bias.to_vec(), stage }
}

fn one_layer(
    from: (TensorFormat, &[usize]),
    op: QuantOp,
    to: (TensorFormat, &[usize]),
) -> QuantNetwork {
    QuantNetwork {
        name: "net".into(),
        inputs: vec![QuantInput { name: "x".into(), shape: from.1.to_vec(), format: from.0 }],
        layers: vec![QuantLayer {
            name: "layer".into(),
            op,
            inputs: vec![0],
            shape: to.1.to_vec(),
            format: to.0,
        }],
        output: 1,
    }
}

fn result(network: &QuantNetwork, data: &[i32]) -> Vec<i32> {
    let shape = network.inputs[0].shape.clone();
    let input = IntBatch::new(1, shape, data.to_vec()).unwrap();
    run(network, &[input], |_, _| {}).unwrap().data().to_vec()
}

#[test]
fn a_convolution_by_hand() {
    let (from, to) = (format(8, false, 10), format(8, true, 0));
    let linear = linear([1, 1, 2, 2], &[1, -2, 3, 4], &[6], stage(to, 1));
    let window = Window { padding: [0, 1, 0, 0], ..Window::square(2) };
    let op = QuantOp::Conv { window, groups: 1, linear };
    let network = one_layer((from, &[1, 2, 2]), op, (to, &[1, 1, 2]));
    // Centred: 1 2 / 0 -3; the left padding adds nothing.
    // First: 6 - 2*1 + 4*0 = 4 -> 2. Second: 6 + 1 - 4 + 0 - 12 = -9 -> -4.5 -> -4.
    assert_eq!(result(&network, &[11, 12, 10, 7]), [2, -4]);
}

#[test]
fn a_dense_layer_saturates() {
    let (from, to) = (format(4, true, 0), format(4, true, 0));
    let linear = linear([2, 3, 1, 1], &[1, 1, 1, -1, -1, -1], &[0, 0], stage(to, 0));
    let network = one_layer((from, &[3]), QuantOp::Dense { linear }, (to, &[2]));
    assert_eq!(result(&network, &[7, 7, 7]), [7, -8]);
}

#[test]
fn pools_and_rescale() {
    let from = format(8, true, 0);
    let window = Window::square(2).stride(2);
    let max = one_layer((from, &[1, 2, 2]), QuantOp::MaxPool { window }, (from, &[1, 1, 1]));
    assert_eq!(result(&max, &[-5, -3, -9, -4]), [-3]);
    let op = QuantOp::AveragePool { window, count_padding: false, stage: stage(from, 0) };
    let average = one_layer((from, &[1, 2, 2]), op, (from, &[1, 1, 1]));
    assert_eq!(result(&average, &[-5, -3, -9, -4]), [-5], "-5.25");
    let to = format(4, false, 3);
    let rescale = QuantOp::Rescale { stage: stage(to, 2) };
    let rescale = one_layer((from, &[3]), rescale, (to, &[3]));
    assert_eq!(result(&rescale, &[2, -100, 100]), [4, 0, 15]);
}

#[test]
fn a_sum_of_different_scales() {
    let (a, to) = (format(8, true, 1), format(8, true, 0));
    let mut network = one_layer((a, &[2]), QuantOp::Reshape, (a, &[2]));
    let op = QuantOp::Add { multipliers: [4, 1], stage: stage(to, 2) };
    network.layers.push(QuantLayer {
        name: "add".into(),
        op,
        inputs: vec![0, 1],
        shape: vec![2],
        format: to,
    });
    network.output = 2;
    // (3-1)*4 + (3-1) = 10 -> 2.5 -> 3; (-4-1)*5 = -25 -> -6.25 -> -6.
    assert_eq!(result(&network, &[3, -4]), [3, -6]);
}

#[test]
fn integers_outside_their_format_are_refused() {
    let from = format(4, true, 0);
    let network = one_layer((from, &[2]), QuantOp::Reshape, (from, &[2]));
    let input = IntBatch::new(1, vec![2], vec![0, 8]).unwrap();
    let message = run(&network, &[input], |_, _| {}).unwrap_err().to_string();
    assert_eq!(message, "input `x` holds 8 at position 1, outside its format i4 x 2^0");
}
