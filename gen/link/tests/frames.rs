//! Frames survive the line, and nothing on a line does harm.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use bitladder_link_format::{Dropped, Receiver, encode, frame_bytes};
use proptest::prelude::*;

const LONGEST: usize = 300;
type Small = Receiver<{ LONGEST + 1 }>;

fn framed(packet: &[u32]) -> Vec<u8> {
    let mut frame = vec![0xee; frame_bytes(packet.len())];
    let length = encode(packet, &mut frame).unwrap();
    frame.truncate(length);
    frame
}

fn received<const WORDS: usize>(
    receiver: &mut Receiver<WORDS>,
    line: &[u8],
) -> Vec<Result<Vec<u32>, Dropped>> {
    let take = |byte: &u8| receiver.push(*byte).map(|packet| packet.map(<[u32]>::to_vec));
    line.iter().filter_map(take).collect()
}

/// Words with many zero bytes and long runs without.
fn packet() -> impl Strategy<Value = Vec<u32>> {
    let word =
        prop_oneof![any::<u32>(), Just(0), Just(0x0101_0101), (0..256u32).prop_map(|b| b << 8)];
    prop::collection::vec(word, 1..=LONGEST)
}

#[test]
fn a_frame_as_it_is_on_the_line() {
    // The checksum of 01 00 00 02 by zlib.
    let crc = crc32fast::hash(&[1, 0, 0, 2]).to_le_bytes();
    assert!(!crc.contains(&0));
    let mut wanted = vec![0, 2, 1, 1, 6, 2];
    wanted.extend(crc);
    wanted.push(0);
    assert_eq!(framed(&[0x0200_0001]), wanted);
}

#[test]
fn frames_are_as_long_as_they_may_be() {
    let longest = framed(&[0x0101_0101; 252]);
    assert!(longest.len() <= frame_bytes(252) && longest.len() >= frame_bytes(252) - 1);
    let error = encode(&[1, 2], &mut [0; 14]).unwrap_err().to_string();
    assert_eq!(error, "a packet of 2 words may need 15 bytes, the buffer has 14: make it larger");
}

#[test]
fn packets_that_are_too_long_or_short_are_dropped() {
    let long = framed(&[7; 9]);
    let mut receiver = Receiver::<12>::limited(9);
    assert_eq!(received(&mut receiver, &long), [Err(Dropped::TooLong)]);
    assert_eq!(received(&mut receiver, &framed(&[7; 8])), [Ok(vec![7; 8])]);
    assert_eq!(received(&mut receiver, &[0, 0, 3, 1, 1, 0]), [Err(Dropped::Damaged)]);
    // A checksum of nothing is no packet.
    assert_eq!(received(&mut receiver, &[0, 1, 1, 1, 1, 1, 0]), [Err(Dropped::Damaged)]);
    assert_eq!(Dropped::Damaged.to_string(), "a frame was damaged on the line");
    assert_eq!(Dropped::TooLong.to_string(), "a frame was longer than any packet");
}

proptest! {
    #[test]
    fn packets_come_through(packets in prop::collection::vec(packet(), 1..5)) {
        let line: Vec<u8> = packets.iter().flat_map(|packet| framed(packet)).collect();
        let found = received(&mut Small::default(), &line);
        prop_assert_eq!(found, packets.into_iter().map(Ok).collect::<Vec<_>>());
    }

    #[test]
    fn the_frame_after_any_noise_is_received(
        noise in prop::collection::vec(any::<u8>(), 0..3000),
        packet in packet(),
    ) {
        let mut receiver = Small::default();
        for packet in received(&mut receiver, &noise) {
            prop_assert!(packet.is_err(), "noise passed for a packet");
        }
        let found = received(&mut receiver, &framed(&packet));
        prop_assert_eq!(found.last(), Some(&Ok(packet)));
    }

    #[test]
    fn damage_is_seen(packet in packet(), at in any::<prop::sample::Index>(), flip in 1..256u32) {
        let mut line = framed(&packet);
        let at = at.index(line.len());
        line[at] ^= flip as u8;
        for found in received(&mut Small::default(), &line).into_iter().flatten() {
            // A delimiter that is damaged may leave the frame whole.
            prop_assert_eq!(&found, &packet);
        }
        let found = received(&mut Small::default(), &[line, framed(&packet)].concat());
        prop_assert_eq!(found.last(), Some(&Ok(packet)));
    }

    #[test]
    fn missing_and_doubled_bytes_are_seen(packet in packet(), at in any::<prop::sample::Index>()) {
        let line = framed(&packet);
        let at = at.index(line.len());
        let dropped = [&line[..at], &line[at + 1..]].concat();
        let doubled = [&line[..=at], &line[at..]].concat();
        for line in [dropped, doubled] {
            for found in received(&mut Small::default(), &line).into_iter().flatten() {
                prop_assert_eq!(&found, &packet);
            }
            let found = received(&mut Small::default(), &[line, framed(&packet)].concat());
            prop_assert_eq!(found.last(), Some(&Ok(packet.clone())));
        }
    }
}
