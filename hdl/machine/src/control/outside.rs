//! How the controller joins memory outside and the checker with the rest.

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_machine::isa::{Operation, error, field, memory, register};
use bitladder_rtl::{BIT, Clock, Instance, Module, ModuleBuilder, Sig, uint};

use super::checker::checker;
use super::config::ControlConfig;
use super::controller::pass_out;
use super::descriptor::field_of;
use crate::external::external;

/// The units that exist anyway, and the clock.
#[derive(Clone, Copy)]
pub(super) struct Units<'m> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) clk: Clock<'m>,
    /// Of everything, and of what runs.
    pub(super) rst: Sig<'m>,
    pub(super) reset: Sig<'m>,
    pub(super) registers: Instance<'m>,
    pub(super) sequencer: Instance<'m>,
    pub(super) memories: Instance<'m>,
}

/// What the host's window asks the memories.
struct Asked<'m> {
    select: Sig<'m>,
    address: Sig<'m>,
    read: Sig<'m>,
    checker: Option<Instance<'m>>,
}

/// What memory outside says; nothing where there is none.
struct Outside<'m> {
    /// The window must wait; it failed.
    waits: Sig<'m>,
    failed: Sig<'m>,
    /// Something is being loaded; a load reaches beyond a memory.
    loading: Sig<'m>,
    beyond: Sig<'m>,
}

/// What the rest of the controller needs to know.
pub(super) struct Joined<'m> {
    /// Something but a program is at work.
    pub(super) busy: Sig<'m>,
    /// A load reaches beyond a memory.
    pub(super) beyond: Sig<'m>,
}

impl<'m> Units<'m> {
    fn is_load(&self) -> Sig<'m> {
        field_of(self.sequencer, field::OPERATION).eq(Operation::Load.code())
    }

    /// The window, which a check takes over.
    fn asked(&self, config: &ControlConfig) -> Result<Asked<'m>, BlockError> {
        let of = |name: &str| self.registers.out(&format!("host_{name}"));
        let [select, address, read] = ["select", "address", "read"].map(of);
        if !config.checks {
            return Ok(Asked { select, address, read, checker: None });
        }
        let checker = self.m.instance("memory_check", &checker(config)?).clock("clk", self.clk);
        checker.connect("rst", self.reset).connect("start", self.registers.out("check"));
        checker.connect("clear", self.registers.out("start"));
        checker.connect("select", select).connect("first", address);
        for name in ["length", "crc"] {
            checker.connect(name, self.registers.out(&format!("check_{name}")));
        }
        let busy = checker.out("busy");
        Ok(Asked {
            select: busy.mux(checker.out("memory"), select),
            address: busy.mux(checker.out("address"), address),
            read: read | checker.out("read"),
            checker: Some(checker),
        })
    }

    /// Memory outside: loads, and the host's way there.
    fn external(
        &self,
        module: &Arc<Module>,
        asked: &Asked<'m>,
        config: &ControlConfig,
    ) -> Outside<'m> {
        let (m, sequencer) = (self.m, self.sequencer);
        let unit = m.instance("external", module).clock("clk", self.clk);
        let abort = self.reset | sequencer.out("abort");
        unit.connect("rst", self.rst).connect("unit_reset", abort);
        let [waits, failed] = self.window(unit, asked);
        unit.connect("start", sequencer.out("begin") & self.is_load());
        for place in ["input_base", "weight_base", "total_pixels", "checksum", "layer"] {
            let name = format!("layer_{place}");
            unit.connect(&name, sequencer.out(&name));
        }
        let columns = (0..config.columns).map(|column| format!("data_{column}"));
        for part in ["mask".to_owned(), "group".to_owned()].into_iter().chain(columns) {
            let name = format!("weight_write_{part}");
            self.memories.connect(&name, unit.out(&name));
        }
        let finished = m.input("finished", BIT, "the units have finished");
        let loaded = sequencer.out("single").mux(!unit.out("loading"), unit.out("taken"));
        sequencer.connect("finished", self.is_load().mux(loaded, finished));
        for name in ["corrupt", "failed", "blamed"] {
            sequencer.connect(name, unit.out(name));
        }
        let pins = |port: &str| port.starts_with("sdram_") || port.starts_with("m_");
        pass_out(m, unit, module, pins);
        Outside { waits, failed, loading: unit.out("loading"), beyond: unit.out("outside") }
    }

    /// The host's way to memory outside; whether it must wait, and whether it failed.
    fn window(&self, unit: Instance<'m>, asked: &Asked<'m>) -> [Sig<'m>; 2] {
        let mine = asked.select.eq(memory::EXTERNAL);
        unit.connect("host_address", asked.address).connect("host_read", mine & asked.read);
        unit.connect("host_write", mine & self.registers.out("host_write"));
        unit.connect("host_data", self.registers.out("host_data"));
        self.memories.connect("external_answer", unit.out("host_answer"));
        let [waits, failed] = [unit.out("host_waits"), unit.out("host_failed") & mine];
        self.registers.connect("host_waits", waits).connect("host_failed", failed);
        [waits, failed]
    }

    /// Joins everything.
    pub(super) fn join(&self, config: &ControlConfig) -> Result<Joined<'m>, BlockError> {
        let (m, registers, memories) = (self.m, self.registers, self.memories);
        let asked = self.asked(config)?;
        let none = m.lit(BIT, 0);
        let Outside { waits, failed, loading, beyond } = match &config.external {
            Some(plan) => self.external(&external(plan)?, &asked, config),
            None => Outside { waits: none, failed: none, loading: none, beyond: none },
        };
        memories.connect("host_select", asked.select).connect("host_address", asked.address);
        memories.connect("host_read", asked.read);
        memories.connect("host_write", registers.out("host_write"));
        memories.connect("host_data", registers.out("host_data"));
        // A unit's first request and the host's come later than this.
        let open = !(self.sequencer.out("busy") | loading);
        memories.connect("host_open", m.pipe("host_open_q", open, self.clk));
        let writes = registers.out("host_writes");
        let answer = memories.out("host_answer");
        registers.connect("host_answer", answer);
        registers.connect("host_missing", memories.out("host_missing"));
        let Some(checker) = asked.checker else {
            memories.connect("host_writes", writes);
            self.status(None);
            return Ok(Joined { busy: loading, beyond });
        };
        let busy = checker.out("busy");
        memories.connect("host_writes", writes & !busy);
        checker.connect("answer", answer).connect("waits", waits).connect("failed", failed);
        checker.connect("missing", memories.out("host_missing"));
        self.status(Some(checker));
        Ok(Joined { busy: loading | busy, beyond })
    }

    /// What the status register shows: a failed check goes before what ran last.
    fn status(&self, checker: Option<Instance<'m>>) {
        let (m, registers, sequencer) = (self.m, self.registers, self.sequencer);
        registers.connect("status_done", sequencer.out("done"));
        let (code, layer) = (sequencer.out("error"), sequencer.out("layer"));
        let Some(checker) = checker else {
            registers.connect("status_error", code).connect("status_layer", layer);
            return;
        };
        let wrong = checker.out("wrong");
        let ty = uint(register::STATUS_ERROR_WIDTH);
        registers.connect("status_error", wrong.mux(m.lit(ty, error::CHECKSUM), code));
        let memory = checker.out("memory").zero_extend(layer.width());
        registers.connect("status_layer", wrong.mux(memory, layer));
    }
}
