//! A host at the register bus of a controller whose units do nothing.

use bitladder_hdl_machine::control::{ControlConfig, controller};
use bitladder_machine::MachineConfig;
use bitladder_machine::isa::{Descriptor, Operation, memory, register};
use bitladder_rtl::{Design, Sim};

/// A small machine, without what some descriptors ask for.
pub(crate) fn config() -> ControlConfig {
    let text = include_str!("../../../../gen/configs/sim-4x4.toml");
    let mut machine = MachineConfig::parse("sim-4x4.toml", text).unwrap();
    // No powers of two, so that there is something beyond each end.
    machine.memory.activation_groups = 40;
    machine.memory.weight_groups = 24;
    machine.memory.parameter_entries = 12;
    machine.memory.program_descriptors = 5;
    machine.memory.result_words = 100;
    machine.memory.decision_images = 3;
    (machine.array.nested, machine.array.quality) = (false, false);
    ControlConfig::of(&machine)
}

/// The same with as many lanes as make its memories far away.
pub(crate) fn far() -> ControlConfig {
    ControlConfig { rows: 16, ..config() }
}

/// The bus said no.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// A simulation with a host.
pub(crate) struct Host {
    pub(crate) sim: Sim,
    /// Cycles from a request to its answer.
    answered: usize,
}

impl Host {
    pub(crate) fn new() -> Host {
        Host::of(&config(), 4)
    }

    /// With another machine, which answers so many cycles after a request's first.
    pub(crate) fn of(config: &ControlConfig, answered: usize) -> Host {
        let design = Design::elaborate(&controller(config).unwrap()).unwrap();
        let mut sim = Sim::new(&design).unwrap();
        sim.scramble(7);
        sim.set("rst_i", 1).unwrap();
        sim.step("clk").unwrap();
        sim.set("rst_i", 0).unwrap();
        Host { sim, answered }
    }

    pub(crate) fn set(&mut self, port: &str, value: u128) {
        self.sim.set(port, value).unwrap();
    }

    pub(crate) fn get(&mut self, port: &str) -> u128 {
        self.sim.get(port).unwrap()
    }

    pub(crate) fn step(&mut self, cycles: usize) {
        (0..cycles).for_each(|_| self.sim.step("clk").unwrap());
    }

    /// One request; every one is answered as many cycles after its first.
    fn request(
        &mut self,
        write: bool,
        address: u32,
        data: u32,
        strobe: u8,
    ) -> Result<u32, Refused> {
        for (port, value) in [
            ("bus_valid", 1),
            ("bus_write", write.into()),
            ("bus_address", (address / 4).into()),
            ("bus_data", data.into()),
            ("bus_strobe", strobe.into()),
        ] {
            self.set(port, value);
        }
        for _ in 0..self.answered {
            assert_eq!(self.get("bus_ready_o"), 0);
            self.step(1);
        }
        assert_eq!(self.get("bus_ready_o"), 1);
        let answer = (self.get("bus_error_o"), self.get("bus_read_o") as u32);
        self.step(1);
        self.set("bus_valid", 0);
        if answer.0 == 1 { Err(Refused) } else { Ok(answer.1) }
    }

    pub(crate) fn read(&mut self, address: u32) -> Result<u32, Refused> {
        self.request(false, address, 0, 0)
    }

    pub(crate) fn write(&mut self, address: u32, data: u32) -> Result<(), Refused> {
        self.request(true, address, data, 0xf).map(|_| ())
    }

    pub(crate) fn write_bytes(
        &mut self,
        address: u32,
        data: u32,
        bytes: u8,
    ) -> Result<(), Refused> {
        self.request(true, address, data, bytes).map(|_| ())
    }

    /// Points the window at a place.
    pub(crate) fn window(&mut self, memory: u32, transfer: u32) {
        self.write(register::WINDOW_SELECT, memory).unwrap();
        self.write(register::WINDOW_ADDRESS, transfer).unwrap();
    }

    /// Writes descriptors to program memory.
    pub(crate) fn load(&mut self, descriptors: &[Descriptor]) {
        self.window(memory::PROGRAM, 0);
        for word in descriptors.iter().flat_map(|descriptor| descriptor.pack().unwrap()) {
            self.write(register::WINDOW_DATA, word).unwrap();
        }
    }

    pub(crate) fn command(&mut self, bits: u32) -> Result<(), Refused> {
        self.write(register::CONTROL, bits)
    }

    /// Waits until a port is set, and leaves it so.
    pub(crate) fn wait(&mut self, port: &str) {
        for _ in 0..200 {
            if self.get(port) == 1 {
                return;
            }
            self.step(1);
        }
        panic!("{port} never came");
    }

    /// Waits for the layer to begin and lets it take some cycles.
    pub(crate) fn work(&mut self, cycles: usize) {
        self.begun();
        self.finish(cycles);
    }

    /// Waits until a layer runs.
    pub(crate) fn begun(&mut self) {
        self.wait("begin_o");
        self.step(1);
    }

    /// Lets the layer that runs take some more cycles.
    pub(crate) fn finish(&mut self, cycles: usize) {
        self.step(cycles);
        self.set("finished_i", 1);
        self.step(1);
        self.set("finished_i", 0);
    }

    /// Busy, done, error code, layer.
    pub(crate) fn status(&mut self) -> (bool, bool, u32, u32) {
        let status = self.read(register::STATUS).unwrap();
        (status & 1 == 1, status >> 1 & 1 == 1, status >> 8 & 0xff, status >> 16)
    }
}

/// Commands.
pub(crate) const START: u32 = 1 << register::CONTROL_START_BIT;
pub(crate) const STOP: u32 = 1 << register::CONTROL_STOP_BIT;
pub(crate) const RESET: u32 = 1 << register::CONTROL_RESET_BIT;

/// A layer that passes every check.
pub(crate) fn layer(operation: Operation, layer: u32) -> Descriptor {
    Descriptor {
        operation,
        layer,
        input_height: 4,
        input_width: 4,
        kernel_height: 1,
        kernel_width: 1,
        stride_y: 1,
        stride_x: 1,
        dilation_y: 1,
        dilation_x: 1,
        output_height: 4,
        output_width: 4,
        images: 1,
        passes: 1,
        total_pixels: 16,
        tiles: 4,
        last_rows: 4,
        patch_words: 1,
        channels: 1,
        take: 1,
        output_bits: 8,
        output_channels: 4,
        divisor: 1,
        ..Descriptor::default()
    }
}

/// The end of a program that decides on nothing.
pub(crate) fn end() -> Descriptor {
    Descriptor { operation: Operation::End, layer: 9, ..Descriptor::default() }
}
