//! What the machine cannot do is refused, with the layer, the reason and what would help.

use crate::nets::{format, network, push, stage};
use crate::weights::linear;
use crate::{dense, refused, roomy, simple};
use bitladder_machine::compile;
use bitladder_machine::isa::{Mode, Operation, WeightKind};
use bitladder_network::{Linear, QuantOp, Window};
use bitladder_spec::{OutputStage, Requant, Rounding, WeightFormat, Weights};

#[test]
fn networks_that_do_not_hold_together() {
    let mut net = simple();
    net.layers[0].shape = vec![7];
    assert!(refused(&net, &roomy()).starts_with("layer `fc`: "));
    for batch in [0, 65_536, usize::MAX] {
        assert_eq!(
            compile(&simple(), &roomy(), batch).unwrap_err().to_string(),
            format!("a batch of {batch} images: 1 to 65535 are possible")
        );
    }
    let mut none = roomy();
    none.post.roundings.clear();
    let message = refused(&simple(), &none);
    assert!(message.starts_with("the machine's configuration is refused: sim-4x4:"), "{message}");
    assert!(message.ends_with("`post.roundings` is empty, allowed is at least one rounding"));
    let mut empty = network(&[0, 3, 3], format(8, true));
    push(
        &mut empty,
        "scale",
        QuantOp::Rescale { stage: stage(format(8, true), 0) },
        &[0],
        &[0, 3, 3],
    );
    assert_eq!(
        refused(&empty, &roomy()),
        "`image` of shape [0, 3, 3] has no elements: there is nothing to compute"
    );
}

#[test]
fn integers_too_wide_for_memory() {
    let mut net = simple();
    push(&mut net, "wide", QuantOp::Rescale { stage: stage(format(20, true), 0) }, &[1], &[6]);
    assert!(compile(&net, &roomy(), 1).is_ok(), "a result may be wide");
    push(&mut net, "next", QuantOp::Rescale { stage: stage(format(8, true), 0) }, &[2], &[6]);
    assert_eq!(
        refused(&net, &roomy()),
        "`wide` holds i20, activation memory holds up to 16 bits: only the network's result may \
         be wider"
    );
    let mut net = simple();
    push(&mut net, "top", QuantOp::Rescale { stage: stage(format(32, false), 0) }, &[1], &[6]);
    assert_eq!(
        refused(&net, &roomy()),
        "layer `top`: a tensor cannot hold u32: its integers are kept in 32 signed bits, so choose \
         i32 or at most u31"
    );
}

#[test]
fn modes_and_weights_the_machine_was_built_without() {
    let mut config = roomy();
    config.array.modes = vec![Mode::Word8, Mode::Word4];
    config.array.weight_kinds = vec![WeightKind::Fixed];
    let wide = dense(linear(3, 12, [6, 8, 1, 1], stage(format(8, true), 4)));
    assert_eq!(
        refused(&wide, &config),
        "`image` needs mode word16 or wider, `array.modes` has word8, word4: use narrower formats \
         or add the mode"
    );
    let mut config = roomy();
    config.array.weight_kinds = vec![WeightKind::Fixed, WeightKind::Ternary];
    let powers = |value: i32| {
        let shape = [6, 8, 1, 1];
        let weights =
            Weights::from_values(WeightFormat::PowerOfTwo, shape, &[value; 48], vec![]).unwrap();
        dense(Linear { weights, ..linear(1, 8, shape, stage(format(8, true), 4)) })
    };
    assert!(compile(&powers(-32768), &config, 1).is_ok(), "fixed weights hold these");
    assert_eq!(
        refused(&powers(32768), &config),
        "layer `fc` needs weights of kind power-of-two in mode word16, `array.weight_kinds` has \
         fixed, ternary: use another weight format or add the kind"
    );
}

