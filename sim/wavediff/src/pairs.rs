//! Which signals of the two traces belong together.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::SetupError;
use crate::names::{NameRules, Namer};
use crate::split;
use crate::suggest;
use crate::trace::{Header, Kind, Trace, bit_of};

/// One side of a pair: indices into [`Header::vars`], from left to right if there are several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Parts {
    Whole(u32),
    Split(Box<[u32]>),
}

impl Parts {
    pub(crate) fn first(&self) -> u32 {
        match self {
            Self::Whole(var) => *var,
            Self::Split(vars) => vars[0],
        }
    }

    pub(crate) fn vars(&self) -> &[u32] {
        match self {
            Self::Whole(var) => std::slice::from_ref(var),
            Self::Split(vars) => vars,
        }
    }
}

/// Two signals that are compared.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) golden: Parts,
    pub(crate) dut: Parts,
}

/// All pairs, in the order of the golden trace, and what was left over.
#[derive(Debug, Default)]
pub(crate) struct Pairing {
    pub(crate) pairs: Vec<Pair>,
    pub(crate) golden_left: Vec<u32>,
    pub(crate) dut_left: Vec<u32>,
    /// Names that occur more than once in one trace for different signals.
    pub(crate) repeated: usize,
    /// Strings and events, which are not compared.
    pub(crate) incomparable: usize,
}

/// Two traces and how their names are read.
pub(crate) struct Sides<'a> {
    pub(crate) golden: &'a Trace,
    pub(crate) dut: &'a Trace,
    pub(crate) golden_namer: &'a Namer,
    pub(crate) dut_namer: &'a Namer,
    pub(crate) rules: &'a NameRules,
}

struct Entry {
    var: u32,
    met: bool,
}

impl Sides<'_> {
    /// Finds all pairs.
    pub(crate) fn pair(&self) -> Result<Pairing, SetupError> {
        let mut pairing = Pairing::default();
        let mut index = self.index_golden(&mut pairing);
        if index.is_empty() {
            return Err(nothing_selected(self.golden));
        }
        self.meet(&mut index, &mut pairing);
        pairing.golden_left = index.values().filter(|e| !e.met).map(|entry| entry.var).collect();
        drop(index);
        pairing.golden_left.sort_unstable();
        split::join(self, &mut pairing);
        pairing.pairs.sort_unstable_by_key(|pair| pair.golden.first());
        pairing.pairs.shrink_to_fit();
        if pairing.pairs.is_empty() {
            let names = suggest::no_common(self.golden, self.dut);
            return Err(SetupError::NoCommon(Box::new(names)));
        }
        self.check_shapes(&pairing)?;
        Ok(pairing)
    }

    fn index_golden(&self, pairing: &mut Pairing) -> HashMap<Cow<'_, str>, Entry> {
        let header = &self.golden.header;
        let mut index: HashMap<Cow<'_, str>, Entry> = HashMap::new();
        for (number, var) in header.vars.iter().enumerate() {
            let Some(name) = self.golden_namer.name(header.path(var)) else { continue };
            if !self.admits(&name) {
                continue;
            }
            if header.info(var).kind == Kind::Other {
                pairing.incomparable += 1;
                continue;
            }
            let entry = Entry { var: number as u32, met: false };
            if let Some(before) = index.get(&name) {
                let known = &header.vars[before.var as usize];
                pairing.repeated += usize::from(known.signal != var.signal);
            } else {
                index.insert(name, entry);
            }
        }
        index
    }

    /// A filter that admits a vector also admits its bits.
    fn admits(&self, name: &str) -> bool {
        let base = || bit_of(name).is_some_and(|(base, _)| self.rules.admits(base));
        self.rules.admits(name) || (!self.rules.ignores(name) && base())
    }

    fn meet(&self, index: &mut HashMap<Cow<'_, str>, Entry>, pairing: &mut Pairing) {
        let header = &self.dut.header;
        for (number, var) in header.vars.iter().enumerate() {
            if header.info(var).kind == Kind::Other {
                continue;
            }
            let Some(name) = self.dut_namer.name(header.path(var)) else { continue };
            match index.get_mut(name.as_ref()) {
                Some(entry) if !entry.met => {
                    entry.met = true;
                    let (golden, dut) = (Parts::Whole(entry.var), Parts::Whole(number as u32));
                    pairing.pairs.push(Pair { golden, dut });
                }
                Some(_) => pairing.repeated += 1,
                None if self.admits(&name) => pairing.dut_left.push(number as u32),
                None => {}
            }
        }
    }

    fn check_shapes(&self, pairing: &Pairing) -> Result<(), SetupError> {
        let mut examples = Vec::new();
        let mut count = 0;
        for pair in &pairing.pairs {
            let (Parts::Whole(golden), Parts::Whole(dut)) = (&pair.golden, &pair.dut) else {
                continue;
            };
            let var = &self.golden.header.vars[*golden as usize];
            let golden = self.golden.header.info(var);
            let dut = self.dut.header.info(&self.dut.header.vars[*dut as usize]);
            if golden != dut {
                count += 1;
                if examples.len() < suggest::SHOWN {
                    let name = self.golden.header.display(var);
                    examples.push(format!("'{name}' ({golden} in golden, {dut} in the other)"));
                }
            }
        }
        if count == 0 { Ok(()) } else { Err(SetupError::Shapes { count, examples }) }
    }
}

fn nothing_selected(trace: &Trace) -> SetupError {
    let header: &Header = &trace.header;
    let examples = suggest::examples(header);
    SetupError::NothingSelected { file: trace.file.clone(), declared: header.vars.len(), examples }
}
