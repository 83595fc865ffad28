//! Counters, as Prometheus reads them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use crate::Answer;
use crate::history::Snapshot;
use crate::watch::RungSnapshot;

/// Upper ends of the response times' classes, in seconds.
const CLASSES: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What was counted since the start.
#[derive(Debug, Default)]
pub struct Metrics {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default, Clone)]
struct Counts {
    answered: u64,
    late: u64,
    refused: BTreeMap<&'static str, u64>,
    retried: u64,
    images: BTreeMap<String, u64>,
    chosen: BTreeMap<String, u64>,
    joules: f64,
    device_seconds: f64,
    classes: [u64; CLASSES.len()],
    seconds: f64,
}

impl Metrics {
    fn with<R>(&self, change: impl FnOnce(&mut Counts) -> R) -> R {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn refused(&self, kind: &'static str) {
        self.with(|counts| *counts.refused.entry(kind).or_default() += 1);
    }

    pub(crate) fn retried(&self) {
        self.with(|counts| counts.retried += 1);
    }

    pub(crate) fn image(&self, profile: &str) {
        self.with(|counts| *counts.images.entry(profile.to_owned()).or_default() += 1);
    }

    pub(crate) fn answered(&self, answer: &Answer) {
        self.with(|counts| {
            counts.answered += 1;
            counts.late += u64::from(!answer.on_time);
            *counts.chosen.entry(answer.precision.clone()).or_default() += 1;
            counts.joules += answer.energy_joules;
            counts.device_seconds += answer.device_seconds;
            counts.seconds += answer.total_seconds;
            let class = CLASSES.iter().position(|end| answer.total_seconds <= *end);
            if let Some(class) = class {
                counts.classes[class] += 1;
            }
        });
    }

    /// Requests that were answered.
    pub fn answers(&self) -> u64 {
        self.with(|counts| counts.answered)
    }

    /// Everything in Prometheus' text format.
    pub fn text(&self, snapshot: &Snapshot) -> String {
        let counts = self.with(|counts| counts.clone());
        let mut page = Page::default();
        page.family("requests_answered_total", "counter", "Requests that got an answer");
        page.value("requests_answered_total", "", counts.answered as f64);
        page.family("requests_late_total", "counter", "Answers after their deadline");
        page.value("requests_late_total", "", counts.late as f64);
        page.family("requests_refused_total", "counter", "Requests without an answer, by reason");
        for (kind, count) in &counts.refused {
            page.value("requests_refused_total", &format!("reason=\"{kind}\""), *count as f64);
        }
        page.family("requests_retried_total", "counter", "Attempts that a device failed on");
        page.value("requests_retried_total", "", counts.retried as f64);
        page.family("images_total", "counter", "Images, by the precision whose answer counted");
        for (name, count) in &counts.images {
            page.value("images_total", &format!("precision=\"{name}\""), *count as f64);
        }
        page.family("requests_precision_total", "counter", "Requests, by the chosen precision");
        for (name, count) in &counts.chosen {
            page.value("requests_precision_total", &format!("precision=\"{name}\""), *count as f64);
        }
        page.family("energy_joules_total", "counter", "Energy by the platform's model");
        page.value("energy_joules_total", "", counts.joules);
        page.family("device_seconds_total", "counter", "Time of the machines at their clocks");
        page.value("device_seconds_total", "", counts.device_seconds);
        page.response_times(&counts);
        page.state(snapshot);
        page.text
    }
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "# HELP bitladder_{name} {help}.");
        let _ = writeln!(self.text, "# TYPE bitladder_{name} {kind}");
    }

    fn value(&mut self, name: &str, labels: &str, value: f64) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.text, "bitladder_{name}{labels} {value}");
    }

    fn response_times(&mut self, counts: &Counts) {
        self.family("response_seconds", "histogram", "From arrival to answer");
        let mut below = 0;
        for (end, count) in CLASSES.iter().zip(counts.classes) {
            below += count;
            self.value("response_seconds_bucket", &format!("le=\"{end}\""), below as f64);
        }
        self.value("response_seconds_bucket", "le=\"+Inf\"", counts.answered as f64);
        self.value("response_seconds_sum", "", counts.seconds);
        self.value("response_seconds_count", "", counts.answered as f64);
    }

    fn state(&mut self, snapshot: &Snapshot) {
        self.family("waiting_images", "gauge", "Images in the queue");
        self.value("waiting_images", "", snapshot.waiting_images as f64);
        self.family("device_up", "gauge", "Whether a device answers");
        for unit in &snapshot.units {
            let label = format!("device=\"{}\"", escaped(&unit.name));
            self.value("device_up", &label, f64::from(u8::from(unit.up)));
        }
        self.family("device_watts", "gauge", "Power by the platform's model");
        for unit in &snapshot.units {
            let label = format!("device=\"{}\"", escaped(&unit.name));
            self.value("device_watts", &label, unit.watts);
        }
        self.ladder(&snapshot.ladder);
    }

    /// What climbs; alarms belong on `ladder_drift_warnings_total`.
    fn ladder(&mut self, rungs: &[RungSnapshot]) {
        if rungs.is_empty() {
            return;
        }
        let label = |rung: &RungSnapshot| format!("precision=\"{}\"", escaped(&rung.precision));
        self.family("ladder_reached_total", "counter", "Images that ran at a rung of the ladder");
        for rung in rungs {
            self.value("ladder_reached_total", &label(rung), rung.reached as f64);
        }
        self.family("ladder_climbed_total", "counter", "Images that climbed on from a rung");
        for rung in rungs {
            self.value("ladder_climbed_total", &label(rung), rung.climbed as f64);
        }
        self.family("ladder_calibrated_share", "gauge", "Share that climbed on in calibration");
        for rung in rungs {
            if let Some(share) = rung.calibrated {
                self.value("ladder_calibrated_share", &label(rung), share);
            }
        }
        let name = "ladder_drift_warnings_total";
        self.family(name, "counter", "Warnings that other shares climb than in calibration");
        for rung in rungs {
            for (direction, count) in [("up", rung.warnings_up), ("down", rung.warnings_down)] {
                let labels = format!("{},direction=\"{direction}\"", label(rung));
                self.value(name, &labels, count as f64);
            }
        }
    }
}

/// A label's value as the format wants it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_break_the_format() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
