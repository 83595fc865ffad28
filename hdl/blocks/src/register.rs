//! Registers that take a value at some edges.

use bitladder_rtl::{Clock, ModuleBuilder, Sig};

/// A register that takes `value` at edges where the bit `when` is set.
pub(crate) fn keep<'m>(
    m: &'m ModuleBuilder,
    clock: Clock<'m>,
    when: Sig<'m>,
    name: &str,
    value: Sig<'m>,
) -> Sig<'m> {
    let register = m.reg(name, value.ty(), clock).enable(when);
    register.next(value);
    register.q
}
