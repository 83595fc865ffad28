//! Buses that fail, and devices that are something else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use bitladder_device::{Bus, BusDevice, BusError, Device, DeviceError, Fault};
use bitladder_machine::isa::{ISA_VERSION, register};

/// Registers that hold what they are told; the clock may stand still.
#[derive(Default)]
struct Fake {
    id: u32,
    version: u32,
    status: u32,
    cycles: u32,
    per_look: u32,
    looks: u32,
    broken: bool,
}

impl Bus for Fake {
    fn read32(&mut self, address: u32) -> Result<u32, BusError> {
        if self.broken {
            return Err(BusError::Link { source: "the cable is out".into() });
        }
        Ok(match address {
            register::ID => self.id,
            register::ISA_VERSION => self.version,
            register::STATUS => self.status,
            register::CYCLES_LOW => self.cycles,
            _ => 0,
        })
    }

    fn write32(&mut self, address: u32, _value: u32) -> Result<(), BusError> {
        Err(BusError::Refused { address, write: true })
    }

    fn pause(&mut self) -> Result<(), BusError> {
        self.looks += 1;
        self.cycles += self.per_look;
        Ok(())
    }
}

fn text<T>(result: Result<T, DeviceError>) -> String {
    result.err().unwrap().to_string()
}

#[test]
fn strangers_are_recognised() {
    let mut device = BusDevice::new(Fake { id: 0xdead_beef, ..Fake::default() });
    let wanted = "register `id` holds 0xdeadbeef, not 0x424c4452: this is no such machine";
    assert_eq!(text(device.info()), wanted);
    let old = Fake { id: 0x424c_4452, version: ISA_VERSION + 1, ..Fake::default() };
    let wanted = format!(
        "the machine has instruction set {}, this host knows {ISA_VERSION}: update one of them",
        ISA_VERSION + 1,
    );
    assert_eq!(text(BusDevice::new(old).info()), wanted);
}

#[test]
fn waiting_ends_whether_the_clock_runs_or_not() {
    let mut device = BusDevice::new(Fake { status: 1, per_look: 10, ..Fake::default() });
    assert_eq!(
        text(device.wait(500)),
        "the program still runs after 500 cycles: wait longer, or reset the device",
    );
    assert!(device.bus().looks <= 60);
    let mut device = BusDevice::new(Fake { status: 1, ..Fake::default() });
    assert_eq!(
        text(device.wait(500)),
        "no answer from register 0x40 after 1000 looks: is the machine's clock running?",
    );
}

#[test]
fn refusals_and_broken_links_say_so() {
    let mut device = BusDevice::new(Fake::default());
    assert_eq!(text(device.reset()), "the machine refuses the write to 0x10");
    let mut device = BusDevice::new(Fake { broken: true, ..Fake::default() });
    assert_eq!(text(device.status()), "the link to the machine failed: the cable is out");
}

#[test]
fn every_error_code_has_a_meaning() {
    let texts = [
        "bad descriptor: load the program again",
        "it took more cycles than its watchdog allows",
        "an address lies outside its memory: load the program again",
        "results were overwritten before they left the array",
        "a sum does not fit the accumulator",
        "its weights or a memory lost their checksum: load the program again",
        "program memory ends before the program: load it again",
        "external memory answered with an error: is all of it there?",
        "unknown error code 9",
    ];
    assert_eq!(Fault::from_code(0), None);
    for (code, text) in (1..).zip(texts) {
        assert_eq!(Fault::from_code(code).unwrap().to_string(), text);
        let status = u32::from(code) << register::STATUS_ERROR_BIT;
        let mut device = BusDevice::new(Fake { status, ..Fake::default() });
        assert_eq!(self::text(device.wait(1)), format!("layer 0 (`unknown`): {text}"));
    }
}
