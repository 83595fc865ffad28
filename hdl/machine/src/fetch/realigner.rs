//! Chooses the word that was asked for, moves its first wanted operand to the bottom, and gives it
//! the sign that lanes multiply with. Shared by all rows.
//!
//! | port | meaning |
//! |---|---|
//! | `activation_<c>` | the words of the group read at the last enabled edge |
//! | `column` | which of them |
//! | `offset` | operands to drop from the bottom |
//! | `inside` | the operands are of the image; otherwise they are the padding value |
//! | `blank` | give zeroes, whatever else |
//! | `layer_mode`, `layer_flip`, `layer_padding_value` | fields of the layer |
//! | `data` | two edges later: operands, the first lowest; garbage above those that count |
//!
//! The word is chosen in a stage of its own: block memories are slow.
//!
//! ```text
//! clk          _/~\_/~\_/~\_/~\_
//! activation_* <..fedc><....>     four operands of four bits
//! offset       <  1   ><    >
//! data                       <.fed>
//! ```
//!
//! Cost on ECP5 with eight columns (`docs/results/hdl-fetch.md`): about 370 LUT4 for the modes 1x16,
//! 2x8 and 4x4; a third of that chooses the word, the rest aligns, pads and flips.

use std::sync::Arc;

use bitladder_blocks::{BlockError, Mode};
use bitladder_rtl::{BIT, Module, ModuleBuilder, Sig, uint};

use super::config::FetchPlan;
use super::layer::Layer;

/// The fields of a layer that the module reads.
pub(crate) const FIELDS: &[&str] = &["mode", "flip", "padding_value"];

/// The top bit of every operand.
fn top_bits(mode: Mode) -> i32 {
    (0..mode.parts()).map(|part| 1 << ((part + 1) * mode.bits() - 1)).sum()
}

/// `word` without its lowest operands.
fn drop_operands<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    mode: Sig<'m>,
    (word, offset): (Sig<'m>, Sig<'m>),
) -> Sig<'m> {
    let unit = 16 / plan.units();
    // Each mode counts in its own operands; one shifter in units serves all, a stage per bit.
    let scaled = plan.by_mode(m, mode, |mode| {
        let by = (mode.bits() / unit).ilog2();
        offset.shift_left(by.min(offset.width()))
    });
    (0..scaled.width())
        .fold(word, |word, stage| scaled.bit(stage).mux(word.shift_right(unit << stage), word))
}

/// Builds the realigner.
pub fn realigner(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("realigner").doc("Moves the wanted operands of a word to the bottom.");
    let clk = m.clock("clk", "clock");
    let layer = Layer::place(&m, plan, FIELDS);
    let words: Vec<Sig<'_>> = (0..plan.columns())
        .map(|c| m.input(&format!("activation_{c}"), uint(16), "a word of the group"))
        .collect();
    let column = m.input("column", uint(plan.column_bits()), "the word that is wanted");
    let offset = m.input("offset", plan.offset(), "operands to drop");
    let inside = m.input("inside", BIT, "operands of the image, not padding");
    let blank = m.input("blank", BIT, "zeroes");

    let mode = layer.get("mode");
    let held = |name: &str, value| m.pipe(name, value, clk);
    let word = held("word_q", m.select(column, &words));
    let offset = held("offset_q", offset);
    let [inside, blank] =
        [("inside_q", inside), ("blank_q", blank)].map(|(name, value)| held(name, value));
    let aligned = drop_operands(&m, plan, mode, (word, offset));
    let value = layer.get("padding_value");
    let padding = plan.by_mode(&m, mode, |mode| value.truncate(mode.bits()).repeat(mode.parts()));
    let flips = plan.by_mode(&m, mode, |mode| m.lit(uint(16), top_bits(mode)));
    let chosen = inside.mux(aligned, padding) ^ (flips & layer.get("flip").repeat(16));
    m.ignore(value);
    let data = m.reg("data_q", uint(16), clk);
    data.next(blank.mux(m.lit(uint(16), 0), chosen));
    m.drive(m.output("data", uint(16), "operands, the first lowest"), data.q);
    Ok(m.build()?)
}
