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

/// A word address in program memory, as the host gives it.
pub(super) const PROGRAM_COUNTER: Ty = uint(24);

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
    let first = m.input("first", PROGRAM_COUNTER, "where it begins");
    let word = m.input("program_data", uint(32), "the word read at the last edge");
    let last = (DESCRIPTOR_WORDS - 1) as i64;
    let ends = m.named("ends_at_once", first.gt(config.program_words() - DESCRIPTOR_WORDS));

    let count = uint(address_width(DESCRIPTOR_WORDS));
    let reads = m.reg("reads_q", BIT, clk).reset(rst, 0);
    let index = m.reg("index_q", count, clk).enable(reads.q | start);
    index.next(start.mux(m.lit(count, 0), index.q + 1));
    reads.next((start & !ends) | (reads.q & index.q.ne(last)));
    let address = m.reg("address_q", config.program_address(), clk).enable(reads.q | start);
    address.next(start.mux(first.resize(address.q.width()), address.q + 1));
    m.drive(m.output("program_enable", BIT, "a word is wanted"), reads.q);
    m.drive(m.output("program_address", address.q.ty(), "which"), address.q);

    // In a register first: block memories are slow, and the checks are many.
    let there = m.reg("there_q", BIT, clk).reset(rst | start, 0);
    there.next(reads.q);
    let valid = m.reg("valid_q", BIT, clk).reset(rst | start, 0);
    valid.next(there.q);
    let word = m.pipe("word_q", word, clk);
    let arriving = m.pipe("arriving_q", m.pipe("asked_q", index.q, clk), clk);
    let fails = m.reg("ends_q", BIT, clk).reset(rst, 0).enable(start);
    fails.next(ends);
    m.drive(m.output("ends", BIT, "program memory ends before"), fails.q);
    let done = m.reg("done_q", BIT, clk).reset(rst, 0);
    done.next((start & ends) | (!start & valid.q & arriving.eq(last)));
    m.drive(m.output("done", BIT, "the fields are there"), done.q);
    Arrival { clk, start, valid: valid.q, index: arriving, word }
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
    let known = Operation::ALL.len() as i64 - if config.external.is_some() { 1 } else { 2 };
    bad.push((field::OPERATION.word, operation.gt(known)));
    for (name, broken, doc) in [
        ("bad", bad, "a field holds what it may not"),
        ("outside", broken(Fault::Address), "an address lies outside its memory"),
    ] {
        m.drive(m.output(name, BIT, doc), fault(m, arrival, name, &broken));
    }
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
        held.q
    };
    let words: Vec<Sig<'_>> = (0..DESCRIPTOR_WORDS).map(word).collect();
    check(&m, config, &arrival, words[0]);
    let value = |place: &FieldPlace| {
        let bits = words[place.word as usize].bits(place.bit, place.width);
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
