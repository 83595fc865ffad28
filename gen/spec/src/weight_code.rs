//! The bit patterns of stored weights, one code at a time.
//!
//! A decoder returns the integer that enters the accumulator's product, or `None` for a pattern
//! without meaning. `docs/numerics.md` has the same tables.

/// Largest shift of a power-of-two weight.
pub const MAX_POWER: u8 = 15;

/// Two's complement of `bits` bits, read from the low bits of `code`.
pub fn fixed_decode(code: u16, bits: u8) -> i32 {
    let unused = 16 - u32::from(bits);
    i32::from(((code << unused) as i16) >> unused)
}

/// The low `bits` bits of a two's complement value.
pub fn fixed_encode(value: i32, bits: u8) -> u16 {
    (value as u16) & (u16::MAX >> (16 - u32::from(bits)))
}

/// Power of two, six bits `z s eeee`: zero flag, sign, shift. `0 0 eeee` is `+2^e`.
///
/// A set zero flag must come with all other bits clear, so that each value has one code.
pub fn power_decode(code: u16) -> Option<i32> {
    match code {
        0b10_0000 => Some(0),
        0..=0b01_1111 => {
            let magnitude = 1i32 << (code & 15);
            Some(if code & 16 == 0 { magnitude } else { -magnitude })
        }
        _ => None,
    }
}

/// The power-of-two code of a value that is zero or a signed power up to `2^15`.
pub fn power_encode(value: i32) -> Option<u16> {
    let magnitude = value.unsigned_abs();
    match value {
        0 => Some(0b10_0000),
        _ if magnitude.is_power_of_two() && magnitude <= 1 << MAX_POWER => {
            let sign = if value < 0 { 16 } else { 0 };
            Some(sign | magnitude.trailing_zeros() as u16)
        }
        _ => None,
    }
}

/// The code that asks the decoder for no operation.
pub const QSQ_NO_OPERATION: u16 = 0b111;

/// The 3-bit quality-scalable code: the factor (0, +-1, +-2, +-4) of the vector's scalar.
///
/// [`QSQ_NO_OPERATION`] stands for 0 too; a decoder flags it, arithmetic does not see it.
pub fn qsq_decode(code: u16) -> Option<i32> {
    match code {
        0b000 | QSQ_NO_OPERATION => Some(0),
        0b001 => Some(1),
        0b010 => Some(2),
        0b011 => Some(4),
        0b100 => Some(-1),
        0b101 => Some(-2),
        0b110 => Some(-4),
        _ => None,
    }
}

/// The 3-bit code of a factor.
pub fn qsq_encode(factor: i32) -> Option<u16> {
    match factor {
        0 => Some(0b000),
        1 => Some(0b001),
        2 => Some(0b010),
        4 => Some(0b011),
        -1 => Some(0b100),
        -2 => Some(0b101),
        -4 => Some(0b110),
        _ => None,
    }
}

/// Ternary, two bits of two's complement; `10` (minus two) has no meaning.
pub fn ternary_decode(code: u16) -> Option<i32> {
    match code {
        0b00 => Some(0),
        0b01 => Some(1),
        0b11 => Some(-1),
        _ => None,
    }
}

/// The ternary code of -1, 0 or 1.
pub fn ternary_encode(value: i32) -> Option<u16> {
    (-1..=1).contains(&value).then(|| fixed_encode(value, 2))
}

/// Binary, one bit: 1 is +1 and 0 is -1, as an XNOR array wants them.
pub fn binary_decode(code: u16) -> Option<i32> {
    match code {
        0 => Some(-1),
        1 => Some(1),
        _ => None,
    }
}

/// The binary code of -1 or +1.
pub fn binary_encode(value: i32) -> Option<u16> {
    match value {
        -1 => Some(0),
        1 => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_every_format_round_trips() {
        type Codec = (u16, fn(u16) -> Option<i32>, fn(i32) -> Option<u16>, usize);
        let codecs: [Codec; 4] = [
            (6, power_decode, power_encode, 33),
            (3, qsq_decode, qsq_encode, 8),
            (2, ternary_decode, ternary_encode, 3),
            (1, binary_decode, binary_encode, 2),
        ];
        for (bits, decode, encode, meaningful) in codecs {
            let codes: Vec<u16> = (0..1 << bits).filter(|c| decode(*c).is_some()).collect();
            assert_eq!(codes.len(), meaningful, "{bits}-bit codes with a meaning");
            for code in codes {
                let value = decode(code).unwrap();
                let back = encode(value).unwrap();
                assert!(
                    back == code || code == QSQ_NO_OPERATION,
                    "{code:b} -> {value} -> {back:b}"
                );
            }
            assert_eq!(decode(1 << bits), None, "a stray high bit has no meaning");
        }
    }

    #[test]
    fn fixed_codes_round_trip_at_every_width() {
        for bits in 2..=16u8 {
            for code in 0..=(u16::MAX >> (16 - bits)) {
                assert_eq!(fixed_encode(fixed_decode(code, bits), bits), code);
            }
        }
        assert_eq!(fixed_decode(0b1000, 4), -8);
    }

    #[test]
    fn values_without_a_code() {
        assert_eq!(power_encode(3), None);
        assert_eq!(power_encode(1 << 16), None);
        assert_eq!(qsq_encode(3), None);
        assert_eq!(ternary_encode(2), None);
        assert_eq!(binary_encode(0), None);
    }
}
