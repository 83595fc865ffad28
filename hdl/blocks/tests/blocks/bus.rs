//! AXI4-Lite and Wishbone: the rules of the buses under random stalls, against a model of the
//! registers behind.

use std::collections::VecDeque;

use bitladder_blocks::io::{AxiLiteConfig, WishboneConfig, WishboneMode, axi_lite, wishbone};

use crate::support::{Bench, Collector, Feeder, Port, Word};
use crate::verilog::{Case, after_reset};

const MODES: [WishboneMode; 2] = [WishboneMode::Classic, WishboneMode::Pipelined];

fn slave(mode: WishboneMode) -> WishboneConfig {
    WishboneConfig { address_bits: 6, mode }
}

pub(crate) fn cases() -> Vec<Case> {
    let axi = axi_lite(&AxiLiteConfig { address_bits: 8 }).unwrap();
    let mut cases = vec![after_reset(axi, 800)];
    cases.extend(MODES.map(|mode| after_reset(wishbone(&slave(mode)).unwrap(), 800)));
    cases
}

/// One request as the bus saw it: write, address, data, strobe; and the answer.
#[derive(Clone, Debug, PartialEq)]
struct Served {
    write: bool,
    address: i128,
    data: i128,
    strobe: i128,
    read: i128,
    error: bool,
}

/// Registers that answer after random waits; addresses from 48 on fail.
struct Registers {
    words: [i128; 48],
    pending: Option<Served>,
    served: VecDeque<Served>,
}

impl Registers {
    fn new() -> Registers {
        Registers { words: [0x1111; 48], pending: None, served: VecDeque::new() }
    }

    /// The request that was served last, which must be the one asked for.
    fn last_served(&mut self, asked: &Word) -> Served {
        let served = self.served.pop_back().expect("an answer from nowhere");
        self.served.clear();
        let write = asked[0];
        let asked = [write, asked[1], asked[2] * write, asked[3] * write];
        let seen = [served.write.into(), served.address, served.data, served.strobe];
        assert_eq!(seen, asked);
        served
    }

    /// Sets the answer for this cycle; the request must stay until it is answered.
    fn answer(&mut self, bench: &mut Bench) {
        let (valid, now) = (bench.get("bus_valid") == 1, bench.chance(3));
        bench.set("bus_ready", i128::from(now));
        if !valid {
            assert!(self.pending.is_none(), "a request was withdrawn");
            return;
        }
        let [write, address, data, strobe] =
            ["write", "address", "data", "strobe"].map(|f| bench.get(&format!("bus_{f}")));
        // A read writes nothing: what lies on those lines does not matter.
        let (data, strobe) = (data * write, strobe * write);
        let error = address >= 48;
        let word = self.words.get(address as usize).copied().unwrap_or(0xdead);
        let served = Served { write: write == 1, address, data, strobe, read: word, error };
        assert!(self.pending.take().is_none_or(|before| before == served), "a request changed");
        bench.set("bus_read", word);
        bench.set("bus_error", i128::from(error));
        if !now {
            self.pending = Some(served);
            return;
        }
        if served.write && !error {
            let lanes = (0..4).filter(|lane| strobe >> lane & 1 == 1);
            let mask = lanes.fold(0, |mask, lane| mask | 0xff << (8 * lane));
            self.words[address as usize] = (word & !mask) | (data & mask);
        }
        self.served.push_back(served);
    }
}

fn random_words(bench: &mut Bench, count: usize, limits: &[u64]) -> Vec<Word> {
    let noise = &mut bench.noise;
    (0..count).map(|_| limits.iter().map(|limit| noise.below(*limit).into()).collect()).collect()
}

