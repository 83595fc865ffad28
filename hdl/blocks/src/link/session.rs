//! What becomes of a request, by its header and the numbers so far.

use bitladder_link_format::{Kind, Refusal, header};
use bitladder_rtl::{BIT, ModuleBuilder, Reg, Sig, uint};

use super::executor::{Executor, JUDGE, STATUS};

/// Kinds of answers, as the executor numbers them.
pub(super) const DONE: u32 = 0;
pub(super) const WELCOME: u32 = 1;
pub(super) const CREDITS: u32 = 2;
pub(super) const REFUSED: u32 = 3;
pub(super) const EVENT: u32 = 4;

/// The kinds by their numbers.
const KINDS: [Kind; 5] = [Kind::Done, Kind::Welcome, Kind::Credits, Kind::Refused, Kind::Event];

/// An answer's code for its kind.
pub(super) fn kind_code<'m>(m: &'m ModuleBuilder, kind: Sig<'m>) -> Sig<'m> {
    let code = |kind: &Kind| m.lit(uint(8), kind.code());
    let arms: Vec<_> = (0..).zip(KINDS[..4].iter().map(code)).collect();
    m.case(kind, &arms, code(&Kind::Event))
}

/// What is to be done with a request.
pub(super) struct Verdict<'m> {
    /// Do it: it is the next one.
    pub(super) execute: Sig<'m>,
    /// Send its answer again.
    pub(super) repeat: Sig<'m>,
    /// It begins a session.
    pub(super) hello: Sig<'m>,
    /// An earlier one is missing.
    pub(super) out_of_order: Sig<'m>,
    /// The answer's number otherwise, see [`DONE`].
    pub(super) kind: Sig<'m>,
    /// Why it is refused.
    pub(super) code: Sig<'m>,
}

/// The request at hand.
pub(super) struct Request<'m> {
    /// Words, header included.
    pub(super) length: Sig<'m>,
    /// Its number.
    pub(super) sequence: Sig<'m>,
    /// It is executed now, in its turn.
    pub(super) execute: Sig<'m>,
    /// Its answer is sent again.
    pub(super) repeat: Sig<'m>,
    hello: Sig<'m>,
    /// It is none: an event is told.
    pub(super) event: Sig<'m>,
    /// Kind of the answer, and why it is a refusal.
    pub(super) kind: Sig<'m>,
    pub(super) code: Sig<'m>,
}

/// The session's numbers.
pub(super) struct Session<'m> {
    m: &'m ModuleBuilder,
    /// There is one.
    pub(super) greeted: Reg<'m>,
    /// The next request's number.
    pub(super) expected: Reg<'m>,
    /// Answers that are kept.
    known: Reg<'m>,
}

impl<'m> Session<'m> {
    pub(super) fn new(e: &Executor<'m>) -> Session<'m> {
        let (m, config) = (e.m, &e.config);
        let known = uint(config.window.ilog2() + 1);
        Session {
            m,
            greeted: m.reg("greeted_q", BIT, e.clk).reset(e.rst, 0),
            expected: m.reg("expected_q", uint(8), e.clk).reset(e.rst, 0),
            known: m.reg("known_q", known, e.clk).reset(e.rst, 0),
        }
    }

    /// Changes the numbers when an answer is `sent`.
    pub(super) fn follow(&self, e: &Executor<'m>, request: &Request<'m>, sent: Sig<'m>) {
        let (m, known) = (self.m, self.known.q);
        let greets = m.named("greets", sent & request.hello);
        let executed = m.named("executed", sent & request.execute);
        self.greeted.next(self.greeted.q | greets);
        let moves = greets | executed;
        self.expected.next(moves.mux(request.sequence + 1, self.expected.q));
        let more = (executed & known.ne(e.config.window)).mux(known + 1, known);
        self.known.next(greets.mux(m.lit(known.ty(), 0), more));
    }

    /// Keeps a request, or an event in its place; a fault turns the answer into a refusal.
    pub(super) fn request(
        &self,
        e: &Executor<'m>,
        verdict: &Verdict<'m>,
        length: Sig<'m>,
        [fails, why]: [Sig<'m>; 2],
    ) -> Request<'m> {
        let (m, head) = (self.m, e.is(JUDGE));
        let fresh = m.named("fresh", head | e.is(STATUS));
        let flag = |name: &str, value: Sig<'m>| e.keep(name, fresh, head & value);
        let number = e.head.bits(header::SEQUENCE.bit, header::SEQUENCE.width);
        let sequence = head.mux(number, m.lit(uint(8), 0));
        let kind = head.mux(verdict.kind, m.lit(uint(3), EVENT));
        let kind = fails.mux(m.lit(uint(3), REFUSED), kind);
        let code = fails.mux(why, head.mux(verdict.code, m.lit(uint(4), 0)));
        Request {
            length,
            sequence: e.keep("sequence_q", fresh, sequence),
            execute: flag("execute_q", verdict.execute),
            repeat: flag("repeat_q", verdict.repeat),
            hello: flag("hello_q", verdict.hello),
            event: e.keep("event_q", fresh, !head),
            kind: e.keep("kind_q", fresh | fails, kind),
            code: e.keep("code_q", fresh | fails, code),
        }
    }

    /// What becomes of a request of `length` words.
    pub(super) fn verdict(&self, word: Sig<'m>, length: Sig<'m>) -> Verdict<'m> {
        let m = self.m;
        let kind = word.bits(header::KIND.bit, 8);
        let sequence = word.bits(header::SEQUENCE.bit, 8);
        let is = |wanted: Kind| kind.eq(wanted.code());
        let hello = m.named("hello", is(Kind::Hello) & length.eq(2));
        let credit = is(Kind::Credit) & length.eq(1);
        let sequenced = m.named("sequenced", is(Kind::Execute));
        let back = m.named("back", self.expected.q - sequence);
        let kept = back.reduce_or() & back.le(self.known.q.zero_extend(8));
        let current = sequenced & self.greeted.q;
        let repeat = m.named("repeats", current & kept);
        let execute = m.named("executes", current & !back.reduce_or());
        let number = |kind: u32| m.lit(uint(3), kind);
        let other = credit.mux(number(CREDITS), number(REFUSED));
        let answer = hello.mux(number(WELCOME), execute.mux(number(DONE), other));
        let code = |why: Refusal| m.lit(uint(4), why.code());
        let order = self.greeted.q.mux(code(Refusal::OutOfOrder), code(Refusal::NoSession));
        let why = sequenced.mux(order, code(Refusal::UnknownKind));
        let fails = answer.eq(REFUSED);
        Verdict {
            execute,
            repeat,
            hello,
            out_of_order: current & !execute & !repeat,
            kind: answer,
            code: fails.mux(why, m.lit(uint(4), 0)),
        }
    }
}
