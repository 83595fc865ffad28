//! Networks that ask for more than a machine was built for are refused, with layer and key.

use crate::nets::{format, network, push, stage};
use crate::weights::linear;
use crate::{refused, roomy, simple};
use bitladder_machine::{MachineConfig, compile};
use bitladder_network::{QuantNetwork, QuantOp, Window};
use bitladder_spec::{OutputStage, Requant, Saturation};

/// A convolution of 3 x 3 over 18 x 18 pixels, with gaps along x if `dilation` is above 1.
fn window(dilation: usize) -> QuantNetwork {
    let mut net = network(&[4, 18, 18], format(8, true));
    let window = Window { dilation: [1, dilation], ..Window::square(3) };
    let linear = linear(3, 8, [20, 4, 3, 3], stage(format(8, true), 4));
    let op = QuantOp::Conv { linear, window, groups: 1 };
    push(&mut net, "conv", op, &[0], &[20, 16, 18 - 2 * dilation]);
    net
}

#[test]
fn counters_that_the_machine_was_built_without() {
    let refuses = |change: fn(&mut MachineConfig), wanted: &str| {
        let mut config = roomy();
        change(&mut config);
        assert_eq!(refused(&window(1), &config), wanted);
    };
    refuses(
        |config| config.limits.operand_bits = 8,
        "layer `conv`: total_pixels is 256, `limits.operand_bits` is 8 and ends at 255: use \
         smaller images, windows or layers, or raise it",
    );
    refuses(
        |config| config.limits.extent_bits = 4,
        "layer `conv`: input_height is 18, `limits.extent_bits` is 4 and ends at 15: use smaller \
         images, windows or layers, or raise it",
    );
    refuses(
        |config| config.limits.channel_bits = 4,
        "layer `conv`: output_channels is 20, `limits.channel_bits` is 4 and ends at 15: use \
         smaller images, windows or layers, or raise it",
    );
    let mut config = roomy();
    config.limits.dilation = false;
    assert!(compile(&window(1), &config, 1).is_ok());
    assert_eq!(
        refused(&window(2), &config),
        "layer `conv` has a dilation, `limits.dilation` is false: use windows without gaps or set it"
    );
    config.limits.batch = 2;
    config.memory.decision_images = 2;
    assert!(compile(&window(1), &config, 2).is_ok());
    assert_eq!(
        compile(&window(1), &config, 3).unwrap_err().to_string(),
        "a batch of 3 images, `limits.batch` is 2: use a smaller batch or raise it"
    );
}

#[test]
fn the_operands_of_all_rows_count() {
    let mut config = roomy();
    config.limits.operand_bits = 9;
    config.array.rows = 128;
    assert_eq!(
        refused(&window(1), &config),
        "layer `conv`: operands of a tile is 520, `limits.operand_bits` is 9 and ends at 511: use \
         smaller images, windows or layers, or raise it"
    );
}

#[test]
fn values_that_the_machine_was_built_without() {
    let mut config = roomy();
    config.post.saturations = vec![Saturation::Symmetric, Saturation::Wrap];
    assert_eq!(
        refused(&simple(), &config),
        "layer `fc` saturates by Saturate, `post.saturations` has [Symmetric, Wrap]: quantise with \
         one of these or add it"
    );
    let mut config = roomy();
    (config.post.value_bits, config.post.stored_bits) = (20, 20);
    let mut raw = simple();
    if let QuantOp::Dense { linear } = &mut raw.layers[0].op {
        linear.stage = OutputStage::raw();
    }
    raw.layers[0].format = format(32, true);
    let program = compile(&raw, &config, 1).unwrap();
    let clamped = program.descriptors().unwrap()[0].clone();
    assert_eq!((clamped.clamp_lo, clamped.clamp_hi), (-(1 << 19), (1 << 19) - 1));
    (config.post.value_bits, config.post.stored_bits) = (12, 12);
    assert_eq!(
        refused(&raw, &config),
        "layer `fc`: its result takes 13 bits, `post.value_bits` is 12: use narrower formats or \
         raise it"
    );
    if let QuantOp::Dense { linear } = &mut raw.layers[0].op {
        linear.stage.requant = vec![Requant::new(3, 1).unwrap()];
    }
    assert_eq!(
        refused(&raw, &config),
        "layer `fc`: its clamp takes 32 bits, `post.value_bits` is 12: use narrower formats or \
         raise it"
    );
    let mut shifted = simple();
    if let QuantOp::Dense { linear } = &mut shifted.layers[0].op {
        linear.stage.zero_point = 100;
    }
    shifted.layers[0].format.zero_point = 100;
    (config.post.value_bits, config.post.stored_bits) = (8, 8);
    assert!(compile(&shifted, &config, 1).is_ok());
}

/// `fc`, whose result is stored, and a second layer whose sums are the network's result.
fn stored(bits: u8) -> QuantNetwork {
    let mut net = network(&[8], format(8, true));
    let first = linear(3, 8, [6, 8, 1, 1], stage(format(bits, false), 4));
    push(&mut net, "fc", QuantOp::Dense { linear: first }, &[0], &[6]);
    let last = linear(3, 8, [5, 6, 1, 1], OutputStage::raw());
    push(&mut net, "sums", QuantOp::Dense { linear: last }, &[1], &[5]);
    net
}

#[test]
fn clamps_that_the_machine_was_built_without() {
    let mut config = roomy();
    config.post.saturations = vec![Saturation::Saturate];
    (config.post.value_bits, config.post.stored_bits) = (32, 9);
    assert!(compile(&stored(8), &config, 1).is_ok(), "unsigned bytes, and sums of any size");
    assert_eq!(
        refused(&stored(16), &config),
        "layer `fc`: its result takes 13 bits, `post.stored_bits` is 9: use narrower formats or \
         raise it"
    );
    assert_eq!(
        refused(&simple(), &config),
        "layer `fc`: its result is clamped, but `post.stored_bits` is 9 and `post.value_bits` 32: \
         results are clamped where both are alike"
    );
}
