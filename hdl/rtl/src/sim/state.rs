//! Clock edges: registers and memories.

use super::compile::Compiler;
use super::program::{Program, ReadOp, RegisterOp, Slot, WriteOp, load, store};
use crate::elaborate::ClockSource;
use crate::module::ReadDuringWrite;
use crate::module::body::Memory;
use crate::ty::{Ty, mask};

/// A memory while it runs.
pub(super) struct Bank {
    pub(super) path: String,
    pub(super) ty: Ty,
    policy: ReadDuringWrite,
    pub(super) words: Vec<u128>,
    reads: Vec<ReadOp>,
    writes: Vec<WriteOp>,
}

/// Registers, memories and clocks of the whole design.
#[derive(Default)]
pub(super) struct State {
    pub(super) banks: Vec<Bank>,
    clocks: Vec<ClockSource>,
    /// Places of the conditions in `clocks`.
    conditions: Vec<Vec<Option<(u32, bool)>>>,
    active: Vec<bool>,
    pending: Vec<(Slot, u128)>,
    pending_words: Vec<(u32, u64)>,
    pub(super) collisions: u64,
    /// Bits of registers that have changed.
    pub(super) toggles: u64,
}

pub(super) fn build(compiler: &mut Compiler<'_>) -> State {
    let flat = compiler.flat;
    let clocks = flat.clocks.sources.clone();
    compiler.program.registers.resize_with(clocks.len(), Vec::new);
    let mut state = State { active: vec![false; clocks.len()], ..State::default() };
    for source in &clocks {
        let place = |(_, when): &(usize, Option<(u32, bool)>)| {
            when.map(|(node, value)| (compiler.slot(node).at, value))
        };
        state.conditions.push(match source {
            ClockSource::Root(_) => Vec::new(),
            ClockSource::Derived(edges) => edges.iter().map(place).collect(),
        });
    }
    state.clocks = clocks;
    for (index, scope) in flat.scopes.iter().enumerate() {
        for register in &scope.module.body.registers {
            let clock = flat.clocks.of_net[&(index, register.clock)];
            let node = |id: u32| compiler.slot(scope.base + id);
            let Some(next) = register.next else { continue };
            let operation = RegisterOp {
                q: compiler.slot(scope.reader(register.net)),
                next: node(next),
                enable: register.enable.map(|id| node(id).at),
                reset: register.reset.map(|(id, value)| (node(id).at, value)),
                init: register.init.unwrap_or(0),
                open: register.reset.is_none() && register.init.is_none(),
            };
            compiler.program.registers[clock].push(operation);
            store(&mut compiler.words, operation.q, operation.init);
        }
        for memory in &scope.module.body.memories {
            state.banks.push(bank(compiler, index, memory));
        }
    }
    state
}

fn bank(compiler: &Compiler<'_>, index: usize, memory: &Memory) -> Bank {
    let scope = &compiler.flat.scopes[index];
    let clock = |net: u32| compiler.flat.clocks.of_net[&(index, net)];
    let node = |id: u32| compiler.slot(scope.base + id);
    let reads = memory.reads.iter().map(|read| ReadOp {
        clock: clock(read.clock),
        data: compiler.slot(scope.reader(read.net)),
        address: node(read.address),
        enable: read.enable.map(|id| node(id).at),
    });
    let writes = memory.writes.iter().map(|write| WriteOp {
        clock: clock(write.clock),
        mask: node(write.mask),
        lanes: write.lanes,
        address: node(write.address),
        data: node(write.data),
    });
    let mut words = memory.init.clone();
    words.resize(memory.depth, 0);
    Bank {
        path: format!("{}.{}", scope.path, memory.name),
        ty: memory.ty,
        policy: memory.policy,
        words,
        reads: reads.collect(),
        writes: writes.collect(),
    }
}

