//! A mailbox's window at the AXI4-Lite pins of a simulated design.

use std::time::Duration;

use bitladder_link::{TransportError, Window};

use super::clocks::Clocks;
use super::ports::Ports;

/// Inputs and outputs that a window needs, by their number in [`Ports`].
pub(super) const INPUTS: [&str; 11] = [
    "rst_i",
    "aw_valid_i",
    "aw_addr_i",
    "w_valid_i",
    "w_data_i",
    "w_strb_i",
    "b_ready_i",
    "ar_valid_i",
    "ar_addr_i",
    "r_ready_i",
    "clock_current_i",
];
pub(super) const OUTPUTS: [&str; 9] = [
    "aw_ready_o",
    "w_ready_o",
    "b_valid_o",
    "b_resp_o",
    "ar_ready_o",
    "r_valid_o",
    "r_data_o",
    "r_resp_o",
    "clock_level_o",
];

/// Places in [`INPUTS`].
const RESET: usize = 0;
const AW: Channel = Channel { valid: 1, ready: 0 };
const AW_ADDRESS: usize = 2;
const W: Channel = Channel { valid: 3, ready: 1 };
const W_DATA: usize = 4;
const W_STROBE: usize = 5;
const B_READY: usize = 6;
const AR: Channel = Channel { valid: 7, ready: 4 };
const AR_ADDRESS: usize = 8;
const R_READY: usize = 9;
const LEVEL: usize = 10;
/// Places in [`OUTPUTS`].
const B: Answer = Answer { valid: 2, code: 3 };
const R: Answer = Answer { valid: 5, code: 7 };
const R_DATA: usize = 6;
const WANTED: usize = 8;

/// A channel that takes requests.
#[derive(Clone, Copy, PartialEq)]
struct Channel {
    valid: usize,
    ready: usize,
}

/// A channel that answers.
#[derive(Clone, Copy)]
struct Answer {
    valid: usize,
    code: usize,
}

/// Cycles a request may take; the mailbox answers after a few.
const PATIENCE: u32 = 64;
/// Cycles of a pause.
const MOMENT: u32 = 100;

/// An AXI4-Lite master, one request at a time.
#[derive(Debug)]
pub struct AxiWindow<P> {
    ports: P,
    clocks: Clocks,
}

/// A request that was answered badly, or not.
#[derive(Debug, thiserror::Error)]
enum AxiError {
    #[error("the mailbox does not answer the request to {0:#06x} within {PATIENCE} cycles")]
    Silent(u32),
    #[error("the mailbox refuses the request to {0:#06x}")]
    Refused(u32),
}

fn failed(error: AxiError) -> TransportError {
    TransportError::Failed(Box::new(error))
}

impl<P: Ports> AxiWindow<P> {
    /// A window into a design, after a reset.
    pub fn new(ports: P, clocks: Clocks) -> Result<Self, TransportError> {
        let mut window = Self { ports, clocks };
        window.reset()?;
        Ok(window)
    }

    /// Resets the design.
    pub fn reset(&mut self) -> Result<(), TransportError> {
        [AW, W, AR].iter().for_each(|channel| self.ports.set(channel.valid, 0));
        self.ports.set(LEVEL, 0);
        [B_READY, R_READY].iter().for_each(|ready| self.ports.set(*ready, 1));
        self.ports.set(RESET, 1);
        (0..2).try_for_each(|_| self.cycle())?;
        self.ports.set(RESET, 0);
        Ok(())
    }

    /// The design's ports.
    pub fn ports(&mut self) -> &mut P {
        &mut self.ports
    }

    fn cycle(&mut self) -> Result<(), TransportError> {
        let wanted = self.ports.get(WANTED);
        self.ports.step()?;
        if self.clocks.pass(wanted) {
            self.ports.set(LEVEL, self.clocks.level());
        }
        Ok(())
    }

    /// Offers a request on some channels, and waits for the answer.
    fn request(
        &mut self,
        channels: &[Channel],
        answer: Answer,
        at: u32,
    ) -> Result<(), TransportError> {
        channels.iter().for_each(|channel| self.ports.set(channel.valid, 1));
        let mut offered = channels.to_vec();
        for _ in 0..PATIENCE {
            if self.ports.get(answer.valid) == 1 {
                return match self.ports.get(answer.code) {
                    0 => Ok(()),
                    _ => Err(failed(AxiError::Refused(at))),
                };
            }
            let (taken, rest): (Vec<_>, Vec<_>) =
                offered.into_iter().partition(|channel| self.ports.get(channel.ready) == 1);
            self.cycle()?;
            taken.iter().for_each(|channel| self.ports.set(channel.valid, 0));
            offered = rest;
        }
        Err(failed(AxiError::Silent(at)))
    }
}

impl<P: Ports> Window for AxiWindow<P> {
    fn read32(&mut self, offset: u32) -> Result<u32, TransportError> {
        self.ports.set(AR_ADDRESS, offset);
        let result = self.request(&[AR], R, offset);
        let word = self.ports.get(R_DATA);
        // The answer is taken at this edge.
        self.cycle()?;
        result.map(|()| word)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), TransportError> {
        for (input, value) in [(AW_ADDRESS, offset), (W_DATA, value), (W_STROBE, 15)] {
            self.ports.set(input, value);
        }
        let result = self.request(&[AW, W], B, offset);
        self.cycle()?;
        result
    }

    fn now(&mut self) -> Duration {
        self.clocks.now()
    }

    fn pause(&mut self) -> Result<(), TransportError> {
        (0..MOMENT).try_for_each(|_| self.cycle())
    }
}
