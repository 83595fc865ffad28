//! The report of a build as one page: no scripts, no other files, all figures inline.

mod bars;

use bitladder_fpga::report::{CriticalPath, ModuleUse, SeedResult};
use tera::{Context, Tera};

use crate::{Built, Performance};
use bars::{Bar, bars, escaped};

const PAGE: &str = include_str!("../../templates/report.html.tera");
/// Modules that get a bar; the others are in the table.
const LARGEST: usize = 24;

/// The page.
pub(crate) fn page(built: &Built) -> Result<String, tera::Error> {
    let mut context = Context::new();
    context.insert("built", built);
    context.insert("report", &built.report);
    context.insert("resources", &resources(built));
    context.insert("modules", &modules(built));
    context.insert("clocks", &clocks(built));
    context.insert("path", &critical_path(built));
    let figure = |of: fn(&Performance) -> f64, unit| performances(&built.performances, of, unit);
    context.insert("achieved", &figure(|one| one.achieved_gops, "GOPS"));
    context.insert("images", &figure(|one| one.images_per_second, "images/s"));
    context.insert("energy", &figure(|one| one.microjoules_per_image, "µJ per image"));
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
                strong: false,
            }
        })
        .collect();
    bars(&rows, 0.0, None)
}

fn clocks(built: &Built) -> String {
    let report = &built.report;
    let row = |seed: &SeedResult| {
        seed.clocks
            .iter()
            .map(|clock| Bar {
                label: format!("seed {}, {}", seed.seed, clock.clock),
                value: clock.mhz,
                note: format!("{:.1} MHz", clock.mhz),
                strong: report.best_seed == Some(seed.seed),
            })
            .collect::<Vec<_>>()
    };
    let rows: Vec<Bar> = report.seeds.iter().flat_map(row).collect();
    let target = report.seeds.iter().flat_map(|seed| &seed.clocks).map(|clock| clock.target_mhz);
    let target = target.fold(0.0, f64::max);
    bars(&rows, target, Some((target, &format!("target {target:.0} MHz"))))
}

/// The path that limits the clock, as inline SVG; none if nothing was routed.
pub fn critical_path(built: &Built) -> Option<String> {
    built.report.critical.as_ref().map(path)
}

fn path(path: &CriticalPath) -> String {
    let row = |hop: &bitladder_fpga::report::Hop| Bar {
        label: hop.signal.clone(),
        value: hop.ns,
        note: match &hop.module {
            Some(module) => format!("{:.2} ns, in {module}", hop.ns),
            None => format!("{:.2} ns", hop.ns),
        },
        strong: false,
    };
    let rows: Vec<Bar> = path.hops.iter().map(row).collect();
    bars(&rows, 0.0, None)
}

fn performances(all: &[Performance], of: fn(&Performance) -> f64, unit: &str) -> String {
    let row = |one: &Performance| Bar {
        label: format!("precision {}", one.precision),
        value: of(one),
        note: format!("{} {unit}", digits(of(one))),
        strong: false,
    };
    let rows: Vec<Bar> = all.iter().map(row).collect();
    bars(&rows, 0.0, None)
}

/// Three digits that count.
fn digits(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
