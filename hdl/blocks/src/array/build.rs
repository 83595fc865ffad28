//! The array as a module.

use std::sync::Arc;

use bitladder_rtl::{
    BIT, Bundle, Clock, Module, ModuleBuilder, Reg, Sig, address_width, sint, uint,
};

use super::config::ArrayPlan;
use super::control::{Leaving, Words, leaving};
use super::exit::{Exit, limits};
use super::lanes::{Grid, Inputs};
use crate::{BlockError, Drain};

/// Rows and columns of lanes with their edges and their exit. See the [module](super).
pub fn array(plan: &ArrayPlan) -> Result<Arc<Module>, BlockError> {
    let config = plan.config();
    let m = ModuleBuilder::new("array")
        .doc("Rows and columns of multi-precision lanes.")
        .param("", crate::lane::shape(plan.lane()))
        .param("", config.dataflow.name())
        .param("", config.drain.name())
        .param("r", config.rows)
        .param("c", config.columns);
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset of control, sums and flags");
    let inputs = inputs(&m, plan);
    let row_enable = m.input("row_enable", uint(config.rows), "rows that work, row 0 lowest");
    let columns = uint(config.columns);
    let column_enable = m.input("column_enable", columns, "columns that work");
    let results = m.source("result", &result_bundle(plan));

    let step = m.wire("step", BIT);
    let row = m.wire("row", uint(address_width(config.rows as usize)));
    let grid = Grid { m: &m, plan, clk, rst, row_enable, column_enable, step, row };
    let (leaves, skips) = grid.build(&inputs)?;
    let state = leaving(&m, plan, (clk, rst), inputs.words, step);
    m.drive(row, state.row);
    m.ignore(row);

    let ready = results.get("ready").unwrap_or(rst);
    let leaves: Vec<Sig<'_>> = leaves.iter().map(|leave| limits(&m, plan.lane(), *leave)).collect();
    let out = match config.drain {
        Drain::Short => leave_at_once(&m, plan, (clk, rst), &leaves, &state, (step, ready)),
        Drain::Chain | Drain::Bus => {
            leave_in_two_steps(&m, plan, (clk, rst), &leaves, &state, (step, ready))
        }
    };
    results.drive_all(&out);
    m.drive(m.output("overrun", BIT, "results were lost; stays set until reset"), state.overrun);
    m.drive(m.output("no_operation", BIT, "a 3-bit code asks for no operation"), skips);
    Ok(m.build()?)
}

/// The spare register of two steps: it takes the row that is on its way when `ready` falls.
struct Spare<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    step: Sig<'m>,
    /// It holds a row; `None` without a spare register.
    full: Option<Reg<'m>>,
}

impl<'m> Spare<'m> {
    /// Lets rows leave, so that none is lost when `moves` is not set; whether there is one for the
    /// first register.
    fn follow(&self, rst: Sig<'m>, state: &Leaving<'m>, moves: Sig<'m>) -> Sig<'m> {
        let (m, step) = (self.m, self.step);
        let Some(full) = self.full else {
            m.drive(step, state.waiting & moves);
            return state.waiting;
        };
        let stuck = !moves & (full.q | step);
        full.next(stuck);
        let leaves_next = m.reg("step_q", BIT, self.clk).reset(rst, 0);
        leaves_next.next(state.will_wait & !stuck);
        m.drive(step, leaves_next.q);
        full.q | step
    }

    /// What goes with the row for the first register: kept in the spare one, or as it comes.
    fn or(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        let Some(full) = self.full else { return value };
        let kept = self.m.kept(&format!("spare_{name}_q"), value, self.step, self.clk);
        full.q.mux(kept, value)
    }
}

/// Gives the outputs in the order of the bundle. A row's raw results come first, saturated and
/// shifted ones a step later: choosing the row and saturating in one step would be slow, and
/// synthesis would do the one twice to save the other. With the spare register, whether a row
/// leaves (which goes to all lanes) is a register. A single row stays where it is until there is
/// room and needs no spare.
fn leave_in_two_steps<'m>(
    m: &'m ModuleBuilder,
    plan: &ArrayPlan,
    (clk, rst): (Clock<'m>, Sig<'m>),
    leaves: &[Sig<'m>],
    state: &Leaving<'m>,
    (step, ready): (Sig<'m>, Sig<'m>),
) -> Vec<Sig<'m>> {
    let bit = |name: &str| m.reg(name, BIT, clk).reset(rst, 0);
    let (raw, shown) = (bit("raw_valid_q"), bit("result_valid_q"));
    let free = !shown.q | ready;
    let moves = m.named("raw_moves", !raw.q | free);
    let pass = m.named("show", raw.q & free);
    let full = (plan.config().rows > 1).then(|| bit("spare_full_q"));
    let spare = Spare { m, clk, step, full };
    let comes = spare.follow(rst, state, moves);
    raw.next(moves.mux(comes, raw.q));
    shown.next(free.mux(raw.q, shown.q));
    let first = |name: &str, value: Sig<'m>| {
        m.kept(&format!("raw_{name}_q"), spare.or(name, value), moves, clk)
    };
    let odd = state.odd.map(|odd| first("odd_mode", odd));
    let mut out = vec![shown.q, m.kept("result_row_q", first("row", state.row), pass, clk)];
    let exit = Exit { m, plan: plan.lane(), clk, odd, pass };
    for (c, leave) in leaves.iter().enumerate() {
        let name = c.to_string();
        out.extend(exit.column(&name, first(&name, *leave)));
    }
    out
}

