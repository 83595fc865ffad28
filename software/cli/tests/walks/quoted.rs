//! Whether lines of a document are among those that were printed.

use regex::{Regex, escape};

/// Numbers below this must be equal.
const EXACT: f64 = 20.0;
/// Larger ones, such as cycles and lookup tables, may move so far before a document is wrong.
const SHARE: f64 = 0.25;

const NUMBER: &str = r"[0-9][0-9,]*(?:\.[0-9]+)?";

fn number(text: &str) -> f64 {
    text.replace(',', "").parse().unwrap_or(f64::NAN)
}

/// An expression for a line, and its numbers. Digits of names are no numbers.
fn pattern(line: &str) -> (Regex, Vec<f64>) {
    let token = Regex::new(&format!(r"\.\.\.|[A-Za-z_][A-Za-z0-9_]*|{NUMBER}|\s+|.")).unwrap();
    let mut numbers = Vec::new();
    let mut expression = String::from("^");
    for found in token.find_iter(line) {
        let text = found.as_str();
        match text.as_bytes()[0] {
            b'.' if text == "..." => expression.push_str(".*"),
            b'0'..=b'9' => {
                numbers.push(number(text));
                expression.push_str(&format!("({NUMBER})"));
            }
            byte if byte.is_ascii_whitespace() => expression.push_str(r"\s+"),
            _ => expression.push_str(&escape(text)),
        }
    }
    (Regex::new(&format!("{expression}$")).unwrap(), numbers)
}

fn alike(quoted: f64, printed: f64) -> bool {
    quoted == printed || (quoted >= EXACT && (printed - quoted).abs() <= SHARE * quoted)
}

fn fits(quoted: &str, printed: &str) -> bool {
    let (expression, numbers) = pattern(quoted.trim_end());
    expression.captures(printed.trim_end()).is_some_and(|found| {
        let groups = found.iter().skip(1).flatten();
        groups.zip(numbers).all(|(group, wanted)| alike(wanted, number(group.as_str())))
    })
}

/// Looks for the quoted lines in order; the first that is not there is the error.
pub(crate) fn check<'q>(quoted: &'q [String], printed: &str) -> Result<(), &'q str> {
    let mut lines = printed.lines();
    let wanted = quoted.iter().filter(|line| !line.trim().is_empty() && *line != "...");
    for line in wanted {
        if !lines.any(|candidate| fits(line, candidate)) {
            return Err(line);
        }
    }
    Ok(())
}

#[test]
fn words_are_exact_and_large_numbers_near() {
    assert!(fits("  layer conv1  4,000 cycles", "  layer  conv1 3,900 cycles"));
    assert!(!fits("layer conv1  4,000 cycles", "layer conv1 2,000 cycles"));
    assert!(!fits("layer conv1  4,000 cycles", "layer conv2 4,000 cycles"));
    assert!(!fits("0 differ", "1 differ") && !fits("13 errors", "14 errors"));
    assert!(fits("a: 3 places ...", "a: 3 places (b) 40'h00ff"));
    assert!(!fits("a: 3 places", "a: 3 places (b)"));
}

#[test]
fn lines_are_looked_for_in_order() {
    let quoted = |lines: &[&str]| lines.iter().map(|&line| line.into()).collect::<Vec<String>>();
    assert_eq!(check(&quoted(&["a", "...", "c"]), "a\nb\nc\n"), Ok(()));
    assert_eq!(check(&quoted(&["c", "a"]), "a\nb\nc\n"), Err("a"));
    assert_eq!(check(&quoted(&["a"]), ""), Err("a"));
}
