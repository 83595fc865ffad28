//! A square array of multi-precision multiply-accumulate lanes.
//!
//! ```text
//!            b_0      b_1
//!             |        |
//!   a_0 --> lane --> lane        each lane: acc += a * b, passes a right and b down
//!             |        |
//!   a_1 --> lane --> lane
//! ```

use std::sync::Arc;

use bitladder_rtl::{Errors, Module, ModuleBuilder, Sig, address_width, sint, uint};

/// Sizes of the array.
pub(crate) struct ArrayConfig {
    pub(crate) rows: u32,
    pub(crate) columns: u32,
    pub(crate) word: u32,
    pub(crate) accumulator: u32,
}

/// The sum of the products of `parts` equal signed sub-words, at the accumulator's width.
fn dot<'m>(a: Sig<'m>, b: Sig<'m>, parts: u32, accumulator: u32) -> Sig<'m> {
    let width = a.width() / parts;
    let part = |word: Sig<'m>, index: u32| word.bits(index * width, width).as_signed();
    let mut sums: Vec<Sig<'m>> = (0..parts).map(|i| part(a, i) * part(b, i)).collect();
    while sums.len() > 1 {
        sums = sums.chunks(2).map(|pair| pair[0].widening_add(pair[1])).collect();
    }
    sums[0].sign_extend(accumulator)
}

/// One lane: 1 x 16, 2 x 8 or 4 x 4 bit products per cycle, summed into the accumulator.
pub(crate) fn lane(config: &ArrayConfig) -> Result<Arc<Module>, Errors> {
    let ArrayConfig { word, accumulator, .. } = *config;
    let m = ModuleBuilder::new("lane")
        .doc("A multi-precision multiply-accumulate lane.")
        .param("w", word)
        .param("a", accumulator);
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", uint(1), "synchronous reset of the accumulator");
    let mode = m.input("mode", uint(2), "0: one product, 1: two, 2 and 3: four products");
    let en = m.input("en", uint(1), "accumulate in this cycle");
    let a = m.input("a", uint(word), "operands from the left");
    let b = m.input("b", uint(word), "operands from above");

    let one = m.named("dot_1", dot(a, b, 1, accumulator));
    let two = m.named("dot_2", dot(a, b, 2, accumulator));
    let four = m.named("dot_4", dot(a, b, 4, accumulator));
    let product = m.case(mode, &[(0, one), (1, two)], four);
    let acc = m.reg("acc_q", sint(accumulator), clk).reset(rst, 0).enable(en);
    acc.next(acc.q + product);

    m.drive(m.output("a", uint(word), "operands to the right"), m.pipe("a_q", a, clk));
    m.drive(m.output("b", uint(word), "operands downwards"), m.pipe("b_q", b, clk));
    m.drive(m.output("acc", sint(accumulator), "the sum so far"), acc.q);
    m.build()
}

/// The array, with one result visible at a time.
pub(crate) fn array(config: &ArrayConfig) -> Result<Arc<Module>, Errors> {
    let ArrayConfig { rows, columns, word, accumulator } = *config;
    let lane = lane(config)?;
    let m = ModuleBuilder::new("mac_array")
        .doc("A systolic array of multi-precision lanes.")
        .param("r", rows)
        .param("c", columns);
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", uint(1), "synchronous reset of all accumulators");
    let mode = m.input("mode", uint(2), "0: one product, 1: two, 2 and 3: four products");
    let en = m.input("en", uint(1), "accumulate in this cycle");
    let mut right: Vec<Sig> =
        (0..rows).map(|r| m.input(&format!("a_{r}"), uint(word), "operands of a row")).collect();
    let mut down: Vec<Sig> = (0..columns)
        .map(|c| m.input(&format!("b_{c}"), uint(word), "operands of a column"))
        .collect();
    let address = uint(address_width((rows * columns) as usize));
    let select = m.input("select", address, "which lane to show");

    let mut results = Vec::new();
    for r in 0..rows {
        for c in 0..columns {
            let placed = m.instance(&format!("lane_{r}_{c}"), &lane);
            placed.clock("clk", clk).connect("rst", rst).connect("mode", mode).connect("en", en);
            let (across, along) = (&mut right[r as usize], &mut down[c as usize]);
            placed.connect("a", *across).connect("b", *along);
            (*across, *along) = (placed.out("a"), placed.out("b"));
            results.push((results.len() as u128, placed.out("acc")));
        }
    }
    right.iter().chain(&down).for_each(|edge| m.ignore(*edge));
    let shown = m.case(select, &results[1..], results[0].1);
    m.drive(m.output("acc", sint(accumulator), "the selected sum"), shown);
    m.build()
}
