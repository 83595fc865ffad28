//! Codes of any width, packed without gaps: the first code in the lowest bits.

/// Packs the low `width` bits of each value.
pub(crate) fn pack(values: impl Iterator<Item = u64>, width: u8, into: &mut Vec<u8>) {
    let (mut held, mut count) = (0u128, 0u32);
    let mask = mask(width);
    for value in values {
        held |= u128::from(value & mask) << count;
        count += u32::from(width);
        while count >= 8 {
            into.push(held as u8);
            held >>= 8;
            count -= 8;
        }
    }
    if count > 0 {
        into.push(held as u8);
    }
}

/// Bytes that `count` codes take; `None` if that does not fit the machine.
pub(crate) fn packed_bytes(count: usize, width: u8) -> Option<usize> {
    count.checked_mul(usize::from(width)).map(|bits| bits.div_ceil(8))
}

/// Reads codes back, as many as `bytes` has whole ones.
pub(crate) fn unpack(bytes: &[u8], width: u8) -> impl Iterator<Item = u64> {
    let (mut held, mut count) = (0u128, 0u32);
    let mut rest = bytes.iter();
    std::iter::from_fn(move || {
        while count < u32::from(width) {
            held |= u128::from(*rest.next()?) << count;
            count += 8;
        }
        let value = held as u64 & mask(width);
        held >>= width;
        count -= u32::from(width);
        Some(value)
    })
}

/// Reads a code as two's complement.
pub(crate) fn sign_extend(code: u64, width: u8) -> i64 {
    let spare = 64 - u32::from(width);
    (code << spare) as i64 >> spare
}

fn mask(width: u8) -> u64 {
    u64::MAX >> (64 - u32::from(width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_code_is_lowest() {
        let mut bytes = Vec::new();
        pack([1, 2, 7].into_iter(), 3, &mut bytes);
        assert_eq!(bytes, [0b1101_0001, 0b1]);
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(width in 1u8..=64, values in prop::collection::vec(any::<u64>(), 0..40)) {
            let mut bytes = Vec::new();
            pack(values.iter().copied(), width, &mut bytes);
            prop_assert_eq!(Some(bytes.len()), packed_bytes(values.len(), width));
            let wanted: Vec<u64> = values.iter().map(|v| v & mask(width)).collect();
            let found: Vec<u64> = unpack(&bytes, width).take(values.len()).collect();
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn signs_survive(value in any::<i32>()) {
            let mut bytes = Vec::new();
            pack([i64::from(value) as u64].into_iter(), 33, &mut bytes);
            let code = unpack(&bytes, 33).next().unwrap();
            prop_assert_eq!(sign_extend(code, 33), i64::from(value));
        }
    }
}
