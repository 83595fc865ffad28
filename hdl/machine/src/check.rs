//! Checks of configuration values, and of addresses in hardware.

use std::ops::RangeInclusive;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, ModuleBuilder, Sig};

/// Refuses a value outside `allowed`; the message shows both ends.
pub(crate) fn within(
    key: &'static str,
    value: u64,
    allowed: RangeInclusive<u64>,
) -> Result<(), BlockError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let (lo, hi) = allowed.into_inner();
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    Err(BlockError::Range { key, value, allowed: format!("{lo} to {hi}") })
}

/// Refuses what is no power of two of at most `most`: a group's words are found by cutting address
/// bits, and anything else would cost a divider.
pub(crate) fn power_of_two(key: &'static str, value: u32, most: u32) -> Result<(), BlockError> {
    if value.is_power_of_two() && value <= most {
        return Ok(());
    }
    let allowed = format!("a power of two from 1 to {most}");
    Err(BlockError::Range { key, value: i64::from(value), allowed })
}

/// Refuses an empty list, or one that names something twice.
pub(crate) fn distinct<T: PartialEq>(key: &'static str, list: &[T]) -> Result<(), BlockError> {
    let twice = list.iter().enumerate().any(|(index, item)| list[..index].contains(item));
    if !list.is_empty() && !twice {
        return Ok(());
    }
    let (value, allowed) = (list.len() as i64, "one or more entries, each named once".to_owned());
    Err(BlockError::Range { key, value, allowed })
}

/// One bit: the address lies at or beyond the memory's end.
pub(crate) fn beyond<'m>(m: &'m ModuleBuilder, address: Sig<'m>, words: usize) -> Sig<'m> {
    match (words as u128) <= address.ty().mask() {
        true => address.ge(words),
        false => m.lit(BIT, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_key_the_value_and_the_range() {
        assert!(within("a.b", 1, 1..=3).is_ok() && within("a.b", 3, 1..=3).is_ok());
        let text = within("a.b", 4, 1..=3).unwrap_err().to_string();
        assert_eq!(text, "`a.b` = 4 is out of range: 1 to 3");
        assert!(power_of_two("a.b", 1, 8).is_ok() && power_of_two("a.b", 8, 8).is_ok());
        for value in [0, 3, 16] {
            let text = power_of_two("a.b", value, 8).unwrap_err().to_string();
            let wanted = format!("`a.b` = {value} is out of range: a power of two from 1 to 8");
            assert_eq!(text, wanted);
        }
        assert!(distinct("a.b", &[1, 2]).is_ok());
        for list in [&[][..], &[1, 2, 1]] {
            let text = distinct("a.b", list).unwrap_err().to_string();
            assert!(text.ends_with("one or more entries, each named once"), "{text}");
        }
    }
}
