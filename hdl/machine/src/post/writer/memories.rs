//! The two memories that rows go to.

use bitladder_machine::isa::field;
use bitladder_rtl::{BIT, Sig, address_width, uint};

use super::{Beat, Writer};
use crate::check::beyond;
use crate::post::pack::{mask, pack};

impl<'m> Writer<'_, 'm> {
    /// A register in front of the memories.
    fn send(&self, name: &str, doc: &str, value: Sig<'m>) {
        let held = self.m.pipe(&format!("{name}_q"), value, self.clk);
        self.m.drive(self.m.output(name, value.ty(), doc), held);
    }

    pub(super) fn to_activations(&self, beat: &Beat<'m>, address: Sig<'m>) -> Sig<'m> {
        let (m, config) = (self.m, self.config);
        let bits = config.columns.ilog2();
        let group = address.shift_right(bits);
        let wanted = beat.valid & beat.counts & !self.to_results;
        let outside = wanted & beyond(m, group, config.activation_groups);
        let mode = self.fields.get(field::OUTPUT_MODE);
        let place = (bits > 0).then(|| address.truncate(bits));
        let all = m.ones(uint(config.columns));
        let words = self.pools.mux(all, mask(m, &config.modes, mode, place, config.columns));
        let writes = (wanted & !outside).repeat(config.columns);
        let width = address_width(config.activation_groups);
        let held = m.reg("activation_write_mask_q", words.ty(), self.clk).reset(self.rst, 0);
        held.next(words & writes);
        let out = m.output("activation_write_mask", words.ty(), "words to write");
        m.drive(out, held.q);
        self.send("activation_write_address", "the group", group.resize(width));
        let values: Vec<_> =
            (0..config.columns).map(|c| self.port(&self.row, &format!("value_{c}"))).collect();
        for (c, word) in pack(m, &config.modes, mode, &values).into_iter().enumerate() {
            let pooled = self.port(&self.group, &format!("word_{c}"));
            let word = self.pools.mux(pooled, word);
            self.send(&format!("activation_write_data_{c}"), "a word of the group", word);
        }
        outside
    }

    pub(super) fn to_result_memory(
        &self,
        beat: &Beat<'m>,
        address: Sig<'m>,
        column: Sig<'m>,
    ) -> Sig<'m> {
        let (m, config) = (self.m, self.config);
        let at = address + column.zero_extend(address.width());
        let wanted = beat.valid & beat.counts & self.to_results;
        let outside = wanted & beyond(m, at, config.result_words);
        let width = address_width(config.result_words);
        let writes = m.reg("result_write_enable_q", BIT, self.clk).reset(self.rst, 0);
        writes.next(wanted & !outside);
        m.drive(m.output("result_write_enable", BIT, "write a result"), writes.q);
        self.send("result_write_address", "its place", at.resize(width));
        let value = |c: u32| self.port(&self.row, &format!("value_{c}")).as_unsigned();
        let others: Vec<_> = (0..config.columns - 1).map(|c| (u128::from(c), value(c))).collect();
        let value = m.case(column, &others, value(config.columns - 1));
        let value = value.as_signed().sign_extend(32).as_unsigned();
        self.send("result_write_data", "the result", value);
        outside
    }
}
