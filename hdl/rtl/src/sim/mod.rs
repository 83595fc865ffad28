//! Simulation in Rust of exactly the expressions that become Verilog.

mod compile;
mod error;
mod lookup;
mod lower;
mod program;
mod run;
mod state;
mod trace;

use std::collections::HashMap;

pub use error::SimError;
use lookup::out_of_range;
use program::{Program, Slot, load, store};
use state::State;
use trace::{Trace, TraceScope};

use crate::elaborate::Design;
use crate::module::Port;
use crate::ty::Ty;

/// A running simulation: set inputs, give clock edges, read any signal.
///
/// ```
/// # use bitladder_rtl::{Design, ModuleBuilder, Sim, uint};
/// # let m = ModuleBuilder::new("counter");
/// # let clk = m.clock("clk", "clock");
/// # let en = m.input("en", uint(1), "count");
/// # let count = m.reg("count_q", uint(8), clk).enable(en);
/// # count.next(count.q + 1);
/// # m.drive(m.output("count", uint(8), "value"), count.q);
/// # let design = Design::elaborate(&m.build()?)?;
/// let mut sim = Sim::new(&design)?;
/// sim.set("en_i", 1)?;
/// sim.step("clk_i")?;
/// assert_eq!(sim.get("count_o")?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sim {
    top: String,
    program: Program,
    state: State,
    words: Vec<u64>,
    start: Vec<u64>,
    ports: Vec<(Port, Signal)>,
    paths: HashMap<String, Signal>,
    scopes: Vec<TraceScope>,
    trace: Option<Trace>,
    dirty: Dirty,
    /// Scratch of `step_all`: which root clocks rise.
    rising: Vec<bool>,
}

/// What may have changed since all values were computed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Dirty {
    Nothing,
    /// Inputs of the top: only what depends on them is computed again.
    Inputs,
    Everything,
}

/// A signal of a simulation, found once and read often.
#[derive(Clone, Copy, Debug)]
pub struct Signal(Slot);

impl Signal {
    /// Width and sign.
    pub fn ty(self) -> Ty {
        self.0.ty
    }
}

impl Sim {
    /// Prepares a design: registers and memories have their first values, inputs are 0.
    pub fn new(design: &Design) -> Result<Sim, SimError> {
        let mut compiler = compile::compile(design)?;
        let state = state::build(&mut compiler);
        let mut paths = HashMap::new();
        for scope in &design.flat.scopes {
            for net in &scope.module.body.nets {
                let signal = Signal(compiler.slot(scope.base + net.node));
                paths.insert(scope.net_path(net), signal);
            }
        }
        let top = &design.flat.scopes[0];
        let port = |port: &Port| (port.clone(), Signal(compiler.slot(top.reader(port.net))));
        let ports = top.module.ports.iter().map(port).collect();
        let scopes = trace::scopes(design, |id| compiler.slot(id));
        let (program, words) = (compiler.program, compiler.words);
        let (start, top) = (words.clone(), design.top.name.clone());
        let (trace, dirty, rising) = (None, Dirty::Everything, Vec::new());
        let sim =
            Sim { top, program, state, words, start, ports, paths, scopes, trace, dirty, rising };
        Ok(sim)
    }

    /// Sets an input of the top, by its Verilog name or the name in the description. The value
    /// is the input's bits.
    pub fn set(&mut self, input: &str, bits: u128) -> Result<(), SimError> {
        let signal = self.input(input)?;
        if bits & !signal.ty().mask() != 0 {
            return Err(out_of_range(input, format!("{bits:#x}"), signal.ty()));
        }
        self.write(signal, bits);
        Ok(())
    }

    /// Sets an input of the top to a number, which its type must be able to represent.
    pub fn set_number(&mut self, input: &str, value: i128) -> Result<(), SimError> {
        let signal = self.input(input)?;
        if !signal.ty().holds(value) {
            return Err(out_of_range(input, value.to_string(), signal.ty()));
        }
        self.write(signal, value as u128 & signal.ty().mask());
        Ok(())
    }

    /// The bits of any signal, by its path: `count_q`, `lane_0.acc_q`.
    pub fn get(&mut self, path: &str) -> Result<u128, SimError> {
        let signal = self.signal(path)?;
        Ok(self.read(signal))
    }

