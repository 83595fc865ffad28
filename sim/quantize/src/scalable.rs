//! The quality-scalable code of paper 002 with all its choices, and how they are written in text.

use std::fmt;
use std::str::FromStr;

use bitladder_spec::{VectorAxis, VectorLayout};

/// How a vector's scalar is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarRule {
    /// Least squared error for the factors.
    LeastSquares,
    /// Mean magnitude over the largest factor: equation 9.
    Equation9,
}

/// Where the standard deviations of positive and of negative weights are taken about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Center {
    /// Zero.
    Zero,
    /// The mean of the weights on that side.
    Mean,
}

/// Limits between factors, in standard deviations of the weights of a sign: equation 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Percent of a deviation above which the factor is 4; between 100 and this it is 2.
    pub delta: u16,
    /// Percent of a deviation up to which the factor is 0.
    pub gamma: u16,
    /// What the deviation is taken about.
    pub center: Center,
}

/// A quality-scalable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scalable {
    /// Its vectors.
    pub layout: VectorLayout,
    /// Width of its stored scalars.
    pub scalar_bits: u8,
    /// The largest factor: 1, 2 or 4. The paper calls it O.
    pub largest: u8,
    /// Limits between factors; without them a weight takes the nearest.
    pub thresholds: Option<Thresholds>,
    /// How scalars are found.
    pub scalar: ScalarRule,
}

impl Scalable {
    /// All factors, each weight with the nearest, scalars of least error.
    pub fn new(layout: VectorLayout) -> Self {
        let (thresholds, scalar) = (None, ScalarRule::LeastSquares);
        Self { layout, scalar_bits: 8, largest: 4, thresholds, scalar }
    }

    /// Bits of a code: two without the factor 2, else three.
    pub fn code_bits(self) -> u8 {
        if self.largest == 1 { 2 } else { 3 }
    }
}

impl fmt::Display for Scalable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axis = match self.layout.axis {
            VectorAxis::Channel => 'c',
            VectorAxis::Filter => 'f',
        };
        write!(f, "qsq.{axis}{}.o{}", self.layout.length, self.largest)?;
        if let Some(Thresholds { delta, gamma, center }) = self.thresholds {
            let center = if center == Center::Mean { "m" } else { "" };
            write!(f, ".d{delta}g{gamma}{center}")?;
        }
        if self.scalar == ScalarRule::Equation9 { write!(f, ".eq9") } else { Ok(()) }
    }
}

impl FromStr for Scalable {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let mut parts = text.split('.');
        if parts.next() != Some("qsq") {
            return Err("unknown name");
        }
        let vectors = parts.next().unwrap_or_default();
        let axis = match vectors.get(..1) {
            Some("c") => VectorAxis::Channel,
            Some("f") => VectorAxis::Filter,
            _ => return Err("vectors are c (channels) or f (filters) and a length, 0 for all"),
        };
        let length = vectors[1..].parse().map_err(|_| "the vectors' length is no number")?;
        let mut found = Self::new(VectorLayout { axis, length });
        found.largest = match parts.next() {
            Some("o1") => 1,
            Some("o2") => 2,
            Some("o4") => 4,
            _ => return Err("after the vectors comes the largest factor: o1, o2 or o4"),
        };
        for part in parts {
            match part {
                "eq9" => found.scalar = ScalarRule::Equation9,
                _ => found.thresholds = Some(thresholds(part)?),
            }
        }
        Ok(found)
    }
}

fn thresholds(text: &str) -> Result<Thresholds, &'static str> {
    const FORM: &str = "thresholds are d, delta in percent, g, gamma in percent, and m if about \
                        the mean: `d150g30`";
    let (numbers, center) = match text.strip_suffix('m') {
        Some(numbers) => (numbers, Center::Mean),
        None => (text, Center::Zero),
    };
    let (delta, gamma) =
        numbers.strip_prefix('d').and_then(|rest| rest.split_once('g')).ok_or(FORM)?;
    let number = |digits: &str| digits.parse::<u16>().map_err(|_| FORM);
    let (delta, gamma) = (number(delta)?, number(gamma)?);
    if delta < 100 || gamma > 100 {
        return Err("delta is 100 percent or more, gamma 100 percent or less");
    }
    Ok(Thresholds { delta, gamma, center })
}
