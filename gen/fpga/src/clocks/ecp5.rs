//! `EHXPLLL`: a feedback loop over the first output, and a divider for each output.

use std::fmt::Write;

use super::{Settings, mhz};

/// What the loop compares, and the oscillator in it, in hertz.
const COMPARED: std::ops::RangeInclusive<u64> = 3_125_000..=400_000_000;
const OSCILLATOR: std::ops::RangeInclusive<u64> = 400_000_000..=800_000_000;
const MIDDLE: u64 = 600_000_000;
const OUTPUTS: [&str; 4] = ["CLKOP", "CLKOS", "CLKOS2", "CLKOS3"];
const MOST: u64 = 128;
const MOST_FEEDBACK: u64 = 80;

const STUB: &str = "module EHXPLLL #(
    parameter PLLRST_ENA = \"DISABLED\", INTFB_WAKE = \"DISABLED\", STDBY_ENABLE = \"DISABLED\",
    parameter DPHASE_SOURCE = \"DISABLED\", FEEDBK_PATH = \"CLKOP\",
    parameter OUTDIVIDER_MUXA = \"DIVA\", OUTDIVIDER_MUXB = \"DIVB\",
    parameter OUTDIVIDER_MUXC = \"DIVC\", OUTDIVIDER_MUXD = \"DIVD\",
    parameter CLKI_DIV = 1, CLKFB_DIV = 1,
    parameter CLKOP_ENABLE = \"ENABLED\", CLKOP_DIV = 8, CLKOP_CPHASE = 0, CLKOP_FPHASE = 0,
    parameter CLKOS_ENABLE = \"DISABLED\", CLKOS_DIV = 8, CLKOS_CPHASE = 0, CLKOS_FPHASE = 0,
    parameter CLKOS2_ENABLE = \"DISABLED\", CLKOS2_DIV = 8, CLKOS2_CPHASE = 0, CLKOS2_FPHASE = 0,
    parameter CLKOS3_ENABLE = \"DISABLED\", CLKOS3_DIV = 8, CLKOS3_CPHASE = 0, CLKOS3_FPHASE = 0
) (
    input  wire CLKI, CLKFB, RST, STDBY, PHASESEL0, PHASESEL1, PHASEDIR, PHASESTEP, PHASELOADREG,
    input  wire PLLWAKESYNC, ENCLKOP,
    output wire CLKOP, CLKOS, CLKOS2, CLKOS3, CLKINTFB, LOCK
);
endmodule
";

/// One choice of dividers.
struct Dividers {
    input: u64,
    feedback: u64,
    outputs: Vec<u64>,
    hz: Vec<u64>,
}

/// Dividers for one divider of the first output, if its oscillator is in range.
fn with(source: u64, [input, feedback, first]: [u64; 3], levels: &[u64]) -> Option<Dividers> {
    let oscillator = source * feedback * first / input;
    let hz = source * feedback / input;
    if !OSCILLATOR.contains(&oscillator) || hz > levels[0] {
        return None;
    }
    let others = levels[1..].iter().map(|level| oscillator.div_ceil(*level).max(1));
    let outputs: Vec<u64> = std::iter::once(first).chain(others).collect();
    let hz: Vec<u64> = outputs.iter().map(|by| source * feedback * first / (input * by)).collect();
    outputs.iter().all(|by| *by <= MOST).then_some(Dividers { input, feedback, outputs, hz })
}

fn best(source: u64, levels: &[u64]) -> Option<Dividers> {
    let compared = |input: &u64| COMPARED.contains(&(source / input));
    let all = (1..=MOST).filter(compared).flat_map(|input| {
        (1..=MOST_FEEDBACK).flat_map(move |feedback| {
            (1..=MOST).filter_map(move |first| with(source, [input, feedback, first], levels))
        })
    });
    // The first level counts most, then the others; of equals the smallest divider in front, and
    // an oscillator in the middle of its range.
    all.max_by_key(|one| {
        let off_middle = (one.hz[0] * one.outputs[0]).abs_diff(MIDDLE);
        let others: u64 = one.hz[1..].iter().sum();
        (one.hz[0], others, std::cmp::Reverse((one.input, off_middle, one.outputs[0])))
    })
}

pub(super) fn settings(source: u64, levels: &[u64]) -> Option<Settings> {
    let Dividers { input, feedback, outputs, hz } = best(source, levels)?;
    let mut body = String::from(
        "    (* ICP_CURRENT=\"12\" *) (* LPF_RESISTOR=\"8\" *)\n    \
         (* MFG_ENABLE_FILTEROPAMP=\"1\" *) (* MFG_GMCREF_SEL=\"2\" *)\n    EHXPLLL #(\n",
    );
    // Half a period behind, as the vendor's wizard places the edges of equal phase.
    let phase = outputs[0] / 2;
    for (name, by) in OUTPUTS.iter().zip(&outputs) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            body,
            "        .{name}_ENABLE(\"ENABLED\"), .{name}_DIV({by}), .{name}_CPHASE({phase}), \
             .{name}_FPHASE(0),"
        );
    }
    let _ = write!(
        body,
        "        .CLKI_DIV({input}), .CLKFB_DIV({feedback}), .FEEDBK_PATH(\"CLKOP\")\n    ) pll_i (\n"
    );
    for (index, name) in OUTPUTS.iter().enumerate().take(outputs.len()) {
        let _ = writeln!(body, "        .{name}(CLKO{index}),");
    }
    body.push_str(
        "        .CLKI(CLKI), .CLKFB(CLKO0), .RST(1'b0), .STDBY(1'b0), .PHASESEL0(1'b0),\n        \
         .PHASESEL1(1'b0), .PHASEDIR(1'b1), .PHASESTEP(1'b1), .PHASELOADREG(1'b1),\n        \
         .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0), .LOCK(LOCK)\n    );\n",
    );
    let oscillator = mhz(source * feedback * outputs[0] / input);
    let how = format!("a PLL: {} MHz x {feedback} / {input}, over {oscillator} MHz", mhz(source));
    Some(Settings { hz, how, body, stub: STUB.into() })
}
