//! The wires between the units.

use std::collections::HashSet;

use bitladder_blocks::BlockError;
use bitladder_machine::isa::{Destination, FieldPlace, Operation, field};
use bitladder_rtl::{
    BIT, Clock, Direction, Instance, Module, ModuleBuilder, Sig, address_width, uint,
};

use super::config::Units;
use crate::back_end::back_end;
use crate::control::{controller, field_of, pass_out};
use crate::decide::decide;
use crate::fetch::{FetchPlan, compute_core};

/// The units, placed.
pub(super) struct Wiring<'m> {
    pub(super) m: &'m ModuleBuilder,
    clk: Clock<'m>,
    pub(super) control: Instance<'m>,
    core: Instance<'m>,
    back: Instance<'m>,
    /// What decides, if there is something.
    decide: Option<Instance<'m>>,
    columns: u32,
    /// Post takes rows at a known pace in layers that go to activation memory.
    paced: bool,
    /// Parameters are read when they are wanted, so nothing waits for them.
    in_turns: bool,
    /// The layer is a convolution: in a register, for memories' ports.
    conv: Sig<'m>,
}

impl<'m> Wiring<'m> {
    /// Places all units and hands clock, reset and the layer to them.
    pub(super) fn place(
        m: &'m ModuleBuilder,
        clk: Clock<'m>,
        rst: Sig<'m>,
        units: &Units,
    ) -> Result<Wiring<'m>, BlockError> {
        let plan = FetchPlan::new(&units.fetch)?;
        let controller = controller(&units.control)?;
        let control = m.instance("control", &controller).clock("clk", clk).connect("rst", rst);
        let outside = |port: &str| port.starts_with("sdram_") || port.starts_with("m_");
        pass_out(m, control, &controller, outside);
        let mut modules = vec![compute_core(&plan)?, back_end(&units.back)?];
        if units.decide.images > 0 {
            modules.push(decide(&units.decide)?);
        }
        let names = ["core", "back", "decide"];
        let mut used = HashSet::new();
        let mut placed = Vec::new();
        for (name, module) in names.iter().zip(&modules) {
            let unit = m.instance(name, module).clock("clk", clk);
            unit.connect("rst", control.out("unit_reset"));
            layer(control, (unit, module), &mut used, units.control.reach.dense);
            placed.push(unit);
        }
        // The sequencer itself uses these; the others no unit needs.
        for place in field::ALL.iter().filter(|place| !used.contains(place.name)) {
            control.ignore(&format!("layer_{}", place.name));
        }
        let columns = units.control.columns;
        let (core, back, decide) = (placed[0], placed[1], placed.get(2).copied());
        let in_turns = units.back.post.turns;
        let paced = in_turns || units.back.post.lanes == units.back.post.columns;
        let conv = field_of(control, field::OPERATION).eq(Operation::Conv.code());
        let conv = m.pipe("conv_q", conv, clk);
        Ok(Wiring { m, clk, control, core, back, decide, columns, paced, in_turns, conv })
    }

    /// What units say they cannot do.
    pub(super) fn refusals(&self, units: &Units) {
        let element = &units.back.element;
        let shifts = element.has(Operation::Add) && !element.sum_multipliers;
        let refused = match shifts {
            true => self.back.out("refused"),
            false => self.m.lit(BIT, 0),
        };
        self.control.connect("refused", refused);
    }

    fn is(&self, operation: Operation) -> Sig<'m> {
        field_of(self.control, field::OPERATION).eq(operation.code())
    }

    /// Start, end and faults.
    pub(super) fn sequence(&self) {
        let (m, control) = (self.m, self.control);
        let begin = control.out("begin");
        // Decoded ahead: the layer is there some cycles before it begins.
        let (conv, ends) = (self.conv, m.pipe("ends_q", self.is(Operation::End), self.clk));
        control.ignore("runs");
        self.core.connect("start", self.core_start(begin & conv)).ignore("busy").ignore("done");
        let computes = !(self.is(Operation::End) | self.is(Operation::Load));
        let computes = m.pipe("computes_q", computes, self.clk);
        self.back.connect("start", begin & computes).ignore("element_busy").ignore("starved");
        let (mut finished, mut outside) = (self.back.out("done"), self.back.out("outside"));
        if let Some(decide) = self.decide {
            decide.connect("start", begin & ends).ignore("busy");
            finished = ends.mux(decide.out("done"), finished);
            outside = outside | decide.out("outside");
        } else {
            m.ignore(ends);
        }
        control.connect("finished", finished).connect("outside", outside);
        control.connect("overrun", self.core.out("overrun"));
        m.drive(
            m.output("interrupt", BIT, "a program is done or failed"),
            control.out("interrupt"),
        );
    }

    /// Counters of the units, and what costs energy.
    pub(super) fn counts(&self) {
        for count in ["array_cycles", "stall_fill", "stall_patches", "stall_drain", "stall_weights"]
        {
            self.control.connect(count, self.core.out(count));
        }
        self.core.connect("clear", self.control.out("clear"));
        self.activity();
    }

    /// What costs energy: words multiplied for pixels of the layer, and groups that move.
    fn activity(&self) {
        let (core, back) = (self.core, self.back);
        let of_layer = core.out("result_valid") & back.out("array_ready");
        let one = self.m.lit(uint(1), 1);
        let words = field_of(self.control, field::PATCH_WORDS);
        let writes = back.out("activation_write_mask").reduce_or();
        self.count("row_words", of_layer & core.out("result_wanted"), words);
        self.count("weight_reads", core.out("weight_enable"), one);
        self.count("activation_reads", self.activation_read("enable"), one);
        self.count("activation_writes", writes, one);
    }

    /// A counter of 32 bits that grows by `step` an edge after `event` was set: many of them come
    /// from memories' ports, which must not wait for it.
    fn count(&self, name: &str, event: Sig<'m>, step: Sig<'m>) {
        let event = self.m.pipe(&format!("{name}_event_q"), event, self.clk);
        let count = self.m.reg(&format!("{name}_q"), uint(32), self.clk);
        let count = count.reset(self.control.out("clear"), 0).enable(event);
        count.next(count.q + step.zero_extend(32));
        self.control.connect(name, count.q);
    }

    /// A signal of the read port of activation memory: of whoever works.
    fn activation_read(&self, part: &str) -> Sig<'m> {
        let (ours, theirs) = match part {
            "enable" => ("activation_enable", "read_enable"),
            _ => ("activation_group", "read_address"),
        };
        self.conv.mux(self.core.out(ours), self.back.out(theirs))
    }

    /// Rows of sums, from the array to post.
    pub(super) fn sums(&self) {
        let (m, core, back) = (self.m, self.core, self.back);
        let valid = core.out("result_valid");
        let wanted = core.out("result_wanted");
        back.connect("array_valid", valid).connect("array_counts", wanted);
        back.connect("array_last", !core.out("result_row").reduce_or());
        let ready = back.out("array_ready");
        core.connect("result_ready", ready);
        let mut saturated = m.lit(BIT, 0);
        for c in 0..self.columns {
            back.connect(&format!("array_sum_{c}"), core.out(&format!("result_{c}")));
            saturated = saturated | core.out(&format!("result_saturated_{c}"));
        }
        // In a register: it is at the end of the way that `ready` takes through post. The layer is
        // not over before: the row has yet to be written.
        let saturated = m.pipe("saturated_q", valid & ready & wanted & saturated, self.clk);
        self.control.connect("saturated", saturated);
        core.ignore("result_pass").ignore("result_pixel").ignore("result_end");
        core.connect("steady", self.steady());
    }

    /// Post takes rows as they come: each column has a lane, or the time its turn takes is part of
    /// `pass_cycles`, and nothing goes to result memory, a word per cycle. Parameters are there in
    /// time, see `pass_cycles` and `core_start`.
    fn steady(&self) -> Sig<'m> {
        match self.paced {
            true => self.m.pipe("steady_q", !self.to_results(), self.clk),
            false => self.m.lit(BIT, 0),
        }
    }

    fn to_results(&self) -> Sig<'m> {
        field_of(self.control, field::DESTINATION).eq(Destination::Results.code())
    }

    /// The core starts with the layer; where dot products are so short that the first could be
    /// over before its parameters are there, it starts when they are.
    fn core_start(&self, begin: Sig<'m>) -> Sig<'m> {
        if self.in_turns {
            return begin;
        }
        let (m, wait) = (self.m, self.columns + 4);
        let short = field_of(self.control, field::PATCH_WORDS).lt(wait);
        let short = m.pipe("short_q", short, self.clk);
        let ty = uint(address_width(wait as usize + 1));
        let count = m.reg("core_waits_q", ty, self.clk).reset(self.control.out("unit_reset"), 0);
        let left = count.q - count.q.reduce_or().zero_extend(ty.width);
        count.next((begin & short).mux(m.lit(ty, wait), left));
        (begin & !short) | count.q.eq(1)
    }

    /// Memories: whoever works has the port.
    pub(super) fn memories(&self) {
        let (control, core, back) = (self.control, self.core, self.back);
        control.connect("activation_read_enable", self.activation_read("enable"));
        control.connect("activation_read_group", self.activation_read("group"));
        control.connect("weight_enable", core.out("weight_enable"));
        control.connect("weight_group", core.out("weight_group"));
        for c in 0..self.columns {
            let word = control.out(&format!("activation_read_data_{c}"));
            core.connect(&format!("activation_{c}"), word);
            back.connect(&format!("activation_{c}"), word);
            core.connect(&format!("weight_{c}"), control.out(&format!("weight_data_{c}")));
            let data = format!("activation_write_data_{c}");
            control.connect(&data, back.out(&data));
        }
        control.connect("activation_write_mask", back.out("activation_write_mask"));
        control.connect("activation_write_group", back.out("activation_write_address"));
        for port in ["enable", "address", "data"].map(|part| format!("result_write_{part}")) {
            control.connect(&port, back.out(&port));
        }
        self.decisions();
    }

    fn decisions(&self) {
        let control = self.control;
        let Some(decide) = self.decide else {
            control.connect("result_read_enable", self.m.lit(BIT, 0));
            let address = self.back.out("result_write_address").ty();
            control.connect("result_read_address", self.m.lit(address, 0));
            control.ignore("result_read_data");
            return;
        };
        for part in ["enable", "address", "data"] {
            let port = format!("decision_write_{part}");
            control.connect(&port, decide.out(&port));
        }
        control.connect("result_read_enable", decide.out("read_enable"));
        control.connect("result_read_address", decide.out("read_address"));
        decide.connect("result", control.out("result_read_data"));
    }

    /// Parameter memory: parameters first, which are few per pass; scalars in between.
    pub(super) fn parameters(&self, decodes: bool) {
        let (m, control, back) = (self.m, self.control, self.back);
        let (wants, address) =
            (back.out("parameter_read_enable"), back.out("parameter_read_address"));
        let data = control.out("parameter_data");
        back.connect("parameter_read_ready", m.lit(BIT, 1)).connect("parameter_read_data", data);
        if !decodes {
            control.connect("parameter_enable", wants).connect("parameter_address", address);
            return;
        }
        let scalars = self.core.out("scalar_request");
        self.core.connect("scalar_grant", !wants).connect("scalar_data", data);
        control.connect("parameter_enable", wants | scalars);
        control.connect("parameter_address", wants.mux(address, self.core.out("scalar_entry")));
    }
}

/// Connects the fields of the layer that a unit reads.
fn layer<'m>(
    control: Instance<'m>,
    (unit, module): (Instance<'m>, &Module),
    used: &mut HashSet<&'static str>,
    dense: bool,
) {
    let mut value = |place: FieldPlace| {
        used.insert(place.name);
        field_of(control, place)
    };
    for port in module.ports().iter().filter(|port| port.direction == Direction::Input) {
        let Some(name) = port.base.strip_prefix("layer_") else { continue };
        let Some(place) = field::ALL.iter().find(|place| place.name == name) else { continue };
        let width = port.ty.width;
        let signal = match name {
            // The core steps over operands where rows are dense.
            "tap_pixel_step" if dense => {
                let dense = !value(field::PIXEL_WORDS).reduce_or();
                let words = value(field::TAP_PIXEL_STEP).resize(width);
                dense.mux(value(field::TAP_STEP).resize(width), words)
            }
            _ => value(*place).resize(width),
        };
        unit.connect(&port.base, signal);
    }
}
