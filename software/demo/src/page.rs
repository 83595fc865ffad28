//! The story as one page: no scripts, no other files, all figures inline.

use bitladder_emit::figures::escaped;
use tera::{Context, Tera};

use crate::plot::{curve, digits, stacks, timeline, wave};
use crate::{Bitstream, DemoError, Story};

const PAGE: &str = include_str!("../templates/story.html.tera");

/// The page.
pub fn page(story: &Story) -> Result<String, DemoError> {
    let mut context = Context::new();
    context.insert("story", story);
    context.insert("rows", &rows(story));
    context.insert("energy", &energy(story));
    context.insert("layers", &layers(story));
    context.insert("timelines", &timelines(story));
    let says = "signals around the first row of results";
    context.insert("wave", &wave(&story.wave, says));
    match &story.bitstream {
        Bitstream::Built(built) => {
            context.insert("built", built);
            context.insert("modules", &bitladder_emit::figures::modules(built));
            context.insert("path", &bitladder_emit::figures::critical_path(built));
            context.insert("used", &bitladder_emit::figures::resources(built));
        }
        Bitstream::Missing(why) => context.insert("missing", &escaped(why)),
    }
    Ok(Tera::one_off(PAGE, &context, false)?)
}

/// The table of precisions, cell by cell.
fn rows(story: &Story) -> Vec<[String; 7]> {
    let row = |(one, cost): (&crate::check::Precision, &crate::costs::Cost)| {
        let checks = one.checks.iter().map(|check| {
            let (equal, images) = (check.equal, check.images);
            format!("{equal} of {images} ({})", escaped(&check.backend))
        });
        [
            escaped(&one.name),
            format!("{:.2} %", 100.0 * one.accuracy),
            format!("{:.1} KiB", one.weight_bits as f64 / 8.0 / 1024.0),
            checks.collect::<Vec<_>>().join(", "),
            format!("{:.0}", one.cycles as f64 / one.batch as f64),
            digits(1.0 / cost.seconds),
            digits(cost.microjoules),
        ]
    };
    story.precisions.iter().zip(&story.costs).map(row).collect()
}

/// Accuracy over energy: the ladder's curve, precisions alone, and the package's threshold.
fn energy(story: &Story) -> String {
    let found = &story.escalation;
    let line: Vec<[f64; 2]> =
        found.curve.iter().map(|point| [point.microjoules, 100.0 * point.accuracy]).collect();
    let alone = |(name, accuracy, joules): &(String, f64, f64)| {
        ([*joules, 100.0 * accuracy], format!("{name} bits alone"))
    };
    let mut marks: Vec<([f64; 2], String, &str)> =
        found.alone.iter().map(alone).map(|(at, label)| (at, label, "alone")).collect();
    let at = [found.chosen.microjoules, 100.0 * found.chosen.accuracy];
    marks.push((at, format!("climbing below {}", found.chosen.threshold), "chosen"));
    let marks: Vec<curve::Mark> =
        marks.iter().map(|(at, label, class)| curve::Mark { at: *at, label, class }).collect();
    curve::curve(&line, &marks, ["µJ per image (estimate)", "% right"], "accuracy over energy")
}

/// A time line per scheduler, all over the same time.
fn timelines(story: &Story) -> Vec<(String, String)> {
    let schedule = &story.schedule;
    let all = || schedule.lines.iter().flat_map(|(_, spans)| spans);
    let end = all().map(|span| span.end).fold(1e-9, f64::max);
    let line = |(name, spans): &(String, Vec<crate::schedule::Span>)| {
        let says = format!("precision and clock over time under {name}");
        (escaped(name), timeline(spans, &schedule.precisions, end, &says))
    };
    schedule.lines.iter().map(line).collect()
}

/// A figure per precision.
fn layers(story: &Story) -> Vec<(String, String)> {
    let figure = |one: &crate::check::Precision| {
        let says = format!("cycles of each layer at {}", one.name);
        (escaped(&one.name), stacks(&one.layers, &says))
    };
    story.precisions.iter().map(figure).collect()
}
