//! Runs a program: layer after layer until its end, a stop, or an error.
//!
//! Each layer is read (44 cycles), started, and waited for; a watchdog gives up after the cycles
//! its descriptor allows. Whatever goes wrong stops the program with an error code and the
//! layer's number, and `abort` brings the units back to rest. Cost on ECP5: 225 LUT4 and 148 FF
//! besides the descriptor's.
//!
//! | port | meaning |
//! |---|---|
//! | `start`, `stop` | commands: run from word `first` on; stop after the layer that runs (both together: run one layer) |
//! | `program_*` | program memory, see [`descriptor`](fn@super::descriptor) |
//! | `layer_*` | fields of the layer; they stay from `begin` to the next layer |
//! | `begin` | the units of the operation start |
//! | `runs` | from the cycle after `begin` to the layer's end |
//! | `finished` | the units have finished; looked at while `runs` |
//! | `overrun`, `saturated`, `outside`, `refused` | what went wrong in them |
//! | `corrupt`, `failed`, `blamed` | with memory outside: what is wrong with a load, of which layer |
//! | `abort` | put them at rest |
//! | `busy`, `done`, `error`, `layer` | what the status register shows |
//! | `cycles` | since the start command |
//! | `wanted_level`, `level` | clock level: taken over between layers |
//!
//! ```text
//! clk       _/~\_/~\_ ... _/~\_/~\_ ... _/~\_/~\_
//! start     /~~~\________________________________
//! busy      _____/~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
//! layer_*             ... <fields of layer 0
//! begin     _____________/~~~\___________________
//! runs      _________________/~~~ ... ~~~\_______
//! finished  _____________________ ... /~~~\______
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_machine::isa::{DESCRIPTOR_WORDS, Operation, error, field, register};
use bitladder_rtl::{BIT, Clock, Instance, Module, ModuleBuilder, Reg, Sig, Ty, uint};

use super::config::ControlConfig;
use super::descriptor::{descriptor, field_of, layer_bundle, program_counter};

/// An error code.
const CODE: Ty = uint(register::STATUS_ERROR_WIDTH);
const LEVEL: Ty = uint(register::CLOCK_LEVEL_WANTED_WIDTH);

/// What the machine is doing.
struct State<'m> {
    idle: Sig<'m>,
    reads: Sig<'m>,
    runs: Sig<'m>,
}

const IDLE: u32 = 0;
const READS: u32 = 1;
const RUNS: u32 = 2;

impl<'m> State<'m> {
    fn place(m: &'m ModuleBuilder, state: Sig<'m>) -> State<'m> {
        let [idle, reads, runs] = [("idle", IDLE), ("reads", READS), ("running", RUNS)]
            .map(|(name, code)| m.named(name, state.eq(code)));
        State { idle, reads, runs }
    }
}

struct Sequencer<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    rst: Sig<'m>,
    /// The command, while nothing runs.
    start: Sig<'m>,
    state: State<'m>,
    layer: Instance<'m>,
    /// A word of program memory.
    counter: Ty,
    /// Bits of counts of cycles.
    cycle_bits: u32,
    loads: Loads<'m>,
}

/// What is wrong with a load; nothing without memory outside.
struct Loads<'m> {
    corrupt: Sig<'m>,
    failed: Sig<'m>,
    /// The layer of the load that failed.
    blamed: Option<Sig<'m>>,
}

impl<'m> Loads<'m> {
    /// A program fails of a load only while a layer runs.
    fn place(m: &'m ModuleBuilder, config: &ControlConfig, runs: Sig<'m>) -> Loads<'m> {
        if config.external.is_none() {
            let never = m.lit(BIT, 0);
            return Loads { corrupt: never, failed: never, blamed: None };
        }
        let doc = "of a load, until the units are put at rest";
        let [corrupt, failed] = ["corrupt", "failed"].map(|name| runs & m.input(name, BIT, doc));
        let number = uint(field::LAYER.width);
        let blamed = m.input("blamed", number, "the layer of the load that failed");
        Loads { corrupt, failed, blamed: Some(blamed) }
    }
}

/// How a step ends: one bit each.
struct Ends<'m> {
    /// A layer begins: its descriptor is good. The units hear of it at the next edge.
    begins: Sig<'m>,
    /// The layer that runs is over.
    over: Sig<'m>,
    /// The program is over.
    done: Sig<'m>,
    /// The error code, or 0.
    code: Sig<'m>,
}

