//! A transport of rings in a window of memory.

use std::time::Duration;

use bitladder_link_format::mailbox as map;

use crate::{Transport, TransportError};

/// A window of memory with a mailbox in it: the BAR of a PCIe card, or a simulation.
pub trait Window {
    /// Reads the word at a byte offset.
    fn read32(&mut self, offset: u32) -> Result<u32, TransportError>;

    /// Writes the word at a byte offset.
    fn write32(&mut self, offset: u32, value: u32) -> Result<(), TransportError>;

    /// The time since some moment.
    fn now(&mut self) -> Duration;

    /// Waits a moment between two looks.
    fn pause(&mut self) -> Result<(), TransportError>;
}

/// Frames through the rings of a mailbox.
#[derive(Debug)]
pub struct Mailbox<W> {
    window: W,
    ring_words: u16,
    request_head: u16,
    reply_tail: u16,
    /// Bytes of a word read already.
    left: Vec<u8>,
}

/// What a card that was removed reads as.
const ABSENT: u32 = u32::MAX;

impl<W: Window> Mailbox<W> {
    /// Finds the mailbox and empties its rings.
    pub fn open(mut window: W) -> Result<Self, TransportError> {
        let stranger = |what: String| Err(TransportError::Stranger { what });
        let found = present(window.read32(map::MAGIC)?)?;
        if found != map::MAGIC_VALUE {
            let wanted = map::MAGIC_VALUE;
            return stranger(format!("register `magic` holds {found:#010x}, not {wanted:#010x}"));
        }
        let found = window.read32(map::VERSION)?;
        if found != map::VERSION_VALUE {
            let wanted = map::VERSION_VALUE;
            return stranger(format!("the mailbox has version {found}, this host knows {wanted}"));
        }
        let words = window.read32(map::RING_WORDS)?;
        if !words.is_power_of_two() || !(32..=1024).contains(&words) {
            return stranger(format!("rings of {words} words, not a power of two from 32 to 1024"));
        }
        restart(&mut window)?;
        let (request_head, reply_tail, left) = (0, 0, Vec::new());
        Ok(Self { window, ring_words: words as u16, request_head, reply_tail, left })
    }

    /// The window.
    pub fn window(&mut self) -> &mut W {
        &mut self.window
    }

    /// Words between a position of ours and the device's.
    fn distance(&mut self, register: u32, ahead: bool) -> Result<u16, TransportError> {
        let position = present(self.window.read32(register)?)? as u16;
        let words = match ahead {
            true => position.wrapping_sub(self.reply_tail),
            false => self.request_head.wrapping_sub(position),
        };
        if words <= self.ring_words {
            return Ok(words);
        }
        let most = self.ring_words;
        let what = format!("the mailbox says that a ring of {most} words holds {words}");
        Err(TransportError::Stranger { what })
    }

    /// Writes words from the head on, and rings the doorbell.
    fn put(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        for chunk in bytes.chunks(4) {
            let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0)) << (8 * at);
            let word = (0..4).fold(0, |word, at| word | byte(at));
            let place = u32::from(self.request_head & (self.ring_words - 1));
            self.window.write32(map::REQUEST_RING + 4 * place, word)?;
            self.request_head = self.request_head.wrapping_add(1);
        }
        self.window.write32(map::REQUEST_HEAD, self.request_head.into())
    }
}

/// How long emptying the rings may take: a card needs no time, a simulated one behind shared memory
/// some.
const RESTART: Duration = Duration::from_secs(2);

/// Empties the rings, and waits until that is done.
fn restart<W: Window>(window: &mut W) -> Result<(), TransportError> {
    window.write32(map::CONTROL, 2)?;
    let end = window.now() + RESTART;
    while present(window.read32(map::CONTROL)?)? & 2 != 0 {
        if window.now() >= end {
            let what = format!("the mailbox does not empty its rings within {RESTART:?}");
            return Err(TransportError::Stranger { what });
        }
        window.pause()?;
    }
    Ok(())
}

/// A word that is not what an absent card reads as.
fn present(word: u32) -> Result<u32, TransportError> {
    match word {
        ABSENT => Err(TransportError::Gone { what: "the mailbox (it reads as all ones)".into() }),
        word => Ok(word),
    }
}

impl<W: Window> Transport for Mailbox<W> {
    fn now(&mut self) -> Duration {
        self.window.now()
    }

    fn send(&mut self, bytes: &[u8], deadline: Duration) -> Result<usize, TransportError> {
        loop {
            let used = self.distance(map::REQUEST_TAIL, false)?;
            let room = 4 * usize::from(self.ring_words - used);
            // Half a word may only be the end: it is filled up with zeros.
            let sent = bytes.len().min(room);
            if sent > 0 {
                self.put(&bytes[..sent])?;
                return Ok(sent);
            }
            if bytes.is_empty() || self.window.now() >= deadline {
                return Ok(0);
            }
            self.window.pause()?;
        }
    }

    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> Result<usize, TransportError> {
        while self.left.is_empty() {
            let words = self.distance(map::REPLY_HEAD, true)?;
            for _ in 0..words {
                let place = u32::from(self.reply_tail & (self.ring_words - 1));
                let word = self.window.read32(map::REPLY_RING + 4 * place)?;
                self.left.extend(word.to_le_bytes());
                self.reply_tail = self.reply_tail.wrapping_add(1);
            }
            if words > 0 {
                self.window.write32(map::REPLY_TAIL, self.reply_tail.into())?;
            } else if self.window.now() >= deadline {
                return Ok(0);
            } else {
                self.window.pause()?;
            }
        }
        let count = buffer.len().min(self.left.len());
        for (place, byte) in buffer.iter_mut().zip(self.left.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}
