//! A register bus over packets.

use std::time::Duration;

use bitladder_link::{Link, LinkError, Script, Transport};
use bitladder_link_format::{OperationError, Refusal};

use crate::{Bus, BusError};

/// Reaches registers with packets over any transport. Words of a burst go in long packets, several
/// at a time.
#[derive(Debug)]
pub struct PacketBus<T> {
    link: Link<T>,
    moment: Duration,
}

impl<T: Transport> PacketBus<T> {
    /// A bus over an open link; between two looks at the status it waits for `moment`.
    pub fn new(link: Link<T>, moment: Duration) -> Self {
        Self { link, moment }
    }

    /// The link.
    pub fn link(&mut self) -> &mut Link<T> {
        &mut self.link
    }

    fn run(&mut self, address: u32, write: bool, scripts: &Scripts) -> Result<Vec<u32>, BusError> {
        let scripts = scripts.as_ref().map_err(|source| failed(LinkError::from(*source)))?;
        let mut words = Vec::new();
        let result = self.link.execute_all(scripts, |_, answer| words.extend(answer));
        match result {
            Ok(()) => Ok(words),
            Err(LinkError::Refused { refusal: Refusal::Register, .. }) => {
                Err(BusError::Refused { address, write })
            }
            Err(LinkError::Refused { refusal: Refusal::Silent, .. }) => {
                Err(BusError::Silent { address, waited: "255 cycles".into() })
            }
            Err(error) => Err(failed(error)),
        }
    }
}

/// Scripts, if the address is one.
type Scripts = Result<Vec<Script>, OperationError>;

fn failed(error: LinkError) -> BusError {
    BusError::Link { source: Box::new(error) }
}

impl<T: Transport> Bus for PacketBus<T> {
    fn read32(&mut self, address: u32) -> Result<u32, BusError> {
        let script = Script::new().read(address, 1).map(|script| vec![script]);
        let words = self.run(address, false, &script)?;
        // The link has compared the answer's length with what was asked for.
        Ok(words.first().copied().unwrap_or_default())
    }

    fn write32(&mut self, address: u32, value: u32) -> Result<(), BusError> {
        let script = Script::new().write(address, &[value]).map(|script| vec![script]);
        self.run(address, true, &script).map(drop)
    }

    fn read_burst(&mut self, address: u32, words: &mut [u32]) -> Result<(), BusError> {
        let most = self.link.limits().packet_words;
        let part = |part: &[u32]| Script::new().read_window(address, part.len() as u16);
        let scripts: Scripts = words.chunks(most.max(1)).map(part).collect();
        let found = self.run(address, false, &scripts)?;
        for (place, word) in words.iter_mut().zip(found) {
            *place = word;
        }
        Ok(())
    }

    fn write_burst(&mut self, address: u32, words: &[u32]) -> Result<(), BusError> {
        // One word of the body is the operation.
        let most = self.link.limits().packet_words.saturating_sub(1);
        let part = |part: &[u32]| Script::new().write_window(address, part);
        let scripts: Scripts = words.chunks(most.max(1)).map(part).collect();
        self.run(address, true, &scripts).map(drop)
    }

    fn pause(&mut self) -> Result<(), BusError> {
        self.link.idle(self.moment).map_err(failed)
    }
}
