//! What hosts and lines do, good and bad.

use bitladder_link_format::{Header, Kind, Operation, encode, frame_bytes};
use bitladder_spec::SplitMix64;

pub(crate) fn framed(packet: &[u32]) -> Vec<u8> {
    let mut frame = vec![0; frame_bytes(packet.len())];
    let length = encode(packet, &mut frame).unwrap();
    frame.truncate(length);
    frame
}

pub(crate) fn hello(sequence: u8, nonce: u32) -> Vec<u8> {
    framed(&[Header::request(Kind::Hello, sequence).word(), nonce])
}

pub(crate) fn execute(sequence: u8, body: &[u32]) -> Vec<u8> {
    framed(&[&[Header::request(Kind::Execute, sequence).word()], body].concat())
}

pub(crate) fn credit(sequence: u8) -> Vec<u8> {
    framed(&[Header::request(Kind::Credit, sequence).word()])
}

pub(crate) fn read(address: u32, count: u16) -> u32 {
    Operation { address, fixed: false, write: false, count }.word().unwrap()
}

pub(crate) fn write(address: u32, count: u16) -> u32 {
    Operation { address, fixed: false, write: true, count }.word().unwrap()
}

/// Operations that mostly make sense.
pub(crate) fn body(noise: &mut SplitMix64, words: usize) -> Vec<u32> {
    let mut body = Vec::new();
    while body.len() < words && noise.below(6) > 0 {
        let registers = if noise.below(6) == 0 { 66 } else { 48 };
        let operation = Operation {
            address: 4 * noise.below(registers) as u32,
            fixed: noise.below(2) == 0,
            write: noise.below(2) == 0,
            count: 1 + noise.below(6) as u16,
        };
        body.push(operation.word().unwrap());
        let data = if operation.write { operation.count } else { 0 };
        let kept = data - u16::from(data > 0 && noise.below(20) == 0);
        body.extend((0..kept).map(|_| {
            let word = noise.next_u64() as u32;
            // Zero bytes are what framing is about.
            word & [u32::MAX, 0xff00_00ff, 0, 0x00ff_ff00][noise.below(4) as usize]
        }));
    }
    if noise.below(30) == 0 {
        body.push(noise.below(1 << 16) as u32);
    }
    body
}

/// A host that keeps to the rules most of the time.
pub(crate) struct Host {
    pub(crate) noise: SplitMix64,
    sequence: u8,
    words: usize,
}

impl Host {
    pub(crate) fn new(seed: u64, words: usize) -> Host {
        Host { noise: SplitMix64::new(seed), sequence: seed as u8, words }
    }

    /// The next frame, good as it leaves the host.
    pub(crate) fn frame(&mut self) -> Vec<u8> {
        let body = body(&mut self.noise, self.words);
        match self.noise.below(20) {
            0 => {
                self.sequence = self.noise.next_u64() as u8;
                let frame = hello(self.sequence, self.noise.next_u64() as u32);
                self.sequence = self.sequence.wrapping_add(1);
                frame
            }
            1..4 => {
                let back = self.noise.below(7) as u8;
                execute(self.sequence.wrapping_sub(back), &body)
            }
            4 => execute(self.sequence.wrapping_add(self.noise.below(3) as u8), &body),
            5 => framed(&[self.noise.next_u64() as u32, 1, 2]),
            _ => {
                self.sequence = self.sequence.wrapping_add(1);
                execute(self.sequence.wrapping_sub(1), &body)
            }
        }
    }

    /// What a line makes of a frame.
    pub(crate) fn line(&mut self, mut frame: Vec<u8>) -> Vec<u8> {
        let at = self.noise.below(frame.len() as u64) as usize;
        match self.noise.below(24) {
            0 => frame[at] ^= 1 << self.noise.below(8),
            1 => drop(frame.remove(at)),
            2 => frame.insert(at, frame[at]),
            3 => frame.truncate(at),
            4 => frame.extend((0..at).map(|_| self.noise.next_u64() as u8)),
            5 => frame.insert(at, 0),
            6 => frame.extend((0..300).map(|_| 1 + self.noise.below(255) as u8)),
            _ => {}
        }
        frame
    }
}
