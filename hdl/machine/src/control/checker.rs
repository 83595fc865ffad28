//! Checks what a memory holds against a CRC-32 that the host knows.
//!
//! Reads transfer by transfer through the host's window, which is closed meanwhile, and takes them
//! byte by byte: seven cycles per transfer, and two more; external memory adds its own time, and machines
//! of 64 lanes and more two cycles. Cost on
//! ECP5: 247 LUT4, 122 FF.
//!
//! | port | meaning |
//! |---|---|
//! | `start`, `select`, `first`, `length`, `crc` | check so many transfers of a memory, from `first` on |
//! | `clear` | forget that a check failed |
//! | `busy` | a check is under way, and it is this that reads: |
//! | `read`, `memory`, `address` | the window's request |
//! | `answer`, `waits`, `failed`, `missing` | its answer, two edges after it or an edge after it no longer waits |
//! | `wrong` | the last check failed: of `memory` |
//!
//! ```text
//! clk     _/~\_/~\_/~\_/~\_/~\_/~\_/~\_/~\_/~\_     one transfer
//! start   /~~~\_______________________________
//! read    ____/~~~\___________________________
//! answer              <word
//! byte                    <0 ><1 ><2 ><3 >
//! busy    ____/~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::memory::{Crc32Config, crc32};
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Reg, Sig, Ty, uint};

use super::config::ControlConfig;
use super::registers::SELECT;

/// Asks for a transfer; waits for it; takes it; bytes 0 to 3; compares.
const ASKS: u32 = 0;
const WAITS: u32 = 1;
const TAKES: u32 = 2;
const LAST_BYTE: u32 = 6;
const COMPARES: u32 = 7;

/// What to check: so many transfers of a memory, and what they should have.
struct Wanted<'m> {
    select: Sig<'m>,
    first: Sig<'m>,
    length: Sig<'m>,
    crc: Sig<'m>,
}

impl<'m> Wanted<'m> {
    fn place(m: &'m ModuleBuilder, transfer: Ty) -> Wanted<'m> {
        Wanted {
            select: m.input("select", SELECT, "which memory"),
            first: m.input("first", transfer, "its first transfer"),
            length: m.input("length", transfer, "transfers"),
            crc: m.input("crc", uint(32), "what they should have"),
        }
    }
}

/// The window's answer, and what may be wrong with it.
struct Answer<'m> {
    data: Sig<'m>,
    waits: Sig<'m>,
    failed: Sig<'m>,
    missing: Sig<'m>,
}

impl<'m> Answer<'m> {
    fn place(m: &'m ModuleBuilder) -> Answer<'m> {
        Answer {
            data: m.input("answer", uint(32), "the transfer"),
            waits: m.input("waits", BIT, "it takes longer"),
            failed: m.input("failed", BIT, "the memory failed"),
            missing: m.input("missing", BIT, "there is no such transfer"),
        }
    }
}

/// Steps of a transfer, a bit each.
struct Steps<'m> {
    asks: Sig<'m>,
    takes: Sig<'m>,
    /// A byte stands at the checksum; it is the transfer's last one.
    bytes: Sig<'m>,
    last_byte: Sig<'m>,
    compares: Sig<'m>,
}

/// What the parts of the checker share.
struct Checker<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    start: Sig<'m>,
    wanted: Wanted<'m>,
    answer: Answer<'m>,
    /// Edges that answers take besides.
    later: usize,
}

