//! What a device does with requests, good and bad.

#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use bitladder_link_format::{
    BusFault, Header, Kind, Operation, OperationError, Receiver, Refusal, Registers, Responder,
    ResponderLimits, body_words, encode, frame_bytes,
};
use proptest::prelude::*;

const LIMITS: ResponderLimits =
    ResponderLimits { window: 4, packet_words: 16, config_hash: 0xc0f1_9abc, status: 0x14 };

/// Sixteen registers; the last one only counts how often it is written. Above them, nothing
/// answers, and far above nothing is there.
#[derive(Default)]
struct Bank([u32; 16]);

impl Registers for Bank {
    fn read(&mut self, address: u32) -> Result<u32, BusFault> {
        match address {
            0..64 => Ok(self.0[address as usize / 4]),
            64..128 => Err(BusFault::Silent),
            _ => Err(BusFault::Refused),
        }
    }

    fn write(&mut self, address: u32, value: u32) -> Result<(), BusFault> {
        self.read(address)?;
        let counts = address == 60;
        let register = &mut self.0[address as usize / 4];
        *register = if counts { *register + 1 } else { value };
        Ok(())
    }
}

fn operation(address: u32, write: bool, fixed: bool, count: u16) -> u32 {
    Operation { address, fixed, write, count }.word().unwrap()
}

fn execute(sequence: u8, body: &[u32]) -> Vec<u32> {
    [&[Header::request(Kind::Execute, sequence).word()], body].concat()
}

fn hello(device: &mut Responder, sequence: u8) -> Vec<u32> {
    let packet = [Header::request(Kind::Hello, sequence).word(), 0x1234_5678];
    device.packet(&packet, &mut Bank::default())
}

fn header(kind: Kind, sequence: u8, code: u8) -> u32 {
    Header { kind, sequence, credits: 4, code }.word()
}

#[test]
fn a_session() {
    let (mut device, mut bank) = (Responder::new(LIMITS), Bank::default());
    let early = device.packet(&execute(9, &[]), &mut bank);
    let no_session = Refusal::NoSession.code() as u8;
    assert_eq!(early, [header(Kind::Refused, 9, no_session), 0]);
    let welcome = [header(Kind::Welcome, 9, 0), 0x1234_5678, 1 | 4 << 8 | 16 << 16, 0xc0f1_9abc];
    assert_eq!(hello(&mut device, 9), welcome);
    let body = [operation(8, true, false, 2), 5, 6, operation(4, false, false, 3)];
    assert_eq!(device.packet(&execute(10, &body), &mut bank), [header(Kind::Done, 10, 0), 0, 5, 6]);
    let read = [operation(12, false, true, 2)];
    assert_eq!(device.packet(&execute(11, &read), &mut bank), [header(Kind::Done, 11, 0), 6, 6]);
}

#[test]
fn repeated_requests_are_answered_again_and_not_executed_again() {
    let (mut device, mut bank) = (Responder::new(LIMITS), Bank::default());
    hello(&mut device, 254);
    let count = [operation(60, true, false, 1), 0, operation(60, false, false, 1)];
    let answers: Vec<Vec<u32>> = (0..6u8)
        .map(|i| device.packet(&execute(255u8.wrapping_add(i), &count), &mut bank))
        .collect();
    for back in 1..=4u8 {
        let sequence = 5 - back;
        let again = device.packet(&execute(sequence, &count), &mut bank);
        assert_eq!(again, answers[usize::from(sequence) + 1]);
    }
    assert_eq!(bank.0[15], 6, "each was executed once");
    let order = Refusal::OutOfOrder.code() as u8;
    for wrong in [0, 6, 200] {
        let answer = device.packet(&execute(wrong, &count), &mut bank);
        assert_eq!(answer, [header(Kind::Refused, wrong, order), 5]);
    }
    assert_eq!(bank.0[15], 6);
    let credit = [Header::request(Kind::Credit, 77).word()];
    let counters = device.packet(&credit, &mut bank);
    assert_eq!(counters, [header(Kind::Credits, 77, 0), 0, 4 | 3 << 16]);
}

