//! A host against the model of a device, over lines good and bad.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::VecDeque;
use std::time::Duration;

use bitladder_link::{
    FaultRates, Faulty, Link, LinkError, LinkOptions, Script, Transport, TransportError,
};
use bitladder_link_format::{BusFault, Registers, Responder, ResponderLimits};

const LIMITS: ResponderLimits =
    ResponderLimits { window: 4, packet_words: 48, config_hash: 0xabcd, status: 0x14 };

/// Registers: 0 to 60 hold what they are told; 64 adds what is written to it, 68 counts its writes.
#[derive(Default)]
struct Bank {
    held: [u32; 16],
    sum: u32,
    writes: u32,
}

impl Registers for Bank {
    fn read(&mut self, address: u32) -> Result<u32, BusFault> {
        match address {
            0..64 => Ok(self.held[address as usize / 4]),
            64 => Ok(self.sum),
            68 => Ok(self.writes),
            _ => Err(BusFault::Refused),
        }
    }

    fn write(&mut self, address: u32, value: u32) -> Result<(), BusFault> {
        match address {
            0..64 => self.held[address as usize / 4] = value,
            64 => (self.sum, self.writes) = (self.sum.wrapping_add(value), self.writes + 1),
            _ => return Err(BusFault::Refused),
        }
        Ok(())
    }
}

/// A device at the end of a line: a microsecond per byte, and a clock that only waiting moves.
struct Device {
    responder: Responder,
    bank: Bank,
    back: VecDeque<u8>,
    now: Duration,
    /// Bytes to go until it is reset, or falls silent.
    reset_in: Option<usize>,
    silent: bool,
    waits: u32,
}

impl Device {
    fn new() -> Device {
        let (responder, bank, back) = (Responder::new(LIMITS), Bank::default(), VecDeque::new());
        let now = Duration::ZERO;
        Device { responder, bank, back, now, reset_in: None, silent: false, waits: 0 }
    }
}

impl Transport for Device {
    fn now(&mut self) -> Duration {
        self.now
    }

    fn send(&mut self, bytes: &[u8], _deadline: Duration) -> Result<usize, TransportError> {
        // It never takes much at once.
        let bytes = &bytes[..bytes.len().min(100)];
        for byte in bytes {
            self.now += Duration::from_micros(1);
            if self.reset_in == Some(0) {
                self.responder = Responder::new(LIMITS);
            }
            self.reset_in = self.reset_in.and_then(|bytes| bytes.checked_sub(1));
            let answer = self.responder.byte(*byte, &mut self.bank);
            self.back.extend(answer.into_iter().flatten().filter(|_| !self.silent));
        }
        Ok(bytes.len())
    }

    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> Result<usize, TransportError> {
        let count = buffer.len().min(self.back.len()).min(7);
        if count == 0 {
            self.waits += 1;
            self.now = self.now.max(deadline);
        }
        for (place, byte) in buffer.iter_mut().zip(self.back.drain(..count)) {
            *place = byte;
            self.now += Duration::from_micros(1);
        }
        Ok(count)
    }
}

fn options() -> LinkOptions {
    LinkOptions { timeout: Duration::from_millis(5), tries: 8, nonce: 77 }
}

fn adds(value: u32) -> Script {
    Script::new().write(64, &[value]).unwrap().read(64, 2).unwrap()
}

#[test]
fn scripts_are_done_in_order() {
    let mut link = Link::open(Device::new(), options()).unwrap();
    assert_eq!((link.limits().window, link.limits().packet_words), (4, 48));
    assert_eq!(link.limits().config_hash, 0xabcd);
    let scripts: Vec<Script> = (1..=1000).map(adds).collect();
    let mut found = Vec::new();
    link.execute_all(&scripts, |index, words| found.push((index, words))).unwrap();
    let wanted = (1..=1000u32).map(|n| (n as usize - 1, vec![n * (n + 1) / 2, n]));
    assert_eq!(found, wanted.collect::<Vec<_>>());
    assert_eq!(link.transport().waits, 0, "no answer was waited for in vain");
    let mixed = Script::new().write(0, &[5, 6]).unwrap().read_window(4, 3).unwrap();
    let mixed = mixed.write_window(8, &[1, 2]).unwrap().read(8, 1).unwrap();
    assert_eq!(link.execute(&mixed).unwrap(), [6, 6, 6, 2]);
}

