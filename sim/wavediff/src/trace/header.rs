//! What a trace declares: names, widths and the unit of time.

use super::reference;
use crate::timescale::Timescale;

/// The declarations of a trace.
#[derive(Debug, Default)]
pub struct Header {
    /// Unit of the trace's times.
    pub timescale: Timescale,
    /// Declared names, in the order of the file; several may stand for one signal.
    pub vars: Vec<Var>,
    /// The distinct signals.
    pub signals: Vec<SignalInfo>,
    /// What is odd, yet no reason to stop.
    pub notes: Vec<String>,
    names: String,
}

/// One declared name.
#[derive(Debug, Clone, Copy)]
pub struct Var {
    start: u32,
    length: u32,
    /// Index into [`Header::signals`].
    pub signal: u32,
    /// Left and right bound of the declared range, if one was declared.
    pub range: Option<(i32, i32)>,
}

/// Shape of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalInfo {
    /// What kind of value it has.
    pub kind: Kind,
    /// Bits of a value, zero unless the kind is [`Kind::Bits`].
    pub width: u32,
}

/// Kind of a signal's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Bits of 0, 1, x or z.
    Bits,
    /// A real number.
    Real,
    /// Events and strings, which are not compared.
    Other,
}

impl SignalInfo {
    /// Bytes that a value occupies in our state: one per bit, eight for a real.
    pub(crate) fn state_bytes(self) -> u32 {
        match self.kind {
            Kind::Bits => self.width,
            Kind::Real => 8,
            Kind::Other => 0,
        }
    }
}

impl std::fmt::Display for SignalInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            Kind::Bits if self.width == 1 => write!(f, "1 bit"),
            Kind::Bits => write!(f, "{} bits", self.width),
            Kind::Real => write!(f, "real"),
            Kind::Other => write!(f, "event or string"),
        }
    }
}

impl Header {
    /// Full path of a name, without its range: scopes and name joined by dots.
    pub fn path(&self, var: &Var) -> &str {
        &self.names[var.start as usize..(var.start + var.length) as usize]
    }

    /// Full path with the range as viewers write it: `top.core.acc[7:0]`.
    pub fn display(&self, var: &Var) -> String {
        match var.range {
            Some((left, right)) => format!("{}[{left}:{right}]", self.path(var)),
            None => self.path(var).to_owned(),
        }
    }

    /// Shape of the signal behind a name.
    pub fn info(&self, var: &Var) -> SignalInfo {
        self.signals[var.signal as usize]
    }
}

/// Collects declarations while the file is read.
#[derive(Default)]
pub(super) struct HeaderBuilder {
    pub(super) header: Header,
    scope: String,
    marks: Vec<usize>,
}

impl HeaderBuilder {
    pub(super) fn enter(&mut self, scope: &str) {
        self.marks.push(self.scope.len());
        self.scope.push_str(scope.strip_prefix('\\').unwrap_or(scope));
        self.scope.push('.');
    }

    /// False if no scope is open.
    pub(super) fn leave(&mut self) -> bool {
        match self.marks.pop() {
            Some(length) => {
                self.scope.truncate(length);
                true
            }
            None => false,
        }
    }

    /// The finished declarations, without the room that growing tables leave.
    pub(super) fn finish(mut self) -> Header {
        self.header.names.shrink_to_fit();
        self.header.vars.shrink_to_fit();
        self.header.signals.shrink_to_fit();
        self.header
    }

    pub(super) fn add_signal(&mut self, info: SignalInfo) -> u32 {
        self.header.signals.push(info);
        // The callers' files hold fewer than 2^32 bytes of names, so fewer signals.
        (self.header.signals.len() - 1) as u32
    }

    /// False if the names exceed the address space of their table.
    pub(super) fn declare(&mut self, reference: &str, signal: u32) -> bool {
        let info = self.header.signals[signal as usize];
        let (name, range) = reference::split(reference, info);
        let names = &mut self.header.names;
        let start = names.len();
        names.push_str(&self.scope);
        names.push_str(name);
        if u32::try_from(names.len()).is_err() {
            return false;
        }
        let (start, length) = (start as u32, (names.len() - start) as u32);
        self.header.vars.push(Var { start, length, signal, range });
        true
    }
}
