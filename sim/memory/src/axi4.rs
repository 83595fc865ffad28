//! An AXI4 memory that watches its master.

use std::collections::VecDeque;

use crate::{MemoryModel, Stalls, Violation, Words};

const OUTPUTS: [&str; 15] = [
    "m_ar_valid",
    "m_ar_addr",
    "m_ar_len",
    "m_ar_size",
    "m_ar_burst",
    "m_aw_valid",
    "m_aw_addr",
    "m_aw_len",
    "m_aw_size",
    "m_aw_burst",
    "m_w_valid",
    "m_w_data",
    "m_w_strb",
    "m_w_last",
    "m_r_ready",
];
const INPUTS: [&str; 9] = [
    "m_ar_ready",
    "m_aw_ready",
    "m_w_ready",
    "m_b_valid",
    "m_b_resp",
    "m_r_valid",
    "m_r_data",
    "m_r_resp",
    "m_r_last",
];
/// The answer to what does not exist.
const SLVERR: u64 = 2;
/// Address channels, as their part of the outputs.
const AR: std::ops::Range<usize> = 0..5;
const AW: std::ops::Range<usize> = 5..10;
const W: std::ops::Range<usize> = 10..14;

/// A burst under way.
#[derive(Debug, Clone, Copy)]
struct Burst {
    word: usize,
    left: u64,
    bad: bool,
}

/// A memory behind an AXI4 master.
#[derive(Debug, Clone)]
pub struct Axi4Memory {
    words: Words,
    bytes: u64,
    stalls: Stalls,
    reads: VecDeque<Burst>,
    writes: VecDeque<Burst>,
    answers: VecDeque<u64>,
    ready: [bool; 3],
    answering: bool,
    reading: bool,
    /// Offers that were not taken, by channel.
    held: [Option<Vec<u64>>; 3],
    bursts: u64,
}

impl Axi4Memory {
    /// A memory of so many words of `data_bits`, up to 64.
    pub fn new(words: usize, data_bits: u32, stalls: Stalls) -> Self {
        Self {
            words: Words::new(words, data_bits),
            bytes: u64::from(data_bits / 8),
            stalls,
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            answers: VecDeque::new(),
            ready: [false; 3],
            answering: false,
            reading: false,
            held: [None, None, None],
            bursts: 0,
        }
    }

    /// Bursts so far.
    pub fn bursts(&self) -> u64 {
        self.bursts
    }

    /// Whether an offer moves; it must stay until it does.
    fn moves(
        &mut self,
        channel: usize,
        name: &'static str,
        part: &[u64],
    ) -> Result<bool, Violation> {
        if let Some(before) = self.held[channel].take()
            && before != part
        {
            return Err(Violation::Unstable { channel: name });
        }
        let (valid, ready) = (part[0] == 1, self.ready[channel]);
        if valid && !ready {
            self.held[channel] = Some(part.to_vec());
        }
        Ok(valid && ready)
    }

    fn burst(&mut self, part: &[u64]) -> Result<Burst, Violation> {
        let [_, address, length, size, kind] = *part else {
            return Err(Violation::Burst { address: 0 });
        };
        let words = length + 1;
        if kind != 1 || 1 << size != self.bytes || !address.is_multiple_of(self.bytes) {
            return Err(Violation::Burst { address });
        }
        let last = address + words * self.bytes - 1;
        if address >> 12 != last >> 12 {
            return Err(Violation::Border { address, words });
        }
        self.bursts += 1;
        Ok(Burst { word: (address / self.bytes) as usize, left: words, bad: false })
    }

    /// A word of the oldest write burst.
    fn write(&mut self, part: &[u64]) -> Result<(), Violation> {
        let [_, data, strobes, last] = *part else { return Ok(()) };
        let Some(burst) = self.writes.front_mut() else {
            return Err(Violation::Last { channel: "w" });
        };
        if (burst.left == 1) != (last == 1) {
            return Err(Violation::Last { channel: "w" });
        }
        let old = self.words.get(burst.word).unwrap_or(0);
        let bytes = (0..self.bytes).filter(|byte| strobes >> byte & 1 == 1);
        let mask = bytes.fold(0, |mask, byte| mask | 0xff << (8 * byte));
        burst.bad |= !self.words.set(burst.word, data & mask | old & !mask);
        (burst.word, burst.left) = (burst.word + 1, burst.left - 1);
        if burst.left == 0 {
            self.answers.push_back(if burst.bad { SLVERR } else { 0 });
            self.writes.pop_front();
        }
        Ok(())
    }
}

impl MemoryModel for Axi4Memory {
    fn outputs(&self) -> &'static [&'static str] {
        &OUTPUTS
    }

    fn inputs(&self) -> &'static [&'static str] {
        &INPUTS
    }

    fn drive(&mut self, _outputs: &[u64], inputs: &mut [u64]) {
        self.ready = std::array::from_fn(|_| self.stalls.goes());
        // Data may come before its address in AXI4; this memory waits for the address.
        self.ready[2] &= !self.writes.is_empty();
        self.answering |= !self.answers.is_empty() && self.stalls.goes();
        self.reading |= !self.reads.is_empty() && self.stalls.goes();
        let front = self.reads.front();
        let word = front.map(|burst| self.words.get(burst.word));
        let [ar, aw, w] = self.ready.map(u64::from);
        inputs.copy_from_slice(&[
            ar,
            aw,
            w,
            self.answering.into(),
            self.answers.front().copied().unwrap_or(0),
            self.reading.into(),
            word.flatten().unwrap_or(0),
            if word == Some(None) { SLVERR } else { 0 },
            front.is_some_and(|burst| burst.left == 1).into(),
        ]);
    }

    fn edge(&mut self, outputs: &[u64]) -> Result<(), Violation> {
        if self.reading && outputs[14] == 1 {
            self.reading = false;
            if let Some(burst) = self.reads.front_mut() {
                (burst.word, burst.left) = (burst.word + 1, burst.left - 1);
            }
            if self.reads.front().is_some_and(|burst| burst.left == 0) {
                self.reads.pop_front();
            }
        }
        if std::mem::take(&mut self.answering) {
            self.answers.pop_front();
        }
        if self.moves(2, "w", &outputs[W])? {
            self.write(&outputs[W])?;
        }
        if self.moves(1, "aw", &outputs[AW])? {
            let burst = self.burst(&outputs[AW])?;
            self.writes.push_back(burst);
        }
        if self.moves(0, "ar", &outputs[AR])? {
            let burst = self.burst(&outputs[AR])?;
            self.reads.push_back(burst);
        }
        Ok(())
    }

    fn words(&mut self) -> &mut Words {
        &mut self.words
    }
}