#[test]
fn images_in_another_shape() {
    let mut net = network(&[4, 2, 2], format(8, true));
    push(&mut net, "reshape", QuantOp::Reshape, &[0], &[2, 2, 4]);
    let kernel = linear(1, 8, [3, 2, 1, 1], stage(format(8, true), 0));
    let conv = QuantOp::Conv { window: Window::square(1), groups: 1, linear: kernel };
    push(&mut net, "conv", conv, &[1], &[3, 2, 4]);
    assert_eq!(
        refused(&net, &roomy()),
        "layer `conv` reads `image` as [2, 2, 4], in memory it is [4, 2, 2] (channels, rows, \
         columns): only a fully connected layer can read an image in another shape"
    );
    let mut net = network(&[4, 2, 2], format(8, true));
    push(&mut net, "flatten", QuantOp::Reshape, &[0], &[16]);
    let by_channel =
        OutputStage { requant: vec![Requant::IDENTITY; 16], ..stage(format(8, true), 0) };
    push(&mut net, "scale", QuantOp::Rescale { stage: by_channel }, &[1], &[16]);
    assert!(refused(&net, &roomy()).starts_with("layer `scale` reads `image` as [16, 1, 1]"));
    let mut net = network(&[4, 2, 2], format(8, true));
    push(&mut net, "turned", QuantOp::Reshape, &[0], &[2, 4, 2]);
    let op = QuantOp::Add { multipliers: [1, 1], stage: stage(format(8, true), 0) };
    push(&mut net, "back", QuantOp::Reshape, &[1], &[4, 2, 2]);
    push(&mut net, "sum", op, &[0, 2], &[4, 2, 2]);
    assert!(compile(&net, &roomy(), 1).is_ok(), "both lie in memory alike");
}

#[test]
fn averages_of_different_counts() {
    let mut net = network(&[3, 4, 4], format(8, true));
    let window = Window::square(3).padding(1);
    let stage = stage(format(8, true), 0);
    let pool = |count_padding| QuantOp::AveragePool { window, count_padding, stage: stage.clone() };
    push(&mut net, "pool", pool(false), &[0], &[3, 4, 4]);
    assert_eq!(
        refused(&net, &roomy()),
        "layer `pool` averages over 4 to 9 positions, the machine divides by one number: choose \
         padding or `count_padding` so that all windows count alike"
    );
    net.layers[0].op = pool(true);
    assert!(compile(&net, &roomy(), 1).is_ok());
}

#[test]
fn stages_the_machine_was_built_without() {
    let mut config = roomy();
    config.post.roundings = vec![Rounding::HalfUp];
    let with = |rounding, shift, multiplier| OutputStage {
        rounding,
        requant: vec![Requant::new(multiplier, shift).unwrap()],
        ..stage(format(8, true), 0)
    };
    let net = |stage| dense(linear(3, 8, [6, 8, 1, 1], stage));
    assert_eq!(
        refused(&net(with(Rounding::HalfEven, 2, 1)), &config),
        "layer `fc` rounds HalfEven, `post.roundings` has [HalfUp]: quantise with one of these or \
         add it"
    );
    let whole = net(with(Rounding::HalfEven, 2, 4));
    assert!(compile(&whole, &config, 1).is_ok(), "nothing is ever rounded");
    config.post.multiplier_bits = 4;
    assert_eq!(
        refused(&net(with(Rounding::HalfUp, 9, 17)), &config),
        "layer `fc`, channel 0: multiplier 17 needs 5 bits, 4 are there: quantise with fewer \
         multiplier bits or raise `post.multiplier_bits`"
    );
    config.post.multiplier_bits = 1;
    assert_eq!(
        refused(&net(with(Rounding::HalfUp, 9, 12)), &config),
        "layer `fc`, channel 0: multiplier 3 is no power of two, and `post.multiplier_bits` 1 makes \
         a machine that only shifts: quantise with `--multiplier-bits 1` or fixed-point formats \
         throughout, or raise `post.multiplier_bits`"
    );
    assert!(compile(&net(with(Rounding::HalfUp, 9, 16)), &config, 1).is_ok(), "a shift");
}

