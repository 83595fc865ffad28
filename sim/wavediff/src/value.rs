//! Values as text.

use crate::policy;
use crate::trace::Kind;

/// Longer values are cut in reports; the differing bits are listed anyway.
const MAX_DIGITS: usize = 256;

/// A value as Verilog writes it: `8'h3c`, or binary if it has x or z.
pub(crate) fn show(value: &[u8], kind: Kind) -> String {
    match kind {
        Kind::Real => format!("{}", policy::real(value)),
        _ => {
            let width = value.len();
            if width == 1 {
                return char::from(value[0]).to_string();
            }
            match hex(value) {
                Some(digits) => format!("{width}'h{}", cut(&digits)),
                None => format!("{width}'b{}", cut(&String::from_utf8_lossy(value))),
            }
        }
    }
}

fn cut(digits: &str) -> String {
    if digits.len() <= MAX_DIGITS {
        return digits.to_owned();
    }
    format!("{}...", &digits[..MAX_DIGITS])
}

/// Hexadecimal digits; none if a bit is neither 0 nor 1.
fn hex(bits: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bits.len() / 4 + 1);
    let head = bits.len() % 4;
    let (first, rest) = bits.split_at(head);
    for group in std::iter::once(first).filter(|first| !first.is_empty()).chain(rest.chunks(4)) {
        let mut digit = 0;
        for bit in group {
            match bit {
                b'0' | b'1' => digit = digit * 2 + u32::from(bit - b'0'),
                _ => return None,
            }
        }
        text.push(char::from_digit(digit, 16)?);
    }
    Some(text)
}

/// Bits as a decimal number if they are known and fit 64 bits, else as [`show`] does.
pub(crate) fn number(bits: &[u8], signed: bool) -> String {
    let known = bits.iter().all(|bit| matches!(bit, b'0' | b'1'));
    if !known || bits.len() > 64 || bits.is_empty() {
        return show(bits, Kind::Bits);
    }
    let value = bits.iter().fold(0u64, |value, bit| value << 1 | u64::from(bit - b'0'));
    if signed {
        let unused = 64 - bits.len();
        return (((value << unused) as i64) >> unused).to_string();
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_like_verilog() {
        assert_eq!(show(b"1", Kind::Bits), "1");
        assert_eq!(show(b"00111100", Kind::Bits), "8'h3c");
        assert_eq!(show(b"10111", Kind::Bits), "5'h17");
        assert_eq!(show(b"0x", Kind::Bits), "2'b0x");
        assert_eq!(show(&1.5f64.to_bits().to_le_bytes(), Kind::Real), "1.5");
        assert!(show(&[b'0'; 4096], Kind::Bits).len() < 300);
    }

    #[test]
    fn numbers_know_their_sign() {
        assert_eq!(number(b"1101", true), "-3");
        assert_eq!(number(b"1101", false), "13");
        assert_eq!(number(b"0", true), "0");
        assert_eq!(number(&[b'1'; 64], true), "-1");
        assert_eq!(number(b"1x", true), "2'b1x");
    }
}
