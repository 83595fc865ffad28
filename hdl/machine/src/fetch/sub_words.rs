//! Sub-words: codes narrower than a word, several to a word of weight memory.

use bitladder_blocks::{Mode, WeightKind};
use bitladder_rtl::{BIT, Clock, ModuleBuilder, Sig, uint};

use super::config::FetchPlan;
use super::layer::Layer;

/// Sub-words that a word of weight memory holds; 1 for what the plan does not have.
fn sub_words(plan: &FetchPlan, mode: Mode, kind: WeightKind) -> u32 {
    let decoded = kind == WeightKind::Qsq && plan.config().scalar_entries.is_some();
    let taken = plan.array().lane().takes(kind) && kind.goes_with(mode);
    match (kind, mode) {
        (WeightKind::Qsq, Mode::Word16) if decoded => 4,
        (WeightKind::PowerOfTwo, Mode::Word16) if taken => 2,
        (WeightKind::Ternary, _) if taken => 8 / mode.parts(),
        _ => 1,
    }
}

/// The most sub-words of all modes and kinds.
fn most(plan: &FetchPlan) -> u32 {
    let each = |mode| WeightKind::ALL.map(|kind| sub_words(plan, mode, kind));
    plan.modes().into_iter().flat_map(each).max().unwrap_or(1)
}

/// Which sub-word is asked for, and what that is as a shift of the word.
pub(super) struct SubWords<'m> {
    /// The first of its group, and the last.
    pub(super) first: Sig<'m>,
    pub(super) end: Sig<'m>,
    /// Sub-words of the narrowest kind to drop; `None` if there are no sub-words.
    pub(super) shift: Option<Sig<'m>>,
}

/// Counts the sub-words of the groups that are asked for.
pub(super) fn count_sub_words<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, begin): (Clock<'m>, Sig<'m>),
    (issue, last): (Sig<'m>, Sig<'m>),
    layer: &Layer<'m>,
) -> SubWords<'m> {
    let most = most(plan);
    if most == 1 {
        let yes = m.lit(BIT, 1);
        return SubWords { first: yes, end: yes, shift: None };
    }
    let bits = most.ilog2();
    let index = m.reg("sub_word_q", uint(bits), clk).reset(begin, 0).enable(issue);
    let by_kind = |value: &dyn Fn(u32) -> Sig<'m>| {
        plan.by_mode(m, layer.get("mode"), |mode| {
            let of = |kind: WeightKind| value(sub_words(plan, mode, kind));
            let arms: Vec<_> = WeightKind::ALL.map(|kind| (kind.code(), of(kind))).to_vec();
            m.case(layer.get("weight_kind"), &arms[1..], arms[0].1)
        })
    };
    let end = index.q.eq(by_kind(&|count| m.lit(uint(bits), count - 1)));
    let shift = by_kind(&|count| index.q.shift_left((most / count).ilog2()));
    index.next((end | last).mux(m.lit(uint(bits), 0), index.q + 1));
    SubWords { first: !index.q.reduce_or(), end, shift: Some(shift) }
}

/// The sub-word that `shift` asks for, at the bottom.
pub(super) fn sub_word<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    group: Sig<'m>,
    shift: Sig<'m>,
) -> Sig<'m> {
    let step = 16 / most(plan);
    // Other sub-words above it mean nothing. Zeros there would become resets of registers behind,
    // which hang on their enables: a longer way.
    let arms: Vec<_> = (0..most(plan))
        .map(|by| match by * step {
            0 => group,
            low => group.bits(0, low).cat(group.bits(low, 16 - low)),
        })
        .collect();
    m.select(shift, &arms)
}
