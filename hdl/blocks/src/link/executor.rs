//! Executor: takes requests out of a memory, does what they say on a register bus, and gives the
//! answers as words.
//!
//! A request in its turn is executed; one that was executed before is answered from what is kept;
//! all others are refused. `bitladder_link_format::Responder` is the model. A register that does
//! not answer within 255 cycles is given up. A word written takes two cycles beside those of the
//! bus, a word read as many as its bytes take to be stored.
//!
//! | port | meaning |
//! |---|---|
//! | `waiting`, `taken` | there is a request; for one cycle: it is done with |
//! | `read_enable`, `read_address`, `read_data` | its words; the last address holds its length |
//! | `interrupt`, `damaged`, `too_long` | to be told, and to be counted |
//! | `session` | a host has said `hello` |
//! | `bus` | the register bus |
//! | `start`, `base`, `word`, `stored`, `send`, `idle` | the transmitter, see [`frame_tx`](fn@super::frame_tx) |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_/~\_/~\_/~\_/~\_
//! waiting    ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
//! read       <len><head>             <op ><word>
//! start      ____________/~~~\________________
//! word       ________________<header>_________ ... <finish>
//! bus_valid  _________________________________/~~~
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, BundlePort, Clock, Module, ModuleBuilder, Reg, Sig, Ty, uint};

use super::answer::Answer;
use super::operations::Operations;
use super::session::{self, Request, Session};
use super::{ASIDE_BYTES, LinkConfig};
use crate::BlockError;
use crate::io::register_bus;
use crate::register::keep;
use crate::stream::Stream;

/// States, in the order of a request's life.
pub(super) const IDLE: u32 = 0;
pub(super) const LENGTH: u32 = 1;
pub(super) const HEAD: u32 = 2;
pub(super) const START: u32 = 3;
pub(super) const HEADER: u32 = 4;
pub(super) const TELL: u32 = 5;
pub(super) const NEXT: u32 = 6;
pub(super) const OPERATION: u32 = 7;
pub(super) const FETCH: u32 = 8;
pub(super) const BUS: u32 = 9;
pub(super) const EMIT: u32 = 10;
pub(super) const FINISH: u32 = 11;
pub(super) const STORE: u32 = 12;
pub(super) const SEND: u32 = 13;
pub(super) const STATUS: u32 = 14;
/// Between a header's arrival and what follows from it, and an operation's: block memories are slow.
pub(super) const JUDGE: u32 = 15;
pub(super) const LOOK: u32 = 16;

const STATE: Ty = uint(5);

/// What the parts of the executor share.
pub(super) struct Executor<'m> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) clk: Clock<'m>,
    pub(super) rst: Sig<'m>,
    pub(super) config: LinkConfig,
    state: Reg<'m>,
    bus: BundlePort<'m>,
    /// The word read from the request, and the same an edge later.
    pub(super) read: Sig<'m>,
    pub(super) head: Sig<'m>,
    /// A word of the answer, or its end, is taken.
    pub(super) told: Sig<'m>,
}

impl<'m> Executor<'m> {
    pub(super) fn state(&self) -> Sig<'m> {
        self.state.q
    }

    pub(super) fn is(&self, state: u32) -> Sig<'m> {
        self.state.q.eq(state)
    }

    /// Any of some states.
    pub(super) fn among(&self, states: &[u32]) -> Sig<'m> {
        let none = self.m.lit(BIT, 0);
        states.iter().fold(none, |any, state| any | self.is(*state))
    }

    pub(super) fn on_bus(&self, field: &str) -> Sig<'m> {
        self.bus.get(field).expect("a field of the register bus")
    }

    pub(super) fn keep(&self, name: &str, when: Sig<'m>, value: Sig<'m>) -> Sig<'m> {
        keep(self.m, self.clk, when, name, value)
    }

    /// The register bus: an operation's word, or the status for an event.
    fn ask(&self, operations: &Operations<'m>) {
        let (m, bits) = (self.m, self.config.address_bits);
        let status = m.lit(uint(bits), self.config.status / 4);
        let address = self.is(STATUS).mux(status, operations.register.truncate(bits));
        let works = self.is(BUS);
        let valid = (works & !operations.outside) | self.is(STATUS);
        let write = works & operations.write;
        self.bus.drive_all(&[valid, write, address, self.read, m.ones(uint(4))]);
    }

    /// Reads the request: its length, its header, then word by word.
    fn fetch(&self, index: Sig<'m>) {
        let (m, word) = (self.m, self.config.word());
        let enable = self.among(&[IDLE, LENGTH, HEAD, NEXT, FETCH]);
        m.drive(m.output("read_enable", BIT, "read a word at this edge"), enable);
        let arms = [(u128::from(IDLE), m.ones(word)), (u128::from(LENGTH), m.lit(word, 0))];
        let address = m.case(self.state.q, &arms, index);
        m.drive(m.output("read_address", word, "which word"), address);
    }

    /// An interrupt that has not been told yet: whether there is one to tell.
    fn event(&self, greeted: Sig<'m>) -> Sig<'m> {
        let m = self.m;
        let interrupt = m.input("interrupt", BIT, "to be told when it rises");
        let before = m.reg("interrupt_q", BIT, self.clk).reset(self.rst, 0);
        before.next(interrupt);
        let waits = m.reg("event_waits_q", BIT, self.clk).reset(self.rst, 0);
        waits.next(greeted & ((interrupt & !before.q) | (waits.q & !self.is(STATUS))));
        waits.q
    }

    /// Where the answer is stored, and whether what lies there is just being sent.
    fn place(&self, request: &Request<'m>, send: &Stream<'m>) -> [Sig<'m>; 2] {
        let (m, config) = (self.m, self.config);
        let slot = request.sequence.truncate(config.slot().width);
        let kept = slot.cat(m.lit(uint(config.packet_bytes.ilog2()), 0));
        let aside = m.lit(config.answer(), config.packet_bytes - ASIDE_BYTES);
        let base = m.named("base", (request.execute | request.repeat).mux(kept, aside));
        let sent = self.keep("sent_q", send.moves(), base);
        let idle = m.input("idle", BIT, "nothing is being sent");
        [base, m.named("clash", !idle & sent.eq(base))]
    }

    /// The state after this edge.
    fn steps(&self, request: &Request<'m>, operations: &Operations<'m>, go: Go<'m>) {
        let m = self.m;
        let to = |state: u32| m.lit(STATE, state);
        let stay = self.state.q;
        let told = |next: Sig<'m>| self.told.mux(next, stay);
        let body = request.kind.eq(session::DONE).mux(to(NEXT), to(TELL));
        let finished = operations.index.eq(request.length);
        let first = operations.writes.mux(to(FETCH), to(BUS));
        let written = operations.last.mux(to(NEXT), to(FETCH));
        let worked = operations.write.mux(written, to(EMIT));
        let worked = operations.works.mux(worked, stay);
        let idle = go.event.mux(to(STATUS), go.waiting.mux(to(LENGTH), to(IDLE)));
        let arms = [
            (IDLE, idle),
            (LENGTH, to(HEAD)),
            (HEAD, to(JUDGE)),
            (JUDGE, go.repeat.mux(to(SEND), to(START))),
            (START, go.clash.mux(stay, to(HEADER))),
            (HEADER, told(body)),
            (TELL, told(go.tells_last.mux(to(FINISH), stay))),
            (NEXT, finished.mux(to(FINISH), to(LOOK))),
            (LOOK, to(OPERATION)),
            (OPERATION, operations.fails.mux(to(START), first)),
            (FETCH, to(BUS)),
            (BUS, operations.fails.mux(to(START), worked)),
            (EMIT, told(operations.over.mux(to(NEXT), to(BUS)))),
            (FINISH, told(to(STORE))),
            (STORE, go.stored.mux(to(SEND), stay)),
            (SEND, go.sent.mux(to(IDLE), stay)),
        ];
        let arms = arms.map(|(state, next)| (u128::from(state), next));
        // And in `STATUS`:
        let asked = self.on_bus("ready") | operations.silent;
        self.state.next(m.case(self.state.q, &arms, asked.mux(to(START), stay)));
    }
}

