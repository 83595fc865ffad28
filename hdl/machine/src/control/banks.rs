//! Parts of the memories: block RAMs, ports, and what the host sees of them.

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::memory::{RamConfig, ram, spram};
use bitladder_machine::isa::memory;
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, Ty, address_width, uint};

use super::config::ControlConfig;
use crate::check::{beyond, reaches_beyond};

/// Words that a block RAM of every family has in its narrowest shape: what is not deeper needs no
/// multiplexers.
const WHOLE: usize = 2048;

/// The window's request.
pub(super) struct Host<'m> {
    pub(super) select: Sig<'m>,
    pub(super) address: Sig<'m>,
    pub(super) write: Sig<'m>,
    pub(super) read: Sig<'m>,
    pub(super) data: Sig<'m>,
    /// No unit is at work: ports look where the host does.
    pub(super) open: Sig<'m>,
}

/// One port of a memory.
#[derive(Clone, Copy)]
pub(super) struct Port<'m> {
    pub(super) enable: Sig<'m>,
    pub(super) address: Sig<'m>,
}

/// What the memories share.
pub(super) struct Banks<'m> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) clk: Clock<'m>,
    pub(super) host: Host<'m>,
    /// By number: the host's choice is this memory. In registers, for the ports of many blocks: it
    /// stands for a cycle before it is used.
    chosen: Vec<Sig<'m>>,
    /// The host reads what it writes.
    pub(super) readback: bool,
    /// Weights lie in single-port memory: they are read or written, never both.
    single_port: bool,
    /// Deep memories are built of a part of a power of two words and the rest.
    parts: bool,
    /// Blocks lie far from the host: its requests of activations and weights stand in registers first,
    /// and so do the words it gets.
    far: bool,
}

/// A memory as the host sees it.
pub(super) struct Seen<'m> {
    code: u32,
    transfers: usize,
    writable: bool,
    /// What the host reads, if it can.
    answer: Option<Sig<'m>>,
    outside: Option<Sig<'m>>,
}

impl<'m> Seen<'m> {
    pub(super) fn new(code: u32, transfers: usize, answer: Sig<'m>) -> Seen<'m> {
        Seen { code, transfers, writable: false, answer: Some(answer), outside: None }
    }

    /// The host cannot read it, unless it reads all it writes.
    pub(super) fn hidden(self, readback: bool) -> Seen<'m> {
        Seen { answer: self.answer.filter(|_| readback), ..self }
    }

    /// The host may write it.
    pub(super) fn writable(self) -> Seen<'m> {
        Seen { writable: true, ..self }
    }

    /// A unit reads beyond its end.
    pub(super) fn outside(self, outside: Option<Sig<'m>>) -> Seen<'m> {
        Seen { outside, ..self }
    }
}

/// Writes of a unit to a column: port and word.
pub(super) type ColumnWrite<'m> = Option<(Port<'m>, Sig<'m>)>;

