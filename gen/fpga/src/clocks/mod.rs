//! Clocks of a design, made from a board's oscillator: a PLL of the family, or a divider.
//!
//! | family | cell | frequencies |
//! |---|---|---|
//! | ECP5 | `EHXPLLL` | up to four, each a fraction of one oscillator between 400 and 800 MHz |
//! | iCE40 | `SB_PLL40_2F_CORE` or `_PAD` | one from 16 to 275 MHz, and half of it |
//! | Gowin GW1N, GW2A | `rPLL` | one, and an even fraction of it |
//!
//! A frequency is never above the one that is asked for: a machine that is built for 80 MHz must
//! not run at 81. Where the family has no PLL that the open tools know (GW5A), or it does not
//! reach so low (iCE40), flip-flops divide the oscillator.

mod ecp5;
mod gowin;
mod ice40;

use std::sync::Arc;

use bitladder_rtl::{BIT, BlackBox, Model};
use thiserror::Error;

use crate::board::Board;
use crate::device::{Device, Family};

/// Where a design's clocks come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocks {
    /// The frequencies that come out, in hertz: of all that were asked for, or of the first alone.
    pub hz: Vec<u32>,
    /// How, for people.
    pub how: String,
    /// The cell that makes them; none where the oscillator is the clock.
    pub cell: Option<ClockCell>,
}

/// A cell that makes clocks: a shell of one name around the family's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockCell {
    /// Its module's name.
    pub name: String,
    /// Its Verilog.
    pub verilog: String,
    /// Clocks that it makes.
    pub outputs: usize,
}

/// Clocks that cannot be made.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ClockError {
    /// No frequency is asked for, or more than cells have outputs.
    #[error("{count} clocks are asked for; allowed are 1 to 4")]
    Count {
        /// How many.
        count: usize,
    },
    /// Nothing comes near.
    #[error(
        "{device} cannot make {wanted} MHz from the {mhz} MHz of board `{board}`; the nearest below \
         is {nearest}: change `clock.levels_mhz`"
    )]
    Far {
        /// The device.
        device: &'static str,
        /// What is asked for.
        wanted: u32,
        /// The oscillator.
        mhz: f64,
        /// The board.
        board: String,
        /// What could be made.
        nearest: String,
    },
}

/// Frequencies at least this share of what is asked for are near enough.
const NEAR: f64 = 0.75;
/// Frequencies are told in steps of a kilohertz, so that baud rates divide them by small numbers.
const STEP: u64 = 1000;

/// A PLL's settings.
struct Settings {
    hz: Vec<u64>,
    how: String,
    /// The cells' instance, in a shell whose ports are `CLKI`, `CLKO0`... and `LOCK`.
    body: String,
    /// The declaration of the cell, which synthesis knows only later.
    stub: String,
}

impl Clocks {
    /// The clocks of these frequencies, the fastest first, on a board.
    pub fn new(board: &Board, levels_mhz: &[u32]) -> Result<Clocks, ClockError> {
        let [wanted, slower @ ..] = levels_mhz else {
            return Err(ClockError::Count { count: 0 });
        };
        if slower.len() > 3 {
            return Err(ClockError::Count { count: levels_mhz.len() });
        }
        let source = (board.clock.mhz * 1e6).round() as u64;
        let levels: Vec<u64> = levels_mhz.iter().map(|mhz| u64::from(*mhz) * 1_000_000).collect();
        if slower.is_empty() && source == levels[0] {
            return Ok(Clocks::oscillator(source));
        }
        let device = board.fpga.device;
        let settings = match device.family {
            Family::Ecp5 => ecp5::settings(source, &levels),
            Family::Ice40 => ice40::settings(source, &levels, board.clock.pll_pad),
            Family::Gowin => gowin::settings(device, source, &levels),
        };
        let clocks = match settings {
            Some(settings) => Clocks::made(device, settings),
            None => Clocks::divided(source, levels[0]),
        };
        let far = f64::from(clocks.hz[0]) < NEAR * levels[0] as f64;
        if far {
            let nearest = format!("{} MHz", f64::from(clocks.hz[0]) / 1e6);
            let (mhz, board) = (board.clock.mhz, board.name.clone());
            return Err(ClockError::Far {
                device: device.name,
                wanted: *wanted,
                mhz,
                board,
                nearest,
            });
        }
        Ok(clocks)
    }

