//! What is compared: worked out once, before the first value is read.

use std::collections::HashMap;
use std::sync::Arc;

use crate::annotate::Annotations;
use crate::error::{DiffError, SetupError};
use crate::layout::{Layout, Operand};
use crate::names::Namer;
use crate::options::{Alignment, ClockOptions, Options, SamplePoint};
use crate::pairs::{Pair, Pairing, Parts, Sides};
use crate::resolve::Resolver;
use crate::side::Clock;
use crate::timescale::Timescale;
use crate::trace::{Header, Kind, Trace, bit_of};

/// One comparison of a golden value with the other trace's.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) golden: Operand,
    pub(crate) dut: Operand,
    pub(crate) kind: Kind,
    /// The pair that gives it its name.
    pub(crate) pair: u32,
    /// Further pairs of names for the same two signals.
    pub(crate) aliases: u32,
    /// Index into the map's signals.
    pub(crate) annotation: Option<u32>,
}

/// Control signals of a stream in one trace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pins {
    pub(crate) clock: Clock,
    pub(crate) valid: Option<u32>,
    pub(crate) ready: Option<u32>,
}

/// One stream of transactions.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) name: String,
    pub(crate) golden: Pins,
    pub(crate) dut: Pins,
    /// Indices of comparisons.
    pub(crate) payload: Vec<u32>,
}

/// How samples are brought together, with all names resolved.
#[derive(Debug)]
pub(crate) enum Mode {
    Time,
    Clock { golden: Clock, dut: Clock },
    Streams(Vec<Stream>),
}

/// Comparisons by their operands; those of whole signals apart, since there may be millions.
#[derive(Default)]
struct Known {
    whole: HashMap<(u32, u32), u32>,
    split: HashMap<(Operand, Operand), u32>,
}

impl Known {
    /// Remembers a comparison, or returns the earlier one of the same operands.
    fn insert(&mut self, operands: &(Operand, Operand), index: u32) -> Option<u32> {
        let known = match operands {
            (Operand::Whole(golden), Operand::Whole(dut)) => {
                *self.whole.entry((*golden, *dut)).or_insert(index)
            }
            _ => *self.split.entry(operands.clone()).or_insert(index),
        };
        (known != index).then_some(known)
    }
}

/// The whole plan.
pub(crate) struct Plan {
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) golden: Arc<Layout>,
    pub(crate) dut: Arc<Layout>,
    pub(crate) mode: Mode,
    pub(crate) sample: SamplePoint,
    pub(crate) annotations: Annotations,
    pub(crate) pairing: Pairing,
    /// The finer unit of both traces.
    pub(crate) common: Timescale,
    /// One line that says how samples are aligned.
    pub(crate) alignment: String,
    golden_namer: Namer,
}

impl Plan {
    /// Pairs the signals of two traces and looks up all names that the options give.
    pub(crate) fn new(golden: &Trace, dut: &Trace, options: &Options) -> Result<Self, DiffError> {
        let golden_namer = options.names.golden_namer(&options.map);
        let dut_namer = options.names.dut_namer(&options.map)?;
        let sides = Sides {
            golden,
            dut,
            golden_namer: &golden_namer,
            dut_namer: &dut_namer,
            rules: &options.names,
        };
        let pairing = sides.pair()?;
        let mut resolver = Resolver::new(&sides, &options.map);
        let annotations = Annotations::new(&options.map, &golden_namer, &mut resolver)?;
        let mut plan = Self {
            comparisons: Vec::new(),
            golden: Arc::new(Layout::new(&golden.header)),
            dut: Arc::new(Layout::new(&dut.header)),
            mode: Mode::Time,
            sample: SamplePoint::Before,
            annotations,
            pairing,
            common: golden.header.timescale.min(dut.header.timescale),
            alignment: "each moment of change".to_owned(),
            golden_namer: golden_namer.clone(),
        };
        match &options.alignment {
            Alignment::Time => plan.compare_all(golden, dut),
            Alignment::Clock(clocks) => {
                plan.compare_all(golden, dut);
                plan.align_clocks(&mut resolver, clocks)?;
            }
            Alignment::Streams(clocks) => {
                plan.align_streams(golden, dut, &mut resolver, clocks, options)?;
            }
        }
        plan.annotations.contexts = resolver.context_locals(Arc::make_mut(&mut plan.golden));
        plan.link();
        Ok(plan)
    }

    /// Tells both layouts which comparison reads which signal.
    fn link(&mut self) {
        let (golden, dut) = (Arc::make_mut(&mut self.golden), Arc::make_mut(&mut self.dut));
        golden.link(self.comparisons.iter().map(|comparison| &comparison.golden));
        dut.link(self.comparisons.iter().map(|comparison| &comparison.dut));
    }

