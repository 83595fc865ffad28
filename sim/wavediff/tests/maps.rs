//! The signal map: names, meanings and streams.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bitladder_wavediff::Report;
use bitladder_wavediff::map::SignalMap;
use bitladder_wavediff::report::Verdict;
use common::{Folder, diff, vcd};

const MAP: &str = r#"
version = 1

[golden]
prefix = "golden"
clock = "clk"

[dut]
prefix = "TOP.tb.dut"
clock = "clk_i"

[[rename]]
from = '^u_(\w+)\.q$'
to = '$1'

[[signal]]
golden = "acc"
dut = "core.acc_q"
layer = { signal = "layer", labels = ["conv1", "conv2"] }
tile = { signal = "tile" }
lane = 7
note = "lane accumulator"

[[signal.field]]
name = "low"
bits = "3:0"
lane = 14

[[signal.field]]
name = "high"
bits = "7:4"
lane = 15
signed = true
"#;

const GOLDEN: &str = "golden.clk 1 c\ngolden.acc 8 a [7:0]\ngolden.mode 2 m [1:0]\n\
                      golden.layer 2 l [1:0]\ngolden.tile 4 t [3:0]";
const DUT: &str =
    "TOP.tb.dut.clk_i 1 c\nTOP.tb.dut.core.acc_q 8 a [7:0]\nTOP.tb.dut.u_mode.q 2 m [1:0]";

fn golden() -> String {
    vcd(
        GOLDEN,
        "#0\n0c\nb0 a\nb0 m\nb0 l\nb0 t\n#5\n1c\n#10\n0c\nb10100101 a\nb1 l\nb11 t\n#15\n1c",
    )
}

fn with_map(golden: &str, dut: &str, map: &str, options: &str) -> Report {
    let folder = Folder::new();
    let map = folder.write("map.toml", map);
    diff(golden, dut, &format!("--map {} {options}", map.display())).unwrap()
}

#[test]
fn a_mapped_mismatch_says_what_it_means() {
    let dut = vcd(DUT, "#0\n0c\nb0 a\nb0 m\n#5\n1c\n#10\n0c\nb11100101 a\n#15\n1c");
    let report = with_map(&golden(), &dut, MAP, "");
    assert_eq!((report.compared, report.mismatches), (2, 1), "{report:?}");
    let text = bitladder_wavediff::output::text(&report);
    assert!(
        text.contains(
            "acc: 1 place, 1 cycle in all (golden golden.acc[7:0], other TOP.tb.dut.core.acc_q[7:0])\n  \
             cycle 1, 15 ns: expected 8'ha5, found 8'he5, bit 6, layer conv2, tile 3, lane 7, \
             note lane accumulator; high (lane 15) expected -6, found -2\n"
        ),
        "{text}"
    );
}

#[test]
fn entries_that_name_nothing_are_noted() {
    let dut = vcd(DUT, "#0\n0c\nb0 a\nb0 m\n#5\n1c\n#10\n0c\n#15\n1c");
    let map = format!("{MAP}\n[[signal]]\ngolden = \"acx\"\nlane = 1\n");
    let report = with_map(&golden(), &dut, &map, "");
    let note = "1 [[signal]] entries name nothing compared, such as acx";
    assert!(report.notes.iter().any(|found| found == note), "{:?}", report.notes);
}

#[test]
fn split_and_differently_cased_names_are_mapped_too() {
    let vars = "top.tb.DUT.CLK_I 1 c\nTOP.tb.dut.core.acc_q[1] 1 1\nTOP.tb.dut.core.acc_q[0] 1 0";
    let dut = vcd(vars, "#0\n0c\n01\n00\n#5\n1c\n11\n#10\n0c");
    let golden =
        vcd("golden.clk 1 c\ngolden.acc 2 a [1:0]", "#0\n0c\nb0 a\n#5\n1c\nb11 a\n#10\n0c");
    let map = "version = 1\n[golden]\nprefix = \"golden\"\n[dut]\nprefix = \"TOP.tb.dut\"\n\
               [[signal]]\ngolden = \"Acc\"\ndut = \"core.ACC_q\"\nlane = 1\n";
    let report = with_map(&golden, &dut, map, "--ignore-case --by time");
    assert_eq!(report.signals[0].listed[0].meaning[0].value, "1", "{report:?}");
    assert_eq!(report.signals[0].dut, "TOP.tb.dut.core.acc_q[1:0]");
}