impl<'m> Banks<'m> {
    pub(super) fn new(
        m: &'m ModuleBuilder,
        clk: Clock<'m>,
        host: Host<'m>,
        config: &ControlConfig,
    ) -> Banks<'m> {
        let chosen = |code: u32| {
            let chosen = m.pipe(&format!("chosen_{code}_q"), host.select.eq(code), clk);
            m.ignore(chosen);
            chosen
        };
        let chosen = (0..=memory::DECISION).map(chosen).collect();
        let (readback, parts) = (config.readback, config.direct);
        let (single_port, far) = (config.single_port, config.far());
        Banks { m, clk, host, chosen, readback, single_port, parts, far }
    }

    /// The host's choice is this memory.
    pub(super) fn chosen(&self, code: u32) -> Sig<'m> {
        self.chosen[code as usize]
    }

    /// The memory's ports are the host's, if it wants them.
    fn theirs(&self, code: u32) -> Sig<'m> {
        self.host.open & self.chosen(code)
    }

    /// Ports of a unit that reads.
    pub(super) fn reader(&self, name: &str, (part, ty): (&str, Ty)) -> Port<'m> {
        let enable = self.m.input(&format!("{name}_enable"), BIT, "read at this edge");
        Port { enable, address: self.m.input(&format!("{name}_{part}"), ty, "what to read") }
    }

    /// The unit's port to read, or the host's.
    pub(super) fn shared(&self, code: u32, unit: &Port<'m>, address: Sig<'m>) -> Port<'m> {
        let mine = Port { enable: self.host.read & self.chosen(code), address };
        self.shared_with(code, unit, mine)
    }

    fn shared_with(&self, code: u32, unit: &Port<'m>, mine: Port<'m>) -> Port<'m> {
        if !self.readback {
            return *unit;
        }
        let address = mine.address.resize(unit.address.width());
        let address = self.theirs(code).mux(address, unit.address);
        Port { enable: unit.enable | mine.enable, address }
    }

    /// A part of the address as it was when the host read this memory: it counts up at that edge.
    pub(super) fn at_read(&self, name: &str, code: u32, part: Sig<'m>) -> Sig<'m> {
        match self.far {
            true => self.m.kept(name, part, self.host.read & self.chosen(code), self.clk),
            false => self.m.pipe(name, part, self.clk),
        }
    }

    /// The host's port to write.
    pub(super) fn host_writes(&self, code: u32, address: Sig<'m>, ty: Ty) -> Port<'m> {
        let enable = self.host.write & self.chosen(code);
        Port { enable, address: address.resize(ty.width) }
    }

    /// Set when a unit reads beyond the memory's end, if its address can.
    pub(super) fn outside(&self, port: &Port<'m>, depth: usize) -> Option<Sig<'m>> {
        let can = reaches_beyond(port.address, depth);
        can.then(|| port.enable & beyond(self.m, port.address, depth))
    }

    /// A memory; gives the word read.
    pub(super) fn ram(
        &self,
        name: &str,
        (width, depth): (u32, usize),
        read: &Port<'m>,
        write: &Port<'m>,
        data: Sig<'m>,
    ) -> Result<Sig<'m>, BlockError> {
        let low = 1 << depth.ilog2();
        if !self.parts || depth == low || depth <= WHOLE {
            return self.block(name, (width, depth), read, write, data);
        }
        // The bit that tells the parts apart is the address's highest.
        let part = |upper: bool, port: &Port<'m>| {
            let mine = if upper { port.address.msb() } else { !port.address.msb() };
            let bits = address_width(if upper { depth - low } else { low });
            Port { enable: port.enable & mine, address: port.address.truncate(bits) }
        };
        let of = |upper: bool, depth: usize| {
            let name = format!("{name}_{}", if upper { "rest" } else { "first" });
            let (read, write) = (part(upper, read), part(upper, write));
            self.block(&name, (width, depth), &read, &write, data)
        };
        let (first, rest) = (of(false, low)?, of(true, depth - low)?);
        let chosen = self.m.reg(&format!("{name}_part_q"), BIT, self.clk).enable(read.enable);
        chosen.next(read.address.msb());
        Ok(chosen.q.mux(rest, first))
    }

    /// A block RAM; gives the word read.
    fn block(
        &self,
        name: &str,
        (width, depth): (u32, usize),
        read: &Port<'m>,
        write: &Port<'m>,
        data: Sig<'m>,
    ) -> Result<Sig<'m>, BlockError> {
        let module = ram(&RamConfig { width, depth, ..RamConfig::default() })?;
        Ok(self.place(name, &module, read, write, data))
    }

    /// A memory with the ports of a block RAM; gives the word read.
    fn place(
        &self,
        name: &str,
        module: &Arc<Module>,
        read: &Port<'m>,
        write: &Port<'m>,
        data: Sig<'m>,
    ) -> Sig<'m> {
        let placed = self.m.instance(name, module).clock("clk", self.clk);
        placed.connect("read_enable", read.enable).connect("read_address", read.address);
        placed.connect("write_mask", write.enable).connect("write_address", write.address);
        placed.connect("write_data", data).out("read_data")
    }

    /// A memory of groups, a block RAM per column; gives what the host reads, a pair of words.
    pub(super) fn groups(
        &self,
        name: &str,
        code: u32,
        (columns, depth): (u32, usize),
        unit: &Port<'m>,
        write: &dyn Fn(u32) -> ColumnWrite<'m>,
    ) -> Result<Sig<'m>, BlockError> {
        let (m, address) = (self.m, self.host.address);
        let bits = columns.ilog2() - 1;
        let group = if bits > 0 { address.shift_right(bits) } else { address };
        let pair = (bits > 0).then(|| address.truncate(bits));
        let later = |part: &str, value: Sig<'m>| match self.far {
            true => m.pipe(&format!("{name}_{part}_q"), value, self.clk),
            false => value,
        };
        // Requests are more than two edges apart; only the address counts up meanwhile.
        let mine = self.host_writes(code, group, unit.address.ty());
        let mine = Port { address: later("host_group", mine.address), ..mine };
        let reads = self.host.read & self.chosen(code);
        let asks = match self.readback {
            true => Port { enable: later("host_read", reads), ..mine },
            false => *unit,
        };
        let read = self.shared_with(code, unit, asks);
        let mut words = Vec::new();
        for column in 0..columns {
            let chosen = pair.map(|pair| pair.eq(column / 2));
            let enable = chosen.map_or(mine.enable, |chosen| mine.enable & chosen);
            let enable = later(&format!("host_write_{column}"), enable);
            let word = self.host.data.bits(column % 2 * 16, 16);
            let (port, data) = self.column(code, (Port { enable, ..mine }, word), write(column));
            let name_of = format!("{name}_{column}");
            let word = match self.single_port && code == memory::WEIGHT {
                true => self.place(&name_of, &spram(depth)?, &read, &port, data),
                false => self.ram(&name_of, (16, depth), &read, &port, data)?,
            };
            m.drive(m.output(&format!("{name}_data_{column}"), uint(16), "a word read"), word);
            words.push(if self.readback { later(&format!("host_{column}"), word) } else { word });
        }
        let pairs: Vec<Sig<'m>> = words.chunks(2).map(|pair| pair[1].cat(pair[0])).collect();
        let pair = pair.filter(|_| self.readback);
        let held = pair.map(|pair| self.at_read(&format!("{name}_pair_q"), code, pair));
        Ok(held.map_or(pairs[0], |pair| m.select(pair, &pairs)))
    }

    /// The port to write a column: the host's, or a unit's if one writes there too.
    fn column(
        &self,
        code: u32,
        (mine, data): (Port<'m>, Sig<'m>),
        unit: ColumnWrite<'m>,
    ) -> (Port<'m>, Sig<'m>) {
        let Some((port, word)) = unit else { return (mine, data) };
        let theirs = self.theirs(code);
        let address = theirs.mux(mine.address, port.address);
        // What a unit still writes when it is stopped must not land at the host's place.
        let enable = mine.enable | (port.enable & !theirs);
        (Port { enable, address }, theirs.mux(data, word))
    }

    /// The answer to the host, whether there is no such transfer, and whether a unit reads beyond
    /// a memory.
    pub(super) fn seen(&self, all: &[Seen<'m>], writes: Sig<'m>) -> (Sig<'m>, Sig<'m>, Sig<'m>) {
        let (m, host) = (self.m, &self.host);
        let none = m.lit(BIT, 0);
        let exists = |wanted: &dyn Fn(&Seen<'m>) -> bool| {
            all.iter().filter(|seen| wanted(seen)).fold(none, |any, seen| {
                let inside = !beyond(m, host.address, seen.transfers);
                any | (host.select.eq(seen.code) & inside)
            })
        };
        // Address and memory stand for a cycle before they are used.
        let readable = m.pipe("readable_q", exists(&|seen| seen.answer.is_some()), self.clk);
        let writable = m.pipe("writable_q", exists(&|seen| seen.writable), self.clk);
        let exists = writes.mux(writable, readable);
        // In registers unless the clock is slow: so are block memories, whose words stay as the host's
        // choice does until it has its answer.
        let held = |seen: &Seen<'m>, answer: Sig<'m>| match self.parts {
            true => answer,
            false => {
                let reg = m.reg(&format!("answer_{}_q", seen.code), answer.ty(), self.clk);
                // The sequencer has a register of its own for what it reads.
                let reg = if self.far { reg.apart() } else { reg };
                reg.next(answer);
                reg.q
            }
        };
        let arm = |seen: &Seen<'m>| Some((u128::from(seen.code), held(seen, seen.answer?)));
        let arms: Vec<_> = all.iter().filter_map(arm).collect();
        let answer = m.case(host.select, &arms, m.lit(uint(32), 0));
        let outside = all.iter().filter_map(|seen| seen.outside).fold(none, |any, bit| any | bit);
        (answer, !exists, outside)
    }
}
