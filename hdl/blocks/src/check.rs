//! Checks of configuration values, for every crate of hardware modules.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::BlockError;

/// Refuses a value outside `allowed`; the message shows both ends.
pub fn within<T: PartialOrd + Display + TryInto<i64>>(
    key: &'static str,
    value: T,
    allowed: RangeInclusive<T>,
) -> Result<(), BlockError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let (lo, hi) = allowed.into_inner();
    let value = value.try_into().unwrap_or(i64::MAX);
    Err(BlockError::Range { key, value, allowed: format!("{lo} to {hi}") })
}

/// Refuses an empty list, or one that names something twice.
pub fn distinct<T: PartialEq>(key: &'static str, list: &[T]) -> Result<(), BlockError> {
    let twice = list.iter().enumerate().any(|(index, item)| list[..index].contains(item));
    if !list.is_empty() && !twice {
        return Ok(());
    }
    let (value, allowed) = (list.len() as i64, "one or more entries, each named once".to_owned());
    Err(BlockError::Range { key, value, allowed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_range_belong_to_it() {
        assert!(within("a.b", 1u32, 1..=3).is_ok() && within("a.b", 3u32, 1..=3).is_ok());
        let text = within("a.b", 4u32, 1..=3).unwrap_err().to_string();
        assert_eq!(text, "`a.b` = 4 is out of range: 1 to 3");
    }

    #[test]
    fn lists_name_each_thing_once() {
        assert!(distinct("a.b", &[1, 2]).is_ok());
        for list in [&[][..], &[1, 2, 1]] {
            let text = distinct("a.b", list).unwrap_err().to_string();
            assert!(text.ends_with("one or more entries, each named once"), "{text}");
        }
    }
}
