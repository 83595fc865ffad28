//! Commands of a document, and what it says they print.

/// A fenced block of commands, with the block of text behind it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Block {
    /// Lines for the shell.
    pub commands: String,
    /// Marked `sh long`: takes more than a test may.
    pub long: bool,
    /// Lines that they print; empty if the document does not say.
    pub quoted: Vec<String>,
}

/// All blocks marked `sh`, in order.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match kind {
            "sh" | "sh long" => found.push(Block {
                commands: body.iter().map(|line| format!("{line}\n")).collect(),
                long: kind == "sh long",
                quoted: Vec::new(),
            }),
            "text" => {
                let block = found.last_mut().expect("text that is printed stands behind commands");
                assert!(!body.is_empty() && block.quoted.is_empty(), "one text per block: {line}");
                block.quoted = body.iter().map(|line| (*line).to_owned()).collect();
            }
            _ => {}
        }
    }
    found
}

#[test]
fn commands_and_text_are_found() {
    let text =
        "a\n```sh\nx\ny\n```\nb\n```text\n1\n...\n```\n```rust\nz\n```\n```sh long\nw\n```\n";
    let all = blocks(text);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].commands, "x\ny\n");
    assert_eq!(all[0].quoted, ["1", "..."]);
    assert!(!all[0].long && all[1].long && all[1].quoted.is_empty());
}
