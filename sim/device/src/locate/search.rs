//! One layer: what it wrote, and where that belongs.

use bitladder_machine::isa::{Descriptor, Destination, Operation};
use bitladder_machine::{LanePlace, Machine, Observer, Program, word_cycle};

use super::probe::probe;
use super::{LocateError, Mismatch, Place};
use crate::Device;
use crate::device::pairs;
use crate::state::{Memory, Status};

/// Remembers the sum of one lane.
struct Sum {
    place: LanePlace,
    sum: Option<i64>,
}

impl Observer for Sum {
    fn sum(&mut self, place: LanePlace, sum: i64) {
        if place == self.place {
            self.sum = Some(sum);
        }
    }
}

/// One layer under suspicion.
pub(super) struct Search<'a> {
    pub(super) program: &'a Program,
    pub(super) descriptor: &'a Descriptor,
    /// Where its descriptor lies.
    pub(super) address: usize,
    /// Cycles it may take at the most.
    pub(super) limit: u64,
}

impl Search<'_> {
    /// Runs the layer on the device; gives its first difference from the interpreter after it.
    pub(super) fn layer<D: Device + ?Sized>(
        &self,
        device: &mut D,
        before: &Machine,
        after: &Machine,
    ) -> Result<Option<Mismatch>, LocateError> {
        let status = self.run(device)?;
        if status.busy || status.fault.is_some() {
            return Ok(Some(self.mismatch(Place::Stopped { status }, 0, 0)));
        }
        let Some((address, wanted, found)) = self.compare(device, after)? else {
            return Ok(None);
        };
        let d = self.descriptor;
        let Some((pixel, channel, bits)) = self.element(address, wanted ^ found) else {
            let place = Place::Word { memory: self.memory(), address };
            return Ok(Some(self.mismatch(place, wanted, found)));
        };
        let columns = self.program.config.array.columns;
        let rows = self.program.config.array.rows;
        let conv = d.operation == Operation::Conv;
        let tile = conv.then_some((pixel / rows, pixel % rows));
        let pass = (channel / columns, channel % columns);
        let lane = tile.map(|(tile, row)| LanePlace {
            layer: d.layer,
            tile,
            pass: pass.0,
            row,
            column: pass.1,
        });
        let (sum, k) = match lane {
            Some(lane) => (self.sum(before, lane)?, probe(self, device, before, lane.pass)?),
            None => (None, None),
        };
        let cycle = tile.and_then(|(tile, _)| {
            let place = [tile, pass.0, k.unwrap_or(0)];
            word_cycle(d, &self.program.config, place)
        });
        let place = Place::Element { pixel, channel, tile, pass, k, cycle, sum };
        let cut = |word: u32| word >> bits.start & (u64::MAX >> (64 - bits.len())) as u32;
        Ok(Some(self.mismatch(place, cut(wanted), cut(found))))
    }

    fn mismatch(&self, place: Place, wanted: u32, found: u32) -> Mismatch {
        let layer = self.descriptor.layer;
        let known = self.program.layers.iter().find(|info| info.index == layer as usize);
        let name = known.map_or_else(String::new, |info| info.name.clone());
        Mismatch { layer, name, place, wanted, found }
    }

    fn memory(&self) -> Memory {
        match self.descriptor.destination {
            Destination::Activations => Memory::Activation,
            Destination::Results => Memory::Result,
        }
    }

    pub(super) fn run<D: Device + ?Sized>(&self, device: &mut D) -> Result<Status, LocateError> {
        device.start_layer(self.address as u32)?;
        let status = device.settle(self.limit)?;
        if status.busy {
            device.reset()?;
        }
        Ok(status)
    }

    /// The first word of the layer's result memory that differs: address, wanted, found.
    fn compare<D: Device + ?Sized>(
        &self,
        device: &mut D,
        after: &Machine,
    ) -> Result<Option<(usize, u32, u32)>, LocateError> {
        let results = self.memory() == Memory::Result;
        let wanted = match results {
            true => self.written(after.results()),
            false => pairs(after.activations()),
        };
        let mut found = vec![0; wanted.len()];
        device.peek(self.memory(), 0, &mut found)?;
        let differs = wanted.iter().zip(&found).position(|(wanted, found)| wanted != found);
        Ok(differs.map(|at| {
            let (wanted, found) = (wanted[at], found[at]);
            match results {
                true => (at, wanted, found),
                false if wanted as u16 != found as u16 => (2 * at, wanted & 0xffff, found & 0xffff),
                false => (2 * at + 1, wanted >> 16, found >> 16),
            }
        }))
    }

    /// The part of result memory that the layer may write; what lies behind is of earlier runs.
    fn written(&self, results: &[u32]) -> Vec<u32> {
        let d = self.descriptor;
        let end = d.total_pixels * d.classes;
        results[..(end as usize).min(results.len())].to_vec()
    }

    /// Pixel, channel and bits within the word of the lowest bit that differs.
    fn element(
        &self,
        address: usize,
        difference: u32,
    ) -> Option<(usize, usize, std::ops::Range<usize>)> {
        let d = self.descriptor;
        if d.destination == Destination::Results {
            let classes = (d.classes as usize).max(1);
            let channel = (address % classes).checked_sub(d.output_base as usize)?;
            return Some((address / classes, channel, 0..32));
        }
        let columns = self.program.config.array.columns;
        let at = address.checked_sub(d.output_base as usize)?;
        let pitch = (d.output_pixel_words as usize).max(1);
        let (pixel, word) = (at / pitch, at % pitch);
        let bits = usize::from(d.output_mode.bits());
        let operand = difference.trailing_zeros() as usize / bits;
        let chunk = (columns / d.output_mode.parts()).max(1);
        let channel = word / chunk * columns + word % chunk * d.output_mode.parts() + operand;
        let inside = pixel < d.total_pixels as usize;
        inside.then_some((pixel, channel, operand * bits..(operand + 1) * bits))
    }

    fn sum(&self, before: &Machine, place: LanePlace) -> Result<Option<i64>, LocateError> {
        let mut observer = Sum { place, sum: None };
        before.clone().execute(self.descriptor, &mut observer)?;
        Ok(observer.sum)
    }
}
