//! Checks of sizes that are found by cutting bits, and of addresses in hardware.

use std::ops::RangeInclusive;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, ModuleBuilder, Sig};

/// Refuses what is no power of two in `allowed`: a group's words are found by cutting address bits,
/// and anything else would cost a divider.
pub(crate) fn power_of_two(
    key: &'static str,
    value: u32,
    allowed: RangeInclusive<u32>,
) -> Result<(), BlockError> {
    if value.is_power_of_two() && allowed.contains(&value) {
        return Ok(());
    }
    let allowed = format!("a power of two from {} to {}", allowed.start(), allowed.end());
    Err(BlockError::Range { key, value: i64::from(value), allowed })
}

/// Whether an address can lie at or beyond the memory's end.
pub(crate) fn reaches_beyond(address: Sig<'_>, words: usize) -> bool {
    words > 0 && (words as u128) <= address.ty().mask()
}

/// One bit: the address lies at or beyond the memory's end.
pub(crate) fn beyond<'m>(m: &'m ModuleBuilder, address: Sig<'m>, words: usize) -> Sig<'m> {
    match reaches_beyond(address, words) {
        true => above(m, address, words as u64 - 1),
        false => m.lit(BIT, 0),
    }
}

/// One bit: the value, which has no sign, is larger than a constant. Lookup tables instead of a
/// carry chain, which takes a cell per bit on iCE40 even where only its end matters.
pub(crate) fn above<'m>(m: &'m ModuleBuilder, value: Sig<'m>, limit: u64) -> Sig<'m> {
    let bits = value.width();
    if bits < 64 && limit >> bits != 0 {
        return m.lit(BIT, 0);
    }
    above_and_equal(m, value, limit)[0]
}

/// Whether a value is larger than a constant, and whether it is equal: of both halves, and so on.
fn above_and_equal<'m>(m: &'m ModuleBuilder, value: Sig<'m>, limit: u64) -> [Sig<'m>; 2] {
    let bits = value.width();
    if limit == 0 {
        let some = value.reduce_or();
        return [some, !some];
    }
    if limit.count_ones() == bits {
        return [m.lit(BIT, 0), value.reduce_and()];
    }
    let low = bits / 2;
    let [high, equal] = above_and_equal(m, value.slice(bits - 1, low), limit >> low);
    let [above, same] = above_and_equal(m, value.truncate(low), limit & ((1 << low) - 1));
    [high | (equal & above), equal & same]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_key_the_value_and_the_range() {
        assert!(power_of_two("a.b", 2, 2..=8).is_ok() && power_of_two("a.b", 8, 2..=8).is_ok());
        for value in [0, 1, 3, 16] {
            let text = power_of_two("a.b", value, 2..=8).unwrap_err().to_string();
            let wanted = format!("`a.b` = {value} is out of range: a power of two from 2 to 8");
            assert_eq!(text, wanted);
        }
    }
}
