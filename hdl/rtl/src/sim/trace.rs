//! Waveforms: a value change dump with the names and the hierarchy of the description.

use std::collections::HashMap;
use std::io::{self, Write};

use vcd::{IdCode, SimulationCommand, TimescaleUnit, Value, VarType};

use super::program::{Slot, load};
use super::state::State;
use super::{Sim, SimError};
use crate::elaborate::{Design, Flat};
use crate::module::body::NetKind;

/// Nanoseconds between two edges. Simulations count edges, not time: the figure only spaces them.
const PERIOD: u64 = 10;

/// What a variable of the dump shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shown {
    Value(Slot),
    /// A clock, by its number.
    Clock(usize),
}

/// One module instance as the dump shows it. Scopes are in depth-first order.
pub(super) struct TraceScope {
    name: String,
    depth: usize,
    variables: Vec<(String, Shown)>,
}

pub(super) fn scopes(design: &Design, slot: impl Fn(u32) -> Slot) -> Vec<TraceScope> {
    let flat = &design.flat;
    let scope = |index: usize| {
        let place = &flat.scopes[index];
        let nets = place.module.body.nets.iter().enumerate();
        let variable = |(number, net): (usize, &crate::module::body::Net)| {
            let clock = match net.kind {
                NetKind::ClockOutput(source) => flat.clocks.of_net.get(&(index, source)),
                _ => flat.clocks.of_net.get(&(index, number as u32)),
            };
            let value = || Shown::Value(slot(place.reader(number as u32)));
            (net.name.clone(), clock.map_or_else(value, |clock| Shown::Clock(*clock)))
        };
        let (name, depth) = (scope_name(flat, index), depth(flat, index));
        TraceScope { name, depth, variables: nets.map(variable).collect() }
    };
    (0..flat.scopes.len()).map(scope).collect()
}

fn scope_name(flat: &Flat, scope: usize) -> String {
    match flat.scopes[scope].parent {
        Some((parent, instance)) => {
            flat.scopes[parent].module.body.instances[instance].name.clone()
        }
        None => flat.scopes[scope].module.name.clone(),
    }
}

fn depth(flat: &Flat, scope: usize) -> usize {
    flat.scopes[scope].parent.map_or(0, |(parent, _)| depth(flat, parent) + 1)
}

/// A dump that is being written.
pub(super) struct Trace {
    writer: vcd::Writer<Box<dyn Write + Send>>,
    /// What each code shows, and the value written last.
    shown: Vec<(IdCode, Shown, Option<u128>)>,
    time: u64,
}

impl Trace {
    fn start(writer: Box<dyn Write + Send>, scopes: &[TraceScope]) -> io::Result<Trace> {
        let mut trace = Trace { writer: vcd::Writer::new(writer), shown: Vec::new(), time: 0 };
        trace.writer.version(concat!("bitladder-rtl ", env!("CARGO_PKG_VERSION")))?;
        trace.writer.timescale(1, TimescaleUnit::NS)?;
        let mut open = 0;
        let mut codes = HashMap::new();
        for scope in scopes {
            trace.close(&mut open, scope.depth)?;
            trace.writer.add_module(&scope.name)?;
            open += 1;
            for (name, shown) in &scope.variables {
                trace.declare(name, *shown, &mut codes)?;
            }
        }
        trace.close(&mut open, 0)?;
        trace.writer.enddefinitions()?;
        Ok(trace)
    }

    fn close(&mut self, open: &mut usize, until: usize) -> io::Result<()> {
        while *open > until {
            self.writer.upscope()?;
            *open -= 1;
        }
        Ok(())
    }

    /// A variable; signals that are one net in the simulation share a code.
    fn declare(
        &mut self,
        name: &str,
        shown: Shown,
        codes: &mut HashMap<Shown, IdCode>,
    ) -> io::Result<()> {
        let width = match shown {
            Shown::Value(slot) => slot.ty.width,
            Shown::Clock(_) => 1,
        };
        let range = (width > 1).then_some(vcd::ReferenceIndex::Range(width as i32 - 1, 0));
        if let Some(code) = codes.get(&shown) {
            return self.writer.var_def(VarType::Wire, width, *code, name, range);
        }
        let code = self.writer.add_var(VarType::Wire, width, name, range)?;
        codes.insert(shown, code);
        self.shown.push((code, shown, None));
        Ok(())
    }

    /// The values as they are now; clocks are high where `state` says so.
    fn values(&mut self, words: &[u64], state: Option<&State>) -> io::Result<()> {
        for (code, shown, last) in &mut self.shown {
            let (bits, width) = match shown {
                Shown::Value(slot) => (load(words, *slot), slot.ty.width),
                Shown::Clock(clock) => {
                    (state.map_or(0, |state| u128::from(state.is_active(*clock))), 1)
                }
            };
            if last.replace(bits) == Some(bits) {
                continue;
            }
            match width {
                1 => self.writer.change_scalar(*code, bits == 1)?,
                _ => {
                    let bit = |index| Value::from(bits >> index & 1 == 1);
                    self.writer.change_vector(*code, (0..width).rev().map(bit))?;
                }
            }
        }
        Ok(())
    }

    /// Inputs have changed; clocks are low.
    pub(super) fn before_edge(&mut self, words: &[u64]) -> Result<(), SimError> {
        self.writer.timestamp(self.time).and_then(|()| self.values(words, None)).map_err(failed)
    }

    /// Registers have changed; the clocks that rose are high.
    pub(super) fn after_edge(&mut self, words: &[u64], state: &State) -> Result<(), SimError> {
        let middle = self.time + PERIOD / 2;
        self.time += PERIOD;
        self.writer.timestamp(middle).and_then(|()| self.values(words, Some(state))).map_err(failed)
    }
}

impl Sim {
    /// Writes every signal from now on as a value change dump that waveform viewers read: scopes
    /// are instances, variables are ports, wires and registers under their Verilog names. Each
    /// step takes 10 ns: inputs change at its start, the clocks that rise do so after 5 ns.
    ///
    /// ```
    /// # use bitladder_rtl::{Design, ModuleBuilder, Sim, uint};
    /// # let m = ModuleBuilder::new("top");
    /// # let clk = m.clock("clk", "clock");
    /// # m.drive(m.output("q", uint(1), "q"), m.pipe("d_q", m.input("d", uint(1), "d"), clk));
    /// # let mut sim = Sim::new(&Design::elaborate(&m.build()?)?)?;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("run.vcd");
    /// sim.trace(std::io::BufWriter::new(std::fs::File::create(path)?))?;
    /// sim.step("clk")?;
    /// sim.end_trace()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trace(&mut self, writer: impl Write + Send + 'static) -> Result<(), SimError> {
        self.end_trace()?;
        self.settle();
        let mut trace = Trace::start(Box::new(writer), &self.scopes).map_err(failed)?;
        let first = |trace: &mut Trace| {
            trace.writer.timestamp(0)?;
            trace.writer.begin(SimulationCommand::Dumpvars)?;
            trace.values(&self.words, None)?;
            trace.writer.end()
        };
        first(&mut trace).map_err(failed)?;
        self.trace = Some(trace);
        Ok(())
    }

    /// Completes the dump with the values as they are now; nothing happens without one.
    pub fn end_trace(&mut self) -> Result<(), SimError> {
        self.settle();
        let Some(mut trace) = self.trace.take() else { return Ok(()) };
        trace.before_edge(&self.words)?;
        trace.writer.flush().map_err(failed)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the signature that map_err wants")]
fn failed(error: io::Error) -> SimError {
    SimError::Trace { reason: error.to_string() }
}
