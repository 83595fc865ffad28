//! Reading what the tools write, from samples that they wrote: two multipliers between shift
//! register and output (nextpnr 0.11.1, unused cells and places in sources taken out).

use std::collections::BTreeMap;

use bitladder_fpga::report::{
    Bitstream, ClockResult, ModuleUse, Report, Resources, SeedResult, Timing, timing,
};

fn sample(name: &str) -> Timing {
    let path = format!("{}/tests/samples/nextpnr-{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a sample");
    let pairs = [("", "top"), ("u_a", "sub"), ("u_b", "sub")];
    let instances = pairs.map(|(path, module)| (path.to_owned(), module.to_owned())).into();
    timing(name, &text, &instances).expect("a report")
}

#[test]
fn ecp5_paths_are_told_in_our_names() {
    let timing = sample("ecp5");
    let clock = ClockResult { clock: "clk_i".into(), mhz: 139.548, target_mhz: 80.0 };
    // nextpnr hides the oscillator's name in that of the global net.
    assert_eq!(timing.clocks.len(), 1);
    assert_eq!((timing.clocks[0].mhz, timing.clocks[0].target_mhz), (clock.mhz, 80.0));
    assert_eq!(timing.clocks[0].clock, clock.clock);
    let path = timing.critical.unwrap();
    assert!((path.total_ns - 1000.0 / 139.548).abs() < 0.01, "{path:?}");
    assert!((path.logic_ns + path.routing_ns - path.total_ns).abs() < 0.001, "{path:?}");
    let hops: Vec<(&str, Option<&str>)> =
        path.hops.iter().map(|hop| (hop.signal.as_str(), hop.module.as_deref())).collect();
    assert_eq!(hops, [("u_a.a", Some("sub")), ("u_a.y", Some("sub"))]);
    assert_eq!(path.hops[1].levels, 1);
    assert_eq!(timing.utilization["MULT18X18D"].used, 2);
    assert_eq!(timing.utilization["MULT18X18D"].available, 28);
}

#[test]
fn ice40_paths_skip_those_from_and_to_pins() {
    let timing = sample("ice40");
    assert_eq!(timing.clocks[0].clock, "clk_i");
    let path = timing.critical.unwrap();
    assert!((path.total_ns - 1000.0 / 99.82).abs() < 0.01, "{path:?}");
    assert!(path.hops.iter().map(|hop| hop.levels).sum::<u32>() > 0);
    assert!(path.hops.iter().any(|hop| hop.signal.starts_with("y_o")), "{path:?}");
}

#[test]
fn a_report_without_clocks_has_no_critical_path() {
    let timing = sample("gowin");
    assert_eq!((timing.clocks.len(), timing.critical), (0, None));
    assert_eq!(timing.utilization["MULT18X18"].used, 2);
}

#[test]
fn a_damaged_report_is_refused() {
    let fault = |text| timing("r.json", text, &BTreeMap::new()).unwrap_err().to_string();
    assert!(fault("{\"fmax\": 5}").starts_with("r.json: not the JSON that was expected: "));
    assert!(fault("").ends_with("has the tool's version changed?"));
}

fn report() -> Report {
    let total = Resources { luts: 300, registers: 40, dsp: 2, bram: 0, spram: 0 };
    let device = bitladder_fpga::Device::find("LFE5U-25F").expect("a device");
    let seed = |seed, mhz| SeedResult {
        seed,
        clocks: vec![ClockResult { clock: "clk_i".into(), mhz, target_mhz: 25.0 }],
    };
    Report {
        design: "top".into(),
        board: "ulx3s-25f".into(),
        device: device.name.into(),
        tools: vec!["yosys: Yosys 0.23".into()],
        netlist_sha256: "00ff".into(),
        resources: Report::resource_uses(&total, device),
        modules: vec![ModuleUse { module: "top".into(), instances: 1, own: total, total }],
        seeds: vec![seed(1, 80.25), SeedResult { seed: 2, clocks: Vec::new() }],
        best_seed: Some(1),
        critical: sample("ecp5").critical,
        bitstream: Some(Bitstream { file: "top.bit".into(), bytes: 99, sha256: "aa".into() }),
    }
}

#[test]
fn text_has_everything_and_json_comes_back() {
    let report = report();
    let text = report.text().unwrap();
    for part in [
        "top on ulx3s-25f (LFE5U-25F)\nnetlist 00ff\nyosys: Yosys 0.23\n\nResources\n",
        "  lookup tables          300 of  24288 (2 %)\n",
        "  multiplier blocks        2 of     28 (8 %)\n",
        "  large memories           0 of      0\n",
        "  seed 1: clk_i 80.2 MHz (target 25.0), packed\n",
        "  seed 2: no path between registers\n",
        "Critical path of clk_i: 7.166 ns",
        " cells  u_a.y",
        "  in sub\n",
        "Bitstream top.bit: 99 bytes, aa\n",
    ] {
        assert!(text.contains(part), "{part}\n---\n{text}");
    }
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}