impl State {
    /// One rising edge of every root clock in `rising`, all at the same time. True if a register
    /// or the data of a memory changed.
    pub(super) fn edge(&mut self, program: &Program, words: &mut [u64], rising: &[bool]) -> bool {
        for (clock, source) in self.clocks.iter().enumerate() {
            self.active[clock] = match source {
                ClockSource::Root(_) => rising[clock],
                ClockSource::Derived(edges) => {
                    edges.iter().zip(&self.conditions[clock]).any(|((source, _), condition)| {
                        let met = |(at, value): (u32, bool)| (words[at as usize] != 0) == value;
                        self.active[*source] && condition.is_none_or(met)
                    })
                }
            };
        }
        for (clock, registers) in program.registers.iter().enumerate() {
            if self.active[clock] {
                self.sample(words, registers);
            }
        }
        for bank in &mut self.banks {
            self.collisions += bank.edge(words, &self.active, &mut self.pending);
        }
        let mut changed = false;
        for (at, word) in self.pending_words.drain(..) {
            let old = std::mem::replace(&mut words[at as usize], word);
            self.toggles += u64::from((old ^ word).count_ones());
            changed |= old != word;
        }
        for (slot, bits) in self.pending.drain(..) {
            let old = load(words, slot);
            self.toggles += u64::from((old ^ bits).count_ones());
            changed |= old != bits;
            store(words, slot, bits);
        }
        changed
    }

    /// True if the clock had an edge in the last step.
    pub(super) fn is_active(&self, clock: usize) -> bool {
        self.active[clock]
    }

    pub(super) fn clock_count(&self) -> usize {
        self.clocks.len()
    }

    /// The number of a clock input of the top.
    pub(super) fn root(&self, name: &str) -> Option<usize> {
        let is_root = |source: &ClockSource| matches!(source, ClockSource::Root(n) if n == name);
        self.clocks.iter().position(is_root)
    }

    fn sample(&mut self, words: &[u64], registers: &[RegisterOp]) {
        for register in registers {
            let wide = register.q.ty.width > 64;
            if let Some((condition, value)) = register.reset
                && words[condition as usize] != 0
            {
                self.pending.push((register.q, value));
                continue;
            }
            if register.enable.is_some_and(|at| words[at as usize] == 0) {
                continue;
            }
            match wide {
                true => self.pending.push((register.q, load(words, register.next))),
                false => {
                    self.pending_words.push((register.q.at, words[register.next.at as usize]));
                }
            }
        }
    }
}

impl Bank {
    /// Reads, then writes; gives the number of reads whose result the design left open.
    fn edge(&mut self, words: &[u64], active: &[bool], pending: &mut Vec<(Slot, u128)>) -> u64 {
        let mut fired: Vec<(usize, usize)> = Vec::new();
        let first = pending.len();
        for (index, read) in self.reads.iter().enumerate() {
            let enabled = read.enable.is_none_or(|at| words[at as usize] != 0);
            if active[read.clock] && enabled {
                let address = load(words, read.address) as usize;
                let word = self.words.get(address).copied().unwrap_or(0);
                pending.push((read.data, word));
                fired.push((index, address));
            }
        }
        let mut open = 0;
        for write in self.writes.iter().filter(|write| active[write.clock]) {
            let lanes = load(words, write.mask);
            let address = load(words, write.address) as usize;
            let Some(word) = self.words.get_mut(address) else { continue };
            let written = lane_mask(lanes, write.lanes, self.ty.width);
            *word = *word & !written | load(words, write.data) & written;
            if lanes != 0 && self.policy == ReadDuringWrite::DontCare {
                open += fired.iter().filter(|(_, read)| *read == address).count() as u64;
            }
        }
        if self.policy == ReadDuringWrite::NewData {
            for (offset, (_, address)) in fired.iter().enumerate() {
                pending[first + offset].1 = self.words.get(*address).copied().unwrap_or(0);
            }
        }
        open
    }
}

/// The bits of a word that a write mask with `lanes` bits covers.
fn lane_mask(enables: u128, lanes: u32, width: u32) -> u128 {
    let lane = width / lanes;
    let set = (0..lanes).filter(|index| enables >> index & 1 == 1);
    set.fold(0, |all, index| all | mask(lane) << (index * lane))
}
