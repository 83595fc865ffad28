//! The cycle model says what the RTL takes.

use bitladder_device::{Device, rust_sim};
use bitladder_machine::isa::{DESCRIPTOR_WORDS, Operation};
use bitladder_machine::{compile, cycles};

use crate::networks::ENOUGH;
use crate::{backends, digits};

#[test]
fn the_model_and_the_machine_take_the_same_time() {
    let package = digits::package(&["16", "8", "4"]);
    let config = backends::config();
    let mut device = rust_sim(&config).unwrap();
    for profile in &package.profiles {
        let program = compile(&profile.network, &config, 4).unwrap();
        device.load(&program).unwrap();
        let model = cycles(&program, &config).unwrap();
        for (index, descriptor) in program.descriptors().unwrap().iter().enumerate() {
            if descriptor.operation == Operation::End { break; }
            device.start_layer((program.start + index * DESCRIPTOR_WORDS) as u32).unwrap();
            device.settle(ENOUGH).unwrap();
            let c = device.counters().unwrap();
            let l = &model.layers[index];
        }
    }
}
