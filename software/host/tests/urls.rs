//! URLs that name devices, and those that do not.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::time::Duration;

use bitladder_host::{DeviceUrl, Engine, Port, Target, Via};
use proptest::prelude::*;

fn parse(url: &str) -> DeviceUrl {
    url.parse().unwrap()
}

fn refused(url: &str) -> String {
    url.parse::<DeviceUrl>().unwrap_err().to_string()
}

#[test]
fn every_scheme_is_understood() {
    let url = parse("sim:verilator?port=mailbox&config=small.toml");
    let target = Target::Simulation { engine: Engine::Verilator, port: Port::Mailbox };
    assert_eq!((url.target, url.config.unwrap().to_str()), (target, Some("small.toml")));
    let url = parse("uart:/dev/ttyUSB0?baud=3000000&record=session.blr");
    let (path, timeout) = ("/dev/ttyUSB0".into(), Duration::from_millis(200));
    assert_eq!(url.target, Target::Uart { path, baud: Some(3_000_000), timeout });
    assert_eq!(url.record.unwrap().to_str(), Some("session.blr"));
    for (text, via) in [("", Via::Auto), ("&via=vfio", Via::Vfio), ("&via=resource", Via::Resource)]
    {
        let target = Target::Pcie { address: "0000:01:00.0".into(), bar: 2, via };
        let url = parse(&format!("pcie:0000:01:00.0?bar=2{text}"));
        assert_eq!(url.target, target);
        assert_eq!(parse(&url.to_string()), url);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let cases = [
        (
            "usb:1",
            "`usb:1` names no device: write `sim:golden`, `uart:/dev/ttyUSB0` or \
            `pcie:0000:01:00.0`",
        ),
        ("sim:vcs", "`sim:vcs`: there is no simulation `vcs`; write golden, rust or verilator"),
        ("uart:", "`uart:`: `` is no file of a serial port"),
        (
            "pcie:../../x",
            "`pcie:../../x`: `../../x` is no PCI address such as 0000:01:00.0 (see \
            `lspci -D`)",
        ),
        (
            "sim:rust?baud=9600",
            "`sim:rust?baud=9600`: unknown option `baud`; there are config, \
            record, port",
        ),
        (
            "uart:/dev/x?baud=fast",
            "`uart:/dev/x?baud=fast`: option `baud` is `fast`, allowed is \
            300 to 20000000",
        ),
        (
            "sim:golden?port=uart",
            "`sim:golden?port=uart`: option `port` is `uart`, allowed is bus: \
            the golden model has no pins",
        ),
        (
            "sim:rust?port=usb",
            "`sim:rust?port=usb`: option `port` is `usb`, allowed is bus, uart or \
            mailbox",
        ),
        (
            "pcie:0000:01:00.0?via=uio",
            "`pcie:0000:01:00.0?via=uio`: option `via` is `uio`, allowed is auto, resource or vfio",
        ),
        (
            "sim:rust?record=",
            "`sim:rust?record=`: option `record` is ``, allowed is the name of a \
            file",
        ),
    ];
    for (url, text) in cases {
        assert_eq!(refused(url), text);
    }
}

proptest! {
    #[test]
    fn any_text_is_a_url_or_an_error(text in ".*") {
        let _ = text.parse::<DeviceUrl>();
    }

    #[test]
    fn urls_say_what_they_mean(
        text in "(sim:(golden|rust\\?port=uart)|uart:/dev/[a-z]{1,8}(\\?baud=9600)?|pcie:0000:0[0-9a-f]:00\\.[0-7])"
    ) {
        let url: DeviceUrl = text.parse().unwrap();
        prop_assert_eq!(url.to_string().parse::<DeviceUrl>().unwrap(), url);
    }
}
