//! Units of time.

use serde::Serialize;
use thiserror::Error;

/// A unit of time: ten to the power of an exponent, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Timescale(i8);

const UNITS: [(&str, i8); 6] =
    [("s", 0), ("ms", -3), ("us", -6), ("ns", -9), ("ps", -12), ("fs", -15)];

/// A time that the user wrote and that is not understood.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TimeError {
    /// Not a number with a unit.
    #[error("'{0}' is not a time; write a number and s, ms, us, ns, ps or fs, such as 250ns")]
    Syntax(String),
    /// Finer than the traces can tell.
    #[error("{0} is not a whole number of {1}, the finest unit of both traces")]
    TooFine(String, Timescale),
    /// Beyond 64 bits.
    #[error("{0} does not fit 63 bits in units of {1}")]
    TooLarge(String, Timescale),
}

impl Default for Timescale {
    /// Nanoseconds, for traces that do not say.
    fn default() -> Self {
        Self(-9)
    }
}

impl Timescale {
    /// The unit of 10^`exponent` seconds.
    pub fn from_exponent(exponent: i8) -> Self {
        Self(exponent)
    }

    /// Reads a VCD time scale such as `10ns` (without blanks).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let power = match &text[..digits] {
            "1" => 0,
            "10" => 1,
            "100" => 2,
            _ => return None,
        };
        let unit = UNITS.iter().find(|(name, _)| *name == &text[digits..])?;
        Some(Self(unit.1 + power))
    }

    /// How many of `finer` make one of this; none beyond 64 bits.
    pub(crate) fn factor(self, finer: Self) -> Option<i64> {
        let exponent = u32::try_from(i32::from(self.0) - i32::from(finer.0)).ok()?;
        10i64.checked_pow(exponent)
    }

    /// A number of this unit in readable form: `125 ns`.
    pub fn show(self, count: i64) -> String {
        let (mut count, mut exponent) = (count, i32::from(self.0));
        if count == 0 {
            return "0 s".to_owned();
        }
        while exponent < 0 && count % 10 == 0 {
            count /= 10;
            exponent += 1;
        }
        match UNITS.iter().find(|(_, unit)| i32::from(*unit) <= exponent) {
            Some((name, unit)) => match 10i64
                .checked_pow((exponent - i32::from(*unit)) as u32)
                .and_then(|factor| count.checked_mul(factor))
            {
                Some(count) => format!("{count} {name}"),
                None => format!("{count}e{exponent} s"),
            },
            None => format!("{count}e{exponent} s"),
        }
    }
}

impl std::fmt::Display for Timescale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.show(1))
    }
}

/// A moment or length of time as the user writes it: `250ns`, or a bare number in the unit of
/// the golden trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    text: String,
    count: i64,
    unit: Option<Timescale>,
}

impl std::str::FromStr for Moment {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let bad = || TimeError::Syntax(text.to_owned());
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(trimmed.len());
        let (count, unit) = trimmed.split_at(split);
        let count = count.trim().replace('_', "").parse().map_err(|_| bad())?;
        let unit = match unit {
            "" => None,
            name => {
                let (_, exponent) = UNITS.iter().find(|(unit, _)| *unit == name).ok_or_else(bad)?;
                Some(Timescale(*exponent))
            }
        };
        Ok(Self { text: trimmed.to_owned(), count, unit })
    }
}

impl Moment {
    /// The number of units of `common`, reading a bare number in `default`.
    pub(crate) fn resolve(&self, default: Timescale, common: Timescale) -> Result<i64, TimeError> {
        let unit = self.unit.unwrap_or(default);
        if unit >= common {
            let factor = unit.factor(common);
            let count = factor.and_then(|factor| self.count.checked_mul(factor));
            return count.ok_or_else(|| TimeError::TooLarge(self.text.clone(), common));
        }
        match common.factor(unit) {
            Some(factor) if self.count % factor == 0 => Ok(self.count / factor),
            _ => Err(TimeError::TooFine(self.text.clone(), common)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_read_and_shown() {
        let scale = Timescale::parse("10ns").unwrap();
        assert_eq!(scale.show(1), "10 ns");
        assert_eq!(scale.show(100), "1 us");
        assert_eq!(scale.show(25), "250 ns");
        assert_eq!(scale.show(0), "0 s");
        assert_eq!(Timescale::from_exponent(-17).show(3), "3e-17 s");
        assert_eq!(Timescale::from_exponent(1).show(-3), "-30 s");
        assert_eq!(Timescale::parse("2ns"), None);
        assert_eq!(Timescale::parse("1lightyear"), None);
        assert_eq!(scale.factor(Timescale::parse("1ps").unwrap()), Some(10_000));
    }

    #[test]
    fn moments_convert_or_say_why_not() {
        let (ns, ps) = (Timescale::parse("1ns").unwrap(), Timescale::parse("1ps").unwrap());
        let moment = |text: &str| text.parse::<Moment>();
        assert_eq!(moment("250ns").unwrap().resolve(ns, ps), Ok(250_000));
        assert_eq!(moment("7").unwrap().resolve(ns, ps), Ok(7000));
        assert_eq!(moment("3000 ps").unwrap().resolve(ns, ns), Ok(3));
        let fine = moment("3ps").unwrap().resolve(ns, ns).unwrap_err();
        assert_eq!(
            fine.to_string(),
            "3ps is not a whole number of 1 ns, the finest unit of both traces"
        );
        let large = moment("90000000s").unwrap().resolve(ns, ps).unwrap_err();
        assert_eq!(large.to_string(), "90000000s does not fit 63 bits in units of 1 ps");
        let error = moment("fast").unwrap_err();
        assert!(error.to_string().starts_with("'fast' is not a time; write a number"));
    }
}
