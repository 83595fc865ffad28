//! A session with a device.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use bitladder_link_format::{
    Dropped, Header, Kind, MOST_PACKET_BYTES, MOST_WINDOW, OVERHEAD_WORDS, Receiver, VERSION,
    body_words, counters, encode, frame_bytes, hello, welcome,
};

use crate::{LinkError, Transport};

/// Words of the longest packet of any device.
const WORDS: usize = body_words(MOST_PACKET_BYTES as usize) + OVERHEAD_WORDS as usize;

/// How patient a host is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOptions {
    /// How long the device may say nothing while requests are under way, before they are sent
    /// again. Longer than the line takes for two packets.
    pub timeout: Duration,
    /// How often a request is sent before it is given up.
    pub tries: u32,
    /// Any number not used lately with the device: tells its answers from older ones.
    pub nonce: u32,
}

impl Default for LinkOptions {
    fn default() -> Self {
        let nonce = RandomState::new().hash_one(0) as u32;
        Self { timeout: Duration::from_millis(200), tries: 8, nonce }
    }
}

/// What a device is and can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceLimits {
    /// Requests under way at once.
    pub window: u8,
    /// Longest body of a request or answer, in words.
    pub packet_words: usize,
    /// First 32 bits of the hash of the machine's configuration.
    pub config_hash: u32,
}

/// What happened on the line, as the host and the device see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkStatistics {
    /// Requests the host sent again.
    pub sent_again: u64,
    /// Frames the host dropped.
    pub dropped: u64,
    /// Frames the device dropped because of damage, since its reset (modulo 2^16, as all here).
    pub device_damaged: u16,
    /// Frames the device dropped because of their length.
    pub device_too_long: u16,
    /// Requests the device answered again.
    pub device_repeated: u16,
    /// Requests the device refused because an earlier one was lost.
    pub device_out_of_order: u16,
}

/// A session with a device over a transport.
#[derive(Debug)]
pub struct Link<T> {
    pub(crate) transport: T,
    pub(crate) options: LinkOptions,
    receiver: Receiver<WORDS>,
    /// Bytes that came and were not looked at yet.
    bytes: Vec<u8>,
    pub(crate) limits: DeviceLimits,
    pub(crate) credits: usize,
    /// The next request's number.
    pub(crate) sequence: u8,
    pub(crate) open: bool,
    event: Option<u32>,
    pub(crate) statistics: LinkStatistics,
}

impl<T: Transport> Link<T> {
    /// Says hello and begins a session.
    pub fn open(transport: T, options: LinkOptions) -> Result<Self, LinkError> {
        let limits = DeviceLimits { window: 0, packet_words: 0, config_hash: 0 };
        let (receiver, bytes) = (Receiver::default(), Vec::new());
        let statistics = LinkStatistics::default();
        let (credits, sequence, open, event) = (0, options.nonce as u8, false, None);
        let mut link = Self {
            transport,
            options,
            receiver,
            bytes,
            limits,
            credits,
            sequence,
            open,
            event,
            statistics,
        };
        link.reopen()?;
        Ok(link)
    }

    /// Begins a new session: after an error that ended the last one.
    pub fn reopen(&mut self) -> Result<(), LinkError> {
        (self.open, self.event) = (false, None);
        let begin = self.transport.now();
        for _ in 0..self.options.tries {
            self.options.nonce = self.options.nonce.wrapping_add(1);
            let nonce = hello::NONCE.put(self.options.nonce);
            self.send(&[Header::request(Kind::Hello, self.sequence).word(), nonce])?;
            let deadline = self.transport.now() + self.options.timeout;
            while let Some((header, body)) = self.packet(deadline)? {
                if header.kind == Kind::Welcome && body.first() == Some(&nonce) {
                    self.sequence = header.sequence.wrapping_add(1);
                    return self.welcome(&body);
                }
            }
        }
        let waited = self.transport.now().saturating_sub(begin);
        Err(LinkError::NoDevice { tries: self.options.tries, waited })
    }