/// What the states wait for.
#[derive(Clone, Copy)]
struct Go<'m> {
    event: Sig<'m>,
    waiting: Sig<'m>,
    repeat: Sig<'m>,
    clash: Sig<'m>,
    tells_last: Sig<'m>,
    stored: Sig<'m>,
    sent: Sig<'m>,
}

/// The transmitter, as the executor sees it.
fn transmitter<'m>(m: &'m ModuleBuilder, config: &LinkConfig) -> [Stream<'m>; 2] {
    let fields = [("data", uint(32), "a word"), ("finish", BIT, "no word: the answer is over")];
    let word = Stream::source(m, "word", &fields);
    let send = Stream::source(m, "send", &[("base", config.answer(), "where it begins")]);
    [word, send]
}

/// Builds the executor.
pub fn executor(config: &LinkConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let builder = ModuleBuilder::new("executor").param("", config.tag());
    let builder = builder.param("", config.identity());
    let builder = builder.doc("Does what requests say on a register bus.");
    describe(&builder, config);
    Ok(builder.build()?)
}

/// Places everything.
fn describe(m: &ModuleBuilder, config: &LinkConfig) {
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "ends the session");
    let waiting = m.input("waiting", BIT, "there is a request");
    let read = m.input("read_data", uint(32), "the word read at the last edge it was");
    let bus = m.source("bus", &register_bus(config.address_bits));
    let [word, send] = transmitter(m, config);
    let stored = m.input("stored", BIT, "the answer is in the memory");
    let state = m.reg("state_q", STATE, clk).reset(rst, IDLE);
    let told = word.moves();
    let head = m.pipe("head_q", read, clk);
    let executor = Executor { m, clk, rst, config: *config, state, bus, read, head, told };

    let sent = m.named("sent", send.moves());
    let session = Session::new(&executor);
    let length = executor.keep("length_q", executor.is(LENGTH), read.truncate(config.word().width));
    let verdict = session.verdict(head, length);
    let operations = Operations::new(&executor, length);
    let request = session.request(&executor, &verdict, length, [operations.fails, operations.code]);
    session.follow(&executor, &request, sent);
    executor.ask(&operations);
    executor.fetch(operations.index);
    let answer = Answer { executor: &executor, request: &request, place: operations.place };
    let tells_last = answer.words(&word, &session, &verdict);

    let [base, clash] = executor.place(&request, &send);
    m.drive(m.output("base", config.answer(), "where the answer is stored"), base);
    let starts = executor.is(START) & !clash;
    m.drive(m.output("start", BIT, "begins an answer"), starts);
    m.drive(send.valid(), executor.is(SEND));
    m.drive(send.get("base"), base);
    m.drive(m.output("taken", BIT, "the request is done with"), sent & !request.event);
    let event = executor.event(session.greeted.q);
    m.drive(m.output("session", BIT, "a host has said hello"), session.greeted.q);
    let repeat = verdict.repeat;
    let go = Go { event, waiting, repeat, clash, tells_last, stored, sent };
    executor.steps(&request, &operations, go);
}
