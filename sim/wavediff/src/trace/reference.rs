//! Splits a declared reference such as `data[7:0]` into name and range.

use super::{Kind, SignalInfo};

/// Name and range of a reference that holds no blanks.
///
/// Brackets are a range only if they cover the declared width: in `mem[0][7:0]` the first index
/// is part of the name, and a single index such as `a[3]` always is, since it may be an element
/// of an array as well as a bit of a vector.
pub(super) fn split(reference: &str, info: SignalInfo) -> (&str, Option<(i32, i32)>) {
    let reference = reference.strip_prefix('\\').unwrap_or(reference);
    let whole = (reference, None);
    if info.kind != Kind::Bits {
        return whole;
    }
    let Some((name, bounds)) = reference.strip_suffix(']').and_then(|r| r.rsplit_once('[')) else {
        return whole;
    };
    let Some((left, right)) = bounds.split_once(':') else {
        return whole;
    };
    match (left.parse::<i32>(), right.parse::<i32>()) {
        (Ok(l), Ok(r)) if l.abs_diff(r) == info.width.wrapping_sub(1) && !name.is_empty() => {
            (name, Some((l, r)))
        }
        _ => whole,
    }
}

/// Name and index of a single bit such as `a[3]`.
pub(crate) fn bit(name: &str) -> Option<(&str, i32)> {
    let (base, index) = name.strip_suffix(']')?.rsplit_once('[')?;
    let index = index.parse().ok()?;
    (!base.is_empty()).then_some((base, index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(width: u32) -> SignalInfo {
        SignalInfo { kind: Kind::Bits, width }
    }

    #[test]
    fn a_range_is_one_only_if_it_covers_the_width() {
        assert_eq!(split("data[7:0]", bits(8)), ("data", Some((7, 0))));
        assert_eq!(split("data[0:7]", bits(8)), ("data", Some((0, 7))));
        assert_eq!(split("data[7:0]", bits(4)), ("data[7:0]", None));
        assert_eq!(split("\\mem[0][7:0]", bits(8)), ("mem[0]", Some((7, 0))));
        assert_eq!(split("a[3]", bits(1)), ("a[3]", None));
        assert_eq!(split("a[0:0]", bits(1)), ("a", Some((0, 0))));
        assert_eq!(split("[7:0]", bits(8)), ("[7:0]", None));
        assert_eq!(split("a]", bits(1)), ("a]", None));
    }

    #[test]
    fn bits_of_a_vector_are_recognised() {
        assert_eq!(bit("a[3]"), Some(("a", 3)));
        assert_eq!(bit("m[1][-2]"), Some(("m[1]", -2)));
        assert_eq!(bit("a"), None);
        assert_eq!(bit("a[x]"), None);
    }
}
