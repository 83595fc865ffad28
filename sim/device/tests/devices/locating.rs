//! Faults put into a device are found where they are.

use bitladder_device::{Device, Memory, Place, locate};
use bitladder_machine::isa::Operation;
use bitladder_machine::{Program, compile};

use crate::{backends, digits};

fn example() -> (Program, Vec<bitladder_golden::IntBatch>) {
    let package = digits::package(&["8"]);
    let network = &package.profiles[0].network;
    let program = compile(network, &backends::config(), 2).unwrap();
    (program, vec![digits::images(network, 3..5)])
}

pub(crate) fn agrees_layer_by_layer<D: Device>(device: &mut D) {
    let (program, inputs) = example();
    assert_eq!(locate(device, &program, &inputs).unwrap(), None);
}

/// The second convolution: its number, its descriptor's weights and parameters.
fn second(program: &Program) -> (u32, usize, usize, usize) {
    let descriptors = program.descriptors().unwrap();
    let mut convs = descriptors.iter().filter(|d| d.operation == Operation::Conv);
    let d = convs.nth(1).unwrap();
    (d.layer, d.weight_base as usize, d.patch_words as usize, d.parameter_base as usize)
}

pub(crate) fn wrong_weights_are_found<D: Device>(device: &mut D) {
    let (program, inputs) = example();
    let (layer, base, words, _) = second(&program);
    device.load(&program).unwrap();
    // Word 5 of pass 1 for column 2: another weight.
    let (k, column) = (5, 2);
    let word = (base + words + k) * 4 + column;
    let old = program.memories.weights[word..word + 2].to_vec();
    let wrong = u32::from(old[0] ^ 0x4040) | u32::from(old[1]) << 16;
    device.poke(Memory::Weight, word / 2, &[wrong]).unwrap();
    let mismatch = locate(device, &program, &inputs).unwrap().unwrap();
    assert_eq!(mismatch.layer, layer);
    match mismatch.place {
        Place::Element { channel, pass, k: found, sum, tile, cycle, .. } => {
            assert_eq!((channel, pass, found), (4 + column, (1, column), Some(k)));
            assert!(sum.is_some() && tile.is_some() && cycle.is_some());
        }
        other => panic!("{other:?}"),
    }
    let text = mismatch.to_string();
    for part in ["pass 1, column 2, from word 5 of the reduction on, about cycle ", "channel 6"] {
        assert!(text.contains(part), "{text}");
    }
    // The device keeps its fault: it was only looked at.
    let mut kept = [0];
    device.peek(Memory::Weight, word / 2, &mut kept).unwrap();
    assert_eq!(kept, [wrong]);
}

pub(crate) fn wrong_parameters_are_found<D: Device>(device: &mut D) {
    let (program, inputs) = example();
    let (layer, _, _, base) = second(&program);
    device.load(&program).unwrap();
    // The bias of channel 3 changes, whatever the weights are.
    let low = program.memories.parameters[base + 3] as u32;
    device.poke(Memory::Parameter, 2 * (base + 3), &[low.wrapping_add(20_000)]).unwrap();
    let mismatch = locate(device, &program, &inputs).unwrap().unwrap();
    assert_eq!(mismatch.layer, layer);
    match mismatch.place {
        Place::Element { channel: 3, pass: (0, 3), k: None, .. } => {}
        other => panic!("{other:?}"),
    }
    assert!(mismatch.wanted != mismatch.found && mismatch.bit() < 8);
}
