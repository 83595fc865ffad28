//! Figures as inline SVG. Colours are classes that the page's style sheet fills in, for light, dark
//! and paper; what a colour says a label or a pattern says as well.

use bitladder_emit::figures::escaped;

pub(crate) mod curve;
mod stacks;
mod timeline;
mod wave;

pub(crate) use stacks::stacks;
pub(crate) use timeline::timeline;
pub(crate) use wave::wave;

/// An open `svg` element of a size, with what it shows for those who cannot see it.
fn open([width, height]: [f64; 2], says: &str) -> String {
    let says = escaped(says);
    format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{says}\">\n")
}

/// Three digits that count.
pub(crate) fn digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.1e}"),
    }
}

/// Round numbers from a low one to a high one, about five.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let span = (high - low).max(f64::MIN_POSITIVE);
    let power = 10f64.powf((span / 5.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power);
    let step = step.into_iter().find(|step| span / step <= 6.0).unwrap_or(span);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|index| index as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(0.0, 10.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(98.3, 99.1).len(), 4);
        assert!(ticks(5.0, 5.0).len() <= 1);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0, 1234.4, 12.34, 0.5, 0.000_012].map(digits),
            ["0", "1234", "12.3", "0.50", "1.2e-5"]
        );
    }
}
