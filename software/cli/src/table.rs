//! Text tables with aligned columns.

/// Rows of text under a heading; columns are as wide as their widest cell.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    numeric: Vec<bool>,
}

impl Table {
    /// Columns by their headings; those that begin with `>` are aligned to the right.
    pub(crate) fn new(headings: &[&str]) -> Self {
        let numeric = headings.iter().map(|heading| heading.starts_with('>')).collect();
        let heading = headings.iter().map(|h| h.trim_start_matches('>').to_owned()).collect();
        Self { rows: vec![heading], numeric }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.numeric.len());
        self.rows.push(cells);
    }

    /// The table, each line indented by two spaces.
    pub(crate) fn text(&self) -> String {
        let width = |column: usize| {
            self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.numeric.len()).map(width).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                let cell = match self.numeric[column] {
                    true => format!("  {cell:>width$}"),
                    false => format!("  {cell:<width$}"),
                };
                line.push_str(&cell);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&["name", ">size", "note"]);
        table.row(vec!["a".into(), "1".into(), "x".into()]);
        table.row(vec!["long name".into(), "1000".into(), String::new()]);
        assert_eq!(
            table.text(),
            "  name       size  note\n  a             1  x\n  long name  1000\n"
        );
    }
}
