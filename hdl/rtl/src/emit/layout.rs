//! Columns: what engineers read first in a module are its ports.

use super::comment;

/// Lines stay within this many columns where the names allow it.
const COLUMNS: usize = 100;

/// A declaration: kind, range, name with what follows it, and what it is for.
pub(super) struct Row {
    pub(super) kind: &'static str,
    pub(super) range: String,
    pub(super) name: String,
    pub(super) doc: String,
}

/// Declarations under each other, with the comments to their right; comments that do not fit
/// there go above.
pub(super) fn table(rows: &[Row]) -> String {
    let widest = |column: fn(&Row) -> usize| rows.iter().map(column).max().unwrap_or(0);
    let kinds = widest(|row| row.kind.len());
    let ranges = widest(|row| row.range.len());
    let documented = rows.iter().filter(|row| !row.doc.is_empty());
    let names = documented.map(|row| row.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for Row { kind, range, name, doc } in rows {
        let start = format!("    {kind:<kinds$} {range:<ranges$}");
        let fits = !doc.contains('\n') && start.len() + names + 4 + doc.len() <= COLUMNS;
        if doc.is_empty() {
            text.push_str(&format!("{start}{name}\n"));
        } else if fits {
            text.push_str(&format!("{start}{name:<names$} // {doc}\n"));
        } else {
            text.push_str(&comment("    ", doc));
            text.push_str(&format!("{start}{name}\n"));
        }
    }
    text
}

/// The connections of an instance, one per line.
pub(super) fn pins(pins: &[(String, String)]) -> String {
    let names = pins.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> =
        pins.iter().map(|(name, value)| format!("        .{name:<names$} ({value})")).collect();
    lines.join(",\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, range: &str, doc: &str) -> Row {
        Row { kind: "wire", range: range.into(), name: name.into(), doc: doc.into() }
    }

    #[test]
    fn comments_stand_beside_or_above() {
        let text = table(&[row("a;", "", "short"), row("long;", "[7:0] ", &"x".repeat(90))]);
        let above = format!("    // {}\n", "x".repeat(90));
        assert_eq!(text, format!("    wire       a;    // short\n{above}    wire [7:0] long;\n"));
    }
}