    fn welcome(&mut self, body: &[u32]) -> Result<(), LinkError> {
        let &[_, limits, config_hash] = body else {
            return Err(LinkError::Nonsense { what: "a welcome of another length" });
        };
        let found = welcome::VERSION.get(limits);
        if found != VERSION {
            return Err(LinkError::Version { found, wanted: VERSION });
        }
        let window = welcome::WINDOW.get(limits);
        let packet_words = welcome::PACKET_WORDS.get(limits) as usize;
        if !(1..=MOST_WINDOW).contains(&window) || !(16..=WORDS - 2).contains(&packet_words) {
            return Err(LinkError::Nonsense {
                what: "its window or packets have no sensible size",
            });
        }
        self.limits = DeviceLimits { window: window as u8, packet_words, config_hash };
        (self.credits, self.open) = (window as usize, true);
        Ok(())
    }

    /// What the device is and can take.
    pub fn limits(&self) -> DeviceLimits {
        self.limits
    }

    /// The transport.
    pub fn transport(&mut self) -> &mut T {
        &mut self.transport
    }

    /// The status register of the last event since this was asked last.
    pub fn take_event(&mut self) -> Option<u32> {
        self.event.take()
    }

    /// Waits, and takes events meanwhile.
    pub fn idle(&mut self, time: Duration) -> Result<(), LinkError> {
        let deadline = self.transport.now() + time;
        while self.packet(deadline)?.is_some() {}
        Ok(())
    }

    /// What happened on the line so far.
    pub fn statistics(&mut self) -> Result<LinkStatistics, LinkError> {
        for _ in 0..self.options.tries {
            self.send(&[Header::request(Kind::Credit, self.sequence).word()])?;
            let deadline = self.transport.now() + self.options.timeout;
            while let Some((header, body)) = self.packet(deadline)? {
                let (Kind::Credits, &[first, second]) = (header.kind, body.as_slice()) else {
                    continue;
                };
                return Ok(LinkStatistics {
                    device_damaged: counters::DAMAGED.get(first) as u16,
                    device_too_long: counters::TOO_LONG.get(first) as u16,
                    device_repeated: counters::REPEATED.get(second) as u16,
                    device_out_of_order: counters::OUT_OF_ORDER.get(second) as u16,
                    ..self.statistics
                });
            }
        }
        let (tries, waited) = (self.options.tries, self.options.timeout * self.options.tries);
        Err(LinkError::NoAnswer { tries, waited })
    }

    /// Sends a packet's frame. What finds no room in time counts as lost on the line.
    pub(crate) fn send(&mut self, packet: &[u32]) -> Result<(), LinkError> {
        let mut frame = vec![0; frame_bytes(packet.len())];
        // The frame has the room that the packet needs.
        let length = encode(packet, &mut frame).unwrap_or_default();
        let mut rest = &frame[..length];
        let deadline = self.transport.now() + self.options.timeout;
        while !rest.is_empty() {
            let sent = self.transport.send(rest, deadline)?;
            if sent == 0 {
                break;
            }
            rest = rest.get(sent..).unwrap_or_default();
        }
        Ok(())
    }

    /// The next good packet from the device that is no event; `None` if none comes in time.
    pub(crate) fn packet(
        &mut self,
        deadline: Duration,
    ) -> Result<Option<(Header, Vec<u32>)>, LinkError> {
        loop {
            let mut bytes = std::mem::take(&mut self.bytes).into_iter();
            while let Some(byte) = bytes.next() {
                if let Some(packet) = self.take(byte) {
                    self.bytes = bytes.collect();
                    return Ok(Some(packet));
                }
            }
            let mut buffer = [0; 512];
            let count = self.transport.receive(&mut buffer, deadline)?;
            if count == 0 || self.transport.now() > deadline + self.options.timeout {
                return Ok(None);
            }
            self.bytes.extend_from_slice(buffer.get(..count).unwrap_or(&buffer));
        }
    }

    /// Takes a byte; gives the packet it ends, unless that is an event.
    fn take(&mut self, byte: u8) -> Option<(Header, Vec<u32>)> {
        match self.receiver.push(byte)? {
            Ok(words) => {
                let (first, body) = words.split_first()?;
                let header = Header::read(*first)?;
                if header.kind == Kind::Event {
                    self.event = body.first().copied();
                    return None;
                }
                Some((header, body.to_vec()))
            }
            Err(Dropped::Damaged | Dropped::TooLong) => {
                self.statistics.dropped += 1;
                None
            }
        }
    }
}
