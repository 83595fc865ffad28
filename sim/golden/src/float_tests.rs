use super::*;
use bitladder_network::Input;
use bitladder_spec::SplitMix64;

fn network(shape: &[usize], op: FloatOp) -> FloatNetwork {
    let input = Input { name: "x".into(), shape: shape.to_vec() };
    let mut network = FloatNetwork::new("net", vec![input]).unwrap();
    network.push("layer", op, vec![0]).unwrap();
    network
}

fn run_one(shape: &[usize], op: FloatOp, data: Vec<f32>) -> Vec<f32> {
    let images = data.len() / shape.iter().product::<usize>();
    let input = FloatBatch::new(images, shape.to_vec(), data).unwrap();
    let nothing = |_, _: &FloatBatch| Ok::<(), GoldenError>(());
    run(&network(shape, op), &[input], 2, nothing).unwrap().data().to_vec()
}

#[test]
fn small_operations_by_hand() {
    assert_eq!(run_one(&[4], FloatOp::relu(), vec![-1.0, 0.0, 2.0, -0.5]), [0.0, 0.0, 2.0, 0.0]);
    let pool = FloatOp::AveragePool { window: Window::square(2).padding(1), count_padding: true };
    let sums = run_one(&[1, 1, 1], pool, vec![4.0]);
    assert_eq!(sums, [1.0; 4]);
    let inside =
        FloatOp::AveragePool { window: Window::square(2).padding(1), count_padding: false };
    assert_eq!(run_one(&[1, 1, 1], inside, vec![4.0]), [4.0; 4]);
    let dense =
        FloatOp::Dense { outputs: 2, weights: vec![1.0, 2.0, 3.0, 4.0], bias: vec![0.5, 0.0] };
    assert_eq!(run_one(&[2], dense, vec![1.0, 1.0, 2.0, 0.0]), [3.5, 7.0, 2.5, 6.0]);
}

/// The row-wise convolution against the definition, over strides, paddings, dilations, groups.
#[test]
fn convolution_equals_its_definition() {
    let mut rng = SplitMix64::new(11);
    for case in 0..200 {
        let mut pick = |most: u64| 1 + rng.below(most) as usize;
        let groups = pick(2);
        let (inputs, outputs) = (pick(3), pick(3));
        let window = Window {
            kernel: [pick(3), pick(3)],
            stride: [pick(3), pick(3)],
            padding: [pick(3) - 1, pick(3) - 1, pick(3) - 1, pick(3) - 1],
            dilation: [pick(2), pick(2)],
            ceil: false,
        };
        let (height, width) = (4 + pick(5), 4 + pick(5));
        let mut numbers = |count| (0..count).map(|_| rng.unit() as f32 - 0.5).collect::<Vec<_>>();
        let weights = numbers(groups * outputs * inputs * window.taps());
        let bias = numbers(groups * outputs);
        let data = numbers(groups * inputs * height * width);
        let [rows, columns] = window.output([height, width]).unwrap();
        let op = FloatOp::Conv {
            window,
            groups,
            outputs: groups * outputs,
            weights: weights.clone(),
            bias: bias.clone(),
        };
        let found = run_one(&[groups * inputs, height, width], op, data.clone());
        for (index, found) in found.iter().enumerate() {
            let (o, place) = (index / (rows * columns), index % (rows * columns));
            let mut sum = f64::from(bias[o]);
            for i in 0..inputs {
                let at = [place / columns, place % columns];
                for (ky, kx, y, x) in window.taps_inside(at, [height, width]) {
                    let w = ((o * inputs + i) * window.kernel[0] + ky) * window.kernel[1] + kx;
                    let channel = o / outputs * inputs + i;
                    sum +=
                        f64::from(weights[w]) * f64::from(data[(channel * height + y) * width + x]);
                }
            }
            assert!((sum - f64::from(*found)).abs() < 1e-5, "case {case}: {sum} {found}");
        }
    }
}

#[test]
fn wrong_inputs_are_named() {
    let network = network(&[4], FloatOp::relu());
    let nothing = |_, _: &FloatBatch| Ok::<(), GoldenError>(());
    let other = FloatBatch::new(1, vec![5], vec![0.0; 5]).unwrap();
    let message = run(&network, &[other], 1, nothing).unwrap_err().to_string();
    assert_eq!(message, "input `x` of the network is shaped [4], the data [5]");
    let message = run(&network, &[], 1, nothing).unwrap_err().to_string();
    assert_eq!(message, "the network `net` has 1 input(s), 0 given");
}
