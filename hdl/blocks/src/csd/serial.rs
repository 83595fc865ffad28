//! Digit-serial multiplier: one adder, as many cycles as digits are kept.
//!
//! The most significant digit comes first, so stopping early is what the knob `digits` does. A
//! product with `d` kept digits takes `1 + d` cycles: zero weights take one. Cost on ECP5: 193
//! LUT4, 44 FF for 8 x 8 bits, 450 LUT4, 85 FF for 16 x 16.
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream: `weight`, `activation`; taken when the last product leaves |
//! | `digits` | most non-zero digits to use; taken with each word |
//! | `dropped_lsbs` | positions below this one are not used; taken with each word |
//! | `out` | stream: `product`, as wide as both operands together |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_/~\_/~\_      weight 6 = +8 -2, then weight 0
//! in_valid   ~~~~~~~~~~~~~~~~~~~\_____
//! in_ready   ~~~~~\_______/~~~~~~~~~~~
//! out_valid  _____________/~~~~~~~\___
//! ```
//!
//! ```
//! # use bitladder_blocks::csd::{CsdSerialConfig, csd_serial};
//! let config = CsdSerialConfig { weight_bits: 8, activation_bits: 8 };
//! assert_eq!(csd_serial(&config)?.name(), "csd_serial_w8_a8");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Reg, Sig, address_width, sint, uint};

use super::recoder::recode;
use super::{check_widths, digits_ty, dropped_ty, from_position, operand_fields};
use crate::BlockError;
use crate::stream::Stream;

/// Widths of a digit-serial multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsdSerialConfig {
    /// Bits of the signed weight, 2 to 16.
    pub weight_bits: u32,
    /// Bits of the signed activation, 2 to 32.
    pub activation_bits: u32,
}

/// The work that is left: digits still to be added, and how many may be.
struct Rest<'m> {
    used: Reg<'m>,
    negative: Reg<'m>,
    left: Reg<'m>,
}

impl<'m> Rest<'m> {
    fn new(m: &'m ModuleBuilder, clk: Clock<'m>, weight_bits: u32) -> Rest<'m> {
        let used = m.reg("used_q", uint(weight_bits), clk).doc("digits to be added");
        let negative = m.reg("negative_q", uint(weight_bits), clk).doc("which of them are -1");
        let left = m.reg("left_q", digits_ty(weight_bits), clk).doc("how many may be added");
        Rest { used, negative, left }
    }

    /// One bit: there is a digit to add.
    fn more(&self) -> Sig<'m> {
        self.used.q.reduce_or() & self.left.q.reduce_or()
    }

    /// The highest digit to be added, one-hot.
    fn leading(&self, m: &'m ModuleBuilder) -> Sig<'m> {
        let used = self.used.q;
        let bit = |at: u32| match at + 1 == used.width() {
            true => used.bit(at),
            false => used.bit(at) & !used.slice(used.width() - 1, at + 1).reduce_or(),
        };
        let bits: Vec<Sig<'m>> = (0..used.width()).rev().map(bit).collect();
        m.named("leading", m.cat(&bits))
    }
}

/// The number of the only set bit.
fn position<'m>(m: &'m ModuleBuilder, one_hot: Sig<'m>) -> Sig<'m> {
    let width = one_hot.width();
    let bit = |digit: u32| {
        let set: Vec<Sig<'m>> =
            (0..width).filter(|at| at >> digit & 1 == 1).map(|at| one_hot.bit(at)).collect();
        m.cat(&set).reduce_or()
    };
    let bits: Vec<Sig<'m>> = (0..address_width(width as usize)).rev().map(bit).collect();
    m.named("shift", m.cat(&bits))
}

/// Builds the multiplier.
pub fn csd_serial(config: &CsdSerialConfig) -> Result<Arc<Module>, BlockError> {
    let CsdSerialConfig { weight_bits, activation_bits } = *config;
    let keys = ["csd_serial.weight_bits", "csd_serial.activation_bits"];
    check_widths(keys[0], weight_bits, keys[1], activation_bits)?;
    let m = ModuleBuilder::new("csd_serial").param("w", weight_bits).param("a", activation_bits);
    let m = m.doc("Multiplies by signed digits, one per cycle.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets the product under way");
    let input = Stream::sink(&m, "in", &operand_fields(weight_bits, activation_bits));
    let digits = m.input("digits", digits_ty(weight_bits), "most digits to use");
    let dropped = m.input("dropped_lsbs", dropped_ty(weight_bits), "positions not used");
    let product = sint(weight_bits + activation_bits);
    let out = Stream::source(&m, "out", &[("product", product, "weight times activation")]);

    let rest = Rest::new(&m, clk, weight_bits);
    let busy = m.reg("busy_q", BIT, clk).reset(rst, 0);
    let more = m.named("more", rest.more());
    let done = m.named("done", busy.q & !more);
    m.drive(input.ready(), !busy.q | (done & out.ready()));
    let takes = m.named("takes", input.moves());
    busy.next(takes | (busy.q & !(done & out.ready())));

    let [positive, negative] = recode(input.get("weight"));
    let leading = rest.leading(&m);
    let works = busy.q & more;
    let used = from_position(&m, positive | negative, dropped);
    rest.used.next(takes.mux(used, works.mux(rest.used.q & !leading, rest.used.q)));
    rest.negative.next(takes.mux(negative, rest.negative.q));
    rest.left.next(takes.mux(digits, works.mux(rest.left.q - 1, rest.left.q)));
    let x = m.reg("x_q", sint(activation_bits), clk).enable(takes);
    x.next(input.get("activation"));

    let sum = m.reg("sum_q", product, clk).enable(takes | works);
    let term = x.q.sign_extend(product.width).shift_left_by(position(&m, leading));
    let added = (leading & rest.negative.q).reduce_or().mux(sum.q - term, sum.q + term);
    sum.next(takes.mux(m.lit(product, 0), added));
    m.drive(out.valid(), done);
    m.drive(out.get("product"), sum.q);
    Ok(m.build()?)
}
