//! Bars as SVG: the one kind of plot that all figures of a report are.

use std::fmt::Write;

/// A bar with its label.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Bar {
    pub(super) label: String,
    /// Where it begins.
    pub(super) start: f64,
    /// Its length.
    pub(super) value: f64,
    /// A pale bar behind it: what could be.
    pub(super) most: f64,
    /// What stands at its end.
    pub(super) note: String,
    /// Emphasised, as the bar that counts.
    pub(super) strong: bool,
}

const LABEL: f64 = 300.0;
const LENGTH: f64 = 340.0;
const NOTE: f64 = 260.0;
const ROW: f64 = 20.0;

/// Horizontal bars, the longest `full` (or the largest value if that is larger); `mark` draws a
/// line across all.
pub(super) fn bars(rows: &[Bar], full: f64, mark: Option<(f64, &str)>) -> String {
    let most = rows.iter().map(|bar| (bar.start + bar.value).max(bar.most)).fold(full, f64::max);
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
    // Behind all lines, which would cross it.
    let least = mark.map_or(0.0, |(at, _)| place(at));
    for (index, one) in rows.iter().enumerate() {
        bar(&mut out, one, top + ROW * index as f64, place, least);
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

/// A bar at a height; its note is not before `least`.
fn bar(out: &mut String, bar: &Bar, y: f64, place: impl Fn(f64) -> f64, least: f64) {
    let (text, top, length) = (y + 14.0, y + 3.0, place(bar.value));
    let kind = if bar.strong { "strong" } else { "bar" };
    let start = LABEL + place(bar.start);
    let end = (start + length).max(LABEL + place(bar.most).max(least)) + 6.0;
    let _ = write!(
        out,
        "<text x=\"{:.1}\" y=\"{text:.1}\" class=\"label\"><title>{}</title>{}</text>",
        LABEL - 8.0,
        escaped(&bar.label),
        escaped(&shortened(&bar.label)),
    );
    if bar.most > 0.0 {
        let behind = place(bar.most);
        let _ = write!(
            out,
            "<rect x=\"{LABEL}\" y=\"{top:.1}\" width=\"{behind:.1}\" height=\"14\" class=\"most\"/>"
        );
    }
    let _ = writeln!(
        out,
        "<rect x=\"{start:.1}\" y=\"{top:.1}\" width=\"{length:.1}\" height=\"14\" class=\"{kind}\"/>\
         <text x=\"{end:.1}\" y=\"{text:.1}\" class=\"note\">{}</text>",
        escaped(&bar.note),
    );
}

/// Long names lose their middle: kind and parameters are at the ends.
fn shortened(text: &str) -> String {
    const MOST: usize = 38;
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= MOST {
        return text.to_owned();
    }
    let part = |range: std::ops::Range<usize>| letters[range].iter().collect::<String>();
    format!("{}…{}", part(0..20), part(letters.len() - 17..letters.len()))
}

/// Text that is no markup.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, value: f64) -> Bar {
        Bar { label: label.into(), value, note: format!("{value}"), ..Bar::default() }
    }

    #[test]
    fn lengths_are_shares_of_the_longest() {
        let svg = bars(&[bar("a", 10.0), bar("b", 5.0)], 20.0, None);
        assert!(svg.contains("width=\"170.0\"") && svg.contains("width=\"85.0\""), "{svg}");
        let longer = bars(&[bar("a", 40.0)], 20.0, Some((10.0, "target")));
        assert!(longer.contains("width=\"340.0\"") && longer.contains("x1=\"385.0\""), "{longer}");
    }

    #[test]
    fn bars_begin_where_they_are_told_and_stand_before_what_could_be() {
        let later = Bar { start: 10.0, most: 20.0, ..bar("a", 5.0) };
        let svg = bars(&[later], 20.0, None);
        assert!(svg.contains("x=\"470.0\"") && svg.contains("width=\"85.0\""), "{svg}");
        assert!(svg.contains("width=\"340.0\" height=\"14\" class=\"most\""), "{svg}");
    }

    #[test]
    fn names_are_text() {
        let svg = bars(&[bar("a<b & \"c\"", 1.0)], 1.0, None);
        assert!(svg.contains(">a&lt;b &amp; &quot;c&quot;</text>"), "{svg}");
        let long = "machine_with_a_very_long_name_of_more_letters_than_fit";
        assert_eq!(shortened(long), "machine_with_a_very_…_letters_than_fit");
    }
}
