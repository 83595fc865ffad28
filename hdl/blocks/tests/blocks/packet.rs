//! Packets against the format, with garbage and errors between them.

use std::sync::Arc;

use bitladder_blocks::io::{PacketFormat, packet_rx, packet_tx};
use bitladder_rtl::{BIT, Bundle, Module, ModuleBuilder, uint};
use bitladder_spec::SplitMix64;

use crate::support::{Bench, Collector, Feeder, Port, Word};
use crate::verilog::{Case, after_reset};

const FORMAT: PacketFormat =
    PacketFormat { start: 0xa5, length_bytes: 2, max_payload: 40, timeout: 100 };
/// Small, and started by the corner value of random stimuli.
const SMALL: PacketFormat = PacketFormat { start: 0, length_bytes: 1, max_payload: 3, timeout: 9 };

/// Transmitter and receiver in one module, so that random stimuli make good packets.
fn packet_loop(format: PacketFormat) -> Arc<Module> {
    let (tx, rx) = (packet_tx(format).unwrap(), packet_rx(format).unwrap());
    let m = ModuleBuilder::new("packet_loop");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "reset");
    let [tx, rx] = [("tx", &tx), ("rx", &rx)].map(|(name, module)| m.instance(name, module));
    for side in [tx, rx] {
        side.clock("clk", clk).connect("rst", rst);
    }
    let length = uint(format.max_payload.ilog2() + 1);
    let byte = Bundle::stream(uint(8), "a byte");
    let header = |m: Bundle| m.forward("kind", uint(8), "").forward("sequence", uint(8), "");
    let header = header(Bundle::new().forward("valid", BIT, ""));
    let header = header.forward("length", length, "").backward("ready", BIT, "");
    tx.pass_on("header", &m.sink("header", &header));
    tx.pass_on("payload", &m.sink("payload", &byte));
    m.link(tx, "out", rx, "in");
    rx.pass_on("header", &m.source("found", &header));
    rx.pass_on("payload", &m.source("bytes", &byte.forward("last", BIT, "")));
    for flag in ["length_error", "crc_error", "timed_out"] {
        m.drive(m.output(flag, BIT, "flag"), rx.out(flag));
    }
    m.build().unwrap()
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        after_reset(packet_loop(SMALL), 3000),
        after_reset(packet_rx(FORMAT).unwrap(), 1000),
        after_reset(packet_tx(FORMAT).unwrap(), 1000),
    ];
    // The small receiver on its own as well: garbage around start bytes.
    let alone = PacketFormat { timeout: 5, ..SMALL };
    cases.push(after_reset(packet_rx(alone).unwrap(), 3000));
    cases
}

/// A packet as the format says.
fn encode(format: PacketFormat, kind: u8, sequence: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16).to_le_bytes();
    let mut body = length[..format.length_bytes as usize].to_vec();
    body.extend([kind, sequence]);
    body.extend(payload);
    let check = crc32fast::hash(&body).to_le_bytes();
    [&[format.start][..], &body, &check].concat()
}

struct Packet {
    kind: u8,
    sequence: u8,
    payload: Vec<u8>,
}

fn packets(count: u8, longest: u64) -> Vec<Packet> {
    let mut noise = SplitMix64::new(14);
    let mut packet = |sequence: u8| {
        let length =
            if sequence < 2 { longest * u64::from(sequence) } else { noise.below(longest) };
        // Start bytes inside packets are common.
        let byte = |noise: &mut SplitMix64| match noise.below(3) {
            0 => FORMAT.start,
            _ => noise.below(256) as u8,
        };
        let payload = (0..length).map(|_| byte(&mut noise)).collect();
        Packet { kind: byte(&mut noise), sequence, payload }
    };
    (0..count).map(&mut packet).collect()
}

fn bytes(words: &[u8]) -> Vec<Word> {
    words.iter().map(|byte| vec![i128::from(*byte)]).collect()
}

fn header(packet: &Packet) -> Word {
    let length = packet.payload.len() as i128;
    vec![packet.kind.into(), packet.sequence.into(), length]
}

#[test]
fn sent_packets_follow_the_format() {
    for format in [FORMAT, PacketFormat { length_bytes: 1, max_payload: 255, ..FORMAT }] {
        let packets = packets(30, 40);
        let wanted: Vec<u8> =
            packets.iter().flat_map(|p| encode(format, p.kind, p.sequence, &p.payload)).collect();
        let headers: Vec<Word> = packets.iter().map(header).collect();
        let payload: Vec<u8> = packets.iter().flat_map(|p| p.payload.clone()).collect();
        for eager in [8, 4] {
            let fields = ["kind", "sequence", "length"];
            let mut from = [
                Feeder::new(Port::new("header", &fields, 5), &headers),
                Feeder::new(Port::new("payload", &["data"], eager), &bytes(&payload)),
            ];
            let mut to = [Collector::new(Port::new("out", &["data"], eager))];
            let mut bench = Bench::new(&packet_tx(format).unwrap());
            (0..8000).for_each(|_| bench.cycle(&mut from, &mut to));
            assert_eq!(to[0].taken, bytes(&wanted));
        }
    }
}

