//! The value changes of a VCD file.
//!
//! The parser works on whole chunks of the file; a change that the chunk does not hold completely
//! is left for the next one.

use super::ids::IdTable;
use super::input::{Input, is_blank};
use super::stream::{Halt, Sink};
use super::vcd_header::shorten;
use super::{Kind, SignalInfo, UNWANTED, VcdProblem};

/// Reads the value changes behind the declarations.
pub(super) struct VcdBody {
    input: Input,
    ids: IdTable,
    shapes: Vec<SignalInfo>,
}

/// Our four values for each character of a bit; zero for characters that are none.
///
/// VHDL's weak values count as the strong ones, its other states as unknown.
pub(super) static BIT: [u8; 256] = {
    let mut table = [0; 256];
    // Pairs of what is written and what it means.
    let pairs = *b"0011xxXxzzZzL0l0H1h1UxuxWxwx-x";
    let mut i = 0;
    while i < pairs.len() {
        table[pairs[i] as usize] = pairs[i + 1];
        i += 2;
    }
    table
};

enum Stop {
    Problem(usize, Box<VcdProblem>),
    Halt(Halt),
}

impl From<Halt> for Stop {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

struct State {
    now: u64,
    in_comment: bool,
}

impl VcdBody {
    pub(super) fn new(input: Input, ids: IdTable, shapes: Vec<SignalInfo>) -> Self {
        Self { input, ids, shapes }
    }

    /// Sends all changes of the wanted signals.
    pub(super) fn run(mut self, wanted: &[u32], sink: &mut Sink) -> Result<(), Halt> {
        let mut state = State { now: 0, in_comment: false };
        loop {
            let (data, at_end) = (self.input.available(), self.input.at_end());
            let mut chunk = Chunk { data, at_end, ids: &self.ids, shapes: &self.shapes, wanted };
            match chunk.parse(&mut state, sink) {
                Ok(used) => self.input.consume(used),
                Err(Stop::Halt(halt)) => return Err(halt),
                Err(Stop::Problem(offset, problem)) => {
                    return Err(Halt::Failed(self.input.problem_at(offset, *problem)));
                }
            }
            sink.progress(self.input.position());
            if at_end {
                return Ok(());
            }
            self.input.refill().map_err(Halt::Failed)?;
        }
    }
}

struct Chunk<'a> {
    data: &'a [u8],
    at_end: bool,
    ids: &'a IdTable,
    shapes: &'a [SignalInfo],
    wanted: &'a [u32],
}

impl<'a> Chunk<'a> {
    /// Where the word at `start` ends; none if the chunk ends first and more follows.
    #[inline]
    fn word_end(&self, start: usize) -> Option<usize> {
        let mut end = start;
        while end < self.data.len() {
            if is_blank(self.data[end]) {
                return Some(end);
            }
            end += 1;
        }
        self.at_end.then_some(end)
    }

    /// Parses what is complete and says how many bytes that is.
    fn parse(&mut self, state: &mut State, sink: &mut Sink) -> Result<usize, Stop> {
        let mut at = 0;
        loop {
            while at < self.data.len() && is_blank(self.data[at]) {
                at += 1;
            }
            if at == self.data.len() {
                return Ok(at);
            }
            let Some(end) = self.word_end(at) else {
                return Ok(at);
            };
            let next = if state.in_comment {
                state.in_comment = &self.data[at..end] != b"$end";
                Some(end)
            } else {
                self.item(at, end, state, sink)?
            };
            match next {
                Some(next) => at = next,
                None => return Ok(at),
            }
        }
    }

    /// Handles one change or command and returns its end; none if it is not complete yet.
    #[inline]
    fn item(
        &self,
        at: usize,
        end: usize,
        state: &mut State,
        sink: &mut Sink,
    ) -> Result<Option<usize>, Stop> {
        let word = &self.data[at..end];
        match word[0] {
            b'#' => self.time(at, &word[1..], state, sink)?,
            b'b' | b'B' | b'r' | b'R' | b's' | b'S' => return self.two_words(at, end, sink),
            b'$' => self.command(at, word, state)?,
            b'p' if word.len() > 1 => return problem(at, VcdProblem::Extended),
            byte if BIT[byte as usize] != 0 => {
                let signal = self.signal(at, &word[1..])?;
                self.bits(at, signal, &word[..1], sink)?;
            }
            _ => return problem(at, VcdProblem::Value(lossy(word))),
        }
        Ok(Some(end))
    }

