//! Points as SVG: two figures against each other.

use std::fmt::Write;

use super::bars::escaped;

/// A point with its label.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) label: String,
    pub(super) x: f64,
    pub(super) y: f64,
}

const LEFT: f64 = 70.0;
const TOP: f64 = 14.0;
const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 220.0;
/// Room for labels below and at the right.
const MARGIN: f64 = 46.0;
/// Lines across the plot.
const LINES: u32 = 4;

/// Points joined in their order, both axes from zero.
pub(super) fn scatter(points: &[Point], across: &str, up: &str) -> String {
    let (x_end, y_end) = (end(points.iter().map(|one| one.x)), end(points.iter().map(|one| one.y)));
    let place = |x: f64, y: f64| (LEFT + WIDTH * x / x_end, TOP + HEIGHT * (1.0 - y / y_end));
    let (width, height) = (LEFT + WIDTH + MARGIN, TOP + HEIGHT + MARGIN);
    // Writing to a string cannot fail.
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">"
    );
    for line in 0..=LINES {
        let share = f64::from(line) / f64::from(LINES);
        axis(&mut out, place(x_end * share, y_end * share), (x_end * share, y_end * share));
    }
    let (middle, bottom) = (LEFT + WIDTH / 2.0, TOP + HEIGHT + 38.0);
    let turned = TOP + HEIGHT / 2.0;
    let _ = writeln!(
        out,
        "<text x=\"{middle}\" y=\"{bottom}\" class=\"axis\">{}</text>\
         <text transform=\"translate(14 {turned}) rotate(-90)\" class=\"axis\">{}</text>",
        escaped(across),
        escaped(up)
    );
    let spots: Vec<(f64, f64)> = points.iter().map(|one| place(one.x, one.y)).collect();
    let joined: Vec<String> = spots.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(out, "<polyline points=\"{}\" class=\"joined\"/>", joined.join(" "));
    for (point, (x, y)) in points.iter().zip(spots) {
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" class=\"strong\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" class=\"note\">{}</text>",
            x + 8.0,
            y - 8.0,
            escaped(&point.label)
        );
    }
    out + "</svg>"
}

/// Lines and numbers of both axes at one share of their length.
fn axis(out: &mut String, (x, y): (f64, f64), (x_value, y_value): (f64, f64)) {
    let (right, bottom) = (LEFT + WIDTH, TOP + HEIGHT);
    let _ = writeln!(
        out,
        "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" class=\"grid\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" class=\"label\">{}</text>\
         <text x=\"{x:.1}\" y=\"{:.1}\" class=\"axis\">{}</text>",
        LEFT - 8.0,
        y + 4.0,
        short(y_value),
        bottom + 16.0,
        short(x_value)
    );
}

/// The end of an axis: the next 1, 2, 4 or 8 times a power of ten.
fn end(values: impl Iterator<Item = f64>) -> f64 {
    let most = values.fold(0.0, f64::max);
    if most <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 2.0, 4.0, 8.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= most).unwrap_or(10.0 * power)
}

fn short(value: f64) -> String {
    match value {
        value if value >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_placed_from_zero() {
        let point = |x, y| Point { label: "p<1".into(), x, y };
        let svg = scatter(&[point(4000.0, 2.0), point(2000.0, 1.0)], "a", "b & c");
        assert!(svg.contains("cx=\"590.0\" cy=\"14.0\""), "{svg}");
        assert!(svg.contains("cx=\"330.0\" cy=\"124.0\""), "{svg}");
        assert!(svg.contains(">p&lt;1</text>") && svg.contains(">b &amp; c</text>"), "{svg}");
    }

    #[test]
    fn axes_end_at_round_numbers() {
        let of = |value| end(std::iter::once(value));
        assert_eq!([of(9800.1), of(28.1), of(0.3), of(8.0)], [10_000.0, 40.0, 0.4, 8.0]);
        assert_eq!(end(std::iter::empty()), 1.0);
    }
}
