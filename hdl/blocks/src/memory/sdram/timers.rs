//! What must pass between commands.

use bitladder_rtl::{BIT, Reg, Sig, uint};

use super::Builder;
use super::steps::Steps;

/// Countdowns; each is 0 when what it guards may happen.
pub(super) struct Timers<'m> {
    /// Cycles until the next step, whatever it is.
    wait: Reg<'m>,
    /// Until a row may be closed, counted from when it was opened.
    active: Reg<'m>,
    /// Until a row may be opened.
    row: Reg<'m>,
    /// Until a row may be closed, counted from the last word written.
    write: Reg<'m>,
    /// Until the next refresh is due.
    interval: Reg<'m>,
    /// A refresh is due.
    due: Reg<'m>,
}

/// A counter that holds up to `most`.
fn counter<'m>(b: &Builder<'m>, name: &str, most: u64) -> Reg<'m> {
    b.m.reg(name, uint(u64::BITS - most.max(1).leading_zeros()), b.clk)
}

/// Counts down to 0, unless it is set anew.
fn count<'m>(b: &Builder<'m>, timer: Reg<'m>, set: &[(Sig<'m>, u64)]) {
    let ty = timer.q.ty();
    let down = timer.q - timer.q.reduce_or().zero_extend(ty.width);
    let next = set.iter().fold(down, |next, (when, value)| when.mux(b.m.lit(ty, *value), next));
    timer.next(next);
}

impl<'m> Timers<'m> {
    pub(super) fn place(b: &Builder<'m>) -> Timers<'m> {
        let c = &b.cycles;
        let longest = [c.power_up, c.refresh, c.mode, c.precharge, c.activate];
        let longest = longest.into_iter().max().unwrap_or(1);
        let wait = counter(b, "wait_q", longest).reset(b.rst, c.power_up as i128);
        Timers {
            wait,
            active: counter(b, "active_q", c.row_active).reset(b.rst, 0),
            row: counter(b, "row_q", c.row_cycle).reset(b.rst, 0),
            write: counter(b, "write_q", c.write_recovery).reset(b.rst, 0),
            interval: counter(b, "interval_q", c.refresh_interval),
            due: b.flag("due_q"),
        }
    }

    /// The next step may happen.
    pub(super) fn free(&self) -> Sig<'m> {
        !self.wait.q.reduce_or()
    }

    /// A row may be closed.
    pub(super) fn may_close(&self) -> Sig<'m> {
        !(self.active.q.reduce_or() | self.write.q.reduce_or())
    }

    /// A row may be opened.
    pub(super) fn may_open(&self) -> Sig<'m> {
        !self.row.q.reduce_or()
    }

    /// A refresh is due.
    pub(super) fn due(&self) -> Sig<'m> {
        self.due.q
    }

    /// Sets the timers by what happens.
    pub(super) fn drive(&self, b: &Builder<'m>, steps: &Steps<'m>) {
        let c = b.cycles;
        let closes = steps.closes | steps.closes_all;
        let waits = [
            (closes, c.precharge - 1),
            (steps.refreshes, c.refresh - 1),
            (steps.sets_mode, c.mode - 1),
            (steps.opens, c.activate - 1),
        ];
        count(b, self.wait, &waits);
        count(b, self.active, &[(steps.opens, c.row_active - 1)]);
        count(b, self.row, &[(steps.opens, c.row_cycle - 1)]);
        // A row is closed this long after the edge that took the word.
        count(b, self.write, &[(steps.writes, c.write_recovery - 1)]);
        let over = !self.interval.q.reduce_or();
        let starts = b.rst | over;
        count(b, self.interval, &[(starts, c.refresh_interval - 1)]);
        self.due.next(over | (self.due.q & !steps.refreshes));
        debug_assert_eq!(over.ty(), BIT, "a bit");
    }
}
