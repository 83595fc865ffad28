//! Registers, memories and their first values.

use std::fmt::Write;

use super::expr::Writer;
use super::render::strip_parentheses;
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
        self.registers(&body.registers);
        for memory in &body.memories {
            self.about(&memory.name);
            for write in &memory.writes {
                self.write_port(memory, write);
            }
            for read in &memory.reads {
                self.read_port(memory, read);
            }
        }
    }

    /// Registers with one clock, reset and enable share a block, unless synthesis must treat only some of
    /// them in a special way.
    fn registers(&mut self, registers: &[Register]) {
        let control = |register: &Register| {
            let reset = register.reset.map(|(condition, _)| condition);
            (register.clock, reset, register.enable, register.apart)
        };
        let mut done = vec![false; registers.len()];
        for (first, register) in registers.iter().enumerate() {
            if done[first] {
                continue;
            }
            let mut group = Vec::new();
            for (index, other) in registers.iter().enumerate().skip(first) {
                if control(other) == control(register) {
                    done[index] = true;
                    group.push(other);
                }
            }
            self.always(&group);
        }
    }

    /// One block for registers that agree in clock, reset and enable.
    fn always(&mut self, group: &[&Register]) {
        let before = self.out.len();
        let (mut resets, mut loads) = (Vec::new(), Vec::new());
        for register in group {
            let net = self.body.net(register.net);
            self.about(&net.name);
            let Some(next) = register.next else { continue };
            let next = self.root(next);
            loads.push(format!("{} <= {next};", net.name));
            if let Some((_, value)) = register.reset {
                resets.push(format!("{} <= {};", net.name, literal(net.ty.width, value)));
            }
        }
        let enable = group[0].enable.map(|node| self.root(node));
        let reset = group[0].reset.map(|(node, _)| self.root(node));
        let clock = self.clock(group[0].clock);
        let body = match (reset, enable) {
            (None, None) => indented(8, &loads),
            (None, Some(enable)) => {
                format!("        if ({enable}) begin\n{}        end\n", indented(12, &loads))
            }
            (Some(reset), enable) => {
                let or = enable.map_or(String::new(), |enable| format!(" if ({enable})"));
                format!(
                    "        if ({reset}) begin\n{}        end else{or} begin\n{}        end\n",
                    indented(12, &resets),
                    indented(12, &loads)
                )
            }
        };
        self.set_apart(before);
        // Synthesis hands a block's attributes on to the flip-flops it makes of it.
        let keep = if group[0].apart { "    (* keep *)\n" } else { "" };
        let _ = writeln!(self.out, "\n{keep}    always @(posedge {clock}) begin\n{body}    end");
    }

    fn write_port(&mut self, memory: &Memory, write: &WritePort) {
        let clock = self.clock(write.clock);
        let before = self.out.len();
        let address = self.root(write.address);
        let mut lines = String::new();
        for lane in 0..write.lanes {
            let (low, width) = lane_bits(memory, write, lane);
            let enable = strip_parentheses(self.part(write.mask, lane, 1));
            let target = usage::slice("", memory.ty.width, low, width);
            let source = strip_parentheses(self.part(write.data, low, width));
            let name = &memory.name;
            let _ = writeln!(lines, "        if ({enable}) {name}[{address}]{target} <= {source};");
        }
        self.set_apart(before);
        let _ = writeln!(self.out, "\n    always @(posedge {clock}) begin\n{lines}    end");
    }

    fn read_port(&mut self, memory: &Memory, read: &ReadPort) {
        let clock = self.clock(read.clock);
        let target = self.body.net(read.net).name.clone();
        let before = self.out.len();
        let address = self.expr(read.address);
        let enable = read.enable.map(|node| self.root(node));
        let mut lines =
            vec![format!("{target} <= {}[{}];", memory.name, strip_parentheses(address.clone()))];
        if memory.policy == ReadDuringWrite::NewData {
            for write in &memory.writes {
                lines.extend(self.forward(memory, write, &target, &address));
            }
        }
        let body = match enable {
            Some(enable) => {
                format!("        if ({enable}) begin\n{}        end\n", indented(12, &lines))
            }
            None => indented(8, &lines),
        };
        self.set_apart(before);
        let _ = writeln!(self.out, "\n    always @(posedge {clock}) begin\n{body}    end");
    }

    /// Statements that replace what is read by what is written at the same edge.
    fn forward(
        &mut self,
        memory: &Memory,
        write: &WritePort,
        target: &str,
        at: &str,
    ) -> Vec<String> {
        let address = self.expr(write.address);
        let mut lines = Vec::new();
        for lane in 0..write.lanes {
            let (low, width) = lane_bits(memory, write, lane);
            let enable = self.part(write.mask, lane, 1);
            let part = usage::slice("", memory.ty.width, low, width);
            let source = strip_parentheses(self.part(write.data, low, width));
            lines.push(format!("if ({enable} && {address} == {at}) {target}{part} <= {source};"));
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
        // The loop variable is declared where it is needed first, if anywhere.
        let counter = format!("    integer {INIT_INDEX};\n");
        let [in_real, in_simulated] = [&real, &simulated].map(|text| text.contains(INIT_INDEX));
        let before = |needed: bool| if needed { counter.as_str() } else { "" };
        if !real.is_empty() {
            let counter = before(in_real);
            let _ = writeln!(self.out, "\n{counter}    initial begin\n{real}    end");
        }
        if !simulated.is_empty() {
            let counter = before(in_simulated && !in_real);
            let _ = writeln!(
                self.out,
                "\n`ifndef SYNTHESIS\n{counter}    initial begin\n{simulated}    end\n`endif"
            );
        }
    }
}

fn indented(columns: usize, lines: &[String]) -> String {
    lines.iter().map(|line| format!("{:columns$}{line}\n", "")).collect()
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