#[test]
fn streams_take_their_names_and_context_from_the_map() {
    let golden = vcd(
        "g.clk 1 c\ng.data 4 d [3:0]\ng.tile 4 t [3:0]",
        "#0\n0c\nb1 d\nb1000 t\n#5\n1c\n#10\n0c\nb10 d\nb1001 t\n#15\n1c\n#20\n0c",
    );
    let dut = vcd(
        "d.ck 1 c\nd.vld 1 v\nd.rdy 1 r\nd.q 4 d [3:0]",
        "#0\n0c\n0v\n1r\nb1 d\n#5\n1c\n#10\n0c\n1v\n#15\n1c\n#20\n0c\n0r\n#25\n1c\n#30\n0c\n1r\nb110 d\n#35\n1c",
    );
    let map = "version = 1\n[golden]\nprefix = \"g\"\n[dut]\nprefix = \"d\"\n[[signal]]\n\
               golden = \"data\"\ndut = \"q\"\ntile = { signal = \"tile\" }\n[[stream]]\n\
               name = \"out\"\nclock = \"clk\"\npayload = [\"data\"]\ngolden.valid = \"-\"\n\
               dut = { clock = \"ck\", valid = \"vld\", ready = \"rdy\" }\n";
    let report = with_map(&golden, &dut, map, "");
    assert_eq!((report.samples, report.mismatches), (2, 1), "{report:?}");
    let mismatch = &report.signals[0].listed[0];
    assert_eq!((mismatch.position, mismatch.golden_time, mismatch.dut_time), (1, 15, 35));
    assert_eq!(mismatch.meaning[0].value, "9");
    let fixed = dut.replace("b110 d", "b10 d");
    assert_eq!(with_map(&golden, &fixed, map, "").verdict, Verdict::Equal);
}

#[test]
fn wrong_maps_say_where_and_why() {
    let error = |text: &str| SignalMap::parse(text, "map.toml").unwrap_err().to_string();
    assert_eq!(
        error("version = 2"),
        "map.toml: version 2 of the map format; this program reads version 1"
    );
    assert!(error("").starts_with("map.toml: ") && error("").contains("version"));
    let unknown = error("version = 1\n[golden]\nprefx = \"a\"");
    assert!(unknown.contains("line 3") && unknown.contains("prefx"), "{unknown}");
    let twice = "version = 1\n[[signal]]\ngolden = \"a\"\n[[signal]]\ngolden = \"a\"";
    assert_eq!(error(twice), "golden 'a' has two [[signal]] entries");
    let bits =
        "version = 1\n[[signal]]\ngolden = \"a\"\n[[signal.field]]\nname = \"f\"\nbits = \"0:3\"";
    assert_eq!(error(bits), "signal 'a', field 'f': bits '0:3' are not HIGH:LOW");
}

fn setup_error(map: &str) -> String {
    let folder = Folder::new();
    let map = folder.write("map.toml", map);
    let text = golden();
    diff(&text, &text, &format!("--map {}", map.display())).unwrap_err().to_string()
}

#[test]
fn names_of_the_map_must_exist() {
    let stream = "version = 1\n[[stream]]\nname = \"out\"\n";
    let cases = [
        ("version = 1\n[[rename]]\nfrom = \"(\"\nto = \"\"\n", "rename from '('"),
        (
            "version = 1\n[[signal]]\ngolden = \"golden.acc\"\ntile = { signal = \"tiles\" }\n",
            "no signal 'tiles' for an annotation; close are golden.tile",
        ),
        (&format!("{stream}payload = []\n"), "stream 'out' has no payload"),
        (
            &format!("{stream}payload = [\"x\"]\n"),
            "stream 'out': payload 'x' is not in both traces",
        ),
        (
            &format!("{stream}payload = [\"golden.acc\"]\n"),
            "stream 'out' has no clock; give --clock",
        ),
        (
            &format!("{stream}payload = [\"golden.acc\"]\nclock = \"acc\"\n"),
            "'acc' for clock of stream 'out' has 8 bits; one bit is needed",
        ),
        (
            &format!("{stream}payload = [\"golden.acc\"]\nclock = \"clk\"\nvalid = \"v\"\n"),
            "no signal 'v' for valid of stream 'out'",
        ),
    ];
    for (map, expected) in cases {
        let message = setup_error(map);
        assert!(message.contains(expected), "{map}: {message}");
    }
}