impl<'m> Checker<'m> {
    /// Steps through the transfers while `busy`; when there are `none` left it compares.
    fn steps(&self, step: Reg<'m>, busy: Sig<'m>, none: Sig<'m>) -> Steps<'m> {
        let m = self.m;
        let at = |name: &str, code: u32| m.named(name, busy & step.q.eq(code));
        let to = |code: u32| m.lit(uint(3), code);
        let steps = Steps {
            asks: at("asks", ASKS) & !none,
            takes: at("takes", TAKES),
            bytes: m.named("bytes", busy & step.q.gt(TAKES) & step.q.le(LAST_BYTE)),
            last_byte: at("last_byte", LAST_BYTE),
            compares: at("compares", COMPARES),
        };
        let arms = [
            (u128::from(ASKS), none.mux(to(COMPARES), to(WAITS))),
            (u128::from(WAITS), self.waits(steps.asks).mux(to(WAITS), to(TAKES))),
            (u128::from(LAST_BYTE), to(ASKS)),
        ];
        step.next(m.case(step.q, &arms, step.q + 1));
        steps
    }

    /// There is no answer yet, since the memory takes longer or lies far away.
    fn waits(&self, asks: Sig<'m>) -> Sig<'m> {
        let (mut waits, mut asked) = (self.answer.waits, asks);
        for edge in 1..=self.later {
            asked = self.m.pipe(&format!("asked_{edge}_q"), asked, self.clk);
            waits = waits | asked;
        }
        waits
    }

    /// Goes on to the next transfer at `moves`: counts those that are left; gives the address.
    fn advance(&self, left: Reg<'m>, none: Reg<'m>, moves: Sig<'m>) -> Sig<'m> {
        let Wanted { first, length, .. } = self.wanted;
        let moves = self.start | moves;
        left.enable(moves).next(self.start.mux(length, left.q - 1));
        none.enable(moves).next(self.start.mux(!length.reduce_or(), left.q.eq(1)));
        let address = self.m.reg("address_q", first.ty(), self.clk).enable(moves);
        address.next(self.start.mux(first, address.q + 1));
        address.q
    }

    /// Takes each word through the checksum; whether that is not the one that is wanted.
    fn differs(&self, steps: &Steps<'m>) -> Result<Sig<'m>, BlockError> {
        let word = self.m.reg("word_q", uint(32), self.clk).enable(steps.takes | steps.bytes);
        word.next(steps.takes.mux(self.answer.data, word.q.shift_right(8)));
        let sum = self.m.instance("sum", &crc32(&Crc32Config { bytes: 1 })?);
        sum.clock("clk", self.clk).connect("clear", self.start);
        sum.connect("enable", steps.bytes).connect("data", word.q.bits(0, 8));
        Ok(sum.out("crc").ne(self.wanted.crc))
    }
}

/// Builds the checker.
pub fn checker(config: &ControlConfig) -> Result<Arc<Module>, BlockError> {
    let transfer = config.transfer();
    let name = if config.far() { "far_memory_check" } else { "memory_check" };
    let m = ModuleBuilder::new(name).param("t", transfer.width);
    let m = m.doc("Checks memories against a CRC-32.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "gives up");
    let start = m.input("start", BIT, "check a memory");
    let clear = m.input("clear", BIT, "forget that a check failed");
    let (wanted, answer) = (Wanted::place(&m, transfer), Answer::place(&m));
    let later = config.far_edges();
    let checker = Checker { m: &m, clk, start, wanted, answer, later };

    let busy = m.reg("busy_q", BIT, clk).reset(rst, 0);
    let step = m.reg("step_q", uint(3), clk).reset(start, ASKS);
    let left = m.reg("left_q", transfer, clk);
    // In a register: the memories' ports wait for it.
    let none = m.reg("none_q", BIT, clk);
    let steps = checker.steps(step, busy.q, none.q);
    let Answer { failed, missing, .. } = checker.answer;
    let stops = steps.compares | (steps.asks & missing) | (steps.takes & failed);
    busy.next(start | (busy.q & !stops));
    let address = checker.advance(left, none, steps.last_byte);
    let memory = m.reg("memory_q", SELECT, clk).enable(start);
    memory.next(checker.wanted.select);
    let bad = stops & (!steps.compares | checker.differs(&steps)?);
    let wrong = m.reg("wrong_q", BIT, clk).reset(rst | clear | start, 0);
    wrong.next(wrong.q | bad);
    m.outputs(&[
        ("busy", busy.q, "a check is under way"),
        ("read", steps.asks, "the transfer is wanted"),
        ("memory", memory.q, "of this memory"),
        ("address", address, "which transfer"),
        ("wrong", wrong.q, "the last check failed"),
    ]);
    Ok(m.build()?)
}
