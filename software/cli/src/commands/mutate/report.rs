//! Faults and survivors as Markdown.

use std::fmt::Write;

use anyhow::Context;
use bitladder_rtl::mutate::FaultKind;

use super::{Change, Report, Row};
use crate::args::MutateArgs;
use crate::commands::shown;

/// The command that gives the same report.
fn command(args: &MutateArgs) -> String {
    let MutateArgs { config, count, seed, .. } = args;
    let mut text = format!("bitladder mutate --config {config} --count {count} --seed {seed}");
    // Writing to a string cannot fail.
    args.module.iter().for_each(|module| {
        let _ = write!(text, " --module {module}");
    });
    let usual = FaultKind::ALL.iter().filter(|kind| **kind != FaultKind::Reset);
    if !args.kind.iter().eq(usual) {
        let first = |kind: &FaultKind| kind.name().split(' ').next().unwrap_or_default();
        let kinds: Vec<&str> = args.kind.iter().map(first).collect();
        let _ = write!(text, " --kind {}", kinds.join(","));
    }
    if args.equal {
        let _ = write!(text, " --equal --equal-limit {}", args.equal_limit);
    }
    text
}

fn table(text: &mut String, title: &str, rows: &[Row]) {
    let _ = writeln!(text, "| {title} | faults | seen |\n|---|--:|--:|");
    for Row { name, faults, seen } in rows {
        let _ = writeln!(text, "| {name} | {faults} | {seen} |");
    }
    text.push('\n');
}

/// The survivors of which Yosys says one thing.
fn survivors(text: &mut String, report: &Report, verdict: Option<Change>, title: &str) {
    let all = report.survivors.iter().filter(|survivor| survivor.verdict == verdict);
    let lines: Vec<String> =
        all.map(|one| format!("- `{}` ({})\n", one.fault, one.place())).collect();
    if !lines.is_empty() {
        let _ = writeln!(
            text,
            "{title} (module, signal: fault; file and line of the emitted \
            Verilog):\n\n{}",
            lines.concat()
        );
    }
}

fn markdown(report: &Report, args: &MutateArgs) -> String {
    let Report { tried, seen, engine_faults, engine_seen, .. } = report;
    let share = 100.0 * *seen as f64 / (*tried).max(1) as f64;
    let (possible, cycles) = (shown::count(report.possible as u64), shown::count(report.cycles));
    let mut text = format!(
        "# Faults on purpose\n\nWritten by\n\n    {}\n\n(with `--report`; see \
         [verification.md](../verification.md)): {tried} of the {possible} faults possible in the chosen\n\
         modules, and {engine_faults} in the golden engine. The suite has {} networks of {cycles} cycles, tests of \
         units\nalone, and what a host does.\n\n**{seen} of {tried} faults in the RTL are seen \
         ({share:.1} %).** Of the golden engine's faults, {engine_seen} of {engine_faults} are.\n\n",
        command(args),
        report.networks,
    );
    if *tried < report.faults {
        let _ = writeln!(text, "The run goes on: {} faults are planned.\n", report.faults);
    }
    table(&mut text, "kind", &report.by_kind);
    table(&mut text, "module", &report.by_module);
    let limit = args.equal_limit;
    let undecided = format!("Not seen; Yosys had not decided after {limit} s");
    for (verdict, title) in [
        (None, "Not seen"),
        (
            Some(Change::Nothing),
            "Proven to change nothing: the module with the fault and the one without it give the \
             same for all inputs",
        ),
        (Some(Change::Unproven), "Not seen, and not proven to change nothing"),
        (Some(Change::Undecided), &undecided),
    ] {
        survivors(&mut text, report, verdict, title);
    }
    if !report.engine_survivors.is_empty() {
        let names = report.engine_survivors.join("\n- ");
        let _ = writeln!(text, "Not seen in the golden engine:\n\n- {names}");
    }
    text.trim_end().to_owned() + "\n"
}

/// Writes the report to the file that was asked for, if any.
pub(super) fn write(report: &Report, args: &MutateArgs) -> anyhow::Result<()> {
    let Some(file) = &args.report else { return Ok(()) };
    std::fs::write(file, markdown(report, args)).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::super::Survivor;
    use super::*;
    use clap::Parser;

    fn args(words: &str) -> MutateArgs {
        #[derive(Parser)]
        struct Words {
            #[command(flatten)]
            args: MutateArgs,
        }
        let words = ["mutate", "-c", "sim-4x4"].into_iter().chain(words.split_whitespace());
        Words::try_parse_from(words).unwrap().args
    }

    fn survivor(fault: &str, verdict: Option<Change>) -> Survivor {
        Survivor { fault: fault.into(), file: "lane.v".into(), line: 7, verdict }
    }

    fn report(tried: usize, survivors: Vec<Survivor>) -> Report {
        let row = Row { name: "width".into(), faults: tried, seen: tried - survivors.len() };
        Report {
            machine: "sim-4x4".into(),
            seed: 1,
            networks: 9,
            cycles: 1234,
            possible: 5678,
            faults: 4,
            tried,
            seen: tried - survivors.len(),
            by_kind: vec![row],
            by_module: Vec::new(),
            survivors,
            engine_faults: 3,
            engine_seen: 2,
            engine_survivors: vec!["wraps"],
            top: bitladder_rtl::ModuleBuilder::new("top").build().unwrap(),
        }
    }

    #[test]
    fn the_command_is_the_one_that_was_given() {
        let usual = "bitladder mutate --config sim-4x4 --count 200 --seed 1";
        assert_eq!(command(&args("")), usual);
        let asked = "--count 5 --seed 2 --module lane --kind stuck,reset --equal --equal-limit 9";
        let told = "bitladder mutate --config sim-4x4 --count 5 --seed 2 --module lane --kind \
                    stuck,reset --equal --equal-limit 9";
        assert_eq!(command(&args(asked)), told);
    }

    #[test]
    fn a_run_that_is_not_over_says_so() {
        let text = markdown(&report(3, vec![survivor("a", None)]), &args(""));
        assert!(text.contains("**2 of 3 faults in the RTL are seen (66.7 %).**"), "{text}");
        assert!(text.contains("The run goes on: 4 faults are planned."), "{text}");
        assert!(text.contains("| width | 3 | 2 |"), "{text}");
        assert!(text.contains("\nNot seen (module") && text.contains("- `a` (lane.v:7)"), "{text}");
        assert!(text.ends_with("Not seen in the golden engine:\n\n- wraps\n"), "{text}");
    }

    #[test]
    fn survivors_are_listed_by_what_is_known_of_them() {
        let mut unchanged = survivor("b", Some(Change::Nothing));
        unchanged.file = String::new();
        let survivors = vec![
            survivor("a", Some(Change::Undecided)),
            unchanged,
            survivor("c", Some(Change::Unproven)),
        ];
        let text = markdown(&report(4, survivors), &args("--equal"));
        assert!(!text.contains("The run goes on"), "{text}");
        let places =
            ["`b` (the emitted Verilog is the same)", "`c` (lane", "after 120 s", "`a` (lane"];
        let found: Vec<usize> = places.iter().map(|place| text.find(place).unwrap()).collect();
        assert!(found.is_sorted(), "{text}");
    }
}
