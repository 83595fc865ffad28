//! Serial lines and skid buffers.

use std::sync::Arc;

use bitladder_blocks::io::{ClockDivider, SkidConfig, skid_buffer, uart_rx, uart_tx};
use bitladder_rtl::{BIT, Bundle, Module, ModuleBuilder, uint};

use crate::support::{Bench, Collector, Feeder, Port, Word};
use crate::verilog::{Case, after_reset};

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
        after_reset(uart_loop(divider), 3000),
        after_reset(uart_rx(ClockDivider::new(625, 6).unwrap()).unwrap(), 3000),
    ];
    let skids = [1, 40].map(|width| skid_buffer(&SkidConfig { width }).unwrap());
    cases.extend(skids.map(|module| after_reset(module, 300)));
    cases
}

#[test]
fn skid_buffers_of_no_width_are_refused() {
    let skid = skid_buffer(&SkidConfig { width: 0 }).unwrap_err().to_string();
    assert_eq!(skid, "`skid_buffer.width` = 0 is out of range: 1 to 128");
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
