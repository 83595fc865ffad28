//! The declarations of a VCD file.

use std::io::Read;

use super::header::HeaderBuilder;
use super::ids::IdTable;
use super::input::Input;
use super::vcd_body::VcdBody;
use super::{Header, Kind, MAX_WIDTH, SignalInfo, TraceError, VcdProblem};
use crate::timescale::Timescale;

/// Most bytes of a command that are kept; longer ones are comments anyway.
const MAX_COMMAND: usize = 1 << 16;

/// Reads the declarations and returns them with a reader that stands before the value changes.
pub(super) fn open(
    reader: Box<dyn Read + Send>,
    file: &str,
) -> Result<(Header, VcdBody), TraceError> {
    let input = Input::new(reader, file);
    let mut parser = Parser {
        input,
        builder: HeaderBuilder::default(),
        ids: IdTable::default(),
        word: Vec::new(),
        body: Vec::new(),
        has_timescale: false,
    };
    while parser.command()? {}
    let mut header = parser.builder.finish();
    if !parser.has_timescale {
        header.notes.push(format!("{file} declares no time scale; 1 ns is assumed"));
    }
    let shapes = header.signals.clone();
    Ok((header, VcdBody::new(parser.input, parser.ids, shapes)))
}

struct Parser {
    input: Input,
    builder: HeaderBuilder,
    ids: IdTable,
    word: Vec<u8>,
    /// Words of the current command, each closed by a blank.
    body: Vec<u8>,
    has_timescale: bool,
}

impl Parser {
    fn fail<T>(&self, problem: VcdProblem) -> Result<T, TraceError> {
        Err(self.input.problem_at(0, problem))
    }

    /// Reads one command; false after `$enddefinitions`.
    fn command(&mut self) -> Result<bool, TraceError> {
        if !self.input.word(&mut self.word)? {
            return self.fail(VcdProblem::EndsInDeclarations);
        }
        let name = String::from_utf8_lossy(&self.word).into_owned();
        if !name.starts_with('$') {
            return self.fail(VcdProblem::BodyBeforeEnd(shorten(&name)));
        }
        if name == "$end" {
            return Ok(true);
        }
        self.read_command_body(&name)?;
        let body = std::mem::take(&mut self.body);
        let text = String::from_utf8_lossy(&body).into_owned();
        self.body = body;
        match name.as_str() {
            "$scope" => {
                let scope = text.split(' ').nth(1).filter(|scope| !scope.is_empty());
                let Some(scope) = scope else {
                    return self.fail(VcdProblem::Incomplete("$scope", shorten(text.trim_end())));
                };
                self.builder.enter(scope);
            }
            "$upscope" if !self.builder.leave() => {
                return self.fail(VcdProblem::UpscopeWithoutScope);
            }
            "$var" => self.declare(&text)?,
            "$timescale" => self.timescale(&text.replace(' ', ""))?,
            "$enddefinitions" => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    /// Collects the words up to `$end`.
    fn read_command_body(&mut self, name: &str) -> Result<(), TraceError> {
        self.body.clear();
        loop {
            if !self.input.word(&mut self.word)? {
                return match name {
                    "$enddefinitions" => self.fail(VcdProblem::NoEnd(name.to_owned())),
                    _ => self.fail(VcdProblem::EndsInDeclarations),
                };
            }
            match self.word.as_slice() {
                b"$end" => return Ok(()),
                // Comments may mention commands; declarations may not. Identifiers start with
                // '$' as well, so only whole names of commands count.
                b"$var" | b"$scope" | b"$upscope" | b"$enddefinitions" if name != "$comment" => {
                    return self.fail(VcdProblem::NoEnd(name.to_owned()));
                }
                [b'#', ..] if name == "$enddefinitions" => {
                    return self.fail(VcdProblem::NoEnd(name.to_owned()));
                }
                _ if self.body.len() < MAX_COMMAND => {
                    self.body.extend_from_slice(&self.word);
                    self.body.push(b' ');
                }
                _ => {}
            }
        }
    }

    fn timescale(&mut self, text: &str) -> Result<(), TraceError> {
        match Timescale::parse(text) {
            Some(scale) => {
                self.builder.header.timescale = scale;
                self.has_timescale = true;
                Ok(())
            }
            None => self.fail(VcdProblem::Timescale(shorten(text))),
        }
    }

    /// `$var kind width identifier reference [range] $end`
    fn declare(&mut self, text: &str) -> Result<(), TraceError> {
        let mut words = text.trim_end().splitn(4, ' ');
        let (Some(kind), Some(width), Some(id), Some(reference)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return self.fail(VcdProblem::Incomplete("$var", shorten(text.trim_end())));
        };
        let reference = reference.replace(' ', "");
        let Some(info) = shape(kind, width) else {
            return self.fail(VcdProblem::Width(shorten(width), shorten(&reference)));
        };
        let signal = self.signal(id, info, &reference)?;
        if self.builder.declare(&reference, signal) {
            return Ok(());
        }
        self.fail(VcdProblem::TooManyNames)
    }

    /// The signal of an identifier, a new one at its first mention.
    fn signal(&mut self, id: &str, info: SignalInfo, name: &str) -> Result<u32, TraceError> {
        let Some(known) = self.ids.get(id.as_bytes()) else {
            let signal = self.builder.add_signal(info);
            self.ids.insert(id.as_bytes(), signal);
            return Ok(signal);
        };
        let before = self.builder.header.signals[known as usize];
        if before == info {
            return Ok(known);
        }
        let (before, now) = (before.to_string(), info.to_string());
        self.fail(VcdProblem::Redeclared(shorten(id), before, shorten(name), now))
    }
}

fn shape(kind: &str, width: &str) -> Option<SignalInfo> {
    let bits: u32 = width.parse().ok().filter(|width| *width <= MAX_WIDTH)?;
    Some(match kind {
        "real" | "realtime" | "real_parameter" | "shortreal" => {
            SignalInfo { kind: Kind::Real, width: 0 }
        }
        "event" | "string" => SignalInfo { kind: Kind::Other, width: 0 },
        _ if bits == 0 => SignalInfo { kind: Kind::Other, width: 0 },
        _ => SignalInfo { kind: Kind::Bits, width: bits },
    })
}

/// Text for an error message; damaged files can have words of megabytes.
pub(super) fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.escape_debug().to_string();
    }
    let head: String = text.chars().take(MOST).collect();
    format!("{}...", head.escape_debug())
}
