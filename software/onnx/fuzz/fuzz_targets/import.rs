//! Any bytes are either refused or become a network that holds together.

#![no_main]

use bitladder_network::FloatNetwork;
use bitladder_onnx::import_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(imported) = import_bytes("fuzz.onnx", bytes) else { return };
    let network = imported.network;
    let mut again =
        FloatNetwork::new(network.name(), network.inputs().to_vec()).expect("inputs are valid");
    for layer in network.layers() {
        again
            .push(layer.name.clone(), layer.op.clone(), layer.inputs.clone())
            .expect("every layer is valid");
    }
    for (value, format) in &imported.declared.values {
        assert!(*value < network.values());
        format.validate().expect("every format is valid");
    }
});
