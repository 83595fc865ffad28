//! Numbers and shapes as people read them.

use bitladder_package::{Confidence, Step};

/// `1x28x28`.
pub(crate) fn shape(shape: &[usize]) -> String {
    let extents: Vec<String> = shape.iter().map(ToString::to_string).collect();
    if extents.is_empty() { "scalar".into() } else { extents.join("x") }
}

/// `12,345,678`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bits as bytes with a unit.
pub(crate) fn bytes(bits: u64) -> String {
    let bytes = bits.div_ceil(8) as f64;
    if bytes < 1024.0 {
        format!("{bytes} B")
    } else if bytes < 1024.0 * 1024.0 {
        format!("{:.1} KiB", bytes / 1024.0)
    } else {
        format!("{:.1} MiB", bytes / 1024.0 / 1024.0)
    }
}

/// `99.00 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// What an image must lead by: `a margin of 12`, or a lead in honest probabilities.
pub(crate) fn lead(step: &Step) -> String {
    match step.confidence {
        None => format!("a margin of {}", step.margin),
        Some(Confidence { temperature, lead }) => {
            format!("a lead of {lead:.3} in probability at temperature {temperature:.3}")
        }
    }
}

/// A relative error: `0.31 %`, `2e-5`, or nothing where there is none.
pub(crate) fn error(error: Option<f64>) -> String {
    match error {
        None => String::new(),
        Some(0.0) => "0".into(),
        Some(error) if error < 1e-4 => format!("{error:.0e}"),
        Some(error) => format!("{:.2} %", 100.0 * error),
    }
}

/// A real number in few characters.
pub(crate) fn real(number: Option<f32>) -> String {
    number.map_or(String::new(), |number| format!("{number:.4}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(bytes(9), "2 B");
        assert_eq!(bytes(8 * 1536), "1.5 KiB");
        assert_eq!(bytes(8 << 21), "2.0 MiB");
        assert_eq!(error(Some(0.003_14)), "0.31 %");
        assert_eq!(error(Some(2e-5)), "2e-5");
        assert_eq!(shape(&[1, 28, 28]), "1x28x28");
    }
}
