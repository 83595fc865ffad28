//! `bitladder completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Session;
use crate::args::Cli;

pub(crate) fn run(session: &Session, shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "bitladder", &mut script);
    session.terminal.raw(&String::from_utf8_lossy(&script))
}
