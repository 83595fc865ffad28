//! The value change dump.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use vcd::{IdCode, TimescaleUnit, Value, VarType};

use super::event::{Beat, Place, Stream};
use super::signals::{LAYER, Signals, TILE, lane};

/// Nanoseconds of a cycle; the clock rises in its middle.
const PERIOD: u64 = 10;
/// Bits of the helpers for annotations.
const HELPER: u32 = 24;

/// A signal in the dump.
#[derive(Debug, Clone, Copy)]
struct Shown {
    code: IdCode,
    width: u32,
    last: Option<Option<u64>>,
}

/// A dump that is being written.
pub(super) struct Wave<'a> {
    writer: vcd::Writer<&'a mut dyn Write>,
    shown: BTreeMap<String, Shown>,
    signals: &'a Signals,
    /// The last cycle that was written.
    cycle: u64,
    /// Valid signals that are set in it.
    valid: Vec<&'static str>,
    transactions: u64,
}

/// The clock's name below the machine.
pub(super) const CLOCK: &str = "clk_i";

impl<'a> Wave<'a> {
    pub(super) fn start(out: &'a mut dyn Write, signals: &'a Signals) -> io::Result<Wave<'a>> {
        let mut widths = BTreeMap::from([(CLOCK.to_owned(), 1)]);
        for stream in &signals.streams {
            widths.insert(stream.valid.into(), 1);
            widths.extend(stream.ready.map(|ready| (ready.to_owned(), 1)));
            widths.extend(stream.payload.iter().map(|s| (s.path.clone(), s.width)));
        }
        let helpers = [LAYER.to_owned(), TILE.to_owned()].into_iter();
        let helpers = helpers.chain((0..signals.columns).map(lane));
        widths.extend(helpers.map(|name| (name, HELPER)));

        let mut writer = vcd::Writer::new(out);
        writer.version(concat!("bitladder-verify ", env!("CARGO_PKG_VERSION"), ", golden"))?;
        writer.timescale(1, TimescaleUnit::NS)?;
        writer.add_module(&signals.scope)?;
        let shown = declare(&mut writer, &widths)?;
        writer.upscope()?;
        writer.enddefinitions()?;
        let (cycle, valid, transactions) = (0, Vec::new(), 0);
        let mut wave = Wave { writer, shown, signals, cycle, valid, transactions };
        wave.writer.timestamp(0)?;
        wave.set(CLOCK, Some(0))?;
        for stream in &signals.streams {
            wave.set(stream.valid, Some(0))?;
            if let Some(ready) = stream.ready {
                wave.set(ready, Some(1))?;
            }
        }
        wave.edge(0)?;
        Ok(wave)
    }

    fn set(&mut self, name: &str, value: Option<u64>) -> io::Result<()> {
        let Some(shown) = self.shown.get_mut(name) else { return Ok(()) };
        let value = value.map(|bits| bits & (u64::MAX >> (64 - shown.width)));
        if shown.last.replace(value) == Some(value) {
            return Ok(());
        }
        let bit = |index| value.map_or(Value::X, |bits| Value::from(bits >> index & 1 == 1));
        match shown.width {
            1 => self.writer.change_scalar(shown.code, bit(0)),
            width => self.writer.change_vector(shown.code, (0..width).rev().map(bit)),
        }
    }

    /// The rising edge of a cycle.
    fn edge(&mut self, cycle: u64) -> io::Result<()> {
        self.cycle = cycle;
        self.writer.timestamp(cycle * PERIOD + PERIOD / 2)?;
        self.set(CLOCK, Some(1))
    }

    /// Cycles in which nothing happens, and the beginning of the next.
    fn advance(&mut self, cycle: u64) -> io::Result<()> {
        for next in self.cycle + 1..=cycle {
            self.writer.timestamp(next * PERIOD)?;
            self.set(CLOCK, Some(0))?;
            for valid in std::mem::take(&mut self.valid) {
                self.set(valid, Some(0))?;
            }
            if next < cycle {
                self.edge(next)?;
            }
        }
        Ok(())
    }

    /// Writes a beat in a cycle, or in the next one if that is over.
    pub(super) fn beat(&mut self, beat: &Beat, cycle: u64) -> io::Result<()> {
        let cycle = cycle.max(self.cycle + 1);
        self.advance(cycle)?;
        self.place(beat.place)?;
        for event in &beat.events {
            self.transaction(event.stream, &event.values)?;
        }
        self.edge(cycle)
    }

    fn transaction(&mut self, stream: Stream, values: &[Option<u64>]) -> io::Result<()> {
        let signals = self.signals;
        let Some(found) = signals.streams.iter().find(|s| s.stream == stream) else {
            return Ok(());
        };
        self.set(found.valid, Some(1))?;
        self.valid.push(found.valid);
        self.transactions += 1;
        for (signal, value) in found.payload.iter().zip(values) {
            self.set(&signal.path, *value)?;
        }
        Ok(())
    }

    fn place(&mut self, place: Place) -> io::Result<()> {
        self.set(LAYER, Some(place.layer.into()))?;
        self.set(TILE, place.tile)?;
        let columns = self.signals.columns;
        for column in 0..columns {
            let number = |row: u64| row * columns as u64 + column as u64;
            self.set(&lane(column), place.row.map(number))?;
        }
        Ok(())
    }

    /// The cycle of the last beat.
    pub(super) fn now(&self) -> u64 {
        self.cycle
    }

    /// Completes the dump; gives its transactions and cycles.
    pub(super) fn end(mut self) -> io::Result<(u64, u64)> {
        let last = self.cycle + 1;
        self.advance(last)?;
        self.edge(last)?;
        self.writer.flush()?;
        Ok((self.transactions, last))
    }
}

/// Declares variables in the scopes of their paths, which come sorted.
fn declare(
    writer: &mut vcd::Writer<&mut dyn Write>,
    widths: &BTreeMap<String, u32>,
) -> io::Result<BTreeMap<String, Shown>> {
    let mut shown = BTreeMap::new();
    let mut by_scope: HashMap<Vec<&str>, Vec<(&str, &str, u32)>> = HashMap::new();
    for (path, width) in widths {
        let mut scopes: Vec<&str> = path.split('.').collect();
        let name = scopes.pop().unwrap_or_default();
        by_scope.entry(scopes).or_default().push((path, name, *width));
    }
    let mut scopes: Vec<_> = by_scope.into_iter().collect();
    scopes.sort();
    for (scope, variables) in scopes {
        for name in &scope {
            writer.add_module(name)?;
        }
        for (path, name, width) in variables {
            let range = vcd::ReferenceIndex::Range(width as i32 - 1, 0);
            let code = writer.add_var(VarType::Wire, width, name, (width > 1).then_some(range))?;
            shown.insert(path.to_owned(), Shown { code, width, last: None });
        }
        for _ in &scope {
            writer.upscope()?;
        }
    }
    Ok(shown)
}
