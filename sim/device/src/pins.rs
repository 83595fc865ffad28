//! A register bus whose pins are driven cycle by cycle.

use crate::{Bus, BusError};

/// A design whose ports are set and read, and whose clock is given.
pub trait Pins {
    /// Sets an input.
    fn set(&mut self, pin: Input, value: u32);

    /// Reads an output as it is with the present inputs.
    fn get(&mut self, pin: Output) -> u32;

    /// Lets cycles pass.
    fn step(&mut self, cycles: u32) -> Result<(), BusError>;
}

/// Inputs of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Reset.
    Reset,
    /// There is a request.
    Valid,
    /// It is a write.
    Write,
    /// Number of the register.
    Address,
    /// What to write.
    Data,
    /// Which bytes of it.
    Strobe,
    /// The clock in use.
    Clock,
}

/// Outputs of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// The request is done.
    Ready,
    /// The word read.
    Read,
    /// The request was refused.
    Error,
    /// The clock to change to.
    Clock,
}

impl Input {
    /// All inputs with their names in the Verilog.
    pub(crate) const ALL: [(Input, &str); 7] = [
        (Input::Reset, "rst_i"),
        (Input::Valid, "bus_valid_i"),
        (Input::Write, "bus_write_i"),
        (Input::Address, "bus_address_i"),
        (Input::Data, "bus_data_i"),
        (Input::Strobe, "bus_strobe_i"),
        (Input::Clock, "clock_current_i"),
    ];
}

impl Output {
    /// All outputs with their names in the Verilog.
    pub(crate) const ALL: [(Output, &str); 4] = [
        (Output::Ready, "bus_ready_o"),
        (Output::Read, "bus_read_o"),
        (Output::Error, "bus_error_o"),
        (Output::Clock, "clock_level_o"),
    ];
}

/// Cycles a request may take: the machine answers after one, but memory outside may be waking up.
const PATIENCE: u32 = 1 << 17;
/// Cycles between two looks at the status.
const MOMENT: u32 = 100;

/// A bus made of pins.
#[derive(Debug)]
pub struct PinBus<P> {
    pins: P,
}

impl<P: Pins> PinBus<P> {
    /// Takes the pins and resets what is behind them.
    pub fn new(mut pins: P) -> Result<Self, BusError> {
        pins.set(Input::Valid, 0);
        pins.set(Input::Clock, 0);
        pins.set(Input::Reset, 1);
        pins.step(2)?;
        pins.set(Input::Reset, 0);
        pins.step(1)?;
        Ok(Self { pins })
    }

    /// The pins.
    pub fn pins(&mut self) -> &mut P {
        &mut self.pins
    }

    /// Does what a clock switch outside the machine does.
    fn switch_clock(&mut self) {
        let level = self.pins.get(Output::Clock);
        self.pins.set(Input::Clock, level);
    }

    fn request(&mut self, write: bool, address: u32, data: u32) -> Result<u32, BusError> {
        self.switch_clock();
        let pins = &mut self.pins;
        pins.set(Input::Write, write.into());
        pins.set(Input::Address, address / 4);
        pins.set(Input::Data, data);
        pins.set(Input::Strobe, 0xf);
        pins.set(Input::Valid, 1);
        for _ in 0..PATIENCE {
            if pins.get(Output::Ready) == 1 {
                let (word, refused) = (pins.get(Output::Read), pins.get(Output::Error) == 1);
                pins.step(1)?;
                pins.set(Input::Valid, 0);
                let error = BusError::Refused { address, write };
                return if refused { Err(error) } else { Ok(word) };
            }
            pins.step(1)?;
        }
        pins.set(Input::Valid, 0);
        Err(BusError::Silent { address, waited: format!("{PATIENCE} cycles") })
    }
}

impl<P: Pins> Bus for PinBus<P> {
    fn read32(&mut self, address: u32) -> Result<u32, BusError> {
        self.request(false, address, 0)
    }

    fn write32(&mut self, address: u32, value: u32) -> Result<(), BusError> {
        self.request(true, address, value).map(|_| ())
    }

    fn pause(&mut self) -> Result<(), BusError> {
        self.switch_clock();
        self.pins.step(MOMENT)
    }
}
