//! What `train` and `resume` have in common: run to the end and report.

use std::fmt::Write as _;
use std::io::Write as _;

use bitladder_train::data::Splits;
use bitladder_train::folder::{Folder, Outcome};
use bitladder_train::settings::Settings;
use bitladder_train::trainer::Session;

use super::progress::Bar;

pub(crate) fn run_to_the_end(
    folder: &Folder,
    mut session: Session<'_>,
    (settings, data, command): (&Settings, &Splits, &str),
    json: bool,
) -> anyhow::Result<()> {
    let mut bar = Bar::new(data.train.len(), settings.epochs);
    session.train(&folder.checkpoint(), &mut bar)?;
    bar.finish();
    report(&folder.finish(&session, command)?, json)
}

fn report(outcome: &Outcome, json: bool) -> anyhow::Result<()> {
    let text =
        if json { format!("{}\n", serde_json::to_string(outcome)?) } else { lines(outcome)? };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

fn lines(outcome: &Outcome) -> anyhow::Result<String> {
    let Outcome { network, parameters, best_epoch, scores, .. } = outcome;
    let mut text = format!("{network}: {parameters} parameters, best epoch {best_epoch}\n");
    for score in scores {
        let (part, percent) = (score.part, 100.0 * score.accuracy);
        let (loss, correct, images) = (score.loss, score.correct, score.images);
        writeln!(text, "{part}: {percent:.2} % ({correct} of {images}), loss {loss:.4}")?;
    }
    Ok(text)
}
