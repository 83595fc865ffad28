//! Every machine that ships can be built.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::path::Path;

use bitladder_blocks::io::WishboneMode;
use bitladder_hdl_machine::top::{
    machine, machine_axi_lite, machine_mailbox, machine_uart, machine_uart_bus, machine_wishbone,
    machine_with_port,
};
use bitladder_machine::{ClockConfig, HostConfig, HostPort, MachineConfig};
use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{Design, EmitOptions};

const MACHINES: [&str; 8] = [
    "up5k-tiny",
    "up5k-int8",
    "hx8k-small",
    "ecp5-25",
    "ecp5-85",
    "ecp5-85-fast",
    "gw2a-18",
    "sim-4x4",
];

fn config(name: &str) -> MachineConfig {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../gen/configs");
    MachineConfig::read(folder.join(format!("{name}.toml"))).unwrap()
}

#[test]
fn every_machine_becomes_verilog() {
    for name in MACHINES {
        let design = Design::elaborate(&machine(&config(name)).unwrap()).unwrap();
        let emitted = design.verilog(&EmitOptions::default()).unwrap();
        assert_eq!(emitted.top, format!("machine_{}", name.replace('-', "_")));
    }
}

#[test]
fn memories_can_be_had_in_all_combinations() {
    for choice in 0..4_usize {
        let chosen = |bit: usize| choice >> bit & 1 == 1;
        let mut config = config("sim-4x4");
        (config.memory.readback, config.memory.shared_words) = (chosen(0), !chosen(0));
        config.memory.checks = chosen(0);
        config.memory.decision_images *= usize::from(chosen(1));
        if let Err(error) = config.validate() {
            panic!("{choice}: {error}");
        }
        machine(&config).unwrap_or_else(|error| panic!("{:?}: {error}", config.memory));
    }
}

/// Linters have nothing to say about any machine; docs/hdl-layer.md lists what they are told not to
/// look at.
#[test]
fn every_machine_is_clean() {
    for name in MACHINES {
        let design = Design::elaborate(&machine(&config(name)).unwrap()).unwrap();
        cosim::lint(&design).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn machines_behind_buses_are_clean_and_do_the_same_in_verilog() {
    let mut small = config("sim-4x4");
    small.array.rows = 2;
    small.array.columns = 2;
    small.post.lanes = 2;
    let axi = Design::elaborate(&machine_axi_lite(&small).unwrap()).unwrap();
    let wishbone =
        Design::elaborate(&machine_wishbone(&small, WishboneMode::Classic).unwrap()).unwrap();
    let plan = Plan::random(2000, 3).reset("rst_i", 2);
    cosim::lint(&axi).unwrap();
    cosim::lint(&wishbone).unwrap();
    let pipelined = machine_wishbone(&small, WishboneMode::Pipelined).unwrap();
    cosim::lint(&Design::elaborate(&pipelined).unwrap()).unwrap();
    cosim::verilator(&[(&axi, &plan), (&wishbone, &plan)]).unwrap();
    assert_eq!(pipelined.name(), "machine_wishbone_pipelined_sim_4x4");
}

#[test]
fn machines_behind_packets_are_clean_and_do_the_same_in_verilog() {
    let mut small = config("sim-4x4");
    small.array.rows = 2;
    small.array.columns = 2;
    small.post.lanes = 2;
    let uart = Design::elaborate(&machine_uart(&small).unwrap()).unwrap();
    let bare = Design::elaborate(&machine_uart_bus(&small).unwrap()).unwrap();
    let mailbox = Design::elaborate(&machine_mailbox(&small).unwrap()).unwrap();
    let plan = Plan::random(2000, 3).reset("rst_i", 2);
    cosim::lint(&uart).unwrap();
    cosim::lint(&bare).unwrap();
    cosim::lint(&mailbox).unwrap();
    cosim::verilator(&[(&uart, &plan), (&bare, &plan), (&mailbox, &plan)]).unwrap();
}

#[test]
fn the_configuration_chooses_the_port() {
    let mut small = config("sim-4x4");
    for (port, name) in [
        (HostPort::Bus, "machine_sim_4x4"),
        (HostPort::AxiLite, "machine_axi_lite_sim_4x4"),
        (HostPort::Wishbone, "machine_wishbone_sim_4x4"),
        (HostPort::WishbonePipelined, "machine_wishbone_pipelined_sim_4x4"),
        (HostPort::Uart, "machine_uart_sim_4x4"),
        (HostPort::UartBus, "machine_uart_bus_sim_4x4"),
        (HostPort::Mailbox, "machine_mailbox_sim_4x4"),
    ] {
        small.host.port = port;
        assert_eq!(machine_with_port(&small).unwrap().name(), name);
    }
    let clock = ClockConfig { levels_mhz: vec![12], ..small.clock };
    let host = HostConfig { baud: 1_000_000, ..small.host };
    let single = MachineConfig { clock, host, ..small };
    assert!(machine_uart(&single).is_ok(), "one clock needs no choice of divider");
}

#[test]
fn what_cannot_be_built_names_machine_and_key() {
    let mut single = config("sim-4x4");
    single.array.columns = 1;
    let text = machine(&single).unwrap_err().to_string();
    let wanted =
        "machine `sim-4x4`: `array.columns` = 1 is out of range: a power of two from 2 to 64";
    assert_eq!(text, wanted);
}
