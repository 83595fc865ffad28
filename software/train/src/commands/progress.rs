//! Progress of a training run on the terminal.

use bitladder_train::checkpoint::EpochReport;
use bitladder_train::score::Score;
use bitladder_train::trainer::Observer;
use indicatif::{ProgressBar, ProgressStyle};

/// One bar per epoch, and one line that stays for every finished epoch.
pub(crate) struct Bar {
    bar: ProgressBar,
    epochs: usize,
}

impl Bar {
    pub(crate) fn new(images: usize, epochs: usize) -> Self {
        let bar = ProgressBar::new(images as u64);
        let template = "{prefix} [{bar:30}] {pos}/{len} {msg} ({eta} left)";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, epochs }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, text: &str) {
        // Without a terminal the bar is hidden; the summary of an epoch still belongs in a log.
        if self.bar.is_hidden() {
            use std::io::Write;
            // A closed log is no reason to stop training.
            let _ = writeln!(std::io::stderr(), "{text}");
        } else {
            self.bar.println(text);
        }
    }
}

impl Observer for Bar {
    fn after_step(&mut self, epoch: usize, so_far: Score) {
        if self.bar.position() > so_far.samples as u64 {
            self.bar.reset();
        }
        self.bar.set_prefix(format!("epoch {epoch}/{}", self.epochs));
        self.bar.set_message(describe(so_far));
        self.bar.set_position(so_far.samples as u64);
    }

    fn after_epoch(&mut self, report: &EpochReport) {
        let EpochReport { epoch, train, validation } = report;
        let (train, validation) = (describe(*train), describe(*validation));
        self.line(&format!("epoch {epoch}: training {train}, validation {validation}"));
    }
}

/// Loss and accuracy of a score, for people.
fn describe(score: Score) -> String {
    format!("loss {:.4} accuracy {:.2} %", score.mean_loss(), 100.0 * score.accuracy())
}
