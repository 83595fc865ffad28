//! The mailbox's rings, between a host on a bus and bytes.

use std::collections::VecDeque;

use bitladder_blocks::link::{MailboxConfig, mailbox};
use bitladder_link_format::mailbox as map;
use bitladder_rtl::{Design, Sim};
use bitladder_spec::SplitMix64;

pub(crate) const CONFIG: MailboxConfig = MailboxConfig { ring_words: 32, config_hash: 0xc0f1_9abc };

/// A mailbox whose bytes come back, some cycles later.
struct Loop {
    sim: Sim,
    line: VecDeque<u8>,
    seen: Vec<u8>,
    noise: SplitMix64,
    takes: bool,
}

impl Loop {
    fn new() -> Loop {
        let design = Design::elaborate(&mailbox(&CONFIG).unwrap()).unwrap();
        let mut sim = Sim::new(&design).unwrap();
        sim.scramble(3);
        sim.set("rst", 1).unwrap();
        sim.step("clk").unwrap();
        sim.set("rst", 0).unwrap();
        let (line, seen) = (VecDeque::new(), Vec::new());
        Loop { sim, line, seen, noise: SplitMix64::new(4), takes: true }
    }

    fn step(&mut self) {
        let takes = self.takes && self.noise.below(3) > 0;
        self.sim.set("to_ready", takes.into()).unwrap();
        self.sim.set("from_valid", u128::from(!self.line.is_empty())).unwrap();
        self.sim.set("from_data", self.line.front().map_or(0, |b| u128::from(*b))).unwrap();
        let taken = self.sim.get("from_ready").unwrap() == 1;
        if taken {
            self.line.pop_front();
        }
        if takes && self.sim.get("to_valid").unwrap() == 1 {
            self.seen.push(self.sim.get("to_data").unwrap() as u8);
        }
        self.sim.step("clk").unwrap();
    }

    fn request(&mut self, write: bool, address: u32, data: u32) -> Option<u32> {
        for (port, value) in [
            ("bus_valid", 1),
            ("bus_write", u128::from(write)),
            ("bus_address", u128::from(address / 4)),
            ("bus_data", u128::from(data)),
            ("bus_strobe", 15),
        ] {
            self.sim.set(port, value).unwrap();
        }
        self.step();
        assert_eq!(self.sim.get("bus_ready").unwrap(), 1);
        let (error, word) = (self.sim.get("bus_error").unwrap(), self.sim.get("bus_read").unwrap());
        self.step();
        self.sim.set("bus_valid", 0).unwrap();
        (error == 0).then_some(word as u32)
    }

    fn read(&mut self, address: u32) -> u32 {
        self.request(false, address, 0).unwrap()
    }

    fn write(&mut self, address: u32, data: u32) {
        self.request(true, address, data).unwrap();
    }
}

#[test]
fn registers_say_what_it_is() {
    let mut mailbox = Loop::new();
    assert_eq!(mailbox.read(map::MAGIC), map::MAGIC_VALUE);
    assert_eq!(mailbox.read(map::VERSION), map::VERSION_VALUE);
    assert_eq!(mailbox.read(map::CONFIG_HASH), 0xc0f1_9abc);
    assert_eq!(mailbox.read(map::RING_WORDS), 32);
    for (write, address) in [(true, map::MAGIC), (false, 0x24), (false, 0x3000), (true, 0x3000)] {
        assert_eq!(mailbox.request(write, address, 0), None, "{address:#x}");
    }
    assert_eq!(mailbox.request(true, map::REPLY_RING, 1), None);
    assert_eq!(mailbox.request(false, map::REQUEST_RING, 1), None);
}

#[test]
fn words_become_bytes_in_order_also_around_the_end() {
    let mut mailbox = Loop::new();
    let mut wanted = Vec::new();
    for word in 0..100u32 {
        let value = word.wrapping_mul(0x9e37_79b9);
        mailbox.write(map::REQUEST_RING + 4 * (word % 32), value);
        mailbox.write(map::REQUEST_HEAD, word + 1);
        wanted.extend(value.to_le_bytes());
        while word + 1 - mailbox.read(map::REQUEST_TAIL) > 20 {
            mailbox.step();
        }
    }
    (0..1000).for_each(|_| mailbox.step());
    assert_eq!(mailbox.seen, wanted);
    assert_eq!(mailbox.read(map::REQUEST_TAIL), 100);
}

#[test]
fn replies_are_filled_up_and_wait_for_room() {
    let mut mailbox = Loop::new();
    // Frames of 1 to 9 bytes between delimiters: 70 words, twice the ring.
    let mut wanted = Vec::new();
    for frame in 0..28usize {
        let mut bytes = vec![0];
        bytes.extend((0..=frame % 9).map(|at| (frame * 9 + at) as u8 | 1));
        bytes.push(0);
        mailbox.line.extend(&bytes);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        wanted.extend(bytes);
    }
    (0..300).for_each(|_| mailbox.step());
    assert_eq!(mailbox.read(map::REPLY_HEAD), 32, "the ring is full");
    mailbox.write(map::CONTROL, 1);
    (0..2).for_each(|_| mailbox.step());
    assert_eq!(mailbox.sim.get("interrupt").unwrap(), 1);
    let (mut tail, mut found) = (0, Vec::new());
    while tail < wanted.len() as u32 / 4 {
        assert_ne!(mailbox.read(map::REPLY_HEAD), tail, "it stopped after {tail} words");
        found.extend(mailbox.read(map::REPLY_RING + 4 * (tail % 32)).to_le_bytes());
        tail += 1;
        mailbox.write(map::REPLY_TAIL, tail);
        (0..8).for_each(|_| mailbox.step());
    }
    assert_eq!(found, wanted);
    (0..2).for_each(|_| mailbox.step());
    assert_eq!(mailbox.sim.get("interrupt").unwrap(), 0);
}

#[test]
fn nonsense_in_positions_ends_and_a_restart_empties_the_rings() {
    let mut mailbox = Loop::new();
    mailbox.write(map::REQUEST_HEAD, 0xffff);
    (0..1000).for_each(|_| mailbox.step());
    assert!(mailbox.seen.len() > 300, "{}", mailbox.seen.len());
    mailbox.write(map::REPLY_TAIL, 77);
    mailbox.line.extend([0, 1, 0]);
    (0..20).for_each(|_| mailbox.step());
    assert!(!mailbox.line.is_empty(), "there is no room");
    mailbox.write(map::CONTROL, 2);
    let positions = [map::REQUEST_HEAD, map::REQUEST_TAIL, map::REPLY_TAIL];
    assert_eq!(positions.map(|at| mailbox.read(at)), [0, 0, 0]);
    (0..20).for_each(|_| mailbox.step());
    assert_eq!(mailbox.read(map::REPLY_HEAD), 1);
    assert_eq!(mailbox.read(map::REPLY_RING), 0x0000_0100);
}

#[test]
fn rings_of_other_sizes_are_refused() {
    let text = mailbox(&MailboxConfig { ring_words: 2048, ..CONFIG }).unwrap_err().to_string();
    let wanted = "`mailbox.ring_words` = 2048 is out of range: a power of two from 32 to 1024";
    assert_eq!(text, wanted);
}
