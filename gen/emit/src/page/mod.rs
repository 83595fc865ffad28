//! The report of a build as one page: no scripts, no other files, all figures inline.

mod bars;
mod scatter;

use bitladder_fpga::report::{CriticalPath, Hop, ModuleUse, SeedResult};
use tera::{Context, Tera};

use crate::{Built, Performance};
pub use bars::escaped;
use bars::{Bar, bars};
use scatter::{Point, scatter};

const PAGE: &str = include_str!("../../templates/report.html.tera");
/// Modules that get a bar; the others are in the table.
const LARGEST: usize = 24;
/// Bars of clocks are no longer than this many times their targets.
const SPARE: f64 = 2.0;

/// The page.
pub(crate) fn page(built: &Built) -> Result<String, tera::Error> {
    let mut context = Context::new();
    context.insert("built", built);
    context.insert("report", &built.report);
    context.insert("in_time", &built.in_time());
    context.insert("resources", &resources(built));
    context.insert("modules", &modules(built));
    context.insert("clocks", &clocks(built));
    context.insert("path", &critical_path(built));
    let all = &built.performances;
    context.insert("achieved", &achieved(all));
    context.insert("images", &performances(all, |one| one.images_per_second, "images/s"));
    context.insert("energy", &performances(all, |one| one.microjoules_per_image, "µJ per image"));
    context.insert("points", &points(all));
    let rows: Vec<_> = built.report.modules.iter().map(|one| (escaped(&one.module), one)).collect();
    context.insert("rows", &rows);
    Tera::one_off(PAGE, &context, false)
}

/// Shares of the device's resources, as inline SVG.
pub fn resources(built: &Built) -> String {
    let there = built.report.resources.iter().filter(|one| one.available > 0);
    let rows: Vec<Bar> = there
        .map(|one| {
            let share = 100.0 * one.used as f64 / one.available as f64;
            Bar {
                label: one.resource.to_string(),
                value: share,
                note: format!("{} of {} ({share:.0} %)", one.used, one.available),
                strong: share > 90.0,
                ..Bar::default()
            }
        })
        .collect();
    bars(&rows, 100.0, Some((100.0, "all")))
}

/// Lookup tables that modules have of their own, all instances together, as inline SVG.
pub fn modules(built: &Built) -> String {
    let mut sorted: Vec<&ModuleUse> = built.report.modules.iter().collect();
    let luts = |one: &ModuleUse| one.own.luts * one.instances;
    sorted.sort_by_key(|one| std::cmp::Reverse(luts(one)));
    let rows: Vec<Bar> = sorted
        .into_iter()
        .take(LARGEST)
        .filter(|one| luts(one) > 0)
        .map(|one| {
            let times =
                if one.instances > 1 { format!("{} × ", one.instances) } else { String::new() };
            let dsp = match one.own.dsp * one.instances {
                0 => String::new(),
                blocks => format!(", {blocks} multipliers"),
            };
            Bar {
                label: one.module.clone(),
                value: luts(one) as f64,
                note: format!("{times}{} LUT{dsp}", one.own.luts),
                ..Bar::default()
            }
        })
        .collect();
    bars(&rows, 0.0, None)
}

/// Clocks as shares of their targets: a design may have several.
fn clocks(built: &Built) -> String {
    let report = &built.report;
    let row = |seed: &SeedResult| {
        seed.clocks
            .iter()
            .map(|clock| Bar {
                label: format!("seed {}, {}", seed.seed, clock.clock),
                // Clocks with much to spare say so as well at twice their target.
                value: (clock.mhz / clock.target_mhz).min(SPARE),
                note: format!("{:.1} of {:.1} MHz", clock.mhz, clock.target_mhz),
                strong: report.best_seed == Some(seed.seed),
                ..Bar::default()
            })
            .collect::<Vec<_>>()
    };
    let rows: Vec<Bar> = report.seeds.iter().flat_map(row).collect();
    bars(&rows, 1.0, Some((1.0, "target")))
}

