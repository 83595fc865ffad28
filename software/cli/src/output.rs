//! Everything that reaches the terminal.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Where results, notes and progress go: results to the output, the rest to the error channel.
pub(crate) struct Terminal {
    json: bool,
    quiet: bool,
}

/// A result that can be shown to people and to programs.
pub(crate) trait Outcome: Serialize {
    /// For people; lines end in line feeds.
    fn text(&self) -> String;
}

impl Terminal {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// Prints a command's result.
    pub(crate) fn show(&self, outcome: &impl Outcome) -> anyhow::Result<()> {
        let text =
            if self.json { serde_json::to_string_pretty(outcome)? + "\n" } else { outcome.text() };
        self.raw(&text)
    }

    /// Prints text as it is.
    pub(crate) fn raw(&self, text: &str) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    /// A bar for work of known length; invisible where nobody would see it.
    pub(crate) fn bar(&self, what: &str, length: usize) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length as u64), self.target());
        if let Ok(style) =
            ProgressStyle::with_template("{msg:24} [{bar:32}] {pos}/{len} images, {eta} left")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.with_message(what.to_owned())
    }

    /// A bar over steps that are no images.
    pub(crate) fn steps(&self, what: &str, length: usize) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length as u64), self.target());
        if let Ok(style) = ProgressStyle::with_template("{msg:24} [{bar:32}] {pos}/{len}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.with_message(what.to_owned())
    }

    /// A sign of life while something of unknown length goes on.
    pub(crate) fn wait(&self, what: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(None, self.target()).with_message(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}, {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        bar
    }

    fn target(&self) -> ProgressDrawTarget {
        if self.quiet || self.json || !std::io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        }
    }

    /// Reports why a command failed.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let message = message(error);
        let text = if self.json {
            let report = serde_json::json!({ "error": message });
            format!("{report:#}")
        } else {
            format!("bitladder: {message}")
        };
        // If even the error channel is gone there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

/// An error and its causes in one line; causes that the line already names are left out.
fn message(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        let inner = std::io::Error::other("disk on fire");
        let outer = anyhow::Error::new(inner).context("a.blp: cannot be read: disk on fire");
        assert_eq!(message(&outer), "a.blp: cannot be read: disk on fire");
        assert_eq!(
            message(&outer.context("in vain")),
            "in vain: a.blp: cannot be read: disk on fire"
        );
    }
}
