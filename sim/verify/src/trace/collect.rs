//! From what the interpreter shows to transactions.

use std::collections::HashMap;

use bitladder_machine::isa::{DECISION_WORDS, Descriptor, Destination, Operation, field};
use bitladder_machine::{LanePlace, Machine, MachineConfig, Observer};

use super::Level;
use super::event::{Beat, Event, Place, Stream};

/// Keeps what one layer does.
pub(super) struct Collector<'a> {
    d: &'a Descriptor,
    rows: usize,
    columns: usize,
    /// Sums by tile, pass and row.
    sums: HashMap<(usize, usize, usize), Vec<i64>>,
    /// Stored integers by pixel and pass, in order.
    stored: Vec<((usize, usize), Vec<i32>)>,
}

impl Observer for Collector<'_> {
    fn sum(&mut self, place: LanePlace, sum: i64) {
        self.sums.entry((place.tile, place.pass, place.row)).or_default().push(sum);
    }

    fn stored(&mut self, _layer: u32, pixel: usize, pass: usize, values: &[i32]) {
        self.stored.push(((pixel, pass), values.to_vec()));
    }
}

fn known(value: usize) -> Option<u64> {
    Some(value as u64)
}

impl<'a> Collector<'a> {
    pub(super) fn new(d: &'a Descriptor, config: &MachineConfig) -> Collector<'a> {
        let (rows, columns) = (config.array.rows, config.array.columns);
        Collector { d, rows, columns, sums: HashMap::new(), stored: Vec::new() }
    }

    /// The layer's transactions, from its begin to its end.
    pub(super) fn finish(self, machine: &Machine, level: Level) -> Vec<Beat> {
        let d = self.d;
        let decides = d.operation == Operation::End;
        // A program's end begins only if there is something to decide.
        if decides && d.classes == 0 {
            return Vec::new();
        }
        let mut beats = vec![self.alone(Stream::Begin, fields(d))];
        match d.operation {
            Operation::End => self.decisions(machine, &mut beats),
            Operation::Conv => self.conv(level, &mut beats),
            Operation::MaxPool => self.pool(level, &mut beats),
            _ => self.element(level, &mut beats),
        }
        beats.push(self.alone(Stream::End, vec![Some(d.layer.into())]));
        beats
    }

    fn place(&self) -> Place {
        Place { layer: self.d.layer, ..Place::default() }
    }

    fn alone(&self, stream: Stream, values: Vec<Option<u64>>) -> Beat {
        Beat { place: self.place(), events: vec![Event { stream, values }] }
    }

    fn conv(&self, level: Level, beats: &mut Vec<Beat>) {
        let stored: HashMap<_, _> = self.stored.iter().map(|(at, values)| (*at, values)).collect();
        for tile in 0..self.d.tiles as usize {
            for pass in 0..self.d.passes as usize {
                // The last row leaves the array first, also those behind the last pixel.
                for row in (0..self.rows).rev() {
                    let (pixel, last) = (tile * self.rows + row, row == 0);
                    let values = stored.get(&(pixel, pass)).map(|values| values.as_slice());
                    let mut events = Vec::new();
                    events.extend(self.sums_of(level, (tile, pass, row)));
                    if level != Level::Tile {
                        events.push(self.row((pixel, pass), last, values));
                    }
                    let place = Place { tile: known(tile), row: known(row), ..self.place() };
                    beats.push(Beat { place, events });
                    self.results((pixel, pass), values, place, beats);
                }
            }
        }
        beats.retain(|beat| !beat.events.is_empty());
    }

    /// The row of sums that leaves the array, or the end of the pass.
    fn sums_of(&self, level: Level, at: (usize, usize, usize)) -> Option<Event> {
        let (tile, pass, row) = at;
        let sums = self.sums.get(&at);
        let of = |column| sums.map(|sums: &Vec<i64>| sums[column] as u64);
        let pixel = known(tile * self.rows);
        let (stream, mut values) = match level {
            Level::Tile if row > 0 => return None,
            Level::Tile => (Stream::Pass, vec![known(pass), pixel]),
            _ => {
                let wanted = known(usize::from(sums.is_some()));
                (Stream::Sums, vec![known(row), known(pass), pixel, wanted])
            }
        };
        values.extend((0..self.columns).map(of));
        Some(Event { stream, values })
    }

    /// A row of results at the writer; nobody cares what is in one that does not count.
    fn row(&self, (pixel, pass): (usize, usize), last: bool, values: Option<&[i32]>) -> Event {
        let counts = known(usize::from(values.is_some()));
        let address = known(self.address(pixel, pass));
        let mut all = vec![counts, known(usize::from(last)), address];
        all.extend((0..self.columns).map(|c| values.map(|values| values[c] as u64)));
        Event { stream: Stream::Rows, values: all }
    }

    fn to_results(&self) -> bool {
        self.d.destination == Destination::Results
    }

    /// The word address of a row, as docs/machine.md says.
    fn address(&self, pixel: usize, pass: usize) -> usize {
        let d = self.d;
        let (pitch, step) = match self.to_results() {
            true => (d.classes as usize, self.columns),
            false => (d.output_pixel_words as usize, d.output_step as usize),
        };
        d.output_base as usize + pixel * pitch + pass * step
    }

    /// The words of a row that go to result memory, one after the other.
    fn results(
        &self,
        (pixel, pass): (usize, usize),
        values: Option<&[i32]>,
        place: Place,
        beats: &mut Vec<Beat>,
    ) {
        let channels = (self.d.output_channels as usize).saturating_sub(pass * self.columns);
        let values = values.filter(|_| self.to_results()).unwrap_or_default();
        for (channel, value) in values.iter().take(channels).enumerate() {
            let address = known(self.address(pixel, pass) + channel);
            let values = vec![address, Some(u64::from(*value as u32))];
            beats.push(Beat { place, events: vec![Event { stream: Stream::Results, values }] });
        }
    }

    fn element(&self, level: Level, beats: &mut Vec<Beat>) {
        let pixels = self.d.total_pixels as usize;
        for ((pixel, pass), values) in &self.stored {
            let last = pixel + 1 == pixels;
            if level != Level::Tile {
                let events = vec![self.row((*pixel, *pass), last, Some(values))];
                beats.push(Beat { place: self.place(), events });
            }
            self.results((*pixel, *pass), Some(values), self.place(), beats);
        }
    }

    fn pool(&self, level: Level, beats: &mut Vec<Beat>) {
        if level == Level::Tile {
            return;
        }
        let parts = self.d.output_mode.parts();
        for ((pixel, _), operands) in &self.stored {
            let last = pixel + 1 == self.d.total_pixels as usize;
            let mut values = vec![known(usize::from(last))];
            values.extend(operands.chunks(parts).map(|operands| Some(self.word(operands))));
            beats.push(self.alone(Stream::Groups, values));
        }
    }

    /// A word of operands, the first lowest.
    fn word(&self, operands: &[i32]) -> u64 {
        let bits = usize::from(self.d.output_mode.bits());
        let cut = |value: i32| u64::from(value as u32) & (u64::MAX >> (64 - bits));
        (0..).zip(operands).map(|(index, value)| cut(*value) << (index * bits)).sum()
    }

    fn decisions(&self, machine: &Machine, beats: &mut Vec<Beat>) {
        let words = self.d.images as usize * DECISION_WORDS;
        for (address, word) in machine.decisions().iter().take(words).enumerate() {
            let values = vec![known(address), Some((*word).into())];
            beats.push(self.alone(Stream::Decisions, values));
        }
    }
}

/// The descriptor as the layer's fields show it.
fn fields(d: &Descriptor) -> Vec<Option<u64>> {
    let words = d.pack().expect("a descriptor that was unpacked can be packed");
    field::ALL.iter().map(|place| Some(place.extract(&words) as u64)).collect()
}
