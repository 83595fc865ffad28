//! What does not fit a memory is refused, with what would fit.

use crate::nets::{format, push, stage};
use crate::{roomy, simple};
use bitladder_machine::{MachineConfig, compile, compile_package};
use bitladder_network::QuantOp;
use bitladder_package::{Package, Preprocess, Profile, Source};

/// The refusal of a machine with a changed configuration.
fn short(change: impl Fn(&mut MachineConfig), batch: usize) -> String {
    let mut config = roomy();
    change(&mut config);
    compile(&simple(), &config, batch).unwrap_err().to_string()
}

#[test]
fn memories_that_are_too_small() {
    // Eight channels of 8 bits are four words: one group for each image.
    assert_eq!(
        short(|config| config.memory.activation_groups = 4, 9),
        "layer `fc`: `memory.activation_groups` is 4, 9 are needed, 5 short: a batch of 4 would fit"
    );
    assert_eq!(
        short(|config| config.memory.weight_groups = 7, 1),
        "layer `fc`: `memory.weight_groups` is 7, 8 are needed, 1 short: use narrower weights, \
         fewer precisions, or a machine with more of it"
    );
    assert_eq!(
        short(|config| config.memory.parameter_entries = 5, 1),
        "layer `fc`: `memory.parameter_entries` is 5, 8 are needed, 3 short: use fewer precisions \
         or a machine with more of it"
    );
    let mut two = simple();
    push(&mut two, "scale", QuantOp::Rescale { stage: stage(format(8, true), 0) }, &[1], &[6]);
    let mut config = roomy();
    config.memory.program_descriptors = 2;
    assert_eq!(
        compile(&two, &config, 1).unwrap_err().to_string(),
        "layer `end`: `memory.program_descriptors` is 2, 3 are needed, 1 short: use fewer \
         precisions or a machine with more of it"
    );
}

#[test]
fn memories_too_small_for_the_batch() {
    assert_eq!(
        short(|config| config.memory.result_words = 20, 4),
        "layer `fc`: `memory.result_words` is 20, 24 are needed, 4 short: a batch of 3 would fit"
    );
    assert_eq!(
        short(|config| config.memory.decision_images = 2, 3),
        "layer `fc`: `memory.decision_images` is 2, 3 are needed, 1 short: a batch of 2 would fit"
    );
    assert_eq!(
        short(|config| config.memory.patch_words = 3, 1),
        "layer `fc`: `memory.patch_words` is 3, 4 are needed, 1 short: use a narrower mode or a \
         machine with longer patch buffers"
    );
}

#[test]
fn what_is_in_use_just_fits() {
    let net = simple();
    let used = compile(&net, &roomy(), 3).unwrap().memory_use();
    let keys: Vec<(&str, usize)> = used.iter().map(|memory| (memory.key, memory.used)).collect();
    let wanted = [
        ("memory.activation_groups", 3),
        ("memory.weight_groups", 8),
        ("memory.parameter_entries", 8),
        ("memory.program_descriptors", 2),
        ("memory.result_words", 18),
    ];
    assert_eq!(keys, wanted);
    let mut tight = roomy();
    tight.memory.activation_groups = 3;
    tight.memory.weight_groups = 8;
    tight.memory.parameter_entries = 8;
    tight.memory.program_descriptors = 2;
    tight.memory.result_words = 18;
    let used = compile(&net, &tight, 3).unwrap().memory_use();
    assert!(used.iter().all(|memory| memory.used == memory.size), "{used:?}");
}

#[test]
fn a_package_names_the_profile() {
    let profile =
        |name: &str, network| Profile { name: name.into(), accumulator_bits: 48, network };
    let mut wide = simple();
    push(&mut wide, "wide", QuantOp::Rescale { stage: stage(format(20, true), 0) }, &[1], &[6]);
    push(&mut wide, "next", QuantOp::Rescale { stage: stage(format(8, true), 0) }, &[2], &[6]);
    let package = Package {
        name: "net".into(),
        source: Source { file: String::new(), sha256: String::new(), config: String::new() },
        preprocess: Preprocess::default(),
        classes: Vec::new(),
        softmax: false,
        profiles: vec![profile("8", simple()), profile("20", wide)],
        ladder: Vec::new(),
    };
    let message = compile_package(&package, &roomy(), 1).unwrap_err().to_string();
    assert!(message.starts_with("profile `20`: `wide` holds i20"), "{message}");
}
