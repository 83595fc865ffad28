//! The operations of a request, word by word.

use bitladder_link_format::{Field, Refusal, operation};
use bitladder_rtl::{BIT, Sig, uint};

use super::executor::{BUS, EMIT, Executor, FETCH, HEAD, LENGTH, OPERATION, STATUS};

/// The operation at hand.
pub(super) struct Operations<'m> {
    /// Where in the request the next word is read.
    pub(super) index: Sig<'m>,
    /// The place as a refusal names it.
    pub(super) place: Sig<'m>,
    /// The word of the register, and whether the bus has no such address.
    pub(super) register: Sig<'m>,
    pub(super) outside: Sig<'m>,
    /// The operation writes: as it was kept, and as it is read.
    pub(super) write: Sig<'m>,
    pub(super) writes: Sig<'m>,
    /// This word is the operation's last one; all have been done.
    pub(super) last: Sig<'m>,
    pub(super) over: Sig<'m>,
    /// A word was read or written at this edge.
    pub(super) works: Sig<'m>,
    /// The bus does not answer.
    pub(super) silent: Sig<'m>,
    /// The request ends here, and why.
    pub(super) fails: Sig<'m>,
    pub(super) code: Sig<'m>,
}

/// Why something is refused, as the answer says it.
fn code<'m>(e: &Executor<'m>, why: Refusal) -> Sig<'m> {
    e.m.lit(uint(4), why.code())
}

/// A counter that is set when an operation is read, and moves with its words.
fn counter<'m>(e: &Executor<'m>, name: &str, start: Sig<'m>, when: Sig<'m>, down: bool) -> Sig<'m> {
    let begins = e.is(OPERATION);
    let count = e.m.reg(name, start.ty(), e.clk).enable(begins | when);
    let next = if down { count.q - 1 } else { count.q + 1 };
    count.next(begins.mux(start, next));
    count.q
}

/// Whether the operation that is read cannot be done at all, and why.
fn early<'m>(e: &Executor<'m>, count: Sig<'m>, writes: Sig<'m>, behind: Sig<'m>) -> [Sig<'m>; 2] {
    let (m, word) = (e.m, e.config.word());
    let short = writes & count.gt(behind.zero_extend(16));
    let malformed = m.named("malformed", !count.reduce_or() | short);
    let told = e.is(EMIT) & e.told;
    let room = m.reg("room_q", word, e.clk).enable(told | e.is(HEAD));
    let room = room.doc("words the answer can take");
    room.next(told.mux(room.q - 1, m.lit(word, e.config.body_words())));
    let long = !writes & count.gt(room.q.zero_extend(16));
    let why = malformed.mux(code(e, Refusal::Malformed), code(e, Refusal::TooLong));
    [m.named("early", e.is(OPERATION) & (malformed | long)), why]
}

/// Whether the bus has no register of this number.
fn outside<'m>(e: &Executor<'m>, register: Sig<'m>) -> Sig<'m> {
    let bits = e.config.address_bits;
    match register.width() > bits {
        true => register.slice(register.width() - 1, bits).reduce_or(),
        false => e.m.lit(BIT, 0),
    }
}

/// Whether the bus has not answered for too long.
fn silent<'m>(e: &Executor<'m>) -> Sig<'m> {
    let patience = e.m.reg("patience_q", uint(8), e.clk);
    let waits = e.among(&[BUS, STATUS]);
    patience.next(waits.mux(patience.q + 1, e.m.lit(uint(8), 0)));
    e.m.named("silent", patience.q.reduce_and() & !e.on_bus("ready"))
}

/// Whether the word that is read or written cannot be, and why.
fn late<'m>(e: &Executor<'m>, outside: Sig<'m>, silent: Sig<'m>) -> [Sig<'m>; 2] {
    let refused = outside | (e.on_bus("ready") & e.on_bus("error"));
    let late = e.m.named("late", e.is(BUS) & (refused | silent));
    [late, refused.mux(code(e, Refusal::Register), code(e, Refusal::Silent))]
}

impl<'m> Operations<'m> {
    /// Follows the operations of a request of `length` words.
    pub(super) fn new(e: &Executor<'m>, length: Sig<'m>) -> Operations<'m> {
        let m = e.m;
        let (begins, word) = (e.is(OPERATION), e.config.word());
        let index = m.reg("index_q", word, e.clk);
        let more = (begins | e.is(FETCH)).mux(index.q + 1, index.q);
        index.next(e.is(LENGTH).mux(m.lit(word, 1), more));
        let part = |field: Field| e.head.bits(field.bit, field.width);
        let fixed = e.keep("fixed_q", begins, part(operation::FIXED));
        let writes = part(operation::WRITE);
        let write = e.keep("write_q", begins, writes);
        let at = e.keep("place_q", begins, index.q - 1);
        let count = part(operation::COUNT);
        let [early, early_why] = early(e, count, writes, length - index.q - 1);

        let works = m.wire("works", BIT);
        let first = part(operation::REGISTER);
        let register = counter(e, "register_q", first, works & !fixed, false);
        let left = counter(e, "left_q", count, works, true);
        let done = counter(e, "done_q", m.lit(uint(16), 0), works, false);
        let outside = outside(e, register);
        m.drive(works, e.is(BUS) & e.on_bus("ready") & !e.on_bus("error") & !outside);
        let silent = silent(e);
        let [late, late_why] = late(e, outside, silent);
        Operations {
            index: index.q,
            place: done.cat(at.zero_extend(16)),
            register,
            outside,
            write,
            writes,
            last: left.eq(1),
            over: !left.reduce_or(),
            works,
            silent,
            fails: early | late,
            code: begins.mux(early_why, late_why),
        }
    }
}