impl<'m> Sequencer<'m> {
    fn is(&self, operation: Operation) -> Sig<'m> {
        field_of(self.layer, field::OPERATION).eq(operation.code())
    }

    /// Set in the cycle in which the layer's time is over.
    fn watchdog(&self) -> Sig<'m> {
        let limit = field_of(self.layer, field::WATCHDOG);
        let limit = limit.truncate(self.cycle_bits.min(limit.width()));
        let rests = !self.state.runs;
        let elapsed = self.m.reg("elapsed_q", limit.ty(), self.clk).reset(rests, 0);
        elapsed.next(elapsed.q + 1);
        self.state.runs & limit.reduce_or() & elapsed.q.eq(limit)
    }

    /// The error of this cycle. What a unit reports goes before the watchdog, which would follow.
    fn code(&self, read: Sig<'m>, late: Sig<'m>) -> Sig<'m> {
        let m = self.m;
        let runs = self.state.runs;
        let unit = |name: &str, doc: &str| runs & m.input(name, BIT, doc);
        let overrun = unit("overrun", "results were overwritten");
        let saturated = unit("saturated", "a sum did not fit");
        let refused = unit("refused", "a layer that was not built for");
        let outside = unit("outside", "an address beyond a memory");
        let causes = [
            (read & self.layer.out("ends"), error::PROGRAM),
            ((read & self.layer.out("bad")) | refused, error::BAD_DESCRIPTOR),
            ((read & self.layer.out("outside")) | outside, error::ADDRESS),
            (self.loads.corrupt, error::CHECKSUM),
            (self.loads.failed, error::EXTERNAL),
            (overrun, error::OVERRUN),
            (saturated, error::SATURATED),
            (late, error::WATCHDOG),
        ];
        let none = m.lit(CODE, 0);
        causes.iter().rev().fold(none, |code, (bit, value)| bit.mux(m.lit(CODE, *value), code))
    }

    /// Decides how reading and running go on.
    fn ends(&self) -> Ends<'m> {
        let m = self.m;
        let read = m.named("read", self.state.reads & self.layer.out("done"));
        let finished = m.input("finished", BIT, "the units have finished");
        let code = m.named("code", self.code(read, self.watchdog()));
        let good = !code.reduce_or();
        let last = self.is(Operation::End);
        let decides = field_of(self.layer, field::CLASSES).reduce_or();
        let begins = m.named("begins", read & good & (!last | decides));
        let over = m.named("over", self.state.runs & finished & good);
        let done = (read & good & last & !decides) | (over & last);
        Ends { begins, over, done: m.named("program_done", done), code }
    }

    /// Whether the program stops after the layer that runs: asked for now, or since it started.
    fn stops(&self, stop: Sig<'m>) -> Sig<'m> {
        let asked = self.m.reg("stops_q", BIT, self.clk).reset(self.rst, 0);
        let kept = asked.q | stop;
        asked.next(self.state.idle.mux(self.start & stop, kept));
        kept
    }

    /// The program counter; drives the reader of descriptors.
    fn advance(&self, ends: &Ends<'m>, stops: Sig<'m>) -> Sig<'m> {
        let m = self.m;
        let first = m.input("first", self.counter, "where the program begins");
        let again = m.named("again", ends.over & !self.is(Operation::End) & !stops);
        let counter = m.reg("counter_q", self.counter, self.clk);
        let counter = counter.enable(self.start | again);
        counter.next(self.start.mux(first, counter.q + DESCRIPTOR_WORDS as i64));
        let starts = m.reg("starts_q", BIT, self.clk).reset(self.rst, 0);
        starts.next(self.start | again);
        self.layer.connect("start", starts.q).connect("first", counter.q);
        again
    }

    /// The state register. `begin` is set in the cycle before the units run.
    fn proceed(&self, state: Reg<'m>, ends: &Ends<'m>, [again, begin]: [Sig<'m>; 2]) {
        let m = self.m;
        let to = |code: u32| m.lit(state.q.ty(), code);
        let fails = ends.code.reduce_or();
        let rests = fails | ends.done | (ends.over & !again);
        let busy = rests.mux(to(IDLE), again.mux(to(READS), begin.mux(to(RUNS), state.q)));
        state.next(self.state.idle.mux(self.start.mux(to(READS), to(IDLE)), busy));
    }

    /// What the status register shows.
    fn status(&self, ends: &Ends<'m>, begin: Sig<'m>) {
        let m = self.m;
        let fails = m.named("fails", ends.code.reduce_or());
        let clears = self.rst | self.start;
        let done = m.reg("done_q", BIT, self.clk).reset(clears, 0);
        done.next(done.q | ends.done);
        let error = m.reg("error_q", CODE, self.clk).reset(clears, 0).enable(fails);
        error.next(ends.code);
        let number = field_of(self.layer, field::LAYER);
        // Where a program ends too early, the last layer that was read is named.
        let layer = m.reg("layer_q", number.ty(), self.clk).reset(clears, 0);
        let read = self.layer.out("done") & !self.layer.out("ends");
        match self.loads.blamed {
            Some(blamed) => {
                let blames = (self.loads.corrupt | self.loads.failed) & fails;
                layer.enable(read | blames).next(blames.mux(blamed, number));
            }
            None => layer.enable(read).next(number),
        }
        let abort = m.reg("abort_q", BIT, self.clk).reset(self.rst, 0);
        abort.next(fails);
        m.outputs(&[
            ("busy", !self.state.idle, "a program runs"),
            ("done", done.q, "the program reached its end"),
            ("error", error.q, "why it did not"),
            ("layer", layer.q, "the layer that runs, or ran last"),
            ("abort", abort.q, "put the units at rest"),
            ("begin", begin, "the layer's units start"),
            ("runs", self.state.runs, "they work"),
        ]);
    }

    /// Cycles since the start, and the clock level.
    fn clocks(&self) {
        let m = self.m;
        let busy = !self.state.idle;
        let ty = uint(self.cycle_bits);
        let cycles = m.reg("cycles_q", ty, self.clk).reset(self.rst | self.start, 0);
        cycles.enable(busy).next(cycles.q + 1);
        m.drive(m.output("cycles", ty, "since the start"), cycles.q);
        let wanted = m.input("wanted_level", LEVEL, "the clock level to use");
        let level = m.reg("level_q", LEVEL, self.clk).reset(self.rst, 0);
        level.enable(!self.state.runs).next(wanted);
        m.drive(m.output("level", LEVEL, "the level, changed between layers"), level.q);
    }

    /// The reader of descriptors: its port to program memory, and the fields of the layer.
    fn pass_on(&self) {
        let (m, layer) = (self.m, self.layer);
        layer.connect("program_data", m.input("program_data", uint(32), "the word read"));
        m.outputs(&[
            ("program_enable", layer.out("program_enable"), "a word is wanted"),
            ("program_address", layer.out("program_address"), "which"),
        ]);
        let values: Vec<_> = field::ALL.iter().map(|place| field_of(layer, *place)).collect();
        m.source("layer", &layer_bundle()).drive_all(&values);
    }
}

