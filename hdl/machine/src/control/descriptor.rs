//! Reads a descriptor from program memory, checks it, and holds its fields for the units.
//!
//! A word per cycle. Each is checked an edge after it arrives; what is wrong is only told at the end, so that
//! the layer's number is known by then. Cost on ECP5 for 8 x 8
//! lanes: 383 LUT4, most of them checks, and a register for each field bit that a unit uses.
//!
//! | port | meaning |
//! |---|---|
//! | `start`, `first` | read the descriptor at this word of program memory |
//! | `program_enable`, `program_address`, `program_data` | program memory; the word comes an edge later |
//! | `done` | for one cycle: the fields are there, and so are the faults |
//! | `bad`, `outside`, `ends` | a field holds what it may not; an address lies outside its memory; program memory ends before the descriptor does |
//! | `layer_*` | the fields |
//!
//! ```text
//! clk             _/~\_/~\_/~\_ ... _/~\_/~\_/~\_
//! start           /~~~\____________________
//! program_enable  _____/~~~~~~~ ... ~~~~\_________     41 words
//! program_data          <w0 ><w1      ><w40>
//! done            _____________ ... _____________/~~~\
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_machine::isa::{DESCRIPTOR_WORDS, FieldPlace, Operation, field};
use bitladder_rtl::{
    BIT, Bundle, Clock, Instance, Module, ModuleBuilder, Sig, Ty, address_width, uint,
};

use super::config::ControlConfig;
use super::limits::{Fault, Limit, limits};
use crate::check::above;

/// A word address in program memory, as the host gives it. Where nothing is read back, it is as
/// short as the memory, with room to see that it is too large.
pub(super) fn program_counter(config: &ControlConfig) -> Ty {
    match config.readback {
        true => uint(COUNTER_BITS),
        false => uint(address_width(config.program_words() + DESCRIPTOR_WORDS).min(COUNTER_BITS)),
    }
}

/// Bits of a word address in the longest program memory.
const COUNTER_BITS: u32 = 24;

/// The type of a field's signal.
pub(super) fn ty_of(place: &FieldPlace) -> Ty {
    Ty { width: place.width, signed: place.signed }
}

/// All fields of a descriptor.
pub(super) fn layer_bundle() -> Bundle {
    field::ALL.iter().fold(Bundle::new(), |bundle, place| {
        let doc = format!("the descriptor's `{}`", place.name);
        bundle.forward(place.name, ty_of(place), &doc)
    })
}

/// The word that arrives from memory.
struct Arrival<'m> {
    clk: Clock<'m>,
    start: Sig<'m>,
    /// There is one.
    valid: Sig<'m>,
    /// Its number in the descriptor.
    index: Sig<'m>,
    word: Sig<'m>,
}

/// Asks for the words; gives the one that arrives and drives `done` and `ends`.
fn request<'m>(m: &'m ModuleBuilder, config: &ControlConfig) -> Arrival<'m> {
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "read a descriptor");
    let first = m.input("first", program_counter(config), "where it begins");
    let word = m.input("program_data", uint(32), "the word read at the last edge");
    let last = (DESCRIPTOR_WORDS - 1) as i64;
    let ends = m
        .named("ends_at_once", above(m, first, (config.program_words() - DESCRIPTOR_WORDS) as u64));

    let count = uint(address_width(DESCRIPTOR_WORDS));
    let reads = m.reg("reads_q", BIT, clk).reset(rst, 0);
    let index = m.reg("index_q", count, clk).enable(reads.q | start);
    index.next(start.mux(m.lit(count, 0), index.q + 1));
    reads.next((start & !ends) | (reads.q & index.q.ne(last)));
    let address = m.reg("address_q", config.program_address(), clk).enable(reads.q | start);
    address.next(start.mux(first.resize(address.q.width()), address.q + 1));
    m.drive(m.output("program_enable", BIT, "a word is wanted"), reads.q);
    m.drive(m.output("program_address", address.q.ty(), "which"), address.q);

    // In a register first, unless the clock is slow: so are block memories, and the checks are many.
    let there = m.reg("there_q", BIT, clk).reset(rst | start, 0);
    there.next(reads.q);
    let asked = m.pipe("asked_q", index.q, clk);
    let (valid, word, arriving) = match config.direct {
        true => (there.q, word, asked),
        false => {
            let valid = m.reg("valid_q", BIT, clk).reset(rst | start, 0);
            valid.next(there.q);
            let held = m.reg("word_q", word.ty(), clk);
            let held = if config.far() { held.apart() } else { held };
            held.next(word);
            (valid.q, held.q, m.pipe("arriving_q", asked, clk))
        }
    };
    let fails = m.reg("ends_q", BIT, clk).reset(rst, 0).enable(start);
    fails.next(ends);
    m.drive(m.output("ends", BIT, "program memory ends before"), fails.q);
    let done = m.reg("done_q", BIT, clk).reset(rst, 0);
    done.next((start & ends) | (!start & valid & arriving.eq(last)));
    m.drive(m.output("done", BIT, "the fields are there"), done.q);
    Arrival { clk, start, valid, index: arriving, word }
}