    fn time(&self, at: usize, text: &[u8], state: &mut State, sink: &mut Sink) -> Result<(), Stop> {
        let mut time = Some(0u64).filter(|_| !text.is_empty());
        for byte in text {
            let digit = byte.wrapping_sub(b'0');
            time = time
                .filter(|_| digit <= 9)
                .and_then(|time| time.checked_mul(10)?.checked_add(u64::from(digit)));
        }
        let Some(time) = time else {
            return problem(at, VcdProblem::Time(lossy(text)));
        };
        if time < state.now {
            return problem(at, VcdProblem::Backwards(state.now, time));
        }
        state.now = time;
        sink.set_time(time);
        Ok(())
    }

    /// A value and an identifier, apart: `b0101 !`, `r1.5 "`, `stext #`.
    fn two_words(&self, at: usize, end: usize, sink: &mut Sink) -> Result<Option<usize>, Stop> {
        let mut start = end;
        while start < self.data.len() && is_blank(self.data[start]) {
            start += 1;
        }
        if start == self.data.len() {
            return if self.at_end { problem(at, VcdProblem::EndsInChange) } else { Ok(None) };
        }
        let Some(id_end) = self.word_end(start) else {
            return Ok(None);
        };
        let signal = self.signal(start, &self.data[start..id_end])?;
        let value = &self.data[at + 1..end];
        match self.data[at] | 0x20 {
            b'b' => self.bits(at, signal, value, sink)?,
            b'r' => self.real(at, signal, value, sink)?,
            _ => {}
        }
        Ok(Some(id_end))
    }

    #[inline]
    fn signal(&self, at: usize, id: &[u8]) -> Result<u32, Stop> {
        match self.ids.get(id) {
            Some(signal) => Ok(signal),
            None if self.at_end && at + id.len() + 1 >= self.data.len() => {
                problem(at, VcdProblem::EndsInChange)
            }
            None => problem(at, VcdProblem::UnknownId(lossy(id))),
        }
    }

    #[inline]
    fn bits(&self, at: usize, signal: u32, value: &[u8], sink: &mut Sink) -> Result<(), Stop> {
        let info = self.shapes[signal as usize];
        match info.kind {
            Kind::Bits => {}
            Kind::Real => return self.wrong_kind(at, "vector of bits", info),
            Kind::Other => return Ok(()),
        }
        let local = self.wanted[signal as usize];
        if local == UNWANTED {
            return Ok(());
        }
        match sink.bits(local, value, info.width, &BIT)? {
            Fit::Yes => Ok(()),
            Fit::TooWide => problem(at, VcdProblem::TooWide(value.len(), info.width)),
            Fit::NoBits => problem(at, VcdProblem::Value(lossy(value))),
        }
    }

    fn real(&self, at: usize, signal: u32, value: &[u8], sink: &mut Sink) -> Result<(), Stop> {
        let info = self.shapes[signal as usize];
        if info.kind != Kind::Real {
            return self.wrong_kind(at, "real number", info);
        }
        let number = std::str::from_utf8(value).ok().and_then(|text| text.parse::<f64>().ok());
        let Some(number) = number else {
            return problem(at, VcdProblem::Value(lossy(value)));
        };
        let local = self.wanted[signal as usize];
        if local != UNWANTED {
            sink.change(local, &number.to_bits().to_le_bytes())?;
        }
        Ok(())
    }

    fn wrong_kind(&self, at: usize, found: &'static str, info: SignalInfo) -> Result<(), Stop> {
        let end = self.word_end(at).unwrap_or(self.data.len());
        let word = lossy(&self.data[at..end]);
        problem(at, VcdProblem::WrongKind(found, word, info.to_string()))
    }

    fn command(&self, at: usize, word: &'a [u8], state: &mut State) -> Result<(), Stop> {
        match word {
            b"$end" | b"$dumpvars" | b"$dumpall" | b"$dumpon" | b"$dumpoff" => {}
            b"$comment" => state.in_comment = true,
            b"$dumpports" | b"$dumpportsall" | b"$dumpportson" | b"$dumpportsoff" => {
                return problem(at, VcdProblem::Extended);
            }
            _ => return problem(at, VcdProblem::Command(lossy(word))),
        }
        Ok(())
    }
}

/// How a value fits its signal.
pub(super) enum Fit {
    Yes,
    TooWide,
    NoBits,
}

#[cold]
fn problem<T>(at: usize, problem: VcdProblem) -> Result<T, Stop> {
    Err(Stop::Problem(at, Box::new(problem)))
}

#[cold]
fn lossy(bytes: &[u8]) -> String {
    shorten(&String::from_utf8_lossy(bytes))
}