/// The same with one register, and a way from `ready` to all lanes.
fn leave_at_once<'m>(
    m: &'m ModuleBuilder,
    plan: &ArrayPlan,
    (clk, rst): (Clock<'m>, Sig<'m>),
    leaves: &[Sig<'m>],
    state: &Leaving<'m>,
    (step, ready): (Sig<'m>, Sig<'m>),
) -> Vec<Sig<'m>> {
    let shown = m.reg("result_valid_q", BIT, clk).reset(rst, 0);
    let free = !shown.q | ready;
    shown.next(free.mux(state.waiting, shown.q));
    let pass = m.named("show", state.waiting & free);
    m.drive(step, pass);
    m.ignore(state.will_wait);
    let row = m.kept("result_row_q", state.row, pass, clk);
    let exit = Exit { m, plan: plan.lane(), clk, odd: state.odd, pass };
    let columns = leaves.iter().enumerate();
    let columns = columns.flat_map(|(c, leave)| exit.column(&c.to_string(), *leave));
    [shown.q, row].into_iter().chain(columns).collect()
}

fn inputs<'m>(m: &'m ModuleBuilder, plan: &ArrayPlan) -> Inputs<'m> {
    let config = plan.config();
    let mode = m.input("mode", uint(2), "operands per word: 0 one, 1 two, 2 four, 3 sixteen");
    let kind = m.input("weights", uint(2), "0 fixed, 1 power of two, 2 ternary, 3 the 3-bit code");
    let valid = m.input("valid", BIT, "the words count");
    let last = m.input("last", BIT, "the words end their dot products");
    let word = |name: String, doc: &str| m.input(&name, uint(16), doc);
    let activations =
        (0..config.rows).map(|r| word(format!("a_{r}"), "activations of a row")).collect();
    let weights = (0..config.columns).map(|c| word(format!("w_{c}"), "weights of a column"));
    let weights = weights.collect();
    Inputs { words: Words { valid, last, mode }, kind, activations, weights }
}

/// The results of one row, all columns side by side; the last row leaves first.
fn result_bundle(plan: &ArrayPlan) -> Bundle {
    let config = plan.config();
    let row = uint(address_width(config.rows as usize));
    let mut bundle = Bundle::new().forward("valid", BIT, "a row of results is offered").forward(
        "row",
        row,
        "which row, counted down from the last",
    );
    for c in 0..config.columns {
        let sum = sint(plan.lane().accumulator_bits());
        bundle = bundle.forward(&c.to_string(), sum, "the sum of this column").forward(
            &format!("saturated_{c}"),
            BIT,
            "the sum did not fit and stands at a limit",
        );
    }
    bundle.backward("ready", BIT, "the row is taken")
}
