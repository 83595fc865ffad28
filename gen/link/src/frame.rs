//! From words to frames on a line, and back.
//!
//! A frame is a zero byte, the packet's bytes and their CRC-32 in COBS (consistent overhead byte
//! stuffing), and a zero byte. COBS leaves no zero within a frame, so whatever a receiver has seen
//! before - noise, half a frame, a wrong length - the next zero byte ends it, and the frame after
//! that is received. A start byte and a length cannot promise that: a false start swallows what
//! its false length says, good frames included, unless the line is silent for a timeout.

use core::error::Error;
use core::fmt;

use crate::crc::Crc;
use crate::{BLOCK, DELIMITER};

/// Bytes of the longest frame that `words` words (header and body, without CRC) can become.
pub const fn frame_bytes(words: usize) -> usize {
    let bytes = 4 * (words + 1);
    bytes + bytes / BLOCK as usize + 1 + 2
}

/// A frame that cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRoom {
    /// Words of the packet.
    pub words: usize,
    /// What its frame may need.
    pub needed: usize,
    /// What there is.
    pub room: usize,
}

impl Error for NoRoom {}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { words, needed, room } = self;
        write!(f, "a packet of {words} words may need {needed} bytes, ")?;
        write!(f, "the buffer has {room}: make it larger")
    }
}

/// Where the encoder is.
struct Encoder<'f> {
    frame: &'f mut [u8],
    /// Where the next byte goes.
    at: usize,
    /// Where the code byte of this block goes.
    code_at: usize,
}

impl Encoder<'_> {
    /// Ends a block: its code byte is the distance to the next one.
    fn close(&mut self) {
        // Blocks are at most 254 bytes long.
        self.frame[self.code_at] = (self.at - self.code_at) as u8;
        self.code_at = self.at;
        self.at += 1;
    }

    fn byte(&mut self, byte: u8) {
        if byte == DELIMITER as u8 {
            return self.close();
        }
        self.frame[self.at] = byte;
        self.at += 1;
        if self.at - self.code_at > BLOCK as usize {
            self.close();
        }
    }
}

/// Writes a packet as a frame; gives the frame's length. The buffer has room for
/// [`frame_bytes`] of the packet's words.
pub fn encode(packet: &[u32], frame: &mut [u8]) -> Result<usize, NoRoom> {
    let (words, room) = (packet.len(), frame.len());
    let needed = frame_bytes(words);
    if room < needed {
        return Err(NoRoom { words, needed, room });
    }
    frame[0] = DELIMITER as u8;
    let mut encoder = Encoder { frame, at: 2, code_at: 1 };
    let mut crc = Crc::new();
    for byte in packet.iter().flat_map(|word| word.to_le_bytes()) {
        crc.byte(byte);
        encoder.byte(byte);
    }
    crc.value().to_le_bytes().iter().for_each(|byte| encoder.byte(*byte));
    encoder.close();
    let end = encoder.code_at;
    encoder.frame[end] = DELIMITER as u8;
    Ok(end + 1)
}

/// Why a frame was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// Its checksum is wrong, it is no whole number of words, or no COBS.
    Damaged,
    /// It is longer than a packet.
    TooLong,
}

impl Error for Dropped {}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Dropped::Damaged => "a frame was damaged on the line",
            Dropped::TooLong => "a frame was longer than any packet",
        })
    }
}

/// Finds packets in a stream of bytes. `WORDS` is room for header, body and CRC of the longest.
#[derive(Debug, Clone)]
pub struct Receiver<const WORDS: usize> {
    words: [u32; WORDS],
    /// Words that are taken at the most.
    limit: usize,
    bytes: usize,
    crc: Crc,
    /// Bytes to the next code byte.
    left: u8,
    /// What the last code byte stands for ends with a zero.
    zero_due: bool,
    /// There was a byte since the last delimiter.
    begun: bool,
}

impl<const WORDS: usize> Default for Receiver<WORDS> {
    fn default() -> Self {
        Self::limited(WORDS)
    }
}

impl<const WORDS: usize> Receiver<WORDS> {
    /// A receiver that takes packets of fewer words than it has room for, CRC included.
    pub fn limited(words: usize) -> Self {
        let limit = words.min(WORDS);
        let (crc, words) = (Crc::new(), [0; WORDS]);
        Self { words, limit, bytes: 0, crc, left: 0, zero_due: false, begun: false }
    }

    /// Takes a byte of the line. At the end of a frame, its words without the CRC (one or more),
    /// or why it was dropped.
    pub fn push(&mut self, byte: u8) -> Option<Result<&[u32], Dropped>> {
        if byte == DELIMITER as u8 {
            return self.end();
        }
        self.begun = true;
        if self.left > 0 {
            self.left -= 1;
            self.take(byte);
            return None;
        }
        if self.zero_due {
            self.take(0);
        }
        self.left = byte - 1;
        self.zero_due = u32::from(self.left) < BLOCK;
        None
    }

    fn take(&mut self, byte: u8) {
        self.crc.byte(byte);
        if let Some(word) = self.words.get_mut(self.bytes / 4) {
            let shift = self.bytes % 4 * 8;
            let kept = if shift == 0 { 0 } else { *word };
            *word = kept | u32::from(byte) << shift;
        }
        // One beyond the room says that there was too much.
        self.bytes = (self.bytes + 1).min(4 * self.limit + 1);
    }

    fn end(&mut self) -> Option<Result<&[u32], Dropped>> {
        let (begun, bytes, left, crc) = (self.begun, self.bytes, self.left, self.crc);
        (self.begun, self.bytes, self.left) = (false, 0, 0);
        (self.zero_due, self.crc) = (false, Crc::new());
        if !begun {
            return None;
        }
        if bytes > 4 * self.limit {
            return Some(Err(Dropped::TooLong));
        }
        if bytes % 4 != 0 || bytes < 8 || left != 0 || !crc.closes() {
            return Some(Err(Dropped::Damaged));
        }
        Some(Ok(&self.words[..bytes / 4 - 1]))
    }
}
