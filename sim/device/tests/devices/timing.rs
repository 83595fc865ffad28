//! The cycle model says what the RTL takes.

use bitladder_device::{Device, run, rust_sim};
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
        let batch = digits::images(&profile.network, 0..4);
        run(&mut device, &program, &[batch], ENOUGH).unwrap();
        let counters = device.counters().unwrap();
        let model = cycles(&program, &config).unwrap();
        println!("{} {counters:?} {}\n{model}", profile.name, model.cycles);
        for layer in &model.layers { println!("{layer:?}"); }
    }
}
