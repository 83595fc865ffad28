//! What a device does with packets, as software: the hardware's answers are these.

use crate::frame::{Dropped, Receiver, encode, frame_bytes};
use crate::{
    Header, Kind, MOST_PACKET_BYTES, OVERHEAD_WORDS, Operation, RESERVED_WORDS, Refusal, VERSION,
    counters, place, welcome,
};

/// Words of the longest packet any device takes.
const WORDS: usize = (MOST_PACKET_BYTES / 4 - RESERVED_WORDS + OVERHEAD_WORDS) as usize;

/// The registers behind a device.
pub trait Registers {
    /// Reads a register by its byte address.
    fn read(&mut self, address: u32) -> Result<u32, BusFault>;

    /// Writes a register by its byte address.
    fn write(&mut self, address: u32, value: u32) -> Result<(), BusFault>;
}

/// A register that does not do what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusFault {
    /// It says no.
    Refused,
    /// It says nothing.
    Silent,
}

impl From<BusFault> for Refusal {
    fn from(fault: BusFault) -> Self {
        match fault {
            BusFault::Refused => Refusal::Register,
            BusFault::Silent => Refusal::Silent,
        }
    }
}

/// What a device can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponderLimits {
    /// Requests under way at once.
    pub window: u8,
    /// Longest body.
    pub packet_words: u16,
    /// First 32 bits of the hash of the machine's configuration.
    pub config_hash: u32,
    /// Byte address of the register that events carry.
    pub status: u32,
}

/// A device's side of the link.
#[derive(Debug, Clone)]
pub struct Responder {
    limits: ResponderLimits,
    receiver: Receiver<WORDS>,
    /// The next request's number, once there is a session.
    expected: Option<u8>,
    /// The last answers, the newest last: at most a window of them.
    answers: Vec<Vec<u32>>,
    damaged: u16,
    too_long: u16,
    repeated: u16,
    out_of_order: u16,
}

/// Why and where a request stopped.
struct Stop(Refusal, u32);

impl Responder {
    /// A device after reset.
    pub fn new(limits: ResponderLimits) -> Self {
        let longest = usize::from(limits.packet_words) + OVERHEAD_WORDS as usize;
        let (receiver, answers) = (Receiver::limited(longest), Vec::new());
        let [damaged, too_long, repeated, out_of_order] = [0; 4];
        let expected = None;
        Self { limits, receiver, expected, answers, damaged, too_long, repeated, out_of_order }
    }

    /// Takes a byte of the line; gives the frame to send back.
    pub fn byte(&mut self, byte: u8, registers: &mut impl Registers) -> Option<Vec<u8>> {
        let request = match self.receiver.push(byte)? {
            Ok(words) => words.to_vec(),
            Err(Dropped::Damaged) => {
                self.damaged = self.damaged.wrapping_add(1);
                return None;
            }
            Err(Dropped::TooLong) => {
                self.too_long = self.too_long.wrapping_add(1);
                return None;
            }
        };
        Some(framed(&self.packet(&request, registers)))
    }

    /// The interrupt was raised; gives the frame to send, if there is a session.
    pub fn interrupt(&mut self, registers: &mut impl Registers) -> Option<Vec<u8>> {
        self.expected?;
        let status = registers.read(self.limits.status).unwrap_or(0);
        Some(framed(&[self.header(Kind::Event, 0, 0), status]))
    }

    fn header(&self, kind: Kind, sequence: u8, code: u8) -> u32 {
        Header { kind, sequence, credits: self.limits.window, code }.word()
    }

    fn refused(&self, sequence: u8, why: Refusal, body: u32) -> Vec<u32> {
        vec![self.header(Kind::Refused, sequence, why.code() as u8), body]
    }

