//! `bitladder doctor`.

use anyhow::bail;
use bitladder_fpga::{Toolbox, tools};
use serde::Serialize;

use super::Session;
use crate::args::DoctorArgs;
use crate::output::Outcome;

#[derive(Serialize)]
struct Checked {
    tools: Vec<Checkup>,
}

#[derive(Serialize)]
struct Checkup {
    tool: &'static str,
    found: bool,
    /// Version and program, or how to get it.
    text: String,
}

impl Outcome for Checked {
    fn text(&self) -> String {
        self.tools.iter().map(|one| format!("{}\n", one.text)).collect()
    }
}

pub(crate) fn run(session: &Session, args: &DoctorArgs) -> anyhow::Result<()> {
    if args.install {
        tools::install()?;
    }
    let findings = tools::doctor(&Toolbox::new().before(args.tools.clone()));
    let checkup = |finding: &tools::Finding| Checkup {
        tool: finding.tool.name(),
        found: finding.result.is_ok(),
        text: finding.to_string(),
    };
    let tools: Vec<Checkup> = findings.iter().map(checkup).collect();
    let missing = tools.iter().filter(|one| !one.found).count();
    session.terminal.show(&Checked { tools })?;
    match missing {
        0 => Ok(()),
        1 => bail!("a tool is missing; `bitladder doctor --install` gets it"),
        some => bail!("{some} tools are missing; `bitladder doctor --install` gets them"),
    }
}
