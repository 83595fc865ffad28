//! `SB_PLL40_2F_CORE` and `_PAD`: one frequency and half of it.

use super::{Settings, mhz};

/// In hertz.
const COMPARED: std::ops::RangeInclusive<u64> = 10_000_000..=133_000_000;
const OSCILLATOR: std::ops::RangeInclusive<u64> = 533_000_000..=1_066_000_000;
const OUTPUT: std::ops::RangeInclusive<u64> = 16_000_000..=275_000_000;
/// Upper ends of the loop filter's ranges, in megahertz.
const FILTERS: [u64; 5] = [17, 26, 44, 66, 101];

/// The declaration of a cell whose clock comes in by a pin of this name.
fn stub(cell: &str, pin: &str) -> String {
    format!(
        "module {cell} #(
    parameter FEEDBACK_PATH = \"SIMPLE\", PLLOUT_SELECT_PORTA = \"GENCLK\",
    parameter PLLOUT_SELECT_PORTB = \"GENCLK\", DIVR = 4'b0, DIVF = 7'b0, DIVQ = 3'b0,
    parameter FILTER_RANGE = 3'b0
) (
    input  wire {pin}, BYPASS, RESETB,
    output wire PLLOUTCOREA, PLLOUTGLOBALA, PLLOUTCOREB, PLLOUTGLOBALB, LOCK
);
endmodule
"
    )
}

/// Dividers: in front, in the loop, and the power of two behind.
fn best(source: u64, level: u64) -> Option<[u64; 3]> {
    let hz = |[input, feedback, shift]: &[u64; 3]| (source * feedback / input) >> shift;
    let fits = |one: &[u64; 3]| {
        let [input, feedback, _] = *one;
        let (compared, oscillator) = (source / input, source * feedback / input);
        COMPARED.contains(&compared)
            && OSCILLATOR.contains(&oscillator)
            && OUTPUT.contains(&hz(one))
            && hz(one) <= level
    };
    let all = (1..=16).flat_map(|input| {
        (1..=128).flat_map(move |feedback| (1..=6).map(move |shift| [input, feedback, shift]))
    });
    all.filter(fits).max_by_key(|one| (hz(one), std::cmp::Reverse(one[0])))
}

pub(super) fn settings(source: u64, levels: &[u64], pad: bool) -> Option<Settings> {
    let [input, feedback, shift] = best(source, levels[0])?;
    let oscillator = source * feedback / input;
    let hz = oscillator >> shift;
    let halved = levels.len() == 2 && levels[1] * 2 == levels[0];
    let compared = source / input;
    let filter = FILTERS.iter().position(|end| compared < end * 1_000_000).map_or(6, |at| at + 1);
    let (cell, pin) = match pad {
        true => ("SB_PLL40_2F_PAD", "PACKAGEPIN"),
        false => ("SB_PLL40_2F_CORE", "REFERENCECLK"),
    };
    let second = if halved { "\n        .PLLOUTGLOBALB(CLKO1)," } else { "" };
    let body = format!(
        "    {cell} #(\n        .FEEDBACK_PATH(\"SIMPLE\"), .PLLOUT_SELECT_PORTA(\"GENCLK\"),\n        \
         .PLLOUT_SELECT_PORTB(\"GENCLK_HALF\"), .DIVR(4'd{}), .DIVF(7'd{}), .DIVQ(3'd{shift}),\n        \
         .FILTER_RANGE(3'd{filter})\n    ) pll_i (\n        .{pin}(CLKI), .PLLOUTGLOBALA(CLKO0),\
         {second}\n        .BYPASS(1'b0), .RESETB(1'b1), .LOCK(LOCK)\n    );\n",
        input - 1,
        feedback - 1
    );
    let how = format!(
        "a PLL: {} MHz x {feedback} / {input}, over {} MHz, divided by {}",
        mhz(source),
        mhz(oscillator),
        1u64 << shift
    );
    let hz = if halved { vec![hz, hz / 2] } else { vec![hz] };
    Some(Settings { hz, how, body, stub: stub(cell, pin) })
}