    /// Answers a packet of one word or more.
    pub fn packet(&mut self, packet: &[u32], registers: &mut impl Registers) -> Vec<u32> {
        let body = packet.get(1..).unwrap_or_default();
        let word = packet.first().copied().unwrap_or_default();
        let sequence = crate::header::SEQUENCE.get(word) as u8;
        match (Header::read(word).map(|header| header.kind), body) {
            (Some(Kind::Hello), [nonce]) => self.hello(sequence, *nonce),
            (Some(Kind::Execute), _) => self.sequenced(sequence, body, registers),
            (Some(Kind::Credit), []) => {
                let first = counters::DAMAGED.put(self.damaged.into())
                    | counters::TOO_LONG.put(self.too_long.into());
                let second = counters::REPEATED.put(self.repeated.into())
                    | counters::OUT_OF_ORDER.put(self.out_of_order.into());
                vec![self.header(Kind::Credits, sequence, 0), first, second]
            }
            _ => self.refused(sequence, Refusal::UnknownKind, 0),
        }
    }

    fn hello(&mut self, sequence: u8, nonce: u32) -> Vec<u32> {
        self.expected = Some(sequence.wrapping_add(1));
        self.answers.clear();
        let ResponderLimits { window, packet_words, config_hash, .. } = self.limits;
        let limits = welcome::VERSION.put(VERSION)
            | welcome::WINDOW.put(window.into())
            | welcome::PACKET_WORDS.put(packet_words.into());
        vec![self.header(Kind::Welcome, sequence, 0), nonce, limits, config_hash]
    }

    /// A request that is executed once, in its turn.
    fn sequenced(
        &mut self,
        sequence: u8,
        body: &[u32],
        registers: &mut impl Registers,
    ) -> Vec<u32> {
        let Some(expected) = self.expected else {
            return self.refused(sequence, Refusal::NoSession, 0);
        };
        let back = usize::from(expected.wrapping_sub(sequence));
        if (1..=self.answers.len()).contains(&back) {
            self.repeated = self.repeated.wrapping_add(1);
            return self.answers[self.answers.len() - back].clone();
        }
        if back != 0 {
            self.out_of_order = self.out_of_order.wrapping_add(1);
            return self.refused(sequence, Refusal::OutOfOrder, expected.into());
        }
        self.expected = Some(expected.wrapping_add(1));
        let mut answer = vec![self.header(Kind::Done, sequence, 0)];
        if let Err(Stop(why, place)) = self.execute(body, &mut answer, registers) {
            answer = self.refused(sequence, why, place);
        }
        if self.answers.len() == usize::from(self.limits.window) {
            self.answers.remove(0);
        }
        self.answers.push(answer.clone());
        answer
    }

    fn execute(
        &self,
        body: &[u32],
        answer: &mut Vec<u32>,
        registers: &mut impl Registers,
    ) -> Result<(), Stop> {
        let mut at = 0;
        while let Some(word) = body.get(at) {
            let operation = Operation::read(*word);
            let count = usize::from(operation.count);
            let stop = |why: Refusal, done: usize| {
                let place = place::OPERATION.put(at as u32) | place::DONE.put(done as u32);
                Stop(why, place)
            };
            let data = body.get(at + 1..).unwrap_or_default();
            if count == 0 || (operation.write && data.len() < count) {
                return Err(stop(Refusal::Malformed, 0));
            }
            let room = usize::from(self.limits.packet_words) + 1 - answer.len();
            if !operation.write && count > room {
                return Err(stop(Refusal::TooLong, 0));
            }
            for (done, word) in (0..count).map(|done| (done, data.get(done))) {
                let address = operation.address_of(done as u32);
                let result = match word {
                    Some(word) if operation.write => registers.write(address, *word),
                    _ => registers.read(address).map(|word| answer.push(word)),
                };
                result.map_err(|fault| stop(fault.into(), done))?;
            }
            at += 1 + if operation.write { count } else { 0 };
        }
        Ok(())
    }
}

/// A packet's frame.
fn framed(packet: &[u32]) -> Vec<u8> {
    let mut frame = vec![0; frame_bytes(packet.len())];
    // The frame has the room that the packet needs.
    let length = encode(packet, &mut frame).unwrap_or_default();
    frame.truncate(length);
    frame
}
