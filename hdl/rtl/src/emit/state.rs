//! Registers, memories and their first values.

use std::fmt::Write;

use super::expr::Writer;
use super::{literal, usage};
use crate::expr::node::NetId;
use crate::module::ReadDuringWrite;
use crate::module::body::{Body, Memory, ReadPort, Register, WritePort};
use crate::names::INIT_INDEX;

/// What synthesis and lint must know about a memory.
pub(super) fn memory_attributes(memory: &Memory) -> &'static str {
    match memory.policy {
        ReadDuringWrite::DontCare => "    (* no_rw_check *)\n",
        _ => "",
    }
}

impl Writer<'_> {
    pub(super) fn clock(&mut self, net: NetId) -> String {
        let name = self.body.net(net).name.clone();
        self.usage.read(&name, 0, 1);
        name
    }

    /// The always blocks of all registers and memories.
    pub(super) fn state(&mut self, body: &Body) {
        for register in &body.registers {
            self.register(register);
        }
        for memory in &body.memories {
            for write in &memory.writes {
                self.write_port(memory, write);
            }
            for read in &memory.reads {
                self.read_port(memory, read);
            }
        }
    }

    fn register(&mut self, register: &Register) {
        let net = self.body.net(register.net);
        let (name, width) = (net.name.clone(), net.ty.width);
        let Some(next) = register.next else { return };
        let next = self.root(next);
        let enable = register.enable.map(|node| self.root(node));
        let reset = register.reset.map(|(node, value)| (self.root(node), literal(width, value)));
        let clock = self.clock(register.clock);
        let load = match enable {
            Some(enable) => format!("if ({enable}) {name} <= {next};"),
            None => format!("{name} <= {next};"),
        };
        let out = &mut self.out;
        let _ = writeln!(out, "    always @(posedge {clock}) begin");
        match reset {
            Some((condition, value)) => {
                let _ = writeln!(out, "        if ({condition}) {name} <= {value};");
                let _ = writeln!(out, "        else {load}");
            }
            None => drop(writeln!(out, "        {load}")),
        }
        let _ = writeln!(out, "    end");
    }

    fn write_port(&mut self, memory: &Memory, write: &WritePort) {
        let clock = self.clock(write.clock);
        let address = self.root(write.address);
        let data = self.net_or_literal(write.data);
        let mut lines = String::new();
        for lane in 0..write.lanes {
            let (low, width) = lane_bits(memory, write, lane);
            let enable = self.bit_of(write.mask, lane);
            let target = usage::slice("", memory.ty.width, low, width);
            let source = data.part(memory.ty.width, low, width);
            let name = &memory.name;
            let _ = writeln!(lines, "        if ({enable}) {name}[{address}]{target} <= {source};");
        }
        let _ = writeln!(self.out, "    always @(posedge {clock}) begin\n{lines}    end");
    }

    fn read_port(&mut self, memory: &Memory, read: &ReadPort) {
        let clock = self.clock(read.clock);
        let target = self.body.net(read.net).name.clone();
        let address = self.root(read.address);
        let enable = read.enable.map(|node| self.root(node));
        let mut lines = format!("            {target} <= {}[{address}];\n", memory.name);
        if memory.policy == ReadDuringWrite::NewData {
            for write in &memory.writes {
                lines.push_str(&self.forward(memory, write, &target, &address));
            }
        }
        let condition = enable.map_or(String::new(), |enable| format!("if ({enable}) "));
        let _ = writeln!(
            self.out,
            "    always @(posedge {clock}) begin\n        {condition}begin\n{lines}        end\n    \
             end"
        );
    }

    /// Statements that replace what is read by what is written at the same edge.
    fn forward(&mut self, memory: &Memory, write: &WritePort, target: &str, at: &str) -> String {
        let address = self.root(write.address);
        let data = self.net_or_literal(write.data);
        let mut lines = String::new();
        for lane in 0..write.lanes {
            let (low, width) = lane_bits(memory, write, lane);
            let enable = self.bit_of(write.mask, lane);
            let part = usage::slice("", memory.ty.width, low, width);
            let source = data.part(memory.ty.width, low, width);
            let _ = writeln!(
                lines,
                "            if ({enable} && ({address}) == ({at})) {target}{part} <= {source};"
            );
        }
        lines
    }

    /// First values: real ones for synthesis, zeroes only for simulation.
    pub(super) fn initial(&mut self, body: &Body) {
        let (mut real, mut simulated) = (String::new(), String::new());
        for register in &body.registers {
            let net = body.net(register.net);
            let value = literal(net.ty.width, register.init.unwrap_or(0));
            let list = if register.init.is_some() { &mut real } else { &mut simulated };
            let _ = writeln!(list, "        {} = {value};", net.name);
        }
        for memory in &body.memories {
            for read in &memory.reads {
                let net = body.net(read.net);
                let zero = literal(net.ty.width, 0);
                let _ = writeln!(simulated, "        {} = {zero};", net.name);
            }
            let list = if memory.init.is_empty() { &mut simulated } else { &mut real };
            contents(list, memory);
        }
        if !body.memories.is_empty() {
            let _ = writeln!(self.out, "    integer {INIT_INDEX};");
        }
        if !real.is_empty() {
            let _ = writeln!(self.out, "    initial begin\n{real}    end");
        }
        if !simulated.is_empty() {
            let _ = writeln!(
                self.out,
                "`ifndef SYNTHESIS\n    initial begin\n{simulated}    end\n`endif"
            );
        }
    }
}

/// Fills the words that are given and clears the others.
fn contents(list: &mut String, memory: &Memory) {
    let (name, depth, given) = (&memory.name, memory.depth, memory.init.len());
    if given < depth {
        let zero = literal(memory.ty.width, 0);
        let _ = writeln!(
            list,
            "        for ({INIT_INDEX} = {given}; {INIT_INDEX} < {depth}; {INIT_INDEX} = \
             {INIT_INDEX} + 1)\n            {name}[{INIT_INDEX}] = {zero};"
        );
    }
    for (index, word) in memory.init.iter().enumerate() {
        let _ = writeln!(list, "        {name}[{index}] = {};", literal(memory.ty.width, *word));
    }
}

fn lane_bits(memory: &Memory, write: &WritePort, lane: u32) -> (u32, u32) {
    let width = memory.ty.width / write.lanes;
    (lane * width, width)
}
