//! A register that takes a value when told to.

use bitladder_rtl::{Clock, ModuleBuilder, Sig};

/// Keeps a value from one `when` to the next.
pub(crate) fn kept<'m>(
    (m, clk): (&'m ModuleBuilder, Clock<'m>),
    name: &str,
    value: Sig<'m>,
    when: Sig<'m>,
) -> Sig<'m> {
    let register = m.reg(name, value.ty(), clk).enable(when);
    register.next(value);
    register.q
}
