//! Registers, sequencer and memories together: a machine without the units that compute.
//!
//! ```text
//!  register bus --> registers --commands--> sequencer --layer, begin--> units
//!                       |  ^                    ^  |                      |  ^
//!                  window|  +----status----------+  +--program memory     v  |
//!                        +--------------------------------------------> memories
//! ```
//!
//! | port | meaning |
//! |---|---|
//! | `bus`, `interrupt` | the host |
//! | `clock_level`, `clock_current` | level to change to, changed between layers; level in use |
//! | `layer_*`, `begin`, `runs` | the layer, its first cycle, and the others |
//! | `unit_reset` | the units' reset |
//! | `clear` | a program starts: set counters to zero |
//! | `finished`, `overrun`, `saturated`, `outside`, `refused` | what the units say while `runs` |
//! | `array_cycles`, `stall_*` | their counters |
//! | `sdram_*` or `m_*` | memory outside, if there is any |
//! | `activation_*`, `weight_*`, `parameter_*`, `result_*`, `decision_*` | the memories, see [`memories`](fn@super::memories) |
//!
//! ```text
//! clk        _/~\_/~\_ ... _/~\_/~\_ ... _/~\_/~\_
//! bus_valid  /~~~~~~~\___________________________     start
//! begin      ____________ ... /~~~\______________
//! finished   _________________________ ... /~~~\_
//! interrupt  _________________________________ ... after `end`
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::io::register_bus;
use bitladder_machine::isa::{Operation, field};
use bitladder_rtl::{BIT, Clock, Direction, Instance, Module, ModuleBuilder, Port, Sig, uint};

use super::config::ControlConfig;
use super::counts::counters;
use super::descriptor::{field_of, layer_bundle};
use super::memories::memories;
use super::outside::Units;
use super::registers::{BUS_ADDRESS_BITS, registers};
use super::sequencer::sequencer;

/// Makes ports of an instance ports of the module around it.
pub(crate) fn pass_out<'m>(
    m: &'m ModuleBuilder,
    instance: Instance<'m>,
    module: &Module,
    wanted: impl Fn(&str) -> bool,
) {
    let chosen = module.ports().iter().filter(|port: &&Port| wanted(&port.base));
    for port in chosen {
        match port.direction {
            Direction::Input => {
                instance.connect(&port.base, m.input(&port.base, port.ty, &port.doc));
            }
            Direction::Output => {
                m.drive(m.output(&port.base, port.ty, &port.doc), instance.out(&port.base));
            }
            Direction::ClockInput | Direction::ClockOutput => {}
        }
    }
}

/// What the units count goes to the host; what the sequencer sees is counted here.
fn count<'m>(
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    clear: Sig<'m>,
    config: &ControlConfig,
    [sequencer, registers]: [Instance<'m>; 2],
) {
    if !config.counters {
        return;
    }
    let operation = field_of(sequencer, field::OPERATION);
    let runs = sequencer.out("runs");
    let is = |wanted: Operation| operation.eq(wanted.code());
    let others = is(Operation::Conv) | is(Operation::End) | is(Operation::Load);
    let mut own =
        vec![("element_cycles", runs & !others), ("decide_cycles", runs & is(Operation::End))];
    if config.external.is_some() {
        own.push(("stall_memory", runs & is(Operation::Load)));
    }
    for (name, event) in &own {
        let count = m.reg(&format!("{name}_q"), uint(32), clk).reset(clear, 0).enable(*event);
        count.next(count.q + 1);
        registers.connect(name, count.q);
    }
    for (name, _) in counters(config).filter(|(name, _)| own.iter().all(|(mine, _)| mine != name)) {
        registers.connect(name, m.input(name, uint(32), "a counter of the units"));
    }
}

/// Joins registers and sequencer.
fn command<'m>(m: &'m ModuleBuilder, registers: Instance<'m>, sequencer: Instance<'m>) {
    sequencer.connect("start", registers.out("start")).connect("stop", registers.out("stop"));
    sequencer.connect("first", registers.out("program_start"));
    sequencer.connect("wanted_level", registers.out("clock_wanted"));
    registers.connect("cycles", sequencer.out("cycles"));
    let level = sequencer.out("level");
    m.drive(m.output("clock_level", level.ty(), "clock level to change to"), level);
    let current = m.input("clock_current", level.ty(), "clock level in use");
    registers.connect("clock_current", current);
    let interrupt = m.output("interrupt", BIT, "a program is done or failed");
    m.drive(interrupt, registers.out("interrupt"));
}

/// Builds the controller.
pub fn controller(config: &ControlConfig) -> Result<Arc<Module>, BlockError> {
    let (map, order, banks) = (registers(config)?, sequencer(config)?, memories(config)?);
    let m = ModuleBuilder::new("controller").param("", config.tag());
    let m = m.doc("Registers, sequencer and memories.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let bus = m.sink("bus", &register_bus(BUS_ADDRESS_BITS));
    let registers = m.instance("registers", &map).clock("clk", clk).connect("rst", rst);
    registers.pass_on("bus", &bus);
    let reset = m.named("reset", rst | registers.out("reset"));
    let sequencer = m.instance("sequencer", &order).clock("clk", clk).connect("rst", reset);
    let memories = m.instance("memories", &banks).clock("clk", clk);

    command(&m, registers, sequencer);
    let joined = Units { m: &m, clk, rst, reset, registers, sequencer, memories }.join(config)?;
    registers.connect("status_busy", sequencer.out("busy") | joined.busy);
    memories.connect("program_enable", sequencer.out("program_enable"));
    memories.connect("program_address", sequencer.out("program_address"));
    sequencer.connect("program_data", memories.out("program_data"));
    let units = ["activation", "weight", "parameter", "result", "decision"];
    let own = |port: &str| !port.starts_with("weight_write");
    pass_out(&m, memories, &banks, |port| own(port) && units.iter().any(|u| port.starts_with(u)));

    let outside = m.input("outside", BIT, "an address beyond a memory");
    // In registers, here and below: these ways are long, and nothing is over so soon, except a load
    // that is refused.
    let outside = m.pipe("outside_q", outside | memories.out("outside"), clk);
    sequencer.connect("outside", outside | joined.beyond);
    let waits = if config.external.is_none() { "finished" } else { "overrun" };
    let ports = [waits, "overrun", "saturated", "refused", "begin", "runs"];
    pass_out(&m, sequencer, &order, |port| ports.contains(&port));
    let values: Vec<_> = field::ALL.iter().map(|place| field_of(sequencer, *place)).collect();
    m.source("layer", &layer_bundle()).drive_all(&values);
    let abort = m.pipe("unit_reset_q", reset | sequencer.out("abort"), clk);
    m.drive(m.output("unit_reset", BIT, "put the units at rest"), abort);
    let clear = m.named("clears", reset | (registers.out("start") & !sequencer.out("busy")));
    m.drive(m.output("clear", BIT, "set counters to zero"), clear);
    count(&m, clk, clear, config, [sequencer, registers]);
    Ok(m.build()?)
}
