//! What weights go through behind their memory, where they are held.

use std::sync::Arc;

use bitladder_blocks::weights::{QsqDecoderConfig, qsq_decoder};
use bitladder_blocks::{BlockError, WeightKind};
use bitladder_rtl::{BIT, Clock, Instance, Module, ModuleBuilder, Sig, uint};

use super::config::FetchPlan;
use super::layer::Layer;
use super::nested::Digits;
use super::quality;
use super::read_port::Words;
use super::scalars::{self, SCALAR_BITS, scalars};
use super::sub_words::sub_word;

/// What decodes 3-bit codes.
pub(super) struct Decoders<'m> {
    decoder: Arc<Module>,
    scalars: Vec<Sig<'m>>,
    wanted: Sig<'m>,
    /// The scalars of the next word.
    pub(super) there: Sig<'m>,
}

impl<'m> Decoders<'m> {
    /// The decoded weight, or `word` if there is nothing to decode.
    fn decode(&self, m: &'m ModuleBuilder, column: usize, word: Sig<'m>) -> Sig<'m> {
        let placed = m.instance(&format!("decoder_{column}"), &self.decoder);
        placed.connect("code", word.bits(0, 3)).connect("scalar", self.scalars[column]);
        placed.ignore("skip").ignore("no_operation");
        self.wanted.mux(placed.out("weight").as_unsigned(), word)
    }
}

/// Places the scalars' fetcher and its ports, if there is one.
pub(super) fn decoders<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, rst, start): (Clock<'m>, Sig<'m>, Sig<'m>),
    layer: &Layer<'m>,
    [last, tile_end, take]: [Sig<'m>; 3],
) -> Result<Option<Decoders<'m>>, BlockError> {
    if plan.config().scalar_entries.is_none() {
        return Ok(None);
    }
    let fetch = m.instance("scalars", &scalars(plan)?).clock("clk", clk);
    fetch.connect("rst", rst).connect("start", start).connect("take", take);
    layer.connect(fetch, scalars::FIELDS);
    fetch.connect("last", last).connect("tile_end", tile_end);
    fetch.connect("grant", m.input("scalar_grant", BIT, "the data comes one edge later"));
    fetch.connect("data", m.input("scalar_data", uint(64), "four scalars, the first lowest"));
    m.drive(m.output("scalar_request", BIT, "an entry is wanted"), fetch.out("request"));
    let entry = m.output("scalar_entry", plan.scalar_address(), "the entry");
    m.drive(entry, fetch.out("entry"));
    // In a register: words wait for their scalars all the way back to the memories.
    let wanted = layer.get("weight_kind").eq(WeightKind::Qsq.code() as i128);
    let wanted = m.pipe("decodes_q", wanted, clk);
    Ok(Some(Decoders {
        decoder: qsq_decoder(&QsqDecoderConfig { scalar_bits: SCALAR_BITS })?,
        scalars: (0..plan.columns()).map(|c| fetch.out(&format!("scalar_{c}"))).collect(),
        wanted,
        there: !wanted | fetch.out("there"),
    }))
}

/// What words go through behind the memory, of each column the same.
pub(super) struct Behind<'a, 'm> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) clk: Clock<'m>,
    pub(super) plan: &'a FetchPlan,
    pub(super) layer: &'a Layer<'m>,
    pub(super) words: Words<'m>,
    pub(super) shift: Option<Sig<'m>>,
    pub(super) reader: Option<(Sig<'m>, Instance<'m>)>,
    pub(super) digits: Option<Digits<'m>>,
    pub(super) decoders: Option<Decoders<'m>>,
}

impl<'m> Behind<'_, 'm> {
    /// The word of a column, from the group that the memory gives.
    pub(super) fn column(&self, column: usize, group: Sig<'m>) -> Result<Sig<'m>, BlockError> {
        let Behind { m, clk, plan, .. } = *self;
        let group = self.words.first((m, clk), &format!("group_{column}"), group);
        let word = self.shift.map_or(group, |shift| sub_word(m, plan, group, shift));
        let word = match self.reader {
            Some((on, reader)) => {
                reader.connect(&format!("weight_{column}"), group);
                on.mux(reader.out(&format!("word_{column}")), word)
            }
            None => word,
        };
        let word = m.pipe(&format!("held_{column}_q"), word, clk);
        let word = self.digits.map_or(word, |digits| digits.join(column, word));
        let word = self.decoders.as_ref().map_or(word, |all| all.decode(m, column, word));
        match plan.config().quality {
            true => quality::kept(m, plan, self.layer, (column as u32, word)),
            false => Ok(word),
        }
    }
}
