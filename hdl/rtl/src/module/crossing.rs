//! Data that changes with one clock and is sampled by another.

use super::builder::ModuleBuilder;
use super::port::Clock;
use crate::expr::Sig;
use crate::ty::BIT;

impl ModuleBuilder {
    /// A wire that may be sampled by any clock: the description vouches for it, because the value
    /// is stable when it is sampled (a handshake says so), or changes in one bit at a time.
    /// Elaboration rejects every other path from one clock to another.
    #[track_caller]
    pub fn crossing<'m>(&'m self, name: &str, value: Sig<'m>) -> Sig<'m> {
        let wire = self.named(name, value);
        self.describe_signal(wire, "crosses into another clock domain on purpose");
        if let Some(net) = self.net_of(wire) {
            self.state.borrow_mut().body.nets[net as usize].crossing = true;
        }
        wire
    }

    /// Brings one bit into the domain of `clock`: two registers in a row, `name_meta_q` and
    /// `name_q`, so that a metastable first one settles before anybody looks. Several bits that
    /// belong together must not be synchronised one by one: use a handshake or a Gray code.
    #[track_caller]
    pub fn synchronize<'m>(&'m self, name: &str, bit: Sig<'m>, clock: Clock<'m>) -> Sig<'m> {
        if !bit.must_be(self, "synchronize", BIT) {
            return self.poison(BIT);
        }
        let source = self.crossing(&format!("{name}_async"), bit);
        let first = self.pipe(&format!("{name}_meta_q"), source, clock);
        self.pipe(&format!("{name}_q"), first, clock)
    }
}