/// Builds the sequencer.
pub fn sequencer(config: &ControlConfig) -> Result<Arc<Module>, BlockError> {
    let reader = descriptor(config)?;
    let m = ModuleBuilder::new("sequencer").param("", config.tag());
    let m = m.doc("Runs programs layer by layer.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let [start, stop] = [("start", "run a program"), ("stop", "stop after the layer that runs")]
        .map(|(name, doc)| m.input(name, BIT, doc));
    let state = m.reg("state_q", uint(2), clk).reset(rst, IDLE);
    let layer = m.instance("descriptor", &reader).clock("clk", clk).connect("rst", rst);
    let bits = State::place(&m, state.q);
    let s = Sequencer {
        m: &m,
        clk,
        rst,
        start: m.named("starts", start & bits.idle),
        loads: Loads::place(&m, config, bits.runs),
        state: bits,
        layer,
        counter: program_counter(config),
        cycle_bits: config.cycle_bits,
    };
    let ends = s.ends();
    let stops = s.stops(stop);
    let again = s.advance(&ends, stops);
    // In a register: all units hang on it, and it follows from every check of the descriptor.
    let begin = m.reg("begin_q", BIT, clk).reset(rst, 0);
    begin.next(ends.begins);
    s.proceed(state, &ends, [again, begin.q]);
    s.status(&ends, begin.q);
    s.clocks();
    if config.external.is_some() {
        m.drive(m.output("single", BIT, "stop after this layer"), stops);
    }
    s.pass_on();
    Ok(m.build()?)
}
