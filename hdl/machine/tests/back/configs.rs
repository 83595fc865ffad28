//! Everything that can be configured can be built.

use std::path::Path;

use bitladder_blocks::Mode;
use bitladder_hdl_machine::back_end::{BackEndConfig, back_end};
use bitladder_hdl_machine::decide::{DecideConfig, decide};
use bitladder_machine::MachineConfig;
use bitladder_machine::isa::Operation;
use bitladder_rtl::Design;
use bitladder_spec::{Rounding, Saturation};

use crate::layers::{OPERATIONS, config};

fn builds(config: &BackEndConfig) {
    let module = back_end(config).unwrap_or_else(|error| panic!("{config:?}: {error}"));
    Design::elaborate(&module).unwrap_or_else(|error| panic!("{config:?}: {error}"));
}

#[test]
fn every_named_machine_has_a_back_end() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../gen/configs");
    let mut machines = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let machine = MachineConfig::read(file.unwrap().path()).unwrap();
        builds(&BackEndConfig::of(&machine));
        if machine.memory.decision_images > 0 {
            Design::elaborate(&decide(&DecideConfig::of(&machine)).unwrap()).unwrap();
        }
        machines += 1;
    }
    assert!(machines > 4, "{machines} configurations found");
}

#[test]
fn every_choice_of_features_can_be_built() {
    for set in 1..16usize {
        let chosen = (0..4).filter(|bit| set >> bit & 1 == 1).map(|bit| OPERATIONS[bit]);
        let operations: Vec<Operation> = chosen.collect();
        for (columns, modes, bits, dividers) in [
            (4, &[Mode::Word16, Mode::Word4][..], 16, 0),
            (2, &[Mode::Word8], 1, 1),
            (1, &[Mode::Word16], 8, 1),
            (8, &[Mode::Word4, Mode::Word8], 1, 4),
        ] {
            let mut config = config(columns, modes, bits, dividers);
            config.element.operations.clone_from(&operations);
            config.post.roundings = vec![Rounding::ALL[set % 5]];
            let kinds = [Saturation::Saturate, Saturation::Symmetric, Saturation::Wrap];
            config.post.saturations = vec![kinds[set % 3]];
            builds(&config);
        }
    }
}

#[test]
fn units_that_do_not_fit_each_other_are_refused() {
    let mut config = config(4, &[Mode::Word8], 1, 0);
    config.element.columns = 8;
    let text = back_end(&config).unwrap_err().to_string();
    let wanted = "`element.columns` = 8 does not go with `post.columns` = 4: both units work on";
    assert!(text.starts_with(wanted), "{text}");
    (config.element.columns, config.post.lanes) = (4, 8);
    let text = back_end(&config).unwrap_err().to_string();
    assert_eq!(text, "`post.lanes` = 8 is out of range: a power of two from 1 to 4");
    (config.post.lanes, config.post.accumulator_bits) = (4, 49);
    let text = back_end(&config).unwrap_err().to_string();
    assert_eq!(text, "`post.accumulator_bits` = 49 is out of range: 2 to 48");
}
