//! A register bus over a serial line without packets.

use std::time::Duration;

use bitladder_link::{Transport, TransportError};

use crate::{Bus, BusError};

/// In front of the address of a register to write.
const WRITE: u8 = 0x80;
/// Bytes of a word.
const WORD: usize = 4;
/// Writes under way at once, whose answers then come together.
const WRITES: usize = 64;

/// Reaches registers by plain transfers, as `serial_bus` of the hardware modules defines them.
/// Nothing notices a byte that the line has changed: memories that are written over a bad line
/// are wrong.
#[derive(Debug)]
pub struct SerialBus<T> {
    line: T,
    /// How long an answer may take.
    timeout: Duration,
    moment: Duration,
}

impl<T: Transport> SerialBus<T> {
    /// A bus over a line, after ending whatever request was left unfinished. Between two looks at
    /// the status it waits for `moment`.
    pub fn open(line: T, timeout: Duration, moment: Duration) -> Result<Self, BusError> {
        let mut bus = Self { line, timeout, moment };
        // A byte at a time: where nothing was left, each is a read, whose answer takes its time.
        for _ in 0..WORD {
            bus.send(&[0])?;
            let mut answers = [0; 2 * (WORD + 1)];
            let deadline = bus.line.now() + timeout;
            while bus.line.receive(&mut answers, deadline).map_err(failed)? > 0 {}
        }
        Ok(bus)
    }

    fn send(&mut self, mut bytes: &[u8]) -> Result<(), BusError> {
        let deadline = self.line.now() + self.timeout * bytes.len() as u32;
        while !bytes.is_empty() {
            let sent = self.line.send(bytes, deadline).map_err(failed)?;
            if sent == 0 {
                let waited = format!("{:?}", self.timeout);
                return Err(BusError::Silent { address: 0, waited });
            }
            bytes = &bytes[sent..];
        }
        Ok(())
    }

    /// Waits until all of `answer` is there.
    fn receive(&mut self, address: u32, answer: &mut [u8]) -> Result<(), BusError> {
        let patience = self.timeout * answer.len() as u32;
        let (deadline, mut there) = (self.line.now() + patience, 0);
        while there < answer.len() {
            let more = self.line.receive(&mut answer[there..], deadline).map_err(failed)?;
            if more == 0 {
                return Err(BusError::Silent { address, waited: format!("{patience:?}") });
            }
            there += more;
        }
        Ok(())
    }
}

fn failed(error: TransportError) -> BusError {
    BusError::Link { source: Box::new(error) }
}

/// The number of a register, by its byte address.
fn number(address: u32, write: bool) -> Result<u8, BusError> {
    let number = u8::try_from(address / 4).ok().filter(|number| number & WRITE == 0);
    number.ok_or(BusError::Refused { address, write })
}

impl<T: Transport> Bus for SerialBus<T> {
    fn read32(&mut self, address: u32) -> Result<u32, BusError> {
        self.send(&[number(address, false)?])?;
        let mut answer = [0; WORD + 1];
        self.receive(address, &mut answer)?;
        let [0, a, b, c, d] = answer else {
            return Err(BusError::Refused { address, write: false });
        };
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn write32(&mut self, address: u32, value: u32) -> Result<(), BusError> {
        self.write_burst(address, &[value])
    }

    fn write_burst(&mut self, address: u32, words: &[u32]) -> Result<(), BusError> {
        let head = WRITE | number(address, true)?;
        for part in words.chunks(WRITES) {
            let of = |word: &u32| std::iter::once(head).chain(word.to_le_bytes());
            let requests: Vec<u8> = part.iter().flat_map(of).collect();
            self.send(&requests)?;
            let mut answers = vec![0; part.len()];
            self.receive(address, &mut answers)?;
            if answers.iter().any(|answer| *answer != 0) {
                return Err(BusError::Refused { address, write: true });
            }
        }
        Ok(())
    }

    fn pause(&mut self) -> Result<(), BusError> {
        let deadline = self.line.now() + self.moment;
        self.line.receive(&mut [0], deadline).map_err(failed).map(drop)
    }
}
