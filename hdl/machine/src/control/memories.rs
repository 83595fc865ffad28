//! All memories, each with one port to read and one to write: the units' while a program runs,
//! the host's otherwise.
//!
//! Activation and weight memory are a block of 16-bit words per column. The host moves 32 bits
//! per transfer: two words of a group, or half an entry of 64 bits, the low one first. It writes
//! program, activation, weight and parameter memory, and reads all. Cost on ECP5 beside the
//! block RAMs, of the machine `ecp5-85`: 1719 LUT4, most of them to join the blocks of deep memories.
//!
//! | port | meaning |
//! |---|---|
//! | `host_*` | the window, see [`registers`](fn@super::registers) |
//! | `program_*` | sequencer: `enable`, `address`, `data` an edge later |
//! | `activation_read_*` | `enable`, `group`, `data_<c>` an edge later |
//! | `activation_write_*` | `mask` (a bit per word), `group`, `data_<c>` |
//! | `weight_*` | `enable`, `group`, `data_<c>` an edge later |
//! | `parameter_*` | `enable`, `address`, `data` an edge later |
//! | `result_read_*`, `result_write_*` | `enable`, `address`, `data` |
//! | `decision_write_*` | `enable`, `address`, `data`: a word of the decision table |
//! | `weight_write_*` | likewise, with memory outside: loads |
//! | `external_answer` | a transfer that the host reads there |
//! | `outside` | a unit reads beyond a memory |
//!
//! ```text
//! clk            _/~\_/~\_/~\_
//! weight_enable  /~~~\________
//! weight_group   <3  >________
//! weight_data_0       <word 0 of group 3
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_machine::isa::memory;
use bitladder_rtl::{BIT, Module, ModuleBuilder, Sig, Ty, uint};

use super::banks::{Banks, Host, Port, Seen};
use super::config::ControlConfig;
use super::joined::joined;
use super::registers::SELECT;

const WORD: Ty = uint(16);
pub(super) const TRANSFER_DATA: Ty = uint(32);
const ENTRY: Ty = uint(64);

