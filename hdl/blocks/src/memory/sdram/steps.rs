//! What the controller does next.

use bitladder_rtl::{BIT, Reg, Sig, uint};

use super::super::port::MemoryPort;
use super::Builder;
use super::config::{BANK_BITS, FIRST_REFRESHES, SdramConfig};
use super::timers::Timers;

/// All rows are closed before a refresh.
const CLOSE_ALL: u32 = 0;
const REFRESH: u32 = 1;
const SET_MODE: u32 = 2;
/// Nothing is asked for.
const REST: u32 = 3;
/// Looks whether the row that is wanted is open.
const LOOK: u32 = 4;
const CLOSE: u32 = 5;
const OPEN: u32 = 6;
/// Words move.
const MOVE: u32 = 7;

/// What happens at the next edge, a bit each, and where.
pub(super) struct Steps<'m> {
    pub(super) closes_all: Sig<'m>,
    pub(super) closes: Sig<'m>,
    pub(super) refreshes: Sig<'m>,
    pub(super) sets_mode: Sig<'m>,
    pub(super) opens: Sig<'m>,
    pub(super) reads: Sig<'m>,
    pub(super) writes: Sig<'m>,
    /// The chip is initialised.
    pub(super) awake: Sig<'m>,
    /// No request is under way.
    pub(super) rests: Sig<'m>,
    /// Words that were asked for are still to come from the chip; driven with the pins.
    pub(super) reading: Sig<'m>,
    pub(super) row: Sig<'m>,
    pub(super) bank: Sig<'m>,
    pub(super) column: Sig<'m>,
}

/// The request that is being served.
struct Request<'m> {
    /// It is taken at the next edge.
    takes: Sig<'m>,
    write: Sig<'m>,
    address: Reg<'m>,
    /// Words to move, less one.
    left: Reg<'m>,
    /// There are any.
    any: Reg<'m>,
}

impl<'m> Request<'m> {
    fn place(b: &Builder<'m>, port: &MemoryPort<'m>, takes: Sig<'m>, moves: Sig<'m>) -> Self {
        let write = b.m.reg("write_request_q", BIT, b.clk).enable(takes);
        write.next(port.get("write"));
        let ty = uint(b.config.address_bits());
        let address = b.m.reg("address_q", ty, b.clk).enable(takes | moves);
        address.next(takes.mux(port.get("address"), address.q + 1));
        let left = b.m.reg("left_q", ty, b.clk).enable(takes | moves);
        left.next(takes.mux(port.get("length"), left.q - 1));
        let any = b.flag("any_q");
        any.next(takes | (any.q & !(moves & !left.q.reduce_or())));
        Request { takes, write: write.q, address, left, any }
    }

    fn last(&self) -> Sig<'m> {
        !self.left.q.reduce_or()
    }

    /// Whether a word is written or read while words move.
    fn words(
        &self,
        b: &Builder<'m>,
        port: &MemoryPort<'m>,
        (streams, reading): (Sig<'m>, Sig<'m>),
    ) -> [Sig<'m>; 2] {
        // Words from the chip must be off the pins before others are driven.
        let takes = streams & self.write & !reading;
        b.m.drive(port.get("write_ready"), takes);
        let writes = b.m.named("writes", takes & port.get("write_valid"));
        [writes, b.m.named("reads", streams & !self.write)]
    }

    /// Where the word lies in the chip: row, bank and column.
    fn where_in(&self, config: &SdramConfig) -> [Sig<'m>; 3] {
        let at = self.address.q;
        let row = at.bits(config.column_bits + BANK_BITS, config.row_bits);
        [row, at.bits(config.column_bits, BANK_BITS), at.bits(0, config.column_bits)]
    }
}

/// Which rows are open.
struct Rows<'m> {
    /// The bank's row is open, and it is the one wanted.
    open: Sig<'m>,
    hit: Sig<'m>,
}

fn rows<'m>(b: &Builder<'m>, steps: &Steps<'m>) -> Rows<'m> {
    let all = b.rst | steps.closes_all;
    let bank = |index: u32| {
        let mine = steps.bank.eq(index);
        let open = b.m.reg(&format!("open_{index}_q"), BIT, b.clk).reset(all, 0);
        open.next((steps.opens & mine) | (open.q & !(steps.closes & mine)));
        let row = b.m.reg(&format!("row_{index}_q"), steps.row.ty(), b.clk);
        let row = row.enable(steps.opens & mine);
        row.next(steps.row);
        (open.q, row.q)
    };
    let banks: Vec<_> = (0..1 << BANK_BITS).map(bank).collect();
    let open: Vec<Sig<'m>> = banks.iter().map(|(open, _)| *open).collect();
    let row: Vec<Sig<'m>> = banks.iter().map(|(_, row)| *row).collect();
    let hit = b.m.select(steps.bank, &row).eq(steps.row);
    Rows { open: b.m.select(steps.bank, &open), hit }
}

