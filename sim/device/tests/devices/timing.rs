//! The cycle model says what the RTL takes.

use bitladder_device::{Bus, Counters, Device, Pins, run, rust_sim};
use bitladder_machine::isa::{DESCRIPTOR_WORDS, Descriptor, Destination, Operation, register};
use bitladder_machine::{compile, compile_package, cycles};

use crate::networks::ENOUGH;
use crate::{backends, digits};

/// What moved is what the descriptor asks for.
fn activity(d: &Descriptor, found: &Counters) {
    let writes = match d.destination {
        Destination::Activations => d.total_pixels * d.passes,
        Destination::Results => 0,
    };
    assert_eq!(found.activation_writes, writes, "{d:?}");
    let conv = d.operation == Operation::Conv;
    let words = if conv { d.total_pixels * d.passes * d.patch_words } else { 0 };
    assert_eq!(found.row_words, words, "{d:?}");
    let groups = if conv { d.tiles * d.passes * d.pass_groups } else { 0 };
    if !d.nested {
        assert_eq!(found.weight_reads, groups, "{d:?}");
    }
    assert!(found.activation_reads > 0, "{d:?}");
}

#[test]
fn the_model_and_the_machine_take_the_same_time() {
    let package = digits::package(&["16", "8", "4", "nested16", "nested8", "nested4"]);
    let config = backends::config();
    let mut device = rust_sim(&config).unwrap();
    for profile in &package.profiles {
        let program = compile(&profile.network, &config, 4).unwrap();
        device.load(&program).unwrap();
        let model = cycles(&program, &config).unwrap();
        let descriptors = program.descriptors().unwrap();
        let layers = descriptors.iter().filter(|d| d.operation != Operation::End);
        for (index, layer) in layers.zip(&model.layers).map(|(_, layer)| layer).enumerate() {
            device.start_layer((program.start + index * DESCRIPTOR_WORDS) as u32).unwrap();
            device.settle(ENOUGH).unwrap();
            let counters = device.counters().unwrap();
            let found = counters.cycles;
            activity(&descriptors[index], &counters);
            // The model lets a tile's patches wait for the whole tile before; the machine does not.
            let allowed = layer.cycles * 4 / 5..=layer.cycles + 32;
            let name = format!("{} in {} bits", layer.name, profile.name);
            assert!(allowed.contains(&found), "{name}: {found} cycles, the model says {allowed:?}");
        }
    }
}

#[test]
fn a_change_of_precision_costs_less_than_100_cycles() {
    let package = digits::package(&["16", "4"]);
    let image = compile_package(&package, &backends::config(), 1).unwrap();
    let mut device = rust_sim(&backends::config()).unwrap();
    let batch = digits::images(&package.profiles[0].network, 0..1);
    run(&mut device, &image.programs[0], &[batch], ENOUGH).unwrap();
    let start = image.programs[1].start as u32;
    device.bus().write32(register::PROGRAM_START, start).unwrap();
    device.bus().write32(register::CONTROL, 1 << register::CONTROL_START_BIT).unwrap();
    let pins = device.bus().pins();
    let mut waited = 0;
    while pins.sim().get("core_activation_enable").unwrap() == 0 {
        pins.step(1).unwrap();
        waited += 1;
        assert!(waited < 100, "no activation was read");
    }
    assert!(waited > DESCRIPTOR_WORDS, "the descriptor was not read: {waited}");
}
