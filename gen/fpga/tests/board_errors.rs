//! Every mistake in a board file is found, with its line.

use bitladder_fpga::Board;
use proptest::prelude::*;

const GOOD: &str = r#"name = "b"
title = "B"
sources = ["https://example.org"]
[fpga]
device = "LFE5U-25F"
package = "CABGA381"
speed = "6"
[clock]
signal = "clk"
mhz = 25.0
[program]
load = ["openFPGALoader", "{bitstream}"]
[[signal]]
name = "clk"
direction = "in"
pins = ["G2"]
standard = "LVCMOS33"
[[signal]]
name = "led"
direction = "out"
pins = ["B2", "C2"]
standard = "LVCMOS33"
"#;

/// The message for the good board with one text in place of another.
fn fault(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    Board::parse("b.toml", &GOOD.replacen(old, new, 1)).expect_err("a mistake").to_string()
}

#[test]
fn the_good_board_is_good() {
    assert_eq!(Board::parse("b.toml", GOOD).unwrap().signals.len(), 2);
}

#[test]
fn keys() {
    assert_eq!(
        fault("speed =", "sped ="),
        "b.toml:7: unknown field `sped`, expected one of `device`, `package`, `speed`, `part`, \
         `as_gpio`"
    );
    assert_eq!(fault("mhz = 25.0\n", ""), "b.toml:8: missing field `mhz`");
    assert_eq!(
        fault("speed = \"6\"\n", ""),
        "b.toml:5: `LFE5U-25F` needs `speed`: timing depends on it: 6, 7 or 8"
    );
    assert_eq!(
        fault("package = \"CABGA381\"\n", ""),
        "b.toml:5: `LFE5U-25F` needs `package`: it decides which pins there are"
    );
    assert_eq!(
        fault("pins = [\"G2\"]\nstandard = \"LVCMOS33\"", "pins = [\"G2\"]"),
        "b.toml:14: `clk` needs `standard`: the electrical standard, such as LVCMOS33"
    );
    assert_eq!(
        fault("load = [\"openFPGALoader\", \"{bitstream}\"]\n", ""),
        "b.toml:11: `program` needs `load`: or `flash`: how to load a bitstream"
    );
    assert!(fault("mhz = 25.0", "mhz = \"fast\"").starts_with("b.toml:10: invalid type: string"));
    assert!(fault("[clock]", "[clock").starts_with("b.toml:8: "));
}

#[test]
fn values() {
    let device = fault("LFE5U-25F", "LFE5U-26F");
    assert!(device.starts_with("b.toml:5: `fpga.device` is `LFE5U-26F`; allowed: LFE5U-12F, "));
    assert_eq!(
        fault("CABGA381", "CABGA382"),
        "b.toml:6: `fpga.package` is `CABGA382`; allowed: CABGA256, CABGA381, CSFBGA285, CABGA756"
    );
    assert_eq!(fault("\"6\"", "\"5\""), "b.toml:7: `fpga.speed` is `5`; allowed: 6, 7, 8");
    assert_eq!(fault("25.0", "0.5"), "b.toml:10: `clock.mhz` is `0.5`; allowed: 1 to 400");
    assert_eq!(
        fault("\"G2\"", "\"G-2\""),
        "b.toml:16: `signal.pins` is `G-2`; allowed: a ball such as `A12`, or a number"
    );
    assert_eq!(
        fault("\"led\"", "\"LED\""),
        "b.toml:19: `signal.name` is `LED`; allowed: lower-case letters, digits and _, a letter \
         first"
    );
    assert_eq!(
        fault("pins = [\"B2\", \"C2\"]", "pins = [\"B2\", \"C2\"]\ndrive_ma = 5"),
        "b.toml:22: `signal.drive_ma` is `5`; allowed: 4, 8, 12, 16"
    );
    let shell = fault("\"openFPGALoader\"", "\"sh\", \"-c\"");
    assert!(shell.starts_with("b.toml:12: `program.load` is `sh -c {bitstream}`; allowed: one of"));
}

#[test]
fn contradictions() {
    assert_eq!(
        fault("name = \"b\"", "name = \"c\""),
        "b.toml:1: `name` is `c`, but the file is called `b`; give both one name"
    );
    assert_eq!(
        fault("name = \"led\"", "name = \"clk\""),
        "b.toml:19: `signal.name` is `clk`, but so is the one of line 14; rename one"
    );
    assert_eq!(
        fault("\"B2\"", "\"G2\""),
        "b.toml:21: `signal.pins` is `G2`, but `clk` has that pin too; correct one, or mark both \
         `shared`"
    );
    assert_eq!(
        fault("signal = \"clk\"", "signal = \"clock\""),
        "b.toml:9: `clock.signal` is `clock`, but there is no `[[signal]]` of that name; add it"
    );
    assert_eq!(
        fault("signal = \"clk\"", "signal = \"led\""),
        "b.toml:9: `clock.signal` is `led`, but that signal is not an input of one pin; a clock \
         enters by one pin"
    );
    assert_eq!(
        fault("speed = \"6\"", "speed = \"6\"\npart = \"X\""),
        "b.toml:8: `fpga.part` is `X`, but LFE5U-25F is known by device and package; remove it"
    );
}

#[test]
fn contradictions_with_the_family() {
    let ice40 = |text: &str| {
        let fpga = "device = \"iCE40-UP5K\"\npackage = \"sg48\"\n";
        let old = "device = \"LFE5U-25F\"\npackage = \"CABGA381\"\nspeed = \"6\"\n";
        let text = GOOD.replace(old, &format!("{fpga}{text}"));
        Board::parse("b.toml", &text).unwrap_err().to_string()
    };
    assert_eq!(
        ice40(""),
        "b.toml:16: `signal.standard` is `LVCMOS33`, but an iCE40's bank supply decides that; \
         remove it"
    );
    assert_eq!(
        ice40("speed = \"6\"\n"),
        "b.toml:7: `fpga.speed` is `6`, but the device of an ice40 board says it already; remove it"
    );
    assert_eq!(
        ice40("as_gpio = [\"sspi\"]\n"),
        "b.toml:7: `fpga.as_gpio` is `sspi`, but only Gowin has this option; remove it"
    );
}

proptest! {
    /// No text of a board file, however damaged, makes the reader do anything but answer.
    #[test]
    fn damaged_files_are_answered(at in 0..GOOD.len(), byte in 32u8..127) {
        let mut text = GOOD.as_bytes().to_vec();
        text[at] = byte;
        let text = String::from_utf8(text).unwrap();
        if let Err(error) = Board::parse("b.toml", &text) {
            let message = error.to_string();
            prop_assert!(message.starts_with("b.toml:"), "{message}");
        }
    }
}
