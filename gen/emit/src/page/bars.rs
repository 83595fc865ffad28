//! Bars as SVG: the one kind of plot that all figures of a report are.

use std::fmt::Write;

/// A bar with its label.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    pub(super) label: String,
    /// Its length.
    pub(super) value: f64,
    /// What stands at its end.
    pub(super) note: String,
    /// Emphasised, as the bar that counts.
    pub(super) strong: bool,
}

const LABEL: f64 = 290.0;
const LENGTH: f64 = 380.0;
const NOTE: f64 = 210.0;
const ROW: f64 = 20.0;

/// Horizontal bars, the longest `full` (or the largest value if that is larger); `mark` draws a
/// line across all.
pub(super) fn bars(rows: &[Bar], full: f64, mark: Option<(f64, &str)>) -> String {
    let most = rows.iter().map(|bar| bar.value).fold(full, f64::max);
    let most = mark.map_or(most, |(at, _)| most.max(at)).max(f64::MIN_POSITIVE);
    let place = |value: f64| LENGTH * value / most;
    let (width, top) = (LABEL + LENGTH + NOTE, if mark.is_some() { 18.0 } else { 2.0 });
    let height = top + ROW * rows.len() as f64 + 4.0;
    // Writing to a string cannot fail.
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\">"
    );
    for (index, bar) in rows.iter().enumerate() {
        let y = top + ROW * index as f64;
        let (text, length) = (y + 14.0, place(bar.value));
        let kind = if bar.strong { "strong" } else { "bar" };
        let end = LABEL + length + 6.0;
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{text:.1}\" class=\"label\">{}</text>\
             <rect x=\"{LABEL}\" y=\"{:.1}\" width=\"{length:.1}\" height=\"14\" class=\"{kind}\"/>\
             <text x=\"{end:.1}\" y=\"{text:.1}\" class=\"note\">{}</text>",
            LABEL - 8.0,
            escaped(&shortened(&bar.label)),
            y + 3.0,
            escaped(&bar.note),
        );
    }
    if let Some((at, label)) = mark {
        let (x, bottom) = (LABEL + place(at), height - 2.0);
        let _ = writeln!(
            out,
            "<line x1=\"{x:.1}\" y1=\"16\" x2=\"{x:.1}\" y2=\"{bottom:.1}\" class=\"mark\"/>\
             <text x=\"{x:.1}\" y=\"12\" class=\"marked\">{}</text>",
            escaped(label)
        );
    }
    out + "</svg>"
}

/// Long names lose their middle: kind and parameters are at the ends.
fn shortened(text: &str) -> String {
    const MOST: usize = 42;
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= MOST {
        return text.to_owned();
    }
    let part = |range: std::ops::Range<usize>| letters[range].iter().collect::<String>();
    format!("{}…{}", part(0..26), part(letters.len() - 15..letters.len()))
}

/// Text that is no markup.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, value: f64) -> Bar {
        Bar { label: label.into(), value, note: format!("{value}"), strong: false }
    }

    #[test]
    fn lengths_are_shares_of_the_longest() {
        let svg = bars(&[bar("a", 10.0), bar("b", 5.0)], 20.0, None);
        assert!(svg.contains("width=\"190.0\"") && svg.contains("width=\"95.0\""), "{svg}");
        let longer = bars(&[bar("a", 40.0)], 20.0, Some((10.0, "target")));
        assert!(longer.contains("width=\"380.0\"") && longer.contains("x1=\"385.0\""), "{longer}");
    }

    #[test]
    fn names_are_text() {
        let svg = bars(&[bar("a<b & \"c\"", 1.0)], 1.0, None);
        assert!(svg.contains(">a&lt;b &amp; &quot;c&quot;</text>"), "{svg}");
        let long = "machine_with_a_very_long_name_of_more_letters_than_fit";
        assert_eq!(shortened(long), "machine_with_a_very_long_n…etters_than_fit");
    }
}