#[test]
fn axi_answers_each_request_once_and_in_order() {
    for (eager, takes) in [(8, 8), (3, 6), (7, 1), (1, 8)] {
        let mut bench = Bench::new(&axi_lite(&AxiLiteConfig { address_bits: 8 }).unwrap());
        let aw = random_words(&mut bench, 120, &[256]);
        let w = random_words(&mut bench, 120, &[1 << 32, 16]);
        let ar = random_words(&mut bench, 150, &[256]);
        let mut from = [
            Feeder::new(Port::new("aw", &["addr"], eager), &aw),
            Feeder::new(Port::new("w", &["data", "strb"], 4), &w),
            Feeder::new(Port::new("ar", &["addr"], eager), &ar),
        ];
        let mut to = [
            Collector::new(Port::new("b", &["resp"], takes)),
            Collector::new(Port::new("r", &["data", "resp"], takes)),
        ];
        let mut registers = Registers::new();
        let mut served = Vec::new();
        for _ in 0..12_000 {
            registers.answer(&mut bench);
            served.extend(registers.served.drain(..));
            bench.cycle(&mut from, &mut to);
            let answered = [&to[0], &to[1]].map(|channel| channel.taken.len());
            let asked = [120 - from[0].waiting.len(), 150 - from[2].waiting.len()];
            assert!(answered[0] <= asked[0] && answered[1] <= asked[1], "answer before request");
        }
        assert_eq!([to[0].taken.len(), to[1].taken.len()], [120, 150], "eagerness {eager}");
        let (writes, reads): (Vec<Served>, Vec<Served>) =
            served.into_iter().partition(|served| served.write);
        assert_eq!((writes.len(), reads.len()), (120, 150));
        let resp = |served: &Served| if served.error { 2 } else { 0 };
        for (((served, aw), w), b) in writes.iter().zip(&aw).zip(&w).zip(&to[0].taken) {
            assert_eq!([served.address, served.data, served.strobe], [aw[0] / 4, w[0], w[1]]);
            assert_eq!(b[0], resp(served));
        }
        for ((served, ar), r) in reads.iter().zip(&ar).zip(&to[1].taken) {
            assert_eq!(served.address, ar[0] / 4);
            assert_eq!(*r, [served.read, resp(served)]);
        }
    }
}

#[test]
fn axi_reads_and_writes_take_turns() {
    let mut bench = Bench::new(&axi_lite(&AxiLiteConfig { address_bits: 8 }).unwrap());
    for name in ["aw_valid", "w_valid", "ar_valid", "b_ready", "r_ready", "bus_ready"] {
        bench.set(name, 1);
    }
    let mut kinds = Vec::new();
    for _ in 0..60 {
        if bench.get("bus_valid") == 1 {
            kinds.push(bench.get("bus_write"));
        }
        bench.step();
    }
    assert!(kinds.len() >= 20, "{} requests", kinds.len());
    assert!(kinds.windows(2).all(|pair| pair[0] != pair[1]), "{kinds:?}");
}

/// A master that sometimes gives up; gives what it asked for and what it was answered.
fn wishbone_run(mode: WishboneMode) -> (Vec<(Served, bool)>, usize) {
    let mut bench = Bench::new(&wishbone(&slave(mode)).unwrap());
    let mut registers = Registers::new();
    let (mut answered, mut aborted) = (Vec::new(), 0);
    let mut request: Option<(Word, bool)> = None; // fields, accepted
    let classic = mode == WishboneMode::Classic;
    for _ in 0..20_000 {
        registers.answer(&mut bench);
        if request.is_none() && bench.chance(4) {
            let word = random_words(&mut bench, 1, &[2, 64, 1 << 32, 16]).remove(0);
            request = Some((word, false));
        } else if request.is_some() && bench.noise.below(40) == 0 {
            request = None;
            aborted += 1;
        }
        let asks = request.as_ref().is_some_and(|(_, accepted)| classic || !accepted);
        bench.set("cyc", i128::from(request.is_some()));
        bench.set("stb", i128::from(asks));
        if let (Some((word, _)), true) = (&request, asks) {
            ["we", "adr", "dat", "sel"].iter().zip(word).for_each(|(f, v)| bench.set(f, *v));
        }
        let [ack, err] = ["ack", "err"].map(|name| bench.get(name) == 1);
        assert!(!(ack && err), "two answers at once");
        let accepts = asks && (classic || bench.get("stall") == 0);
        if ack || err {
            let (word, accepted) = request.take().expect("an answer without a request");
            assert!(accepted, "an answer before its request was taken");
            let served = registers.last_served(&word);
            assert_eq!(err, served.error);
            let read_right = bench.get("dat_o") == served.read;
            answered.push((served, read_right));
        } else if let (Some((_, accepted)), true) = (&mut request, accepts) {
            *accepted = true;
        }
        bench.step();
    }
    (answered, aborted)
}

#[test]
fn wishbone_answers_only_requests_that_are_still_wanted() {
    for mode in MODES {
        let (answered, aborted) = wishbone_run(mode);
        assert!(answered.len() > 800 && aborted > 100, "{} and {aborted}", answered.len());
        assert!(answered.iter().all(|(served, read_right)| served.write || *read_right));
        assert!(answered.iter().any(|(served, _)| served.error));
    }
}

#[test]
fn bad_sizes_are_refused() {
    let axi = axi_lite(&AxiLiteConfig { address_bits: 2 }).unwrap_err().to_string();
    assert_eq!(axi, "`axi_lite.address_bits` = 2 is out of range: 3 to 32");
    let config = WishboneConfig { address_bits: 31, mode: WishboneMode::Classic };
    let text = wishbone(&config).unwrap_err().to_string();
    assert_eq!(text, "`wishbone.address_bits` = 31 is out of range: 1 to 30");
}
