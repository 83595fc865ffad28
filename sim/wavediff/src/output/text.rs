//! The report for people.

use std::fmt::{self, Write as _};

use crate::report::{LengthDifference, Mismatch, PositionUnit, Report, SignalReport, Verdict};

/// Bits that a line names.
const SHOWN_BITS: usize = 8;

/// The whole report as text.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_report(&mut text, report);
    text
}

fn write_report(out: &mut String, report: &Report) -> fmt::Result {
    let verdict = match report.verdict {
        Verdict::Equal => "EQUAL",
        Verdict::Different => "DIFFERENT",
    };
    writeln!(out, "{verdict}: {} (golden) and {} (other)", report.golden, report.dut)?;
    write!(out, "aligned on {}", report.alignment)?;
    write_latency(out, report)?;
    let samples = match report.position_unit {
        PositionUnit::Time => "moments of change",
        unit => plural(unit, report.samples),
    };
    writeln!(
        out,
        "\n{} {samples} of {} compared: {} differ, in {}",
        report.samples,
        counted(report.compared as u64, "signal"),
        report.signals.len(),
        counted(report.mismatches, "place")
    )?;
    for length in &report.lengths {
        write_length(out, length)?;
    }
    for signal in &report.signals {
        write_signal(out, report, signal)?;
    }
    for note in &report.notes {
        writeln!(out, "note: {note}")?;
    }
    Ok(())
}

fn write_latency(out: &mut String, report: &Report) -> fmt::Result {
    for latency in &report.latency {
        let shift = match report.position_unit {
            PositionUnit::Time => report.time_unit.show(latency.shift),
            unit => format!("{} {}", latency.shift, plural(unit, latency.shift.unsigned_abs())),
        };
        let stream = latency.stream.as_ref().map_or(String::new(), |name| format!(" of {name}"));
        if latency.found || latency.shift != 0 {
            let found = if latency.found { " (found)" } else { "" };
            write!(out, ", latency{stream} {shift}{found}")?;
        }
    }
    Ok(())
}

fn plural(unit: PositionUnit, count: u64) -> &'static str {
    match (unit, count) {
        (PositionUnit::Cycle, 1) => "cycle",
        (PositionUnit::Cycle, _) => "cycles",
        (PositionUnit::Transaction, 1) => "transaction",
        (PositionUnit::Transaction, _) => "transactions",
        (PositionUnit::Time, _) => "units of time",
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// One sentence on samples that one side lacks.
pub(super) fn length(length: &LengthDifference) -> String {
    let LengthDifference { what, golden, dut, gave_up } = length;
    if *gave_up {
        return format!(
            "{what}: one trace ran too far ahead of the other, so comparing stopped \
             (golden {golden}, other {dut})"
        );
    }
    format!(
        "{what}: golden has {golden} samples, the other {dut}; use --tail ignore if that is fine"
    )
}

fn write_length(out: &mut String, difference: &LengthDifference) -> fmt::Result {
    writeln!(out, "LENGTH {}", length(difference))
}

fn write_signal(out: &mut String, report: &Report, signal: &SignalReport) -> fmt::Result {
    write!(out, "\n{}: {}", signal.name, counted(signal.mismatches, "place"))?;
    match report.position_unit {
        PositionUnit::Time => {
            write!(out, ", {} in all", report.time_unit.show(clamp(signal.span)))?
        }
        PositionUnit::Cycle => write!(out, ", {} in all", counted(signal.span, "cycle"))?,
        PositionUnit::Transaction => {}
    }
    let renamed = |path: &str| path.strip_prefix(&signal.name).is_none_or(|r| r.contains('.'));
    if renamed(&signal.golden) || renamed(&signal.dut) {
        write!(out, " (golden {}, other {})", signal.golden, signal.dut)?;
    }
    if signal.aliases > 0 {
        write!(out, ", {} for the same", counted(signal.aliases.into(), "more name"))?;
    }
    writeln!(out)?;
    for mismatch in &signal.listed {
        write_mismatch(out, report, mismatch)?;
    }
    let more = signal.mismatches - signal.listed.len() as u64;
    if more > 0 {
        writeln!(out, "  {more} more, see --max")?;
    }
    Ok(())
}

fn write_mismatch(out: &mut String, report: &Report, mismatch: &Mismatch) -> fmt::Result {
    writeln!(out, "  {}", line(report, mismatch))
}

/// One mismatch in one line.
pub(super) fn line(report: &Report, mismatch: &Mismatch) -> String {
    let time = |time: i64| report.time_unit.show(time);
    let mut line = match report.position_unit {
        PositionUnit::Time => String::new(),
        PositionUnit::Cycle => format!("cycle {}, ", mismatch.position),
        PositionUnit::Transaction => format!("transaction {}, ", mismatch.position),
    };
    line += &time(mismatch.golden_time);
    if mismatch.dut_time != mismatch.golden_time {
        // Writing to a string cannot fail.
        let _ = write!(line, " (other {})", time(mismatch.dut_time));
    }
    let _ = write!(line, ": expected {}, found {}", mismatch.expected, mismatch.found);
    match report.position_unit {
        PositionUnit::Cycle if mismatch.span > 1 => {
            let _ = write!(line, " for {} cycles", mismatch.span);
        }
        PositionUnit::Time => {
            let _ = write!(line, " for {}", time(clamp(mismatch.span)));
        }
        _ => {}
    }
    let _ = write!(line, "{}", bits(&mismatch.bits));
    for meaning in &mismatch.meaning {
        let _ = write!(line, ", {} {}", meaning.key, meaning.value);
    }
    for field in &mismatch.fields {
        let lane = field.lane.map_or(String::new(), |lane| format!(" (lane {lane})"));
        let _ = write!(
            line,
            "; {}{lane} expected {}, found {}",
            field.name, field.expected, field.found
        );
    }
    line
}

fn bits(bits: &[u32]) -> String {
    let shown: Vec<_> = bits.iter().take(SHOWN_BITS).map(u32::to_string).collect();
    let more = if bits.len() > SHOWN_BITS { "..." } else { "" };
    match shown.as_slice() {
        [] => String::new(),
        [bit] => format!(", bit {bit}"),
        bits => format!(", bits {}{more}", bits.join(" ")),
    }
}

fn clamp(span: u64) -> i64 {
    i64::try_from(span).unwrap_or(i64::MAX)
}
