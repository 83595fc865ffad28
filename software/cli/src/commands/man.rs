//! `bitladder man`.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use serde::Serialize;

use super::Session;
use crate::args::Cli;
use crate::output::Outcome;

pub(crate) fn run(session: &Session, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{}: cannot make the folder", folder.display()))?;
    clap_mangen::generate_to(Cli::command(), folder)
        .with_context(|| format!("{}: the pages cannot be written", folder.display()))?;
    let pages = std::fs::read_dir(folder)
        .with_context(|| format!("{}: cannot be read", folder.display()))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("bitladder") && name.ends_with(".1"));
    let mut pages: Vec<String> = pages.collect();
    pages.sort();
    session.terminal.show(&Pages { folder: folder.display().to_string(), pages })
}

#[derive(Serialize)]
struct Pages {
    folder: String,
    pages: Vec<String>,
}

impl Outcome for Pages {
    fn text(&self) -> String {
        let first = self.pages.first().map_or("", String::as_str);
        format!(
            "{} pages in {}; read one with `man {}/{first}`\n",
            self.pages.len(),
            self.folder,
            self.folder
        )
    }
}