    /// The number that a signal's bits stand for.
    pub fn get_number(&mut self, path: &str) -> Result<i128, SimError> {
        let signal = self.signal(path)?;
        Ok(signal.ty().number(self.read(signal)))
    }

    /// Sets an input that was found before; bits above its width are dropped.
    pub fn write(&mut self, input: Signal, bits: u128) {
        let bits = bits & input.ty().mask();
        if load(&self.words, input.0) != bits {
            store(&mut self.words, input.0, bits);
            self.dirty = self.dirty.max(Dirty::Inputs);
        }
    }

    /// Reads a signal that was found before.
    pub fn read(&mut self, signal: Signal) -> u128 {
        self.settle();
        load(&self.words, signal.0)
    }

    /// One rising edge of a clock of the top.
    pub fn step(&mut self, clock: &str) -> Result<(), SimError> {
        self.step_all(&[clock])
    }

    /// Rising edges of several clocks at the same time.
    pub fn step_all(&mut self, clocks: &[&str]) -> Result<(), SimError> {
        self.rising.clear();
        self.rising.resize(self.state.clock_count(), false);
        for clock in clocks {
            let root = self.clock(clock)?;
            self.rising[root] = true;
        }
        self.settle();
        if let Some(trace) = &mut self.trace {
            trace.before_edge(&self.words)?;
        }
        if self.state.edge(&self.program, &mut self.words, &self.rising) {
            self.dirty = Dirty::Everything;
        }
        if self.trace.is_some() {
            self.settle();
        }
        match &mut self.trace {
            Some(trace) => trace.after_edge(&self.words, &self.state),
            None => Ok(()),
        }
    }

    /// Back to the first values; inputs keep theirs. Memories keep their contents.
    pub fn restart(&mut self) {
        for register in self.program.registers.iter().flatten() {
            let first = load(&self.start, register.q);
            store(&mut self.words, register.q, first);
        }
        self.dirty = Dirty::Everything;
    }

    /// Gives registers without a reset and first value arbitrary contents, as hardware would:
    /// a design that needs them cleared shows it.
    pub fn scramble(&mut self, seed: u64) {
        let mut state = seed;
        for register in self.program.registers.iter().flatten().filter(|register| register.open) {
            let bits = u128::from(random(&mut state)) << 64 | u128::from(random(&mut state));
            store(&mut self.words, register.q, bits & register.q.ty.mask());
        }
        self.dirty = Dirty::Everything;
    }

    /// Puts the lowest of some bits into a register, as simulators' `deposit` does: what a counter of many bits does
    /// at its end needs no run up to there.
    pub fn deposit(&mut self, path: &str, bits: u128) -> Result<(), SimError> {
        let signal = self.signal(path)?;
        let registers = || self.program.registers.iter().flatten();
        if !registers().any(|register| register.q.at == signal.0.at) {
            return Err(SimError::NotARegister { path: path.to_owned() });
        }
        store(&mut self.words, signal.0, bits & signal.ty().mask());
        self.dirty = Dirty::Everything;
        Ok(())
    }

    /// Fills a memory from address 0 on.
    pub fn load_memory(&mut self, path: &str, words: &[u128]) -> Result<(), SimError> {
        let bank = self.bank(path, words.len())?;
        for (word, bits) in bank.words.iter_mut().zip(words) {
            *word = bits & bank.ty.mask();
        }
        Ok(())
    }

    /// A word of a memory.
    pub fn memory_word(&mut self, path: &str, address: usize) -> Result<u128, SimError> {
        Ok(self.bank(path, address + 1)?.words[address])
    }

    /// How often a memory whose policy is "don't care" was read at an address written at the
    /// same edge: a design that relies on its data has a mistake.
    pub fn collisions(&self) -> u64 {
        self.state.collisions
    }

    /// Bits of registers, and of words read from memories, that have changed since the start: a
    /// measure of activity, with which a clock enable that does nothing shows.
    pub fn toggles(&self) -> u64 {
        self.state.toggles
    }

    fn settle(&mut self) {
        match self.dirty {
            Dirty::Nothing => {}
            Dirty::Inputs => run::settle_inputs(&self.program, &mut self.words),
            Dirty::Everything => run::settle(&self.program, &mut self.words),
        }
        self.dirty = Dirty::Nothing;
    }
}

/// A small generator with good bits (splitmix64).
pub(crate) fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}
