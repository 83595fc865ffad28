//! A host at a line on which anything may come: no panic, no hang, and an error that says so.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::VecDeque;
use std::time::Duration;

use bitladder_link::{Link, LinkError, LinkOptions, Script, Transport, TransportError};
use bitladder_link_format::{BusFault, Registers, Responder, ResponderLimits, encode, frame_bytes};
use proptest::collection::vec;
use proptest::prelude::*;

const LIMITS: ResponderLimits =
    ResponderLimits { window: 4, packet_words: 48, config_hash: 0xabcd, status: 0x14 };
const OPTIONS: LinkOptions = LinkOptions { timeout: Duration::from_millis(5), tries: 4, nonce: 7 };

/// Registers that hold their addresses.
struct Addresses;

impl Registers for Addresses {
    fn read(&mut self, address: u32) -> Result<u32, BusFault> {
        Ok(address)
    }

    fn write(&mut self, _address: u32, _value: u32) -> Result<(), BusFault> {
        Ok(())
    }
}

/// A line with a device - or without - on which other bytes come in between.
struct Line {
    device: Option<Responder>,
    /// What comes before each answer, in turn.
    others: VecDeque<Vec<u8>>,
    back: VecDeque<u8>,
    now: Duration,
    calls: u32,
}

impl Line {
    fn new(device: bool, others: Vec<Vec<u8>>) -> Self {
        let device = device.then(|| Responder::new(LIMITS));
        Self { device, others: others.into(), back: VecDeque::new(), now: Duration::ZERO, calls: 0 }
    }
}

impl Transport for Line {
    fn now(&mut self) -> Duration {
        self.now
    }

    fn send(&mut self, bytes: &[u8], _deadline: Duration) -> Result<usize, TransportError> {
        self.calls += 1;
        self.back.extend(self.others.pop_front().unwrap_or_default());
        if let Some(device) = &mut self.device {
            let answers = bytes.iter().filter_map(|byte| device.byte(*byte, &mut Addresses));
            self.back.extend(answers.flatten().collect::<Vec<u8>>());
        }
        Ok(bytes.len())
    }

    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> Result<usize, TransportError> {
        self.calls += 1;
        let count = buffer.len().min(self.back.len());
        if count == 0 {
            self.now = self.now.max(deadline);
        }
        for (place, byte) in buffer.iter_mut().zip(self.back.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}

/// A frame with a good checksum around any words.
fn frame(packet: &[u32]) -> Vec<u8> {
    let mut frame = vec![0; frame_bytes(packet.len())];
    let length = encode(packet, &mut frame).unwrap();
    frame.truncate(length);
    frame
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let kinds =
        prop_oneof![Just(0x81u32), Just(0x82), Just(0x83), Just(0x84), Just(0x85), 0..256u32];
    // Answers that could be meant for the host: numbers near those it uses.
    let header =
        (kinds, 0..16u32, any::<u8>(), 0..8u32).prop_map(|(kind, number, credits, code)| {
            kind | number << 8 | u32::from(credits) << 16 | code << 24
        });
    let body = prop_oneof![vec(any::<u32>(), 0..6), Just(vec![8, 0x0030_0401, 0xabcd])];
    let good = (header, body).prop_map(|(header, body)| frame(&[vec![header], body].concat()));
    prop_oneof![vec(any::<u8>(), 0..60), good]
}

proptest! {
    #[test]
    fn strangers_end_in_bounded_time(others in vec(bytes(), 0..12)) {
        let mut link = match Link::open(Line::new(false, others), OPTIONS) {
            Ok(link) => link,
            // Nobody, or somebody who makes no sense.
            Err(LinkError::NoDevice { .. } | LinkError::Nonsense { .. } | LinkError::Version { .. }) => {
                return Ok(());
            }
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        // A forged welcome: what follows ends as well.
        let script = Script::new().read(0, 2).unwrap();
        let answer = link.execute(&script);
        prop_assert!(!matches!(&answer, Ok(words) if words.len() != 2), "{answer:?}");
        prop_assert!(link.transport().calls < 2000, "{} calls", link.transport().calls);
        prop_assert!(link.transport().now() < Duration::from_millis(200));
    }

    #[test]
    fn noise_before_answers_costs_only_time(others in vec(vec(1..=255u8, 0..40), 0..12)) {
        // Without a zero byte in it, noise spoils at most the frame that it runs into; each frame
        // begins with one.
        let mut link = Link::open(Line::new(true, others), OPTIONS).unwrap();
        for first in [0, 40, 80] {
            let script = Script::new().read(first, 3).unwrap();
            prop_assert_eq!(link.execute(&script).unwrap(), [first, first + 4, first + 8]);
        }
    }
}
