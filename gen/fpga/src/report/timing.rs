//! Clocks and critical paths, from nextpnr's JSON report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ReportError;
use super::names;

/// What place and route reached with one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// All clocks, by name.
    pub clocks: Vec<ClockResult>,
    /// The longest path between registers of one clock, of the slowest clock against its target.
    pub critical: Option<CriticalPath>,
    /// Cells that place and route counts: used and available.
    pub utilization: BTreeMap<String, Used>,
}

/// A clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClockResult {
    /// Its name.
    pub clock: String,
    /// The highest frequency.
    pub mhz: f64,
    /// The frequency that was aimed for.
    pub target_mhz: f64,
}

/// Cells of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// On the device.
    pub available: u64,
    /// In the design.
    pub used: u64,
}

/// A path from register to register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriticalPath {
    /// The clock.
    pub clock: String,
    /// All delays together.
    pub total_ns: f64,
    /// The part in cells.
    pub logic_ns: f64,
    /// The part on wires.
    pub routing_ns: f64,
    /// The signals it goes through; neighbours of one name are one hop.
    pub hops: Vec<Hop>,
}

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// The signal of the description.
    pub signal: String,
    /// The module the signal is in, if it is known.
    pub module: Option<String>,
    /// What this part takes, cells and wires.
    pub ns: f64,
    /// Cells on the way.
    pub levels: u32,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    critical_paths: Vec<RawPath>,
    #[serde(default)]
    fmax: BTreeMap<String, RawClock>,
    #[serde(default)]
    utilization: BTreeMap<String, Used>,
}

#[derive(Deserialize)]
struct RawClock {
    achieved: f64,
    constraint: f64,
}

#[derive(Deserialize)]
struct RawPath {
    from: String,
    to: String,
    path: Vec<RawHop>,
}

#[derive(Deserialize)]
struct RawHop {
    delay: f64,
    from: RawEnd,
    net: Option<String>,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct RawEnd {
    cell: String,
}

/// Reads nextpnr's report; `instances` gives the module of each instance path.
pub fn timing(
    file: &str,
    text: &str,
    instances: &BTreeMap<String, String>,
) -> Result<Timing, ReportError> {
    let json = |source| ReportError::Json { file: file.into(), source };
    let raw: Raw = serde_json::from_str(text).map_err(json)?;
    let slack = |clock: &RawClock| clock.achieved / clock.constraint;
    let slowest = raw.fmax.iter().min_by(|a, b| slack(a.1).total_cmp(&slack(b.1)));
    let critical = slowest.and_then(|(name, _)| {
        let edge = format!("posedge {name}");
        let mut paths = raw.critical_paths.iter();
        let path = paths.find(|path| path.from == edge && path.to == edge)?;
        Some(critical(&clock_name(name), path, instances))
    });
    let result = |(name, clock): (&String, &RawClock)| ClockResult {
        clock: clock_name(name),
        mhz: round(clock.achieved),
        target_mhz: round(clock.constraint),
    };
    let clocks = raw.fmax.iter().map(result).collect();
    Ok(Timing { clocks, critical, utilization: raw.utilization })
}

/// nextpnr names a clock by its net after the global buffer.
fn clock_name(net: &str) -> String {
    let plain = net.strip_prefix("$glbnet$").unwrap_or(net);
    names::signal(plain).unwrap_or_else(|| net.to_owned())
}

fn critical(clock: &str, path: &RawPath, instances: &BTreeMap<String, String>) -> CriticalPath {
    let sum = |routing: bool| {
        let parts = path.path.iter().filter(|hop| (hop.kind == "routing") == routing);
        round(parts.map(|hop| hop.delay).sum())
    };
    let mut hops: Vec<Hop> = Vec::new();
    for part in &path.path {
        let named = part.net.as_deref().and_then(names::signal);
        let named = named.or_else(|| names::signal(&part.from.cell));
        let signal = match named {
            Some(name) => names::shown(&name, instances),
            None => "(no name left)".to_owned(),
        };
        let level = u32::from(part.kind == "logic");
        match hops.last_mut() {
            Some(last) if bare(&last.signal) == bare(&signal) => {
                last.ns += part.delay;
                last.levels += level;
            }
            _ => {
                let module =
                    instances.get(names::instance(&signal)).map(|name| names::module(name));
                hops.push(Hop { signal, module, ns: part.delay, levels: level });
            }
        }
    }
    for hop in &mut hops {
        hop.ns = round(hop.ns);
    }
    let (logic_ns, routing_ns) = (sum(false), sum(true));
    let total_ns = round(logic_ns + routing_ns);
    CriticalPath { clock: clock.to_owned(), total_ns, logic_ns, routing_ns, hops }
}

/// A name without the bit.
fn bare(signal: &str) -> &str {
    signal.split('[').next().unwrap_or(signal)
}

/// To picoseconds and kilohertz: what follows is noise of the tool's floats.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
