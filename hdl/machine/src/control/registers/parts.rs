//! Registers that do more than keep a value: commands, the window, the cycle counter, the status.

use bitladder_machine::isa::register;
use bitladder_rtl::{BIT, Sig, uint};

use super::SELECT;
use super::map::Map;

impl<'m> Map<'m> {
    /// Commands; gives whether one was refused.
    pub(super) fn commands(&self) -> Sig<'m> {
        let m = self.m;
        let written = m.named("commands", self.writes & self.at(register::CONTROL));
        let bit = |bit: u32| self.request.data.bit(bit);
        let [start, stop, reset] =
            [register::CONTROL_START_BIT, register::CONTROL_STOP_BIT, register::CONTROL_RESET_BIT]
                .map(bit);
        // A program that runs is not started again, unless it is reset first.
        let check = match self.checks {
            true => bit(register::CONTROL_CHECK_BIT),
            false => m.lit(BIT, 0),
        };
        let refused = written & ((start & check) | ((start | check) & (self.busy | reset)));
        let good = written & !refused;
        // In registers: everything hangs on these.
        let soon = |name: &str, bit: Sig<'m>| {
            let held = m.reg(&format!("{name}_q"), BIT, self.clk).reset(self.rst, 0);
            held.next(good & bit);
            held.q
        };
        let reset = soon("reset", reset);
        // The request for a reset is answered nevertheless.
        m.drive(self.clear, self.rst | reset);
        m.drive(m.output("reset", BIT, "stop now"), reset);
        if self.checks {
            m.drive(m.output("check", BIT, "check a memory"), soon("check", check));
        }
        for (name, bit, doc) in
            [("start", start, "run a program"), ("stop", stop, "stop after the layer that runs")]
        {
            m.drive(m.output(name, BIT, doc), soon(name, bit));
        }
        refused
    }

    /// The window; gives its registers, the word read and whether a request was refused.
    pub(super) fn window(&self) -> [Sig<'m>; 5] {
        let m = self.m;
        let (select, large_select) = self.stored("window_select", register::WINDOW_SELECT, SELECT);
        let here = self.at(register::WINDOW_DATA);
        let missing = m.input("host_missing", BIT, "there is no such transfer");
        let possible = !missing & !self.busy;
        let (write, read) = (self.writes & here, self.reads & here);
        let moves = m.named("moves", (write | read) & possible);

        let written = self.writes & self.at(register::WINDOW_ADDRESS);
        let large = written & self.exceeds(self.transfer);
        let address = m.reg("window_address_q", self.transfer, self.clk).reset(self.clear, 0);
        let address = address.enable((written & !large) | moves);
        address.next(written.mux(self.data(self.transfer), address.q + 1));
        for (name, value, doc) in [
            ("select", select, "which memory"),
            ("address", address.q, "which transfer"),
            ("write", write & possible, "write it at this edge"),
            ("read", read & possible, "read it at this edge"),
            ("data", self.request.data, "what to write"),
            ("writes", self.request.write, "the request is a write, possible or not"),
        ] {
            m.drive(m.output(&format!("host_{name}"), value.ty(), doc), value);
        }
        let answer = m.input("host_answer", uint(32), "the transfer read at the last edge");
        let refused = large_select | large | ((write | read) & !possible);
        [select, address.q, answer, here, refused]
    }

    /// The cycle counter: reading its low word holds the high one.
    pub(super) fn cycles(&self) -> [Sig<'m>; 2] {
        let m = self.m;
        let cycles = m.input("cycles", uint(self.cycle_bits), "since the start");
        if self.cycle_bits <= 32 {
            return [cycles.zero_extend(32), m.lit(uint(32), 0)];
        }
        let high = m.reg("cycles_high_q", uint(32), self.clk);
        let high = high.enable(self.reads & self.at(register::CYCLES_LOW));
        high.next(cycles.slice(self.cycle_bits - 1, 32).zero_extend(32));
        [cycles.slice(31, 0), high.q]
    }

    /// The status register, and the interrupt that follows from it.
    pub(super) fn status(&self, enable: Sig<'m>) -> Sig<'m> {
        let m = self.m;
        let done = m.input("status_done", BIT, "the program reached its end");
        let code = uint(register::STATUS_ERROR_WIDTH);
        let error = m.input("status_error", code, "why it did not");
        let number = uint(register::STATUS_LAYER_WIDTH);
        let layer = m.input("status_layer", number, "the layer that runs, or ran last");
        let interrupt = m.reg("interrupt_q", BIT, self.clk).reset(self.clear, 0);
        interrupt.next((enable.bit(0) & done) | (enable.bit(1) & error.reduce_or()));
        m.drive(m.output("interrupt", BIT, "a program is done or failed"), interrupt.q);
        let gap = m.lit(uint(register::STATUS_ERROR_BIT - 2), 0);
        m.cat(&[layer, error, gap, done, self.busy])
    }
}