#[test]
fn refusals_say_where() {
    let (mut device, mut bank) = (Responder::new(LIMITS), Bank::default());
    hello(&mut device, 0);
    let good = operation(0, true, false, 1);
    let cases = [
        (vec![good, 1, 0], Refusal::Malformed, 2),
        (vec![good, 1, operation(4, true, false, 2), 1], Refusal::Malformed, 2),
        (vec![operation(0, false, true, 10), operation(0, false, true, 7)], Refusal::TooLong, 1),
        (vec![operation(56, false, false, 3)], Refusal::Silent, 2 << 16),
        (vec![operation(0x1000, true, false, 1), 1], Refusal::Register, 0),
    ];
    for (sequence, (body, why, place)) in (1..).zip(cases) {
        let answer = device.packet(&execute(sequence, &body), &mut bank);
        assert_eq!(answer, [header(Kind::Refused, sequence, why.code() as u8), place], "{why}");
        assert_eq!(device.packet(&execute(sequence, &body), &mut bank), answer, "repeated");
    }
    let unknown = Refusal::UnknownKind.code() as u8;
    for packet in [[0x0000_0533].as_slice(), &[0x0501], &[0x0503, 1], &[0x0582]] {
        let answer = device.packet(packet, &mut bank);
        assert_eq!(answer, [header(Kind::Refused, 5, unknown), 0]);
    }
    assert_eq!(
        Refusal::Silent.to_string(),
        "the machine did not answer in time",
        "refusals read as text"
    );
}

#[test]
fn events_carry_the_status() {
    let (mut device, mut bank) = (Responder::new(LIMITS), Bank::default());
    assert_eq!(device.interrupt(&mut bank), None);
    hello(&mut device, 3);
    bank.0[5] = 0x77;
    let frame = device.interrupt(&mut bank).unwrap();
    let mut receiver = Receiver::<8>::default();
    let packets: Vec<Vec<u32>> = frame
        .iter()
        .filter_map(|byte| receiver.push(*byte).map(|packet| packet.unwrap().to_vec()))
        .collect();
    assert_eq!(packets, [vec![header(Kind::Event, 0, 0), 0x77]]);
}

#[test]
fn operations_that_cannot_be_written_say_why() {
    let of = |address, count| Operation { address, fixed: false, write: false, count }.word();
    assert_eq!(of(6, 1), Err(OperationError::Address(6)));
    let text = of(0x10000, 1).unwrap_err().to_string();
    assert_eq!(text, "0x10000 is no register's address: multiples of 4 below 0x10000 are");
    assert_eq!(of(4, 0).unwrap_err().to_string(), "an operation of no words: leave it out");
    assert_eq!((body_words(512), body_words(128), body_words(0)), (112, 16, 0));
}

fn framed(packet: &[u32]) -> Vec<u8> {
    let mut frame = vec![0; frame_bytes(packet.len())];
    let length = encode(packet, &mut frame).unwrap();
    frame.truncate(length);
    frame
}

proptest! {
    #[test]
    fn operations_survive(word in any::<u32>()) {
        let operation = Operation::read(word);
        match operation.count {
            0 => prop_assert_eq!(operation.word(), Err(OperationError::Empty)),
            _ => prop_assert_eq!(operation.word(), Ok(word)),
        }
    }

    /// Whatever was on the line before: noise, packets of nonsense, halves of frames.
    #[test]
    fn a_good_request_is_answered_after_anything(
        parts in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..200),
                prop::collection::vec(any::<u32>(), 1..40).prop_map(|packet| framed(&packet)),
                (any::<u8>(), prop::collection::vec(any::<u32>(), 0..16))
                    .prop_map(|(sequence, body)| framed(&execute(sequence, &body))),
                Just(framed(&[Header::request(Kind::Hello, 0).word(), 1])),
            ],
            0..8,
        ),
        cut in 0..20usize,
    ) {
        let (mut device, mut bank) = (Responder::new(LIMITS), Bank::default());
        let mut line = parts.concat();
        line.truncate(line.len().saturating_sub(cut));
        for byte in line {
            device.byte(byte, &mut bank);
        }
        let request = framed(&[Header::request(Kind::Hello, 4).word(), 0xfeed]);
        let answer: Vec<u8> =
            request.iter().filter_map(|byte| device.byte(*byte, &mut bank)).flatten().collect();
        let welcome = [header(Kind::Welcome, 4, 0), 0xfeed, 1 | 4 << 8 | 16 << 16, 0xc0f1_9abc];
        prop_assert!(answer.ends_with(&framed(&welcome)));
    }
}