#[test]
fn sums_the_machine_was_built_without() {
    let mut shifts = roomy();
    shifts.post.multiplier_bits = 1;
    let sum = |multipliers| {
        let mut net = network(&[8], format(8, true));
        let op = QuantOp::Add { multipliers, stage: stage(format(8, true), 4) };
        push(&mut net, "sum", op, &[0, 0], &[8]);
        net
    };
    assert!(compile(&sum([4, 1]), &shifts, 1).is_ok(), "shifts");
    let message = refused(&sum([4, 6]), &shifts);
    assert!(message.starts_with("layer `sum`, an input: multiplier 6 is no power of two"));
    let mut net = network(&[8], format(8, true));
    let op = QuantOp::Add { multipliers: [1, 65_536], stage: stage(format(8, true), 17) };
    push(&mut net, "sum", op, &[0, 0], &[8]);
    assert_eq!(
        refused(&net, &roomy()),
        "layer `sum`, an input: multiplier 65536 needs 17 bits, 16 are there: quantise with fewer \
         multiplier bits or raise `post.multiplier_bits`"
    );
}

#[test]
fn numbers_too_large_for_the_machine() {
    let mut large = simple();
    if let QuantOp::Dense { linear } = &mut large.layers[0].op {
        linear.bias[5] = 1 << 40;
    }
    assert_eq!(
        refused(&large, &roomy()),
        "layer `fc`: the bias of channel 5 is 1099511627776 with all constants folded in, \
         `post.bias_bits` is 40, of at most 40: use narrower formats or raise it"
    );
    let mut config = roomy();
    config.array.accumulator_bits = 17;
    let steep = dense(linear(127, 8, [6, 8, 1, 1], stage(format(8, true), 4)));
    assert_eq!(
        refused(&steep, &config),
        "layer `fc` needs sums of 18 bits, `array.accumulator_bits` leaves 17 in its mode: use \
         fewer bits for its weights or inputs, or a machine with wider sums"
    );
    let mut sum = network(&[8], format(8, true));
    let op = QuantOp::Add { multipliers: [1000, 1000], stage: stage(format(8, true), 10) };
    push(&mut sum, "sum", op, &[0, 0], &[8]);
    assert!(refused(&sum, &config).starts_with("layer `sum` needs sums of 19 bits"));
}

#[test]
fn geometry_beyond_the_descriptor() {
    let mut strided = network(&[1, 300, 300], format(8, true));
    let kernel = linear(1, 8, [3, 1, 1, 1], stage(format(8, true), 0));
    let window = Window::square(1).stride(256);
    let conv = QuantOp::Conv { window, groups: 1, linear: kernel };
    push(&mut strided, "conv", conv, &[0], &[3, 2, 2]);
    assert_eq!(
        refused(&strided, &roomy()),
        "layer `conv`: descriptor field `stride_y` is 256, allowed is 0 to 255"
    );
    let mut padded = network(&[2, 1, 4000], format(8, true));
    let kernel = linear(1, 8, [1, 2, 1, 1], stage(format(8, true), 0));
    let window = Window { padding: [60_000, 0, 0, 0], stride: [255, 255], ..Window::square(1) };
    let conv = QuantOp::Conv { window, groups: 1, linear: kernel };
    push(&mut padded, "conv", conv, &[0], &[1, 236, 16]);
    assert_eq!(
        refused(&padded, &roomy()),
        "layer `conv`: descriptor field `lead` is 240000000, allowed is 0 to 16777215"
    );
}

#[test]
fn layers_that_the_machine_was_built_without() {
    let mut config = roomy();
    config.element.operations = vec![Operation::MaxPool, Operation::Rescale];
    let mut sum = network(&[8], format(8, true));
    let op = QuantOp::Add { multipliers: [1, 1], stage: stage(format(8, true), 1) };
    push(&mut sum, "sum", op, &[0, 0], &[8]);
    assert_eq!(
        refused(&sum, &config),
        "layer `sum` needs operation add, `element.operations` has max-pool, rescale: use another \
         layer or add it"
    );
    config.element.operations = vec![Operation::Add];
    let mut pool = network(&[4, 4, 4], format(8, true));
    push(
        &mut pool,
        "pool",
        QuantOp::MaxPool { window: Window::square(2).stride(2) },
        &[0],
        &[4, 2, 2],
    );
    assert!(refused(&pool, &config).starts_with("layer `pool` needs operation max-pool, "));
}
