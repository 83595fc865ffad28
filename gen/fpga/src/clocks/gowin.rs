//! `rPLL`: one frequency, and an even fraction of it.

use super::{Settings, mhz};
use crate::device::Device;

/// Limits of a family, in hertz.
struct Limits {
    compared: std::ops::RangeInclusive<u64>,
    oscillator: std::ops::RangeInclusive<u64>,
    /// What the cell calls the device.
    name: &'static str,
}

const OUTPUT_DIVIDERS: [u64; 11] = [2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128];
const MOST: u64 = 64;

const STUB: &str = "module rPLL #(
    parameter FCLKIN = \"100.0\", DYN_IDIV_SEL = \"false\", DYN_FBDIV_SEL = \"false\",
    parameter DYN_ODIV_SEL = \"false\", PSDA_SEL = \"0000\", DYN_DA_EN = \"false\",
    parameter DUTYDA_SEL = \"1000\", CLKFB_SEL = \"internal\", CLKOUTD_SRC = \"CLKOUT\",
    parameter CLKOUTD3_SRC = \"CLKOUT\", DEVICE = \"GW1N-1\",
    parameter IDIV_SEL = 0, FBDIV_SEL = 0, ODIV_SEL = 8, DYN_SDIV_SEL = 2,
    parameter CLKOUT_FT_DIR = 1'b1, CLKOUTP_FT_DIR = 1'b1, CLKOUT_DLY_STEP = 0,
    parameter CLKOUTP_DLY_STEP = 0, CLKOUT_BYPASS = \"false\", CLKOUTP_BYPASS = \"false\",
    parameter CLKOUTD_BYPASS = \"false\"
) (
    input  wire CLKIN, CLKFB, RESET, RESET_P,
    input  wire [5:0] FBDSEL, IDSEL, ODSEL,
    input  wire [3:0] PSDA, FDLY, DUTYDA,
    output wire CLKOUT, LOCK, CLKOUTP, CLKOUTD, CLKOUTD3
);
endmodule
";

fn limits(device: &Device) -> Option<Limits> {
    match device.tool_name {
        "GW1N-9C" => Some(Limits {
            compared: 3_000_000..=400_000_000,
            oscillator: 400_000_000..=1_200_000_000,
            name: "GW1NR-9C",
        }),
        "GW2A-18C" => Some(Limits {
            compared: 3_000_000..=500_000_000,
            oscillator: 500_000_000..=1_250_000_000,
            name: "GW2AR-18C",
        }),
        // The GW5A has another PLL, which the open tools do not configure.
        _ => None,
    }
}

/// Dividers: in front, in the loop, behind.
fn best(limits: &Limits, source: u64, level: u64) -> Option<[u64; 3]> {
    let hz = |[input, feedback, _]: &[u64; 3]| source * feedback / input;
    let fits = |one: &[u64; 3]| {
        limits.compared.contains(&(source / one[0]))
            && limits.oscillator.contains(&(hz(one) * one[2]))
            && hz(one) <= level
    };
    let all = (1..=MOST).flat_map(|input| {
        (1..=MOST).flat_map(move |feedback| OUTPUT_DIVIDERS.map(|output| [input, feedback, output]))
    });
    // Of equals the fastest comparison, then the slowest oscillator.
    all.filter(fits).max_by_key(|one| (hz(one), std::cmp::Reverse((one[0], one[2]))))
}

pub(super) fn settings(device: &Device, source: u64, levels: &[u64]) -> Option<Settings> {
    let limits = limits(device)?;
    let [input, feedback, output] = best(&limits, source, levels[0])?;
    let hz = source * feedback / input;
    // An even divider, at most 128.
    let second = (levels.len() == 2).then(|| hz.div_ceil(2 * levels[1]) * 2);
    let second = second.filter(|by| *by <= 128);
    let (divider, pin) = match second {
        Some(by) => (by, "\n        .CLKOUTD(CLKO1),"),
        None => (2, ""),
    };
    let body = format!(
        "    rPLL #(\n        .FCLKIN(\"{}\"), .DEVICE(\"{}\"), .IDIV_SEL({}), .FBDIV_SEL({}),\n        \
         .ODIV_SEL({output}), .DYN_SDIV_SEL({divider})\n    ) pll_i (\n        .CLKIN(CLKI), \
         .CLKOUT(CLKO0),{pin}\n        .CLKFB(1'b0), .RESET(1'b0), .RESET_P(1'b0), .FBDSEL(6'b0), \
         .IDSEL(6'b0),\n        .ODSEL(6'b0), .PSDA(4'b0), .FDLY(4'b0), .DUTYDA(4'b0), \
         .LOCK(LOCK)\n    );\n",
        mhz(source),
        limits.name,
        input - 1,
        feedback - 1
    );
    let how =
        format!("a PLL: {} MHz x {feedback} / {input}, over {} MHz", mhz(source), mhz(hz * output));
    let hz = std::iter::once(hz).chain(second.map(|by| hz / by)).collect();
    Some(Settings { hz, how, body, stub: STUB.into() })
}