impl<'m> Banks<'m> {
    /// A memory of words of 32 bits that only the host writes.
    fn program(&self, config: &ControlConfig) -> Result<Seen<'m>, BlockError> {
        let depth = config.program_words();
        let unit = self.reader("program", ("address", config.program_address()));
        let write = self.host_writes(memory::PROGRAM, self.host.address, config.program_address());
        let read = self.shared(memory::PROGRAM, &unit, self.host.address);
        let data = self.ram("descriptors", (32, depth), &read, &write, self.host.data)?;
        self.m.drive(self.m.output("program_data", TRANSFER_DATA, "the word read"), data);
        let seen = Seen::new(memory::PROGRAM, depth, data).hidden(self.readback);
        Ok(seen.writable().outside(self.outside(&unit, depth)))
    }

    /// Entries of 64 bits, which the host moves by halves.
    fn parameters(&self, config: &ControlConfig) -> Result<Seen<'m>, BlockError> {
        let (m, code, depth) = (self.m, memory::PARAMETER, config.parameter_entries);
        let unit = self.reader("parameter", ("address", config.parameter_address()));
        let (half, entry) = (self.host.address.bit(0), self.host.address.shift_right(1));
        let read = self.shared(code, &unit, entry);
        let half_of = |index: u32| -> Result<Sig<'m>, BlockError> {
            let write = self.host_writes(code, entry, unit.address.ty());
            let enable = write.enable & half.eq(index);
            let name = format!("parameter_{index}");
            let kept = config.parameter_bits(index);
            let write = Port { enable, ..write };
            let bits: Vec<Sig<'m>> =
                kept.iter().rev().map(|bit| self.host.data.bit(*bit)).collect();
            let held = self.ram(&name, (kept.len() as u32, depth), &read, &write, m.cat(&bits))?;
            let none = m.lit(BIT, 0);
            let bit = |bit| kept.iter().position(|kept| *kept == bit);
            let bit = |at| bit(at).map_or(none, |place| held.bit(place as u32));
            Ok(m.cat(&(0..32).rev().map(bit).collect::<Vec<_>>()))
        };
        let (low, high) = (half_of(0)?, half_of(1)?);
        m.drive(m.output("parameter_data", ENTRY, "the entry read"), high.cat(low));
        let answer = match self.readback {
            true => self.at_read("parameter_half_q", code, half).mux(high, low),
            false => low,
        };
        let seen = Seen::new(code, 2 * depth, answer).hidden(self.readback);
        Ok(seen.writable().outside(self.outside(&unit, depth)))
    }

    /// What the post side writes, the decision reads, and the host fetches.
    fn results(&self, config: &ControlConfig) -> Result<Seen<'m>, BlockError> {
        let (m, depth, address) = (self.m, config.result_words, config.result_address());
        let unit = self.reader("result_read", ("address", address));
        let read = self.shared(memory::RESULT, &unit, self.host.address);
        let write = Port {
            enable: m.input("result_write_enable", BIT, "write at this edge"),
            address: m.input("result_write_address", address, "where"),
        };
        let value = m.input("result_write_data", TRANSFER_DATA, "what");
        let data = self.ram("results", (32, depth), &read, &write, value)?;
        m.drive(m.output("result_read_data", TRANSFER_DATA, "the word read"), data);
        Ok(Seen::new(memory::RESULT, depth, data).outside(self.outside(&unit, depth)))
    }

    /// The decision table.
    fn decisions(&self, config: &ControlConfig) -> Result<Seen<'m>, BlockError> {
        let (m, code, depth) = (self.m, memory::DECISION, config.decision_words());
        let write = Port {
            enable: m.input("decision_write_enable", BIT, "write at this edge"),
            address: m.input("decision_write_address", config.decision_address(), "where"),
        };
        let enable = self.host.read & self.chosen(code);
        let address = self.host.address.resize(write.address.width());
        let value = m.input("decision_write_data", TRANSFER_DATA, "what");
        let read = Port { enable, address };
        let data = self.ram("decisions", (32, depth), &read, &write, value)?;
        Ok(Seen::new(code, depth, data))
    }

    /// Weights: groups that the host writes, and loads from outside if there are any.
    fn weights(&self, config: &ControlConfig) -> Result<Seen<'m>, BlockError> {
        let (code, depth) = (memory::WEIGHT, config.weight_groups);
        let unit = self.reader("weight", ("group", config.weight_address()));
        let from_outside = config.external.as_ref().map(|_| {
            let mask = self.m.input("weight_write_mask", uint(config.columns), "words to write");
            let group = self.m.input("weight_write_group", config.weight_address(), "where");
            (mask, group)
        });
        let write = |column: u32| {
            let (mask, group) = from_outside?;
            let data = self.m.input(&format!("weight_write_data_{column}"), WORD, "what");
            Some((Port { enable: mask.bit(column), address: group }, data))
        };
        let size = (config.columns, depth);
        let answer = self.groups("weight", code, size, &unit, &write)?;
        let transfers = depth * config.columns as usize / 2;
        let seen = Seen::new(code, transfers, answer).hidden(self.readback);
        Ok(seen.writable().outside(self.outside(&unit, depth)))
    }

    /// Activations: groups that the post side writes too.
    fn activations(&self, config: &ControlConfig) -> Result<Seen<'m>, BlockError> {
        let (m, code, depth) = (self.m, memory::ACTIVATION, config.activation_groups);
        let address = config.activation_address();
        let unit = self.reader("activation_read", ("group", address));
        let words = uint(config.columns);
        let mask = m.input("activation_write_mask", words, "words to write at this edge");
        let group = m.input("activation_write_group", address, "where");
        let write = |column: u32| {
            let name = format!("activation_write_data_{column}");
            let data = m.input(&name, WORD, "a word of the group");
            Some((Port { enable: mask.bit(column), address: group }, data))
        };
        let size = (config.columns, depth);
        let answer = self.groups("activation_read", code, size, &unit, &write)?;
        let transfers = depth * config.columns as usize / 2;
        let seen = Seen::new(code, transfers, answer).hidden(self.readback);
        Ok(seen.writable().outside(self.outside(&unit, depth)))
    }
}

/// Builds the memories.
pub fn memories(config: &ControlConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = ModuleBuilder::new("memories").param("", config.tag());
    let m = m.doc("All memories, and the host's way to them.");
    let clk = m.clock("clk", "clock");
    let host = Host {
        select: m.input("host_select", SELECT, "which memory"),
        address: m.input("host_address", config.transfer(), "which transfer"),
        write: m.input("host_write", BIT, "write it at this edge"),
        read: m.input("host_read", BIT, "read it at this edge"),
        data: m.input("host_data", TRANSFER_DATA, "what to write"),
        open: m.input("host_open", BIT, "no unit is at work"),
    };
    let writes = m.input("host_writes", BIT, "the request is a write, possible or not");
    let banks = Banks::new(&m, clk, host, config);
    let mut all =
        vec![banks.activations(config)?, banks.weights(config)?, banks.parameters(config)?];
    match config.shared_words {
        true => all.extend(joined(&banks, config)?),
        false => {
            all.extend([banks.program(config)?, banks.results(config)?]);
            if config.decision_images > 0 {
                all.push(banks.decisions(config)?);
            }
        }
    }
    if let Some(external) = &config.external {
        let answer = m.input("external_answer", TRANSFER_DATA, "a transfer of external memory");
        all.push(Seen::new(memory::EXTERNAL, external.transfers(), answer).writable());
    }
    let (answer, missing, outside) = banks.seen(&all, writes);
    m.outputs(&[
        ("host_answer", answer, "the transfer read"),
        ("host_missing", missing, "there is no such transfer"),
        ("outside", outside, "a unit reads beyond a memory"),
    ]);
    Ok(m.build()?)
}
