//! Simulation in Rust of exactly the expressions that become Verilog.

mod compile;
mod error;
mod program;
mod run;
mod state;

use std::collections::HashMap;

pub use error::SimError;
use program::{Program, Slot, load, store};
use state::State;

use crate::elaborate::Design;
use crate::module::{Direction, Port};
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
    settled: bool,
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
        let (program, words) = (compiler.program, compiler.words);
        let (start, top) = (words.clone(), design.top.name.clone());
        Ok(Sim { top, program, state, words, start, ports, paths, settled: false })
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

    /// Finds an input of the top for [`write`](Sim::write).
    pub fn input(&self, name: &str) -> Result<Signal, SimError> {
        let inputs = || self.ports.iter().filter(|(port, _)| port.direction == Direction::Input);
        let found = inputs().find(|(port, _)| port.name == name || port.base == name);
        found.map(|(_, signal)| *signal).ok_or_else(|| SimError::NotAnInput {
            path: name.to_owned(),
            inputs: names(inputs().map(|(port, _)| port)),
        })
    }

    /// Finds a signal by its path for [`read`](Sim::read).
    pub fn signal(&self, path: &str) -> Result<Signal, SimError> {
        let full = format!("{}.{path}", self.top);
        if let Some(signal) = self.paths.get(&full).or_else(|| self.paths.get(path)) {
            return Ok(*signal);
        }
        let found = self.ports.iter().rev().find(|(port, _)| port.base == path);
        found.map(|(_, signal)| *signal).ok_or_else(|| self.unknown(path))
    }

    /// Sets an input that was found before; bits above its width are dropped.
    pub fn write(&mut self, input: Signal, bits: u128) {
        store(&mut self.words, input.0, bits & input.ty().mask());
        self.settled = false;
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
        let mut roots = Vec::new();
        for clock in clocks {
            roots.push(self.clock(clock)?);
        }
        self.settle();
        let rises = |root: &str| roots.iter().any(|name| name == root);
        self.state.edge(&self.program, &mut self.words, rises);
        self.settled = false;
        Ok(())
    }

    /// Back to the first values; inputs keep theirs. Memories keep their contents.
    pub fn restart(&mut self) {
        for register in self.program.registers.iter().flatten() {
            let first = load(&self.start, register.q);
            store(&mut self.words, register.q, first);
        }
        self.settled = false;
    }

    /// Gives registers without a reset and first value arbitrary contents, as hardware would:
    /// a design that needs them cleared shows it.
    pub fn scramble(&mut self, seed: u64) {
        let mut state = seed;
        for register in self.program.registers.iter().flatten().filter(|register| register.open) {
            let bits = u128::from(random(&mut state)) << 64 | u128::from(random(&mut state));
            store(&mut self.words, register.q, bits & register.q.ty.mask());
        }
        self.settled = false;
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

    /// The Verilog name of a clock of the top.
    fn clock(&self, name: &str) -> Result<String, SimError> {
        let known = || self.ports.iter().map(|(port, _)| port).filter(|p| is_clock_input(p));
        let found = known().find(|port| port.name == name || port.base == name);
        found.map(|port| port.name.clone()).ok_or_else(|| SimError::UnknownClock {
            clock: name.to_owned(),
            clocks: names(known()),
        })
    }

    fn settle(&mut self) {
        if !self.settled {
            run::settle(&self.program, &mut self.words);
            self.settled = true;
        }
    }

    fn bank(&mut self, path: &str, words: usize) -> Result<&mut state::Bank, SimError> {
        let full = format!("{}.{path}", self.top);
        let fits = |bank: &&mut state::Bank| {
            (bank.path == full || bank.path == path) && words <= bank.words.len()
        };
        let unknown = || SimError::UnknownMemory { path: path.to_owned(), words };
        self.state.banks.iter_mut().find(fits).ok_or_else(unknown)
    }

    fn unknown(&self, path: &str) -> SimError {
        let last = path.rsplit('.').next().unwrap_or(path);
        let mut near: Vec<&str> = self.paths.keys().map(String::as_str).collect();
        near.retain(|known| known.rsplit('.').next().is_some_and(|name| name.starts_with(last)));
        near.sort_unstable();
        near.truncate(5);
        let hint = match near.is_empty() {
            true => "paths look like `lane_0.acc_q`".to_owned(),
            false => format!("similar: {}", near.join(", ")),
        };
        SimError::UnknownPath { top: self.top.clone(), path: path.to_owned(), hint }
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

fn is_clock_input(port: &Port) -> bool {
    port.direction == Direction::ClockInput
}

fn names<'a>(ports: impl Iterator<Item = &'a Port>) -> String {
    let names: Vec<&str> = ports.map(|port| port.name.as_str()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn out_of_range(path: &str, value: String, ty: Ty) -> SimError {
    SimError::ValueOutOfRange { path: path.to_owned(), value, ty }
}
