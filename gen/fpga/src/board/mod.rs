//! Boards: what an FPGA is soldered to.
//!
//! A board is one TOML file in `fpga/`; the files in `constraints/` are generated from it.

mod check;
mod constraints;
mod error;
mod raw;
mod signals;

use std::path::Path;

pub use constraints::{Binding, TopPort, bind, constraint_file, flow_constraints};
pub use error::{BindError, BoardError};

use crate::device::Device;

/// A board, checked.
///
/// ```
/// use bitladder_fpga::Board;
/// let board = Board::parse("icebreaker.toml", include_str!("../../../../fpga/icebreaker.toml"))?;
/// assert_eq!(board.fpga.device.name, "iCE40-UP5K");
/// assert_eq!(board.signal("uart_tx").map(|signal| signal.pins.as_slice()), Some(&["9".to_owned()][..]));
/// # Ok::<(), bitladder_fpga::BoardError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// The name: that of its file.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// Where the facts come from.
    pub sources: Vec<String>,
    /// The FPGA.
    pub fpga: Fpga,
    /// The oscillator.
    pub clock: Oscillator,
    /// What is wired to the FPGA.
    pub signals: Vec<Signal>,
    /// How a bitstream gets onto the board.
    pub program: Program,
}

/// The FPGA on a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fpga {
    /// What it is.
    pub device: &'static Device,
    /// Package as place and route calls it; empty for Gowin.
    pub package: String,
    /// Speed grade (ECP5).
    pub speed: Option<String>,
    /// Full ordering code (Gowin).
    pub part: Option<String>,
    /// Configuration interfaces whose pins are ordinary pins (Gowin), such as `sspi`.
    pub as_gpio: Vec<String>,
}

/// The oscillator on a board.
#[derive(Debug, Clone, PartialEq)]
pub struct Oscillator {
    /// The signal it drives.
    pub signal: String,
    /// Its frequency.
    pub mhz: f64,
    /// The pin is the PLL's own, which then takes it without the fabric (iCE40).
    pub pll_pad: bool,
}

/// Which way a signal goes, seen from the FPGA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignalDirection {
    /// Into the FPGA; the port ends in `_i`.
    In,
    /// Out of the FPGA; the port ends in `_o`.
    Out,
    /// Both; the port ends in `_io`.
    Both,
}

impl SignalDirection {
    /// The suffix of the port.
    pub fn suffix(self) -> &'static str {
        match self {
            SignalDirection::In => "_i",
            SignalDirection::Out => "_o",
            SignalDirection::Both => "_io",
        }
    }
}

/// A pull resistor inside the FPGA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pull {
    /// To the supply.
    Up,
    /// To ground.
    Down,
    /// None.
    None,
}

/// One signal: a pin, or a bus of pins with bit 0 first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// The name without the port's suffix.
    pub name: String,
    /// Which way it goes.
    pub direction: SignalDirection,
    /// The pins, bit 0 first.
    pub pins: Vec<String>,
    /// The electrical standard; iCE40 has it from the bank's supply alone.
    pub standard: Option<String>,
    /// The pull resistor, if not the tools' default.
    pub pull: Option<Pull>,
    /// Drive strength in mA, if not the tools' default.
    pub drive_ma: Option<u32>,
    /// A lit LED, a pressed button is 0.
    pub active_low: bool,
    /// The pins also belong to another signal: use one of them.
    pub shared: bool,
    /// What to know before using it.
    pub note: Option<String>,
}

impl Signal {
    /// The name of the port at the top of a design.
    pub fn port(&self) -> String {
        format!("{}{}", self.name, self.direction.suffix())
    }
}

/// Commands that load a bitstream; `{bitstream}` stands for its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Into the FPGA's memory: gone at power-off.
    pub load: Option<Vec<String>>,
    /// Into the flash.
    pub flash: Option<Vec<String>>,
}

impl Board {
    /// Reads and checks a board; `file` is its name in messages.
    pub fn parse(file: &str, text: &str) -> Result<Board, BoardError> {
        let raw: raw::Board = toml::from_str(text).map_err(|error| BoardError::Syntax {
            file: file.to_owned(),
            line: error::line(text, error.span().map_or(0, |span| span.start)),
            problem: error.message().to_owned(),
        })?;
        check::board(file, text, raw)
    }

    /// Reads a board from a file.
    pub fn read(path: impl AsRef<Path>) -> Result<Board, BoardError> {
        let file = path.as_ref().display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|source| BoardError::File { file: file.clone(), source })?;
        Board::parse(&file, &text)
    }

    /// The signal of a name.
    pub fn signal(&self, name: &str) -> Option<&Signal> {
        self.signals.iter().find(|signal| signal.name == name)
    }
}
