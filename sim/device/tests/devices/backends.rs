//! The devices of the suite, all the same machine.

use std::path::Path;
use std::sync::Mutex;

use bitladder_device::{
    BusDevice, Golden, PinBus, RustSim, SimulatedMailbox, SimulatedUart, Verilated, VerilatedPorts,
};
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

/// The first test that asks compiles a model, the others wait and take it from the cache.
fn one_at_a_time<T>(build: impl FnOnce(&MachineConfig, &BuildOptions) -> T) -> T {
    static BUILD: Mutex<()> = Mutex::new(());
    let _alone = BUILD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    build(&config(), &BuildOptions { trace: false, cache: Some(cache) })
}

pub(crate) fn verilated() -> BusDevice<PinBus<Verilated>> {
    one_at_a_time(bitladder_device::verilator).unwrap()
}

/// At the pins of a serial line.
pub(crate) fn uart() -> SimulatedUart<VerilatedPorts> {
    one_at_a_time(bitladder_device::uart_verilated).unwrap()
}

/// Through the rings of a mailbox.
pub(crate) fn mailbox() -> SimulatedMailbox<VerilatedPorts> {
    one_at_a_time(bitladder_device::mailbox_verilated).unwrap()
}
