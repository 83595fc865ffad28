//! The frame of a packet on a byte stream.

use bitladder_rtl::{Ty, uint};

use crate::BlockError;
use crate::check::within;

/// How packets are framed. Numbers are little-endian.
///
/// | bytes | what |
/// |---|---|
/// | 1 | `start` |
/// | `length_bytes` | length of the payload |
/// | 1 | kind |
/// | 1 | sequence number |
/// | length | payload |
/// | 4 | CRC-32 of everything between `start` and here |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketFormat {
    /// The byte that starts each packet. It may occur inside packets, too.
    pub start: u8,
    /// Bytes of the length field, 1 or 2.
    pub length_bytes: u32,
    /// Longest payload, 1 to what the length field can say. The receiver buffers this much.
    pub max_payload: u32,
    /// Cycles without a byte after which the receiver gives a packet up, 1 to 2^24.
    pub timeout: u32,
}

impl PacketFormat {
    pub(super) fn validate(self) -> Result<(), BlockError> {
        within("packet.length_bytes", self.length_bytes, 1..=2)?;
        let longest = (1u32 << (8 * self.length_bytes)) - 1;
        within("packet.max_payload", self.max_payload, 1..=longest)?;
        within("packet.timeout", self.timeout, 1..=1 << 24)
    }

    /// Type of a payload's length.
    pub(super) fn length(self) -> Ty {
        uint(self.max_payload.ilog2() + 1)
    }

    /// Fields of a packet's header as a stream.
    pub(super) fn header(self) -> [(&'static str, Ty, &'static str); 3] {
        [
            ("kind", uint(8), "what the packet is"),
            ("sequence", uint(8), "its sequence number"),
            ("length", self.length(), "bytes of payload, at most the longest payload"),
        ]
    }

    pub(super) fn tag(self) -> String {
        let PacketFormat { start, length_bytes, max_payload, timeout } = self;
        format!("s{start:02x}_l{length_bytes}_n{max_payload}_t{timeout}")
    }
}
