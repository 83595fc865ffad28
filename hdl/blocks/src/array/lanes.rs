//! The lanes and how operands and results run between them.

use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Instance, Module, ModuleBuilder, Sig};

use super::config::{ArrayPlan, Dataflow};
use super::control::Words;
use crate::lane::Layout;
use crate::{BlockError, Drain, activation_port, lane, weight_port};

/// Everything outside the lanes that they are wired to.
pub(super) struct Grid<'a, 'm> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) plan: &'a ArrayPlan,
    pub(super) clk: Clock<'m>,
    pub(super) rst: Sig<'m>,
    pub(super) row_enable: Sig<'m>,
    pub(super) column_enable: Sig<'m>,
    /// A row leaves; that row.
    pub(super) step: Sig<'m>,
    pub(super) row: Sig<'m>,
}

/// A row's stream of words: activation bus and control.
struct Stream<'m> {
    bus: Sig<'m>,
    words: Words<'m>,
}

/// The words at the array's inputs.
pub(super) struct Inputs<'m> {
    pub(super) words: Words<'m>,
    pub(super) kind: Sig<'m>,
    pub(super) activations: Vec<Sig<'m>>,
    pub(super) weights: Vec<Sig<'m>>,
}

impl<'m> Grid<'_, 'm> {
    /// Builds everything; gives the result of each column that leaves now, the words behind the
    /// first register, and whether a code asked for no operation.
    pub(super) fn build(&self, inputs: &Inputs<'m>) -> Result<(Vec<Sig<'m>>, Sig<'m>), BlockError> {
        let config = self.plan.config();
        let mut rows = self.rows(inputs)?;
        let (mut columns, skips) = self.columns(inputs)?;
        let mut results: Vec<Vec<Sig<'m>>> = columns.iter().map(|_| Vec::new()).collect();
        for r in 0..config.rows {
            // Nothing is shifted into the first row.
            let drain = match config.drain {
                Drain::Chain if r == 0 => Drain::Bus,
                drain => drain,
            };
            let cell = lane(self.plan.lane(), drain)?;
            for c in 0..config.columns {
                let (stream, column) = (&mut rows[r as usize], &mut columns[c as usize]);
                let placed = self.place(&cell, (r, c), stream, *column);
                let results = &mut results[c as usize];
                let result = placed.out("result");
                if drain != Drain::Bus {
                    let none = || (self.m.lit(BIT, 0), self.m.lit(result.ty(), 0));
                    let (shift, above) =
                        results.last().map_or_else(none, |above| (self.step, *above));
                    placed.connect("shift", shift).connect("above", above);
                }
                results.push(result);
                self.pass(stream, column, (r, c));
            }
        }
        let leave = |column: &Vec<Sig<'m>>| match config.drain {
            Drain::Chain | Drain::Short => column[column.len() - 1],
            Drain::Bus => self.choose(column),
        };
        Ok((results.iter().map(leave).collect(), skips))
    }

    fn place(
        &self,
        cell: &Arc<Module>,
        (r, c): (u32, u32),
        stream: &Stream<'m>,
        column: Sig<'m>,
    ) -> Instance<'m> {
        let Words { valid, last, mode } = stream.words;
        let enable = self.row_enable.bit(r) & self.column_enable.bit(c);
        let placed = self.m.instance(&format!("lane_{r}_{c}"), cell).clock("clk", self.clk);
        placed.connect("rst", self.rst).connect("enable", enable).connect("mode", mode);
        placed.connect("valid", valid).connect("last", last);
        placed.connect("a", stream.bus).connect("b", column)
    }

    /// In a systolic array: the registers between this lane and the next ones.
    fn pass(&self, stream: &mut Stream<'m>, column: &mut Sig<'m>, (r, c): (u32, u32)) {
        let config = self.plan.config();
        if config.dataflow == Dataflow::Broadcast {
            return;
        }
        if c + 1 < config.columns {
            *stream = self.edge(&format!("r{r}_c{c}"), stream, self.row_enable.bit(r));
        }
        if r + 1 < config.rows {
            let name = format!("b_r{r}_c{c}_q");
            *column = self.hold(&name, *column, self.column_enable.bit(c));
        }
    }

    fn hold(&self, name: &str, value: Sig<'m>, enable: Sig<'m>) -> Sig<'m> {
        let reg = self.m.reg(name, value.ty(), self.clk);
        reg.enable(enable).next(value);
        reg.q
    }

    /// One register for everything that moves along a row.
    fn edge(&self, name: &str, from: &Stream<'m>, enable: Sig<'m>) -> Stream<'m> {
        let Words { valid, last, mode } = from.words;
        let bit = |what: &str, value: Sig<'m>| {
            let reg = self.m.reg(&format!("{what}_{name}_q"), BIT, self.clk).reset(self.rst, 0);
            reg.enable(enable).next(value);
            reg.q
        };
        let (valid, last) = (bit("valid", valid), bit("last", last));
        let mode = self.hold(&format!("mode_{name}_q"), mode, enable);
        let bus = self.hold(&format!("a_{name}_q"), from.bus, enable);
        Stream { bus, words: Words { valid, last, mode } }
    }

    /// `steps` registers behind each other, where a systolic array needs them.
    fn late(&self, name: &str, value: Sig<'m>, steps: u32) -> Sig<'m> {
        let steps = if self.plan.config().dataflow == Dataflow::Systolic { steps } else { 0 };
        (1..=steps).fold(value, |value, step| {
            let reg = self.m.reg(&format!("{name}_late{step}_q"), value.ty(), self.clk);
            let reg = reg.reset(self.rst, 0);
            reg.next(value);
            reg.q
        })
    }

    /// The activation ports and the registers behind them.
    fn rows(&self, inputs: &Inputs<'m>) -> Result<Vec<Stream<'m>>, BlockError> {
        let port = activation_port(self.plan.lane())?;
        let row = |(r, word): (usize, &Sig<'m>)| {
            let index = r as u32;
            let late = |what: &str, value| self.late(&format!("{what}_{r}"), value, index);
            let Words { valid, last, mode } = inputs.words;
            let words = Words {
                valid: late("valid", valid),
                last: late("last", last),
                mode: late("mode", mode),
            };
            let placed = self.m.instance(&format!("activations_{r}"), &port);
            placed.connect("mode", words.mode).connect("word", late("a", *word));
            let stream = Stream { bus: placed.out("operand"), words };
            self.edge(&format!("row_{r}"), &stream, self.row_enable.bit(index))
        };
        Ok(inputs.activations.iter().enumerate().map(row).collect())
    }

    /// The weight ports and the registers behind them; also whether a code in use asks for no
    /// operation.
    fn columns(&self, inputs: &Inputs<'m>) -> Result<(Vec<Sig<'m>>, Sig<'m>), BlockError> {
        let port = weight_port(self.plan.lane())?;
        let mut skips = self.m.lit(BIT, 0);
        let mut buses = Vec::new();
        for (c, word) in inputs.weights.iter().enumerate() {
            let late = |what: &str, value| self.late(&format!("{what}_c{c}"), value, c as u32);
            let mode = late("mode", inputs.words.mode);
            let placed = self.m.instance(&format!("weights_{c}"), &port);
            placed.connect("mode", mode).connect("weights", late("weights", inputs.kind));
            placed.connect("word", late("w", *word));
            let enable = self.column_enable.bit(c as u32);
            let counts = late("counts", inputs.words.valid) & enable;
            skips = skips | (placed.out("no_operation") & counts);
            let bus = placed.out("operand");
            debug_assert_eq!(
                bus.width(),
                Layout::new(self.plan.lane()).weight().iter().sum::<u32>()
            );
            buses.push(self.hold(&format!("b_{c}_q"), bus, enable));
        }
        Ok((buses, skips))
    }

    /// The column's multiplexer, a bit of the row at a time: each level is one LUT per bit and
    /// pair, where a decoded row would cost two.
    fn choose(&self, column: &[Sig<'m>]) -> Sig<'m> {
        let mut left = column.to_vec();
        let mut level = 0;
        while left.len() > 1 {
            let odd = self.row.bit(level);
            let pick = |pair: &[Sig<'m>]| match pair {
                [even, one] => odd.mux(*one, *even),
                _ => pair[0],
            };
            left = left.chunks(2).map(pick).collect();
            level += 1;
        }
        left[0]
    }
}
