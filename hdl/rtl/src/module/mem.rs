//! Memories with synchronous reads.

use std::panic::Location;

use super::body::{Memory, NetKind, ReadPort, WritePort};
use super::builder::ModuleBuilder;
use super::port::Clock;
use crate::error::{MemoryProblem, RtlError};
use crate::expr::Sig;
use crate::ty::{BIT, Ty, address_width, uint};

/// The deepest memory the layer describes.
const MAX_DEPTH: usize = 1 << 24;

/// What a read port gives for a word that is written at the same edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadDuringWrite {
    /// The design never looks: synthesis is told so (`no_rw_check`) and uses the block RAM
    /// without logic around it. Simulations give the old word.
    DontCare,
    /// The word from before the write. May cost logic if the block RAM cannot do it.
    OldData,
    /// The written word. May cost logic if the block RAM cannot do it.
    NewData,
}

/// A memory under construction.
#[derive(Clone, Copy)]
pub struct Mem<'m> {
    m: &'m ModuleBuilder,
    index: usize,
    ty: Ty,
    address: Ty,
}

impl ModuleBuilder {
    /// A memory of `depth` words. Reads are synchronous: the data is there after the edge.
    /// Addresses have exactly [`address_width`] bits; an address of `depth` or more reads 0 and
    /// writes nothing in the Rust simulation, and must not occur in hardware.
    #[track_caller]
    pub fn memory(&self, name: &str, ty: Ty, depth: usize, policy: ReadDuringWrite) -> Mem<'_> {
        let at = Location::caller().into();
        let name = name.to_owned();
        if !(1..=MAX_DEPTH).contains(&depth) {
            let (memory, problem) = (self.path(&name), MemoryProblem::Depth(depth));
            self.fail(RtlError::Memory { memory, problem, at });
        }
        self.fits(&name, u64::from(ty.width));
        let (doc, init, reads, writes) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        let memory = Memory { name, doc, ty, depth, policy, init, reads, writes };
        let mut state = self.state.borrow_mut();
        let index = state.body.memories.len();
        state.body.memories.push(memory);
        Mem { m: self, index, ty, address: uint(address_width(depth)) }
    }
}

impl<'m> Mem<'m> {
    /// The type of an address.
    pub fn address_ty(self) -> Ty {
        self.address
    }

    /// The first words after power-up, from address 0; the others are 0.
    #[track_caller]
    #[must_use]
    pub fn init(self, words: &[u128]) -> Mem<'m> {
        let depth = self.m.state.borrow().body.memories[self.index].depth;
        if words.len() > depth {
            self.fail(MemoryProblem::InitLength { given: words.len(), depth });
        }
        if let Some(index) = words.iter().position(|word| word & !self.ty.mask() != 0) {
            self.fail(MemoryProblem::InitValue { index, value: words[index], ty: self.ty });
        }
        self.m.state.borrow_mut().body.memories[self.index].init = words.to_vec();
        self
    }

    /// What the memory holds: a comment in the Verilog.
    #[must_use]
    pub fn doc(self, text: &str) -> Mem<'m> {
        text.clone_into(&mut self.m.state.borrow_mut().body.memories[self.index].doc);
        self
    }

    /// A read port: the word at `address`, one edge later, in a register called `name`.
    #[track_caller]
    pub fn read(self, name: &str, clock: Clock<'m>, address: Sig<'m>) -> Sig<'m> {
        self.read_port(name, clock, address, None)
    }

    /// A read port that keeps its data at edges where the bit `enable` is clear.
    #[track_caller]
    pub fn read_enabled(
        self,
        name: &str,
        clock: Clock<'m>,
        address: Sig<'m>,
        enable: Sig<'m>,
    ) -> Sig<'m> {
        enable.must_be(self.m, "read enable", BIT);
        self.read_port(name, clock, address, Some(enable))
    }

    /// A write port: stores `data` at edges where the bit `enable` is set.
    #[track_caller]
    pub fn write(self, clock: Clock<'m>, enable: Sig<'m>, address: Sig<'m>, data: Sig<'m>) {
        if enable.must_be(self.m, "write enable", BIT) {
            self.write_port(clock, enable, address, data);
        }
    }

    /// A write port with one enable bit for each equal lane of the word.
    #[track_caller]
    pub fn write_masked(self, clock: Clock<'m>, mask: Sig<'m>, address: Sig<'m>, data: Sig<'m>) {
        let (word, width) = (self.ty.width, mask.width());
        if width > word || word % width != 0 {
            self.fail(MemoryProblem::Mask { mask: width, word });
        }
        if mask.must_be(self.m, "write mask", uint(width)) {
            self.write_port(clock, mask, address, data);
        }
    }

    #[track_caller]
    fn read_port(
        self,
        name: &str,
        clock: Clock<'m>,
        address: Sig<'m>,
        enable: Option<Sig<'m>>,
    ) -> Sig<'m> {
        address.must_be(self.m, "read address", self.address);
        let clock = self.m.clock_net("memory read", clock).unwrap_or_default();
        let port = self.m.state.borrow().body.memories[self.index].reads.len();
        let kind = NetKind::MemoryRead { memory: self.index, port };
        let (net, data) = self.m.net(name, self.ty, kind, "");
        let enable = enable.map(|bit| bit.id);
        let read = ReadPort { net, clock, address: address.id, enable };
        self.m.state.borrow_mut().body.memories[self.index].reads.push(read);
        data
    }

    #[track_caller]
    fn write_port(self, clock: Clock<'m>, mask: Sig<'m>, address: Sig<'m>, data: Sig<'m>) {
        let good = address.must_be(self.m, "write address", self.address)
            & data.must_be(self.m, "write data", self.ty);
        let clock = self.m.clock_net("memory write", clock);
        if let (true, Some(clock)) = (good, clock) {
            let (lanes, mask, address, data) = (mask.width(), mask.id, address.id, data.id);
            let write = WritePort { clock, mask, lanes, address, data };
            self.m.state.borrow_mut().body.memories[self.index].writes.push(write);
        }
    }

    #[track_caller]
    fn fail(self, problem: MemoryProblem) {
        let name = self.m.state.borrow().body.memories[self.index].name.clone();
        let (memory, at) = (self.m.path(&name), Location::caller().into());
        self.m.fail(RtlError::Memory { memory, problem, at });
    }
}
