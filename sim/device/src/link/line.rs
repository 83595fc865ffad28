//! A serial line at the pins of a simulated design.

use std::collections::VecDeque;
use std::time::Duration;

use bitladder_link::{Transport, TransportError};
use bitladder_spec::SplitMix64;

use super::clocks::Clocks;
use super::ports::Ports;

/// Inputs and outputs that a line needs, by their number in [`Ports`].
pub(super) const INPUTS: [&str; 3] = ["rst_i", "rx_i", "clock_current_i"];
pub(super) const OUTPUTS: [&str; 2] = ["tx_o", "clock_level_o"];
const RESET: usize = 0;
const RX: usize = 1;
const LEVEL: usize = 2;
const TX: usize = 0;
const WANTED: usize = 1;

/// Parts of a cycle that bits are measured in.
const PARTS: u64 = 1 << 20;
/// Bits of a byte with start and stop.
const FRAME: u64 = 10;

/// A byte being received.
#[derive(Debug)]
struct Reception {
    /// Time since the start bit began.
    gone: u64,
    /// Bits seen, the start bit too.
    bits: u32,
    byte: u32,
}

/// A host's UART in software, cycle by cycle: what it sends and receives goes through the pins.
#[derive(Debug)]
pub struct UartLine<P> {
    ports: P,
    clocks: Clocks,
    /// Parts of a cycle per bit, as the host's clock has it.
    bit: u64,
    /// Bits per second of the host.
    baud: f64,
    waiting: VecDeque<u8>,
    /// The frame being sent, and how much of it is gone.
    sending: Option<(u32, u64)>,
    receiving: Option<Reception>,
    received: VecDeque<u8>,
    /// The device's stop bit was low: it waits for the line to be high.
    broken: bool,
    glitches: Option<(SplitMix64, u64)>,
    /// Bytes on the line so far, both ways.
    sent_bytes: u64,
    received_bytes: u64,
}

impl<P: Ports> UartLine<P> {
    /// A line to a design whose bit rate is given, after a reset. The host's bit rate is off by
    /// `error`, a share of it.
    pub fn new(ports: P, clocks: Clocks, baud: u32, error: f64) -> Result<Self, TransportError> {
        let baud = f64::from(baud) * (1.0 + error);
        let [waiting, received] = [VecDeque::new(), VecDeque::new()];
        let mut line = Self {
            ports,
            bit: (clocks.hz() / baud * PARTS as f64) as u64,
            clocks,
            baud,
            waiting,
            sending: None,
            receiving: None,
            received,
            broken: false,
            glitches: None,
            sent_bytes: 0,
            received_bytes: 0,
        };
        line.ports.set(RX, 1);
        line.ports.set(LEVEL, 0);
        line.reset()?;
        Ok(line)
    }

    /// Resets the design; what is on the line goes on.
    pub fn reset(&mut self) -> Result<(), TransportError> {
        self.ports.set(RESET, 1);
        (0..2).try_for_each(|_| self.cycle())?;
        self.ports.set(RESET, 0);
        Ok(())
    }

    /// Inverts the line to the device in about one of `cycles` cycles; 0: never.
    pub fn set_glitches(&mut self, cycles: u64, seed: u64) {
        self.glitches = (cycles > 0).then(|| (SplitMix64::new(seed), cycles));
    }

    /// Lets some cycles pass.
    pub fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
        (0..cycles).try_for_each(|_| self.cycle())
    }

    /// The design's ports.
    pub fn ports(&mut self) -> &mut P {
        &mut self.ports
    }

    /// Cycles so far.
    pub fn cycles(&self) -> u64 {
        self.clocks.cycles()
    }

    /// Bytes sent and received so far.
    pub fn bytes(&self) -> (u64, u64) {
        (self.sent_bytes, self.received_bytes)
    }

    /// Begins the next byte, of which some is gone already.
    fn begin(&mut self, gone: u64) {
        // Start bit, the byte from its lowest bit, stop bit.
        let frame = |byte| (u32::from(byte) << 1 | 1 << 9, gone);
        self.sending = self.waiting.pop_front().map(frame);
    }

    /// The level the host drives in this cycle.
    fn drive(&mut self) -> u32 {
        if self.sending.is_none() {
            self.begin(0);
        }
        let level = match &mut self.sending {
            Some((frame, gone)) => {
                let level = *frame >> (*gone / self.bit).min(FRAME - 1) & 1;
                *gone += PARTS;
                level
            }
            None => 1,
        };
        if let Some((_, gone)) = self.sending.filter(|(_, gone)| *gone >= FRAME * self.bit) {
            self.sent_bytes += 1;
            // What is gone beyond the last bit belongs to the next byte.
            self.begin(gone - FRAME * self.bit);
        }
        let glitch = |(noise, cycles): &mut (SplitMix64, u64)| noise.below(*cycles) == 0;
        level ^ u32::from(self.glitches.as_mut().is_some_and(glitch))
    }

    /// Looks at the level the device drives in this cycle.
    fn look(&mut self, level: u32) {
        let Some(mut frame) = self.receiving.take() else {
            self.broken &= level == 0;
            if level == 0 && !self.broken {
                self.receiving = Some(Reception { gone: PARTS / 2, bits: 0, byte: 0 });
            }
            return;
        };
        frame.gone += PARTS;
        // Each bit counts as it is in its middle.
        if frame.gone < u64::from(frame.bits) * self.bit + self.bit / 2 {
            self.receiving = Some(frame);
            return;
        }
        match frame.bits {
            // A start bit that is high in its middle was noise.
            0 if level == 1 => return,
            0 => {}
            bit @ 1..=8 => frame.byte |= level << (bit - 1),
            _ if level == 1 => {
                self.received.push_back(frame.byte as u8);
                self.received_bytes += 1;
                return;
            }
            _ => {
                self.broken = true;
                return;
            }
        }
        frame.bits += 1;
        self.receiving = Some(frame);
    }

    fn cycle(&mut self) -> Result<(), TransportError> {
        let level = self.drive();
        self.ports.set(RX, level);
        let level = self.ports.get(TX);
        self.look(level);
        let wanted = self.ports.get(WANTED);
        self.ports.step()?;
        if self.clocks.pass(wanted) {
            self.ports.set(LEVEL, self.clocks.level());
            self.bit = (self.clocks.hz() / self.baud * PARTS as f64) as u64;
        }
        Ok(())
    }
}

impl<P: Ports> Transport for UartLine<P> {
    fn now(&mut self) -> Duration {
        self.clocks.now()
    }

    fn send(&mut self, bytes: &[u8], deadline: Duration) -> Result<usize, TransportError> {
        // As with a serial port of an operating system, some bytes wait their turn.
        const ROOM: usize = 4096;
        while self.waiting.len() >= ROOM {
            if self.now() >= deadline {
                return Ok(0);
            }
            self.cycle()?;
        }
        let count = bytes.len().min(ROOM - self.waiting.len());
        self.waiting.extend(&bytes[..count]);
        Ok(count)
    }

    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> Result<usize, TransportError> {
        while self.received.is_empty() {
            if self.now() >= deadline {
                return Ok(0);
            }
            self.cycle()?;
        }
        let count = buffer.len().min(self.received.len());
        for (place, byte) in buffer.iter_mut().zip(self.received.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}