/// The path that limits the clock, as inline SVG; none if nothing was routed.
pub fn critical_path(built: &Built) -> Option<String> {
    built.report.critical.as_ref().map(path)
}

/// Each part of the path begins where the one before it ends.
fn path(path: &CriticalPath) -> String {
    let mut start = 0.0;
    let mut row = |hop: &Hop| {
        let note = match &hop.module {
            Some(module) => format!("{:.2} ns, in {module}", hop.ns),
            None => format!("{:.2} ns", hop.ns),
        };
        let bar = Bar { label: inner(&hop.signal), start, value: hop.ns, note, ..Bar::default() };
        start += hop.ns;
        bar
    };
    let rows: Vec<Bar> = path.hops.iter().map(&mut row).collect();
    bars(&rows, path.total_ns, None)
}

/// A signal's name without the shells that every signal is in.
fn inner(signal: &str) -> String {
    signal.trim_start_matches("machine.").to_owned()
}

fn label(one: &Performance) -> String {
    format!("precision {}", one.precision)
}

/// What is achieved, in front of what could be.
fn achieved(all: &[Performance]) -> String {
    let row = |one: &Performance| Bar {
        label: label(one),
        value: one.achieved_gops,
        most: one.peak_gops,
        note: format!("{} of {} GOPS", digits(one.achieved_gops), digits(one.peak_gops)),
        ..Bar::default()
    };
    bars(&all.iter().map(row).collect::<Vec<_>>(), 0.0, None)
}

fn performances(all: &[Performance], of: fn(&Performance) -> f64, unit: &str) -> String {
    let row = |one: &Performance| Bar {
        label: label(one),
        value: of(one),
        note: format!("{} {unit}", digits(of(one))),
        ..Bar::default()
    };
    bars(&all.iter().map(row).collect::<Vec<_>>(), 0.0, None)
}

/// Energy over speed, a point for each precision.
fn points(all: &[Performance]) -> String {
    let point = |one: &Performance| Point {
        label: one.precision.clone(),
        x: one.images_per_second,
        y: one.microjoules_per_image,
    };
    let all: Vec<Point> = all.iter().map(point).collect();
    scatter(&all, "images per second", "µJ per image")
}

/// Three digits that count.
fn digits(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILD: &str = include_str!("../../tests/samples/build.json");

    fn shown(change: impl Fn(&mut Built)) -> String {
        let mut built: Built = serde_json::from_str(BUILD).unwrap();
        change(&mut built);
        built.html().unwrap()
    }

    #[test]
    fn a_page_needs_nothing_else_and_says_everything() {
        let page = shown(|_| ());
        for foreign in ["<script", "http:", "https:", "src=", "href=", "url("] {
            assert!(!page.contains(foreign), "{foreign}");
        }
        let built: Built = serde_json::from_str(BUILD).unwrap();
        for module in &built.report.modules {
            assert!(page.contains(&format!("<td>{}</td>", module.module)), "{}", module.module);
        }
        for hop in &built.report.critical.as_ref().unwrap().hops {
            assert!(page.contains(&format!("<title>{}</title>", inner(&hop.signal))));
        }
        for one in &built.performances {
            let images = format!("{} images/s", digits(one.images_per_second));
            let energy = format!("{} µJ per image", digits(one.microjoules_per_image));
            assert!(page.contains(&images) && page.contains(&energy), "{images} {energy}");
        }
        assert!(page.contains("prefers-color-scheme: dark"));
    }

    #[test]
    fn a_clock_that_is_not_reached_is_a_warning() {
        assert!(!shown(|_| ()).contains("do not load"));
        let late = shown(|built| built.reached_mhz = 41.7);
        assert!(late.contains("41.7 MHz") && late.contains("do not load"), "{late}");
    }

    #[test]
    fn without_modules_and_network_their_parts_are_missing() {
        let page = shown(|built| {
            built.report.modules.clear();
            built.performances.clear();
        });
        assert!(!page.contains("by module") && !page.contains("achieved"));
    }
}
