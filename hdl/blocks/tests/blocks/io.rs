//! Serial lines, packets and skid buffers.

use std::sync::Arc;

use bitladder_blocks::io::{
    ClockDivider, PacketFormat, SkidConfig, packet_rx, packet_tx, skid_buffer, uart_rx, uart_tx,
};
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

/// Transmitter and receiver on one line.
fn uart_loop(divider: ClockDivider) -> Arc<Module> {
    let (tx, rx) = (uart_tx(divider).unwrap(), uart_rx(divider).unwrap());
    let m = ModuleBuilder::new("uart_loop");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "reset");
    let byte = Bundle::stream(uint(8), "a byte");
    let tx = m.instance("tx", &tx).clock("clk", clk).connect("rst", rst);
    let rx = m.instance("rx", &rx).clock("clk", clk).connect("rst", rst);
    tx.pass_on("in", &m.sink("in", &byte));
    rx.connect("line", tx.out("line"));
    rx.pass_on("out", &m.source("out", &byte));
    for flag in ["framing_error", "overrun"] {
        m.drive(m.output(flag, BIT, "flag"), rx.out(flag));
    }
    m.build().unwrap()
}

pub(crate) fn cases() -> Vec<Case> {
    let divider = ClockDivider::new(9, 2).unwrap();
    let mut cases = vec![
        after_reset(packet_loop(SMALL), 3000),
        after_reset(packet_rx(FORMAT).unwrap(), 1000),
        after_reset(packet_tx(FORMAT).unwrap(), 1000),
        after_reset(uart_loop(divider), 3000),
        after_reset(uart_rx(ClockDivider::new(625, 6).unwrap()).unwrap(), 3000),
    ];
    // The small receiver on its own as well: garbage around start bytes.
    let alone = PacketFormat { timeout: 5, ..SMALL };
    cases.push(after_reset(packet_rx(alone).unwrap(), 3000));
    let skids = [1, 40].map(|width| skid_buffer(&SkidConfig { width }).unwrap());
    cases.extend(skids.map(|module| after_reset(module, 300)));
    cases
}

#[test]
fn a_skid_buffer_keeps_order_and_full_speed() {
    let module = skid_buffer(&SkidConfig { width: 16 }).unwrap();
    let words: Vec<Word> = (0..300).map(|i| vec![i]).collect();
    for (offers, takes) in [(8, 8), (4, 4), (8, 3), (2, 8)] {
        let mut bench = Bench::new(&module);
        let from = Port::new("in", &["data"], offers);
        assert_eq!(bench.run(&from, &words, &Port::new("out", &["data"], takes), 300), words);
    }
    let mut bench = Bench::new(&module);
    bench.set("in_valid", 1);
    bench.set("out_ready", 1);
    bench.step();
    for _ in 0..20 {
        assert_eq!((bench.get("in_ready"), bench.get("out_valid")), (1, 1));
        bench.step();
    }
}

/// Sends bytes from one divider to another; gives what arrives, and counts of the two flags.
fn over_a_line(send: ClockDivider, receive: ClockDivider, bytes: &[u8]) -> (Vec<u8>, [i128; 2]) {
    let mut tx = Bench::new(&uart_tx(send).unwrap());
    let mut rx = Bench::new(&uart_rx(receive).unwrap());
    let words: Vec<Word> = bytes.iter().map(|byte| vec![i128::from(*byte)]).collect();
    let mut from = Feeder::new(Port::new("in", &["data"], 8), &words);
    let mut to = [Collector::new(Port::new("out", &["data"], 8))];
    let mut flags = [0, 0];
    let mut quiet = 0;
    while quiet < 40 * 105 {
        let line = tx.get("line");
        quiet = if line == 0 || !from.waiting.is_empty() { 0 } else { quiet + 1 };
        rx.set("line", line);
        from.offer(&mut tx);
        from.settle(&mut tx);
        tx.step();
        rx.watched(&mut [], &mut to, &["framing_error", "overrun"], &mut flags);
    }
    (to[0].taken.iter().map(|word| word[0] as u8).collect(), flags)
}

#[test]
fn bytes_cross_a_line_at_fractional_and_mismatched_rates() {
    let divider = |n, d| ClockDivider::new(n, d).unwrap();
    let bytes: Vec<u8> = (0..60u8).map(|i| i.wrapping_mul(57) ^ 0x55).chain([0, 255, 0]).collect();
    let pairs = [
        (divider(4, 1), divider(4, 1)),
        (divider(9, 2), divider(9, 2)),
        (divider(625, 6), divider(625, 6)),
        (divider(1600, 100), divider(1664, 100)),
        (divider(1664, 100), divider(1600, 100)),
    ];
    for (send, receive) in pairs {
        let (found, flags) = over_a_line(send, receive, &bytes);
        assert_eq!(found, bytes, "{send:?} to {receive:?}");
        assert_eq!(flags, [0, 0]);
    }
}

#[test]
fn a_fraction_does_not_drift() {
    let mut tx = Bench::new(&uart_tx(ClockDivider::new(17, 4).unwrap()).unwrap());
    tx.set("in_valid", 1);
    tx.step();
    tx.set("in_valid", 0);
    let mut cycles = 0;
    while tx.get("in_ready") == 0 {
        tx.step();
        cycles += 1;
    }
    assert_eq!(cycles, 43, "ten bits of 4.25 cycles, rounded up");
}

#[test]
fn a_low_stop_bit_is_flagged_and_the_next_byte_arrives() {
    let mut rx = Bench::new(&uart_rx(ClockDivider::new(8, 1).unwrap()).unwrap());
    let mut to = [Collector::new(Port::new("out", &["data"], 8))];
    let mut framing = [0];
    let frame = |byte: u8, stop: u8| {
        let data = (0..8).map(move |bit| byte >> bit & 1);
        [1, 1, 0].into_iter().chain(data).chain([stop])
    };
    // A broken byte, a line held low, idle, noise shorter than half a bit, and a good byte.
    let bits: Vec<u8> =
        frame(0x3c, 0).chain([0; 30]).chain([1; 3]).chain(frame(0x96, 1)).chain([1; 4]).collect();
    for (at, bit) in bits.iter().enumerate() {
        for cycle in 0..8 {
            let noise = at == 44 && cycle < 2;
            rx.set("line", if noise { 0 } else { i128::from(*bit) });
            rx.watched(&mut [], &mut to, &["framing_error"], &mut framing);
        }
    }
    assert_eq!((to[0].taken.clone(), framing), (vec![vec![0x96]], [1]));
}

#[test]
fn a_byte_that_finds_the_last_one_waiting_is_flagged_and_dropped() {
    let mut bench = Bench::new(&uart_loop(ClockDivider::new(4, 1).unwrap()));
    let mut from = [Feeder::new(Port::new("in", &["data"], 8), &[vec![1], vec![2], vec![3]])];
    let mut overruns = [0];
    for _ in 0..200 {
        bench.watched(&mut from, &mut [], &["overrun"], &mut overruns);
    }
    assert_eq!((overruns[0], bench.get("out_valid"), bench.get("out_data")), (2, 1, 1));
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
    let skid = skid_buffer(&SkidConfig { width: 129 }).unwrap_err().to_string();
    assert_eq!(skid, "`skid_buffer.width` = 129 is out of range: 1 to 128");
}