#[test]
fn no_request_is_lost_or_doubled_on_a_bad_line() {
    for seed in 0..60 {
        let bad = 100 * (1 + seed as u32 % 20);
        let rates = FaultRates { flipped: bad, dropped: bad, doubled: bad, inserted: bad };
        let line = Faulty::new(Device::new(), rates, seed);
        let mut link = Link::open(line, LinkOptions { tries: 30, ..options() }).unwrap();
        let scripts: Vec<Script> = (1..=300).map(adds).collect();
        let mut found = Vec::new();
        link.execute_all(&scripts, |_, words| found.extend(words)).unwrap();
        let wanted: Vec<u32> = (1..=300).flat_map(|n| [n * (n + 1) / 2, n]).collect();
        assert_eq!(found, wanted, "seed {seed}");
        assert_eq!(link.transport().inner().bank.writes, 300, "seed {seed}");
        if seed % 20 == 19 {
            link.transport().set_rates(FaultRates::default());
            let statistics = link.statistics().unwrap();
            assert!(statistics.sent_again > 0 && statistics.dropped > 0, "{statistics:?}");
            assert!(statistics.device_damaged > 0, "{statistics:?}");
            assert!(statistics.device_repeated > 0, "{statistics:?}");
        }
    }
}

#[test]
fn refusals_name_the_place_and_the_session_goes_on() {
    let mut link = Link::open(Device::new(), options()).unwrap();
    let bad = Script::new().write(0, &[1]).unwrap().read(60, 4).unwrap();
    let scripts = [vec![adds(1), bad], (0..20).map(adds).collect()].concat();
    let mut done = 0;
    let error = link.execute_all(&scripts, |_, _| done += 1).unwrap_err();
    let wanted = "the device refuses operation 2 after 3 words: the machine refused a read or write: \
                  the register does not exist, or not now";
    assert_eq!(error.to_string(), wanted);
    assert!((1..=5).contains(&done), "{done} others were under way");
    assert_eq!(link.execute(&adds(0)).unwrap()[1], done + 1);
}

#[test]
fn a_reset_ends_the_session_with_a_name() {
    for after in 0..60 {
        let mut link = Link::open(Device::new(), options()).unwrap();
        link.transport().reset_in = Some(after);
        let scripts: Vec<Script> = (0..8).map(adds).collect();
        let mut answered = 0;
        let error = link.execute_all(&scripts, |_, _| answered += 1).unwrap_err();
        assert!(matches!(error, LinkError::DeviceReset), "{after}: {error}");
        let closed = link.execute(&adds(1)).unwrap_err().to_string();
        assert_eq!(closed, "the session has ended with an error before: open the link again");
        let writes = link.transport().bank.writes;
        assert!(answered <= writes && writes <= 8, "{answered} answers, {writes} done");
        link.reopen().unwrap();
        assert_eq!(link.execute(&adds(0)).unwrap()[1], writes + 1);
    }
}

#[test]
fn silence_ends_in_bounded_time() {
    let mut link = Link::open(Device::new(), options()).unwrap();
    link.transport().silent = true;
    let begin = link.transport().now();
    let error = link.execute(&adds(1)).unwrap_err();
    assert!(matches!(error, LinkError::NoAnswer { tries: 8, .. }), "{error}");
    let text = error.to_string();
    assert!(text.starts_with("the device stopped answering (8 tries in 4"), "{text}");
    assert!(link.transport().now() - begin < Duration::from_millis(50));
    assert_eq!(link.transport().bank.writes, 1, "it was executed once nevertheless");
    let error = link.reopen().unwrap_err().to_string();
    assert!(error.starts_with("no device answers on this line after 8 tries in 4"), "{error}");
    link.transport().silent = false;
    link.reopen().unwrap();
    assert_eq!(link.execute(&adds(1)).unwrap(), [2, 2]);
}

#[test]
fn what_does_not_fit_is_refused_before_it_is_sent() {
    let mut link = Link::open(Device::new(), options()).unwrap();
    let long = Script::new().read(0, 49).unwrap();
    let text = link.execute(&long).unwrap_err().to_string();
    assert_eq!(text, "a script of 49 words does not fit this device's packets of 48: split it");
    let long = Script::new().write_window(0, &[0; 48]).unwrap();
    assert!(matches!(link.execute(&long), Err(LinkError::TooLong { words: 49, most: 48 })));
    let text = Script::new().read(3, 1).unwrap_err().to_string();
    assert_eq!(text, "0x3 is no register's address: multiples of 4 below 0x10000 are");
    assert!(link.execute(&Script::new()).unwrap().is_empty(), "nothing is something");
}

#[test]
fn strangers_on_the_line_are_no_device() {
    /// Noise, for ever.
    struct Noise(bitladder_spec::SplitMix64, Duration);
    impl Transport for Noise {
        fn now(&mut self) -> Duration {
            self.1
        }
        fn send(&mut self, bytes: &[u8], _: Duration) -> Result<usize, TransportError> {
            Ok(bytes.len())
        }
        fn receive(&mut self, buffer: &mut [u8], _: Duration) -> Result<usize, TransportError> {
            self.1 += Duration::from_micros(100);
            buffer.iter_mut().for_each(|byte| *byte = self.0.next_u64() as u8);
            Ok(buffer.len())
        }
    }
    let noise = Noise(bitladder_spec::SplitMix64::new(1), Duration::ZERO);
    let error = Link::open(noise, options()).err().unwrap();
    assert!(matches!(error, LinkError::NoDevice { tries: 8, .. }), "{error}");
}
