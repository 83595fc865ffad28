//! `bitladder-train resume`

use std::fmt::Write as _;
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
    /// End after so many epochs, now or when they are done; the best of them is kept
    #[arg(long, value_name = "EPOCHS")]
    stop_after: Option<usize>,
    /// Where to compute
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceName,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &ResumeArguments) -> anyhow::Result<()> {
    let (folder, description, network) = Folder::open(&arguments.out)?;
    let mut settings = description.settings;
    let mut command = description.command;
    if let Some(epochs) = arguments.stop_after {
        settings.stop_after = Some(epochs);
        settings.check()?;
        write!(command, " --stop-after {epochs}")?;
    }
    let device = arguments.device.open(settings.threads)?;
    let data = Splits::load(arguments.data.as_ref().unwrap_or(&description.data))?;
    let mut session = Session::new(&network, settings.clone(), &data, &device)?;
    // Who was interrupted before the first checkpoint starts anew.
    if folder.checkpoint().exists() {
        session.restore(&folder.checkpoint())?;
    }
    let rest = (&settings, &data, command.as_str());
    run_to_the_end(&folder, session, rest, arguments.json)
}