    fn oscillator(source: u64) -> Clocks {
        Clocks { hz: vec![told(source)], how: "the oscillator".into(), cell: None }
    }

    fn made(device: &Device, settings: Settings) -> Clocks {
        let Settings { hz, how, body, stub } = settings;
        let hz: Vec<u32> = hz.into_iter().map(told).collect();
        let speeds: Vec<String> = hz.iter().map(|hz| (hz / STEP as u32).to_string()).collect();
        let name = format!("pll_{}_{}", device.family, speeds.join("_"));
        let (verilog, outputs) = (shell(&name, hz.len(), &stub, &body), hz.len());
        Clocks { hz, how, cell: Some(ClockCell { name, verilog, outputs }) }
    }

    /// The oscillator, by the smallest number that is large enough.
    fn divided(source: u64, level: u64) -> Clocks {
        if source <= level {
            return Clocks::oscillator(source);
        }
        let by = source.div_ceil(level);
        let (name, last, half) = (format!("clock_divider_{by}"), by - 1, by / 2);
        let bits = by.ilog2() + 1;
        let body = format!(
            "    reg [{}:0] count = 0;\n    reg divided = 1'b0;\n    always @(posedge CLKI) begin\n\
             \x20       count <= count == {last} ? {bits}'d0 : count + {bits}'d1;\n\
             \x20       divided <= count < {half};\n    end\n\
             \x20   assign CLKO0 = divided;\n    assign LOCK = 1'b1;\n",
            bits - 1,
        );
        let verilog = shell(&name, 1, "", &body);
        let how = format!("the oscillator divided by {by}");
        let cell = Some(ClockCell { name, verilog, outputs: 1 });
        Clocks { hz: vec![told(source / by)], how, cell }
    }
}

impl ClockCell {
    /// The cell for a design: clock `CLKI`, clocks `CLKO0`..., and `LOCK`, which is set while they
    /// are as they should be. In simulation they are the clock that comes in.
    pub fn black_box(&self) -> Arc<BlackBox> {
        let mut cell = BlackBox::new(&self.name, "Makes clocks.").clock("CLKI");
        for index in 0..self.outputs {
            let output = format!("CLKO{index}");
            cell = cell.clock_output(&output).clock_rule(&output, "CLKI", None);
        }
        let locked = Model::Function(Arc::new(|_: &[u128], outputs: &mut [u128]| {
            outputs.fill(1);
        }));
        Arc::new(cell.output("LOCK", BIT).model(locked).verilog(&self.verilog))
    }
}

fn told(hz: u64) -> u32 {
    u32::try_from(hz / STEP * STEP).unwrap_or(u32::MAX)
}

/// A frequency in megahertz, for people.
fn mhz(hz: u64) -> f64 {
    hz as f64 / 1e6
}

fn shell(name: &str, outputs: usize, stub: &str, body: &str) -> String {
    let guard = format!("BITLADDER_{}", name.to_uppercase());
    let pins: Vec<String> = (0..outputs).map(|index| format!("CLKO{index}")).collect();
    let passed: String =
        pins.iter().map(|pin| format!("    assign {pin} = CLKI;\n")).collect::<String>();
    let pins = pins.join(", ");
    let stub = match stub {
        "" => String::new(),
        stub => format!("`ifdef SYNTHESIS\n(* blackbox *)\n{stub}`endif\n"),
    };
    format!(
        "/* verilator lint_off DECLFILENAME */\n`ifndef {guard}\n`define {guard}\n{stub}\
         module {name} (\n    input  wire CLKI,\n    output wire {pins},\n    output wire LOCK\n);\n\
         `ifdef SYNTHESIS\n{body}`else\n{passed}    assign LOCK = 1'b1;\n`endif\nendmodule\n`endif\n\
         /* verilator lint_on DECLFILENAME */\n"
    )
}

#[cfg(test)]
mod tests;
