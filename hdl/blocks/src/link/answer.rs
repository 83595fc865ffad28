//! The words of an answer.

use bitladder_link_format::Refusal;
use bitladder_rtl::{BIT, Sig, uint};

use super::executor::{EMIT, Executor, FINISH, HEADER, STATUS, TELL};
use super::session::{self, Request, Session, Verdict};
use crate::stream::Stream;

/// What an answer is made of.
pub(super) struct Answer<'e, 'm> {
    pub(super) executor: &'e Executor<'m>,
    pub(super) request: &'e Request<'m>,
    /// Where a request stopped.
    pub(super) place: Sig<'m>,
}

impl<'m> Answer<'_, 'm> {
    /// Counters for the host.
    fn counters(&self, verdict: &Verdict<'m>) -> [Sig<'m>; 2] {
        let (e, m) = (self.executor, self.executor.m);
        let count = |name: &str, when: Sig<'m>| {
            let register = format!("{name}_count_q");
            let when = m.pipe(&format!("{name}_q"), when, e.clk);
            let count = m.reg(&register, uint(16), e.clk).reset(e.rst, 0).enable(when);
            count.next(count.q + 1);
            count.q
        };
        let [damaged, too_long] = ["damaged", "too_long"]
            .map(|name| count(name, m.input(name, BIT, "to be counted: a frame was dropped")));
        let head = e.is(super::executor::JUDGE);
        let repeated = count("repeated", head & verdict.repeat);
        let out_of_order = count("out_of_order", head & verdict.out_of_order);
        [too_long.cat(damaged), out_of_order.cat(repeated)]
    }

    /// Bodies that are not read from registers: kind, index, word.
    fn bodies(&self, session: &Session<'m>, verdict: &Verdict<'m>, value: Sig<'m>) -> Bodies<'m> {
        let (e, m) = (self.executor, self.executor.m);
        let constant = |value: u32| m.lit(uint(32), value);
        let [first, second] = self.counters(verdict);
        let missing = self.request.code.eq(Refusal::OutOfOrder.code());
        let expected = missing.mux(session.expected.q.zero_extend(32), constant(0));
        let refused = self.request.execute.mux(self.place, expected);
        vec![
            // As it stood an edge later: block memories are slow.
            (session::WELCOME, 0, e.head),
            (session::WELCOME, 1, constant(e.config.limits())),
            (session::WELCOME, 2, constant(e.config.config_hash)),
            (session::CREDITS, 0, first),
            (session::CREDITS, 1, second),
            (session::REFUSED, 0, refused),
            (session::EVENT, 0, value),
        ]
    }

    /// Drives the stream of words; gives whether the last word of such a body is told.
    pub(super) fn words(
        &self,
        word: &Stream<'m>,
        session: &Session<'m>,
        verdict: &Verdict<'m>,
    ) -> Sig<'m> {
        let (e, m) = (self.executor, self.executor.m);
        let step = m.reg("step_q", uint(2), e.clk);
        let told = e.told.mux(step.q + 1, step.q);
        step.next(e.is(TELL).mux(told, m.lit(uint(2), 0)));
        let good = e.on_bus("ready") & !e.on_bus("error");
        let heard = good.mux(e.on_bus("read"), m.lit(uint(32), 0));
        let value = e.keep("value_q", e.among(&[super::executor::BUS, STATUS]), heard);
        let key = self.request.kind.cat(step.q);
        let bodies = self.bodies(session, verdict, value);
        let arms: Vec<_> =
            bodies.iter().map(|(kind, step, word)| (u128::from(kind << 2 | step), *word)).collect();
        let body = m.named("body", m.case(key, &arms, m.lit(uint(32), 0)));
        let kind = session::kind_code(m, self.request.kind);
        let credits = m.lit(uint(8), e.config.window);
        let code = self.request.code.zero_extend(8);
        let header = m.cat(&[code, credits, self.request.sequence, kind]);
        let arms = [(u128::from(HEADER), header), (u128::from(EMIT), value)];
        m.drive(word.valid(), e.among(&[HEADER, TELL, EMIT, FINISH]));
        m.drive(word.get("data"), m.case(e.state(), &arms, body));
        m.drive(word.get("finish"), e.is(FINISH));
        let lasts = [
            (session::WELCOME, 2),
            (session::CREDITS, 1),
            (session::REFUSED, 0),
            (session::EVENT, 0),
        ];
        lasts.iter().fold(m.lit(BIT, 0), |any, (kind, step)| any | key.eq(kind << 2 | step))
    }
}

/// Kind, index in the body, word.
type Bodies<'m> = Vec<(u32, u32, Sig<'m>)>;
