//! Tables of measurements, as text with a header.

use thiserror::Error;

/// A table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}:{line}: {problem}; make the file again with `--example {maker}`")]
pub struct TableError {
    /// The file.
    pub file: String,
    /// The line.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
    /// The example that writes such a table.
    pub maker: &'static str,
}

/// Reads a table of this header, a line at a time; `maker` is the example that writes it.
pub fn read_table<T>(
    (file, text): (&str, &str),
    (header, maker): (&str, &'static str),
    row: fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, TableError> {
    let fault = |line, problem: String| TableError { file: file.to_owned(), line, problem, maker };
    let mut lines = text.lines().enumerate();
    if lines.next().map(|(_, line)| line) != Some(header) {
        return Err(fault(1, format!("the header is not `{header}`")));
    }
    lines.map(|(index, line)| row(line).map_err(|problem| fault(index + 1, problem))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_file_line_and_maker() {
        let read = |text| {
            read_table(("t.csv", text), ("a,b", "maker"), |line| {
                line.parse::<u32>().map_err(|_| format!("`{line}` is no number"))
            })
        };
        assert_eq!(read("a,b\n1\n2\n"), Ok(vec![1, 2]));
        assert_eq!(
            read("a,b\n1\nx\n").unwrap_err().to_string(),
            "t.csv:3: `x` is no number; make the file again with `--example maker`"
        );
        let text = read("a\n1\n").unwrap_err().to_string();
        assert!(text.starts_with("t.csv:1: the header is not `a,b`; "), "{text}");
    }
}
