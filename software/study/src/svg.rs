//! Small plots as SVG text.

use std::fmt::Write;

/// Size of a plot and the room for its labels.
const SIZE: [f64; 2] = [640.0, 360.0];
const MARGIN: f64 = 56.0;

/// A point of a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Where it is.
    pub at: [f64; 2],
    /// Text beside it.
    pub label: String,
    /// Whether it stands out.
    pub strong: bool,
}

/// Points in a frame with named axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// Above the frame.
    pub title: String,
    /// Names of the axes.
    pub axes: [String; 2],
    /// The points; those that stand out are joined by a line unless all are.
    pub marks: Vec<Mark>,
    /// Whether the line joins all points instead.
    pub join_all: bool,
}

impl Plot {
    /// The plot as a document.
    pub fn svg(&self) -> String {
        let ranges = [0, 1].map(|axis| self.range(axis));
        let place = |at: [f64; 2]| {
            let share =
                |axis: usize| (at[axis] - ranges[axis][0]) / (ranges[axis][1] - ranges[axis][0]);
            let [width, height] = SIZE.map(|size| size - 2.0 * MARGIN);
            [MARGIN + share(0) * width, MARGIN + (1.0 - share(1)) * height]
        };
        let mut text = frame(&self.title, &self.axes, ranges);
        let joined = self.marks.iter().filter(|mark| self.join_all || mark.strong);
        let line = joined.fold(String::new(), |line, mark| {
            let [x, y] = place(mark.at);
            format!("{line}{x:.1},{y:.1} ")
        });
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, r##"<polyline points="{}" fill="none" stroke="#999"/>"##, line.trim());
        for mark in &self.marks {
            let ([x, y], color) = (place(mark.at), if mark.strong { "#c22" } else { "#247" });
            let _ = writeln!(text, r#"<circle cx="{x:.1}" cy="{y:.1}" r="4" fill="{color}"/>"#);
            let (x, y, label) = (x + 6.0, y - 6.0, escaped(&mark.label));
            let _ = writeln!(text, r#"<text x="{x:.1}" y="{y:.1}">{label}</text>"#);
        }
        text + "</svg>\n"
    }

    /// Smallest and largest value along an axis, never equal.
    fn range(&self, axis: usize) -> [f64; 2] {
        let values = || self.marks.iter().map(|mark| mark.at[axis]);
        let low = values().fold(f64::INFINITY, f64::min);
        let high = values().fold(f64::NEG_INFINITY, f64::max);
        match (high - low).partial_cmp(&0.0) {
            Some(std::cmp::Ordering::Greater) => [low, high],
            Some(std::cmp::Ordering::Equal) => [low - 0.5, high + 0.5],
            _ => [0.0, 1.0],
        }
    }
}

fn frame(title: &str, axes: &[String; 2], ranges: [[f64; 2]; 2]) -> String {
    let [width, height] = SIZE;
    let (right, bottom, low) = (width - MARGIN, height - MARGIN, height - MARGIN + 16.0);
    let (inner, tall) = (width - 2.0 * MARGIN, height - 2.0 * MARGIN);
    let [title, x, y] = [title, &axes[0], &axes[1]].map(escaped);
    let [[x0, x1], [y0, y1]] = ranges.map(|range| range.map(number));
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">
<rect width="{width}" height="{height}" fill="#fff"/>
<rect x="{MARGIN}" y="{MARGIN}" width="{inner}" height="{tall}" fill="none" stroke="#333"/>
<text x="{MARGIN}" y="24" font-size="14">{title}</text>
<text x="{MARGIN}" y="44">{y}</text>
<text x="{right}" y="{}" text-anchor="end">{x}</text>
<text x="{MARGIN}" y="{low}">{x0}</text>
<text x="{right}" y="{low}" text-anchor="end">{x1}</text>
<text x="{}" y="{bottom}" text-anchor="end">{y0}</text>
<text x="{}" y="{}" text-anchor="end">{y1}</text>
"##,
        low + 20.0,
        MARGIN - 4.0,
        MARGIN - 4.0,
        MARGIN + 10.0,
    )
}

/// A number in few characters.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Text as it may stand within an element.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(marks: Vec<Mark>) -> String {
        let axes = ["x".into(), "a < b".into()];
        Plot { title: "p & q".into(), axes, marks, join_all: false }.svg()
    }

    #[test]
    fn points_lie_within_the_frame() {
        let mark = |x, y, strong| Mark { at: [x, y], label: "m".into(), strong };
        let text = plot(vec![mark(1.0, 10.0, true), mark(3.0, 20.0, false), mark(2.0, 15.0, true)]);
        assert!(text.contains(r#"cx="56.0" cy="304.0""#), "{text}");
        assert!(text.contains(r#"cx="584.0" cy="56.0""#), "{text}");
        assert!(text.contains(r#"points="56.0,304.0 320.0,180.0""#), "only strong ones: {text}");
        assert!(text.contains("p &amp; q") && text.contains("a &lt; b"), "{text}");
    }

    #[test]
    fn a_single_point_and_none_are_plots_too() {
        let mark = Mark { at: [5.0, 5.0], label: "m".into(), strong: false };
        assert!(plot(vec![mark]).contains(r#"cx="320.0" cy="180.0""#));
        assert!(!plot(vec![]).contains("NaN") && !plot(vec![]).contains("inf"));
    }
}