/// Remembers whether a word broke a limit that gives this fault.
fn fault<'m>(
    m: &'m ModuleBuilder,
    arrival: &Arrival<'m>,
    name: &str,
    broken: &[(u32, Sig<'m>)],
) -> Sig<'m> {
    let begin = m.lit(BIT, 0);
    let any = broken.iter().fold(begin, |any, (word, bit)| any | (arrival.index.eq(*word) & *bit));
    let held = m.reg(&format!("{name}_q"), BIT, arrival.clk).reset(arrival.start, 0);
    held.next(held.q | (arrival.valid & any));
    held.q
}

/// Checks the words as they arrive.
fn check<'m>(m: &'m ModuleBuilder, config: &ControlConfig, arrival: &Arrival<'m>, first: Sig<'m>) {
    // The first word says what the others mean; when it arrives it is not in its register yet.
    let head = m.named("head", arrival.index.eq(0).mux(arrival.word, first));
    let of = |place: FieldPlace| head.bits(place.bit, place.width);
    let (operation, destination) = (of(field::OPERATION), of(field::DESTINATION));
    let limits = limits(config);
    let broken = |fault: Fault| -> Vec<(u32, Sig<'m>)> {
        let of_fault = limits.iter().filter(|limit: &&Limit| limit.fault == fault);
        let bit = |limit: &Limit| {
            let broken = limit.broken(m, arrival.word, operation, destination)?;
            Some((limit.place.word, broken))
        };
        of_fault.filter_map(bit).collect()
    };
    let mut bad = broken(Fault::Field);
    // The last operation needs memory outside.
    let known = Operation::ALL.len() as u64 - if config.external.is_some() { 1 } else { 2 };
    bad.push((field::OPERATION.word, above(m, operation, known)));
    for ((name, doc), broken) in FAULTS.into_iter().zip([bad, broken(Fault::Address)]) {
        m.drive(m.output(name, BIT, doc), fault(m, arrival, name, &broken));
    }
}

/// What the checks find.
const FAULTS: [(&str, &str); 2] =
    [("bad", "a field holds what it may not"), ("outside", "an address lies outside its memory")];

/// What a field is on this machine: the only value that passes the checks, or the field whose bits
/// it has.
fn kept(config: &ControlConfig, place: FieldPlace) -> (Option<u32>, FieldPlace) {
    let is = |places: &[FieldPlace]| places.iter().any(|known| known.name == place.name);
    if !config.reach.dilation {
        if is(&[field::DILATION_Y, field::DILATION_X]) {
            return (Some(1), place);
        }
        if is(&[field::TAPS_APART]) {
            return (Some(0), place);
        }
        let same = [
            (field::TAP_ROW_STEP, field::ROW_WORDS),
            (field::TAP_PIXEL_STEP, field::PIXEL_WORDS),
            (field::TAP_STEP, field::CHANNELS),
        ];
        if let Some((_, other)) = same.into_iter().find(|(gap, _)| gap.name == place.name) {
            return (None, other);
        }
    }
    match !config.reach.batches() && is(&[field::IMAGES]) {
        true => (Some(1), place),
        false => (None, place),
    }
}

/// What units get to see of a field.
pub(crate) fn seen(config: &ControlConfig, place: FieldPlace, words: &[u32]) -> u128 {
    let mask = |bits: u32| u128::MAX >> (128 - bits);
    let (known, kept) = kept(config, place);
    let bits = kept.extract(words) as u128 & mask(config.reach.bits(kept));
    known.map_or(bits, u128::from) & mask(place.width)
}

/// Builds the unit.
pub fn descriptor(config: &ControlConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = ModuleBuilder::new("descriptor").param("", config.tag());
    let m = m.doc("Reads descriptors and holds their fields.");
    let arrival = request(&m, config);
    let word = |index: usize| {
        let mine = arrival.valid & arrival.index.eq(index);
        let held = m.reg(&format!("word_{index}_q"), uint(32), arrival.clk).enable(mine);
        held.next(arrival.word);
        // Of some, only what the checks see matters.
        m.ignore(held.q);
        held.q
    };
    let words: Vec<Sig<'_>> = (0..DESCRIPTOR_WORDS).map(word).collect();
    match config.checked {
        true => check(&m, config, &arrival, words[0]),
        false => FAULTS.iter().for_each(|(name, doc)| {
            m.drive(m.output(name, BIT, doc), m.lit(BIT, 0));
        }),
    }
    let value = |place: &FieldPlace| {
        let (known, kept) = kept(config, *place);
        let bits = match known {
            Some(value) => m.lit(uint(place.width), value),
            None => words[kept.word as usize].bits(kept.bit, config.reach.bits(kept)),
        };
        // Nothing beyond the reach passes the checks.
        let bits = bits.zero_extend(bits.width().max(place.width)).truncate(place.width);
        if place.signed { bits.as_signed() } else { bits }
    };
    let values: Vec<Sig<'_>> = field::ALL.iter().map(value).collect();
    m.source("layer", &layer_bundle()).drive_all(&values);
    Ok(m.build()?)
}

/// The value of a field of an instance that gives out `layer_*`.
pub(crate) fn field_of<'m>(instance: Instance<'m>, place: FieldPlace) -> Sig<'m> {
    instance.out(&format!("layer_{}", place.name))
}