/// What a receiver makes of bytes: headers, payload words, and counts of the three flags.
fn receive(stream: &[u8], eager: u64) -> (Vec<Word>, Vec<Word>, [i128; 3]) {
    let mut bench = Bench::new(&packet_rx(FORMAT).unwrap());
    let mut from = [Feeder::new(Port::new("in", &["data"], 7), &bytes(stream))];
    let mut to = [
        Collector::new(Port::new("header", &["kind", "sequence", "length"], eager)),
        Collector::new(Port::new("payload", &["data", "last"], eager)),
    ];
    let mut flags = [0; 3];
    let mut quiet = 0;
    while quiet < 2000 {
        quiet = if from[0].waiting.is_empty() { quiet + 1 } else { 0 };
        let names = ["length_error", "crc_error", "timed_out"];
        bench.watched(&mut from, &mut to, &names, &mut flags);
    }
    let [headers, payload] = to;
    (headers.taken, payload.taken, flags)
}

fn payload_words(packets: &[&Packet]) -> Vec<Word> {
    let words = |packet: &&Packet| {
        let last = packet.payload.len().saturating_sub(1);
        let word = |(at, byte): (usize, &u8)| vec![i128::from(*byte), i128::from(at == last)];
        packet.payload.iter().enumerate().map(word).collect::<Vec<_>>()
    };
    packets.iter().flat_map(words).collect()
}

#[test]
fn good_packets_arrive_between_garbage() {
    let packets = packets(40, 40);
    let mut stream = vec![1, 2, 3];
    for packet in &packets {
        stream.extend(encode(FORMAT, packet.kind, packet.sequence, &packet.payload));
        // Anything but a start byte may lie between packets.
        stream.extend([0xff, 0x00, packet.sequence & 0x3f]);
    }
    let all: Vec<&Packet> = packets.iter().collect();
    for eager in [8, 2] {
        let (headers, payload, flags) = receive(&stream, eager);
        assert_eq!(headers, packets.iter().map(header).collect::<Vec<_>>());
        assert_eq!(payload, payload_words(&all));
        assert_eq!(flags, [0, 0, 0]);
    }
}

#[test]
fn packets_cross_from_transmitter_to_receiver() {
    let packets = packets(30, 40);
    let headers: Vec<Word> = packets.iter().map(header).collect();
    let payload: Vec<u8> = packets.iter().flat_map(|packet| packet.payload.clone()).collect();
    let fields = ["kind", "sequence", "length"];
    let mut from = [
        Feeder::new(Port::new("header", &fields, 8), &headers),
        Feeder::new(Port::new("payload", &["data"], 5), &bytes(&payload)),
    ];
    let mut to = [
        Collector::new(Port::new("found", &fields, 5)),
        Collector::new(Port::new("bytes", &["data", "last"], 5)),
    ];
    let mut bench = Bench::new(&packet_loop(FORMAT));
    (0..8000).for_each(|_| bench.cycle(&mut from, &mut to));
    assert_eq!(to[0].taken, headers);
    assert_eq!(to[1].taken, payload_words(&packets.iter().collect::<Vec<_>>()));
}

#[test]
fn broken_packets_are_dropped_whole_and_later_ones_arrive() {
    let packets = packets(24, 30);
    let mut stream = Vec::new();
    let mut good = Vec::new();
    for (index, packet) in packets.iter().enumerate() {
        let mut frame = encode(FORMAT, packet.kind, packet.sequence, &packet.payload);
        let last = frame.len() - 1;
        match index % 4 {
            // A wrong bit in kind, sequence, payload or checksum; start bytes out of the way.
            1 => frame[3 + index % (last - 3)] ^= 4,
            3 => frame[last] ^= 0x80,
            _ => good.push(packet),
        }
        stream.extend(frame);
        // Longer than the longest frame, so that a frame begun by mistake is over.
        stream.extend([0; 60]);
    }
    let (headers, payload, flags) = receive(&stream, 8);
    assert_eq!(headers, good.iter().map(|packet| header(packet)).collect::<Vec<_>>());
    assert_eq!(payload, payload_words(&good));
    assert!(flags[1] >= 12, "{flags:?}");
}

#[test]
fn a_length_beyond_the_buffer_is_refused_at_once() {
    let packet = &packets(3, 20)[2];
    let mut stream = vec![FORMAT.start, 41, 0];
    stream.extend(encode(FORMAT, packet.kind, packet.sequence, &packet.payload));
    let (headers, _, flags) = receive(&stream, 8);
    assert_eq!((headers, flags), (vec![header(packet)], [1, 0, 0]));
}

#[test]
fn a_packet_that_stops_is_given_up_after_the_timeout() {
    let mut bench = Bench::new(&packet_rx(FORMAT).unwrap());
    bench.set("in_valid", 1);
    for byte in [FORMAT.start, 5, 0, 1] {
        bench.set("in_data", byte.into());
        bench.step();
    }
    bench.set("in_valid", 0);
    for _ in 1..FORMAT.timeout {
        assert_eq!(bench.get("timed_out"), 0);
        bench.step();
    }
    assert_eq!(bench.get("timed_out"), 1);
    bench.step();
    assert_eq!((bench.get("timed_out"), bench.get("state_q")), (0, 0));
}

#[test]
fn bad_formats_are_refused() {
    let text = |format: PacketFormat| packet_tx(format).unwrap_err().to_string();
    let length = text(PacketFormat { length_bytes: 3, ..FORMAT });
    assert_eq!(length, "`packet.length_bytes` = 3 is out of range: 1 to 2");
    let payload = text(PacketFormat { length_bytes: 1, max_payload: 256, ..FORMAT });
    assert_eq!(payload, "`packet.max_payload` = 256 is out of range: 1 to 255");
    let timeout = text(PacketFormat { timeout: 0, ..FORMAT });
    assert_eq!(timeout, "`packet.timeout` = 0 is out of range: 1 to 16777216");
}
