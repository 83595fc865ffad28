//! A mailbox in memory that two processes share, served by a mailbox elsewhere.

use bitladder_link::{TransportError, Window};
use bitladder_link_format::mailbox as map;

/// Writing this bit of `control` empties the rings.
const RESTART: u32 = 2;

/// Makes memory that does nothing by itself look like a mailbox: what a host writes there goes to
/// the `device`'s mailbox, and what the device answers comes back. So a simulated machine can stand
/// behind a card's memory.
#[derive(Debug)]
pub struct MailboxBridge<S, D> {
    shared: S,
    device: D,
    ring_words: u16,
    /// Words brought from the request ring, and to the reply ring.
    requests: u16,
    replies: u16,
    control: u32,
}

impl<S: Window, D: Window> MailboxBridge<S, D> {
    /// Empties the device's mailbox and makes the shared memory look like it.
    pub fn new(shared: S, mut device: D) -> Result<Self, TransportError> {
        let ring_words = device.read32(map::RING_WORDS)? as u16;
        let (requests, replies, control) = (0, 0, 0);
        let mut bridge = Self { shared, device, ring_words, requests, replies, control };
        for register in [map::VERSION, map::CONFIG_HASH, map::RING_WORDS] {
            let word = bridge.device.read32(register)?;
            bridge.shared.write32(register, word)?;
        }
        bridge.restart(RESTART)?;
        // The last word, as it says that there is a mailbox.
        let magic = bridge.device.read32(map::MAGIC)?;
        bridge.shared.write32(map::MAGIC, magic)?;
        Ok(bridge)
    }

    /// The shared memory.
    pub fn shared(&mut self) -> &mut S {
        &mut self.shared
    }

    /// Carries what there is in both directions, and lets the device work for a moment.
    pub fn step(&mut self) -> Result<(), TransportError> {
        let control = self.shared.read32(map::CONTROL)?;
        if control & RESTART != 0 {
            self.restart(control)?;
        } else if control != self.control {
            self.device.write32(map::CONTROL, control)?;
            self.control = control;
        }
        self.carry_requests()?;
        self.carry_replies()?;
        self.device.pause()
    }

    /// Empties the rings. The host waits for the bit to fall before it writes anything else.
    fn restart(&mut self, control: u32) -> Result<(), TransportError> {
        self.device.write32(map::CONTROL, control)?;
        (self.requests, self.replies, self.control) = (0, 0, control & !RESTART);
        for register in [map::REQUEST_HEAD, map::REQUEST_TAIL, map::REPLY_HEAD, map::REPLY_TAIL] {
            self.shared.write32(register, 0)?;
        }
        self.shared.write32(map::CONTROL, self.control)
    }

    /// Where a position lies in a ring.
    fn place(&self, ring: u32, position: u16) -> u32 {
        ring + 4 * u32::from(position & (self.ring_words - 1))
    }

    fn carry_requests(&mut self) -> Result<(), TransportError> {
        let tail = self.device.read32(map::REQUEST_TAIL)? as u16;
        let head = self.shared.read32(map::REQUEST_HEAD)? as u16;
        // A head beyond the ring makes no sense: as the machine does, it is not believed.
        if head != self.requests && head.wrapping_sub(tail) <= self.ring_words {
            while self.requests != head {
                let place = self.place(map::REQUEST_RING, self.requests);
                let word = self.shared.read32(place)?;
                self.device.write32(place, word)?;
                self.requests = self.requests.wrapping_add(1);
            }
            self.device.write32(map::REQUEST_HEAD, head.into())?;
        }
        self.shared.write32(map::REQUEST_TAIL, tail.into())
    }

    fn carry_replies(&mut self) -> Result<(), TransportError> {
        let head = self.device.read32(map::REPLY_HEAD)? as u16;
        while self.replies != head {
            let place = self.place(map::REPLY_RING, self.replies);
            let word = self.device.read32(place)?;
            self.shared.write32(place, word)?;
            self.replies = self.replies.wrapping_add(1);
        }
        self.shared.write32(map::REPLY_HEAD, head.into())?;
        let tail = self.shared.read32(map::REPLY_TAIL)? as u16;
        if head.wrapping_sub(tail) <= self.ring_words {
            self.device.write32(map::REPLY_TAIL, tail.into())?;
        }
        Ok(())
    }
}
