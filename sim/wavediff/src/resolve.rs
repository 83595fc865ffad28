//! Looks up single signals that the user names: clocks, handshakes, annotations.

use crate::error::{DiffError, SetupError};
use crate::layout::Layout;
use crate::map::{Handshake, MapStream, SignalMap};
use crate::names::Namer;
use crate::options::ClockOptions;
use crate::pairs::Sides;
use crate::plan::Pins;
use crate::side::Clock;
use crate::suggest;
use crate::trace::{Kind, SignalInfo, Trace, Var};

/// Finds signals by name in both traces.
pub(crate) struct Resolver<'a> {
    golden: (&'a Trace, &'a Namer),
    dut: (&'a Trace, &'a Namer),
    map: &'a SignalMap,
    /// Golden signals that annotations read.
    contexts: Vec<u32>,
}

/// Stands for "there is none" where a name is expected.
const NONE: &str = "-";

impl<'a> Resolver<'a> {
    pub(crate) fn new(sides: &Sides<'a>, map: &'a SignalMap) -> Self {
        let golden = (sides.golden, sides.golden_namer);
        let dut = (sides.dut, sides.dut_namer);
        Self { golden, dut, map, contexts: Vec::new() }
    }

    /// Clock names of both traces: from the command line, else from the map, else the golden one
    /// for both.
    pub(crate) fn clock_names(&self, clocks: &ClockOptions) -> (String, String) {
        let golden = clocks.golden.clone().or_else(|| self.map.golden.clock.clone());
        let dut = clocks.dut.clone().or_else(|| self.map.dut.clock.clone());
        let golden = golden.or_else(|| dut.clone()).unwrap_or_else(|| "clk".to_owned());
        let dut = dut.unwrap_or_else(|| golden.clone());
        (golden, dut)
    }

    pub(crate) fn golden_bit(
        &self,
        layout: &mut Layout,
        name: &str,
        role: &str,
    ) -> Result<u32, SetupError> {
        bit(self.golden, layout, name, role)
    }

    pub(crate) fn dut_bit(
        &self,
        layout: &mut Layout,
        name: &str,
        role: &str,
    ) -> Result<u32, SetupError> {
        bit(self.dut, layout, name, role)
    }

    /// Remembers a golden signal whose value annotations show; returns its number among those.
    pub(crate) fn context(&mut self, name: &str) -> Result<u32, SetupError> {
        let (var, _) = find(self.golden, name, "an annotation")?;
        let known = self.contexts.iter().position(|signal| *signal == var.signal);
        Ok(known.unwrap_or_else(|| {
            self.contexts.push(var.signal);
            self.contexts.len() - 1
        }) as u32)
    }

    /// The local numbers of all context signals, in order.
    pub(crate) fn context_locals(&self, layout: &mut Layout) -> Vec<u32> {
        let header = &self.golden.0.header;
        self.contexts.iter().map(|signal| layout.want(header, *signal)).collect()
    }

    pub(crate) fn golden_pins(
        &self,
        layout: &mut Layout,
        stream: &MapStream,
        clocks: &ClockOptions,
    ) -> Result<Pins, DiffError> {
        let default = clocks.golden.as_ref().or(self.map.golden.clock.as_ref());
        pins(self.golden, layout, stream, &stream.golden, (default, clocks))
    }

    pub(crate) fn dut_pins(
        &self,
        layout: &mut Layout,
        stream: &MapStream,
        clocks: &ClockOptions,
    ) -> Result<Pins, DiffError> {
        let golden = clocks.golden.as_ref().or(self.map.golden.clock.as_ref());
        let default = clocks.dut.as_ref().or(self.map.dut.clock.as_ref()).or(golden);
        pins(self.dut, layout, stream, &stream.dut, (default, clocks))
    }
}

fn pins(
    side: (&Trace, &Namer),
    layout: &mut Layout,
    stream: &MapStream,
    special: &Handshake,
    (default_clock, clocks): (Option<&String>, &ClockOptions),
) -> Result<Pins, DiffError> {
    let role = |what: &str| format!("{what} of stream '{}'", stream.name);
    let clock = special.clock.as_ref().or(stream.clock.as_ref()).or(default_clock);
    let clock = clock.ok_or_else(|| SetupError::NoClock(stream.name.clone()))?;
    let local = bit(side, layout, clock, &role("clock"))?;
    let mut optional = |special: &Option<String>, shared: &Option<String>, what: &str| match special
        .as_ref()
        .or(shared.as_ref())
        .map(String::as_str)
    {
        None | Some(NONE) => Ok(None),
        Some(name) => bit(side, layout, name, &role(what)).map(Some),
    };
    let valid = optional(&special.valid, &stream.valid, "valid")?;
    let ready = optional(&special.ready, &stream.ready, "ready")?;
    Ok(Pins { clock: Clock { local, edge: clocks.edge }, valid, ready })
}

fn bit(
    side: (&Trace, &Namer),
    layout: &mut Layout,
    name: &str,
    role: &str,
) -> Result<u32, SetupError> {
    let (var, info) = find(side, name, role)?;
    if info != (SignalInfo { kind: Kind::Bits, width: 1 }) {
        return Err(SetupError::NotOneBit {
            file: side.0.file.clone(),
            name: name.to_owned(),
            role: role.to_owned(),
            shape: info.to_string(),
        });
    }
    Ok(layout.want(&side.0.header, var.signal))
}

fn find(
    (trace, namer): (&Trace, &Namer),
    name: &str,
    role: &str,
) -> Result<(Var, SignalInfo), SetupError> {
    let header = &trace.header;
    let (file, name, role) = (trace.file.clone(), name.to_owned(), role.to_owned());
    match namer.find(header, &name).as_slice() {
        [] => {
            let near = suggest::near(header, &name);
            Err(SetupError::NoSignal { file, name, role, near })
        }
        [var] => Ok((*var, header.info(var))),
        several => {
            let some = several.iter().take(suggest::SHOWN);
            let candidates = some.map(|var| header.path(var).to_owned()).collect();
            Err(SetupError::Ambiguous { file, name, role, candidates })
        }
    }
}