/// The first refreshes, and whether they are done.
fn awake<'m>(b: &Builder<'m>, steps: &Steps<'m>) -> [Sig<'m>; 2] {
    let awake = b.flag("awake_q");
    awake.next(awake.q | steps.sets_mode);
    let first = b.m.reg("first_q", uint(FIRST_REFRESHES.ilog2()), b.clk).reset(b.rst, 0);
    let first = first.enable(steps.refreshes);
    first.next(first.q + 1);
    [awake.q, first.q.reduce_and()]
}

impl<'m> Steps<'m> {
    pub(super) fn place(b: &Builder<'m>, port: &MemoryPort<'m>, timers: &Timers<'m>) -> Steps<'m> {
        let m = b.m;
        let state = m.reg("state_q", uint(3), b.clk).reset(b.rst, CLOSE_ALL);
        let act = |name: &str, code: u32, when: Sig<'m>| {
            m.named(name, state.q.eq(code) & timers.free() & when)
        };
        let yes = m.lit(BIT, 1);
        let rests = act("rests", REST, yes);
        let [takes, moves] = ["takes", "moves"].map(|name| m.wire(name, BIT));
        let request = Request::place(b, port, takes, moves);
        let reading = m.wire("reading", BIT);
        m.drive(takes, rests & !timers.due() & port.get("valid"));
        m.drive(port.get("ready"), rests & !timers.due());
        let streams = act("streams", MOVE, !timers.due());
        let [writes, reads] = request.words(b, port, (streams, reading));
        m.drive(moves, writes | reads);
        let [row, bank, column] = request.where_in(b.config);
        let mut steps = Steps {
            closes_all: act("closes_all", CLOSE_ALL, timers.may_close()),
            closes: act("closes", CLOSE, timers.may_close()),
            refreshes: act("refreshes", REFRESH, timers.may_open()),
            sets_mode: act("sets_mode", SET_MODE, yes),
            opens: act("opens", OPEN, timers.may_open()),
            reads,
            writes,
            awake: yes,
            rests: rests & !request.any.q,
            reading,
            row,
            bank,
            column,
        };
        let [awake, enough] = awake(b, &steps);
        steps.awake = awake;
        steps.proceed(b, state, (timers, &request), enough);
        steps
    }

    /// The next state.
    fn proceed(
        &self,
        b: &Builder<'m>,
        state: Reg<'m>,
        (timers, request): (&Timers<'m>, &Request<'m>),
        enough: Sig<'m>,
    ) {
        let m = b.m;
        let to = |code: u32| m.lit(state.q.ty(), code);
        let rows = rows(b, self);
        let goes_on = request.any.q.mux(to(LOOK), to(REST));
        let woken = self.awake.mux(goes_on, enough.mux(to(SET_MODE), to(REFRESH)));
        let found = rows.open.mux(rows.hit.mux(to(MOVE), to(CLOSE)), to(OPEN));
        let page_ends = self.column.reduce_and();
        let moved = request.last().mux(to(REST), page_ends.mux(to(LOOK), to(MOVE)));
        let moves = self.reads | self.writes;
        let rest = timers.due().mux(to(CLOSE_ALL), request.takes.mux(to(LOOK), to(REST)));
        let stream = timers.due().mux(to(CLOSE_ALL), moves.mux(moved, to(MOVE)));
        let stay = |goes: Sig<'m>, code: u32, next: Sig<'m>| goes.mux(next, to(code));
        let next = m.case(
            state.q,
            &[
                (CLOSE_ALL.into(), stay(self.closes_all, CLOSE_ALL, to(REFRESH))),
                (REFRESH.into(), stay(self.refreshes, REFRESH, woken)),
                (SET_MODE.into(), stay(self.sets_mode, SET_MODE, to(REST))),
                (REST.into(), stay(timers.free(), REST, rest)),
                (LOOK.into(), found),
                (CLOSE.into(), stay(self.closes, CLOSE, to(OPEN))),
                (OPEN.into(), stay(self.opens, OPEN, to(MOVE))),
            ],
            stay(timers.free(), MOVE, stream),
        );
        state.next(next);
    }
}
