//! The devices of the suite, all the same machine.

use std::path::Path;
use std::sync::Mutex;

use bitladder_device::{BusDevice, Golden, PinBus, RustSim, Verilated};
use bitladder_machine::MachineConfig;
use bitladder_verilated::BuildOptions;

/// The machine for simulation.
pub(crate) fn config() -> MachineConfig {
    let text = include_str!("../../../../gen/configs/sim-4x4.toml");
    MachineConfig::parse("sim-4x4.toml", text).unwrap()
}

pub(crate) fn golden() -> Golden {
    Golden::new(&config())
}

pub(crate) fn rust_sim() -> BusDevice<PinBus<RustSim>> {
    bitladder_device::rust_sim(&config()).unwrap()
}

/// The first test that asks compiles the model, the others wait and take it from the cache.
pub(crate) fn verilated() -> BusDevice<PinBus<Verilated>> {
    static BUILD: Mutex<()> = Mutex::new(());
    let _alone = BUILD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    let options = BuildOptions { trace: false, cache: Some(cache) };
    bitladder_device::verilator(&config(), &options).unwrap()
}
