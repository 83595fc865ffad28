//! Counts the bits that change in a VCD, line by line: memory grows with the signals, not with the
//! length of the trace.

use std::collections::HashMap;
use std::io::BufRead;

use crate::PowerError;

/// A signal and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Scopes and name, with dots between.
    pub path: String,
    /// Its bits.
    pub width: u32,
    /// Bits that changed from 0 to 1 or back; what is or was unknown does not count.
    pub toggles: u64,
    /// The first declaration of its value in the trace; others are the same wire by another name.
    pub first: bool,
}

/// A trace's signals and its length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Toggles {
    /// All declared signals, in the order of their declarations.
    pub signals: Vec<Signal>,
    /// From the first to the last time, in units of the trace.
    pub time: u64,
}

/// What is known of a value while the trace is read.
struct Value {
    width: u32,
    /// Bits as characters, the highest first; empty before the first value.
    bits: Vec<u8>,
    toggles: u64,
}

#[derive(Default)]
struct Reader {
    /// Scopes that are open.
    scopes: Vec<String>,
    /// Path, width and place of the value of each declaration.
    declared: Vec<(String, u32, usize)>,
    codes: HashMap<String, usize>,
    values: Vec<Value>,
    times: Option<(u64, u64)>,
}

fn wrong(line: usize, what: &str) -> PowerError {
    PowerError::Trace { line, what: what.to_owned() }
}

/// A bit that stands for a number; x and z do not.
fn known(bit: u8) -> bool {
    bit == b'0' || bit == b'1'
}

impl Value {
    fn change(&mut self, text: &str) {
        let width = self.width as usize;
        // Short values continue with zeros, or with their first bit if that is not known.
        let first = text.bytes().next().unwrap_or(b'0').to_ascii_lowercase();
        let fill = if known(first) { b'0' } else { first };
        let text = &text[text.len().saturating_sub(width)..];
        let mut bits = vec![fill; width - text.len()];
        bits.extend(text.bytes().map(|bit| bit.to_ascii_lowercase()));
        let pairs = self.bits.iter().zip(&bits);
        let changed = pairs.filter(|(old, new)| known(**old) && known(**new) && old != new);
        self.toggles += changed.count() as u64;
        self.bits = bits;
    }
}

impl Reader {
    fn declare(&mut self, number: usize, words: &[&str]) -> Result<(), PowerError> {
        match words {
            ["$scope", _, name, ..] => self.scopes.push((*name).to_owned()),
            ["$upscope", ..] => drop(self.scopes.pop()),
            ["$var", kind, width, code, name, ..] if !["real", "event"].contains(kind) => {
                let width = width.parse().map_err(|_| wrong(number, "a width is no number"))?;
                let next = self.values.len();
                let place = *self.codes.entry((*code).to_owned()).or_insert(next);
                if place == next {
                    self.values.push(Value { width, bits: Vec::new(), toggles: 0 });
                }
                let path = [&self.scopes[..], &[(*name).to_owned()]].concat().join(".");
                self.declared.push((path, width, place));
            }
            _ => {}
        }
        Ok(())
    }

    fn change(&mut self, number: usize, line: &str) -> Result<(), PowerError> {
        let (value, code) = match line.as_bytes()[0] {
            b'#' => {
                let time = line[1..].trim().parse();
                let time = time.map_err(|_| wrong(number, "a time is no number"))?;
                let (start, _) = *self.times.get_or_insert((time, time));
                self.times = Some((start, time));
                return Ok(());
            }
            b'b' | b'B' => {
                line[1..].split_once(' ').ok_or_else(|| wrong(number, "a value without a name"))?
            }
            b'0' | b'1' | b'x' | b'X' | b'z' | b'Z' => line.split_at(1),
            // Real numbers, and the words around first values.
            b'r' | b'R' | b's' | b'S' | b'$' => return Ok(()),
            _ => return Err(wrong(number, "neither a time nor a value")),
        };
        // What was not declared above is of a kind that has no bits.
        if let Some(place) = self.codes.get(code.trim()) {
            self.values[*place].change(value);
        }
        Ok(())
    }

    fn finish(self) -> Result<Toggles, PowerError> {
        let mut named = vec![false; self.values.len()];
        let signal = |(path, width, place): (String, u32, usize)| {
            let first = !std::mem::replace(&mut named[place], true);
            Signal { path, width, toggles: self.values[place].toggles, first }
        };
        let signals: Vec<Signal> = self.declared.into_iter().map(signal).collect();
        if signals.iter().all(|signal| signal.toggles == 0) {
            return Err(PowerError::Still);
        }
        let (start, end) = self.times.unwrap_or_default();
        Ok(Toggles { signals, time: end - start })
    }
}

impl Toggles {
    /// Reads a trace to its end.
    pub fn read(trace: impl BufRead) -> Result<Toggles, PowerError> {
        let (mut reader, mut open) = (Reader::default(), true);
        for (index, line) in trace.lines().enumerate() {
            let number = index + 1;
            let line = line.map_err(|source| wrong(number, &source.to_string()))?;
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            if open {
                let words: Vec<&str> = line.split_whitespace().collect();
                open = words[0] != "$enddefinitions";
                reader.declare(number, &words)?;
            } else {
                reader.change(number, line)?;
            }
        }
        reader.finish()
    }

    /// Changes of all signals, each wire once.
    pub fn total(&self) -> u64 {
        self.signals.iter().filter(|signal| signal.first).map(|signal| signal.toggles).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "$timescale 1ns $end\n$scope module tb $end\n$var wire 1 ! clk $end\n\
        $scope module dut $end\n$var wire 1 ! clk_i $end\n$var reg 4 \" count [3:0] $end\n\
        $var real 64 # mean $end\n$upscope $end\n$upscope $end\n$enddefinitions $end\n\
        $dumpvars\n0!\nbx \"\nr0 #\n$end\n#5\n1!\nb11 \"\n#10\n0!\nb100 \"\nr1.5 #\n#15\n1!\n\
        bx100 \"\n#20\nb1111 \"\n";

    #[test]
    fn known_bits_that_change_are_counted() {
        let toggles = Toggles::read(TRACE.as_bytes()).unwrap();
        let of = |path: &str| {
            let found = toggles.signals.iter().find(|signal| signal.path == path).unwrap();
            (found.toggles, found.first)
        };
        // 0 to 1, back, and again; by two names.
        assert_eq!((of("tb.clk"), of("tb.dut.clk_i")), ((3, true), (3, false)));
        // From unknown to 0011 nothing, to 0100 three bits, to xx100 none of four, to 1111 two
        // that were known.
        assert_eq!(of("tb.dut.count"), (5, true));
        assert_eq!((toggles.total(), toggles.time), (8, 15));
    }

    #[test]
    fn what_is_no_trace_is_named_with_its_line() {
        let message = |text: &str| Toggles::read(text.as_bytes()).unwrap_err().to_string();
        let damaged = TRACE.replace("#10", "#ten");
        assert_eq!(
            message(&damaged),
            "line 19 of the trace: a time is no number; only VCD is read here"
        );
        assert!(message(&TRACE.replace("b11 \"", "b11")).contains("line 18"), "no name");
        assert!(message(&TRACE.replace("b11 \"", "?")).contains("neither a time nor a value"));
        assert!(message("hello\n").contains("nothing changes in the trace"));
    }
}