    /// Common name of a pair.
    pub(crate) fn name(&self, golden: &Header, pair: &Pair) -> String {
        let path = golden.path(&golden.vars[pair.golden.first() as usize]);
        let name = self.golden_namer.name(path).unwrap_or_else(|| path.into());
        match (&pair.golden, bit_of(&name)) {
            (Parts::Split(_), Some((base, _))) => base.to_owned(),
            _ => name.into_owned(),
        }
    }

    /// Local numbers of the clocks and handshakes of one trace, each once.
    pub(crate) fn controls(&self, of_golden: bool) -> Vec<u32> {
        let mut controls = match &self.mode {
            Mode::Time => Vec::new(),
            Mode::Clock { golden, dut } => vec![if of_golden { golden } else { dut }.local],
            Mode::Streams(streams) => streams
                .iter()
                .map(|stream| if of_golden { stream.golden } else { stream.dut })
                .flat_map(|pins| [Some(pins.clock.local), pins.valid, pins.ready])
                .flatten()
                .collect(),
        };
        controls.sort_unstable();
        controls.dedup();
        controls
    }

    fn compare_all(&mut self, golden: &Trace, dut: &Trace) {
        let mut known = Known::default();
        self.comparisons.reserve_exact(self.pairing.pairs.len());
        for pair in 0..self.pairing.pairs.len() {
            self.compare(golden, dut, pair as u32, &mut known);
        }
    }

    /// Adds the comparison of a pair, or counts it as an alias of one that exists.
    fn compare(&mut self, golden: &Trace, dut: &Trace, pair: u32, known: &mut Known) -> u32 {
        let names = &self.pairing.pairs[pair as usize];
        let first = &golden.header.vars[names.golden.first() as usize];
        let kind = golden.header.info(first).kind;
        let operands = (
            Arc::make_mut(&mut self.golden).operand(&golden.header, &names.golden),
            Arc::make_mut(&mut self.dut).operand(&dut.header, &names.dut),
        );
        let annotation = self.annotations.of(|| self.name(&golden.header, names));
        let index = self.comparisons.len() as u32;
        if let Some(index) = known.insert(&operands, index) {
            let comparison = &mut self.comparisons[index as usize];
            comparison.aliases += 1;
            // The name that means something is the one to report.
            if comparison.annotation.is_none() && annotation.is_some() {
                (comparison.annotation, comparison.pair) = (annotation, pair);
            }
            return index;
        }
        let (golden, dut) = operands;
        self.comparisons.push(Comparison { golden, dut, kind, pair, aliases: 0, annotation });
        index
    }

    fn align_clocks(
        &mut self,
        resolver: &mut Resolver<'_>,
        clocks: &ClockOptions,
    ) -> Result<(), DiffError> {
        let (golden_name, dut_name) = resolver.clock_names(clocks);
        let golden =
            resolver.golden_bit(Arc::make_mut(&mut self.golden), &golden_name, "the clock")?;
        let dut = resolver.dut_bit(Arc::make_mut(&mut self.dut), &dut_name, "the clock")?;
        self.alignment = format!(
            "{} edges of {golden_name} (golden) and {dut_name} (other)",
            format!("{:?}", clocks.edge).to_lowercase()
        );
        let edge = clocks.edge;
        let (golden, dut) = (Clock { local: golden, edge }, Clock { local: dut, edge });
        self.mode = Mode::Clock { golden, dut };
        self.sample = clocks.sample;
        Ok(())
    }

    fn align_streams(
        &mut self,
        golden: &Trace,
        dut: &Trace,
        resolver: &mut Resolver<'_>,
        clocks: &ClockOptions,
        options: &Options,
    ) -> Result<(), DiffError> {
        let by_name: HashMap<String, u32> = (0..)
            .zip(&self.pairing.pairs)
            .map(|(index, pair)| (self.name(&golden.header, pair), index))
            .collect();
        let mut known = Known::default();
        let mut streams = Vec::new();
        for stream in &options.map.streams {
            if stream.payload.is_empty() {
                return Err(SetupError::NoPayload(stream.name.clone()).into());
            }
            let mut payload = Vec::new();
            for name in &stream.payload {
                let folded = self.golden_namer.fold(name);
                let pair = by_name.get(folded.as_ref()).copied();
                let pair = pair.ok_or_else(|| SetupError::Payload {
                    stream: stream.name.clone(),
                    name: name.clone(),
                })?;
                payload.push(self.compare(golden, dut, pair, &mut known));
            }
            let golden = resolver.golden_pins(Arc::make_mut(&mut self.golden), stream, clocks)?;
            let dut = resolver.dut_pins(Arc::make_mut(&mut self.dut), stream, clocks)?;
            streams.push(Stream { name: stream.name.clone(), golden, dut, payload });
        }
        let names: Vec<_> = streams.iter().map(|stream| stream.name.as_str()).collect();
        self.alignment = format!("transactions of {}", names.join(", "));
        self.mode = Mode::Streams(streams);
        self.sample = clocks.sample;
        Ok(())
    }
}
