//! `bitladder-train resume`

use std::path::PathBuf;

use bitladder_train::data::Splits;
use bitladder_train::folder::Folder;
use bitladder_train::trainer::Session;

use super::device::DeviceName;
use super::session::run_to_the_end;

/// Goes on with a run that was interrupted
#[derive(Debug, clap::Args)]
pub(crate) struct ResumeArguments {
    /// Folder of the run
    out: PathBuf,
    /// Data set, if it is no longer where it was
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where to compute
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceName,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &ResumeArguments) -> anyhow::Result<()> {
    let (folder, description, network) = Folder::open(&arguments.out)?;
    let settings = description.settings;
    let device = arguments.device.open(settings.threads)?;
    let data = Splits::load(arguments.data.as_ref().unwrap_or(&description.data))?;
    let mut session = Session::new(&network, settings.clone(), &data, &device)?;
    // Who was interrupted before the first checkpoint starts anew.
    if folder.checkpoint().exists() {
        session.restore(&folder.checkpoint())?;
    }
    let rest = (&settings, &data, description.command.as_str());
    run_to_the_end(&folder, session, rest, arguments.json)
}
