//! The report for CI systems that read JUnit XML.

use std::fmt::Write as _;

use super::text;
use crate::report::{Report, SignalReport};

const SUITE: &str = "wavediff";

/// A test case per signal that differs, one for lengths that differ, and one for all the rest.
pub fn junit(report: &Report) -> String {
    let mut cases = String::new();
    let equal = report.compared - report.signals.len();
    case(&mut cases, &format!("{equal} equal signals"), None);
    for length in &report.lengths {
        let text = text::length(length);
        case(&mut cases, &format!("length of {}", length.what), Some(("failure", &text, &text)));
    }
    for signal in &report.signals {
        let (message, detail) = describe(report, signal);
        case(&mut cases, &signal.name, Some(("failure", &message, &detail)));
    }
    let failures = report.signals.len() + report.lengths.len();
    suite(failures + 1, failures, 0, &cases)
}

/// The one test case of a comparison that could not be made.
pub fn junit_error(message: &str) -> String {
    let mut cases = String::new();
    case(&mut cases, "compare", Some(("error", message, message)));
    suite(1, 0, 1, &cases)
}

fn describe(report: &Report, signal: &SignalReport) -> (String, String) {
    let lines: Vec<_> = signal.listed.iter().map(|listed| text::line(report, listed)).collect();
    let first = lines.first().map_or("", String::as_str);
    let message = format!("{} mismatches, the first at {first}", signal.mismatches);
    (message, lines.join("\n"))
}

fn suite(tests: usize, failures: usize, errors: usize, cases: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{SUITE}\" \
         tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">\n{cases}</testsuite>\n\
         </testsuites>\n"
    )
}

fn case(out: &mut String, name: &str, problem: Option<(&str, &str, &str)>) {
    // Writing to a string cannot fail.
    let _ = write!(out, "<testcase classname=\"{SUITE}\" name=\"{}\"", escape(name));
    let _ = match problem {
        None => writeln!(out, "/>"),
        Some((kind, message, detail)) => writeln!(
            out,
            "><{kind} message=\"{}\">{}</{kind}></testcase>",
            escape(message),
            escape(detail)
        ),
    };
}

/// Text for XML; characters that XML cannot hold become question marks.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            char if char < ' ' || matches!(char, '\u{fffe}' | '\u{ffff}') => escaped.push('?'),
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_the_xml() {
        assert_eq!(escape("a<b>&\"c\"\n\u{1}\u{e9}"), "a&lt;b&gt;&amp;&quot;c&quot;&#10;?\u{e9}");
        let xml = junit_error("x: <bad>");
        assert!(xml.contains("errors=\"1\""));
        assert!(xml.contains("<error message=\"x: &lt;bad&gt;\">x: &lt;bad&gt;</error>"));
    }
}
