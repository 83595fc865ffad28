//! Verilog test benches that apply a table of inputs and print every output.

use std::fmt::Write;

use super::plan::Row;
use crate::module::{Direction, Module, Port};
use crate::ty::{Ty, mask};

/// The ports of a top module as a bench sees them.
pub(super) struct Ports(Vec<Port>);

impl Ports {
    pub(super) fn new(module: &Module) -> Ports {
        Ports(module.ports().to_vec())
    }

    fn of(&self, direction: Direction) -> impl Iterator<Item = &Port> {
        self.0.iter().filter(move |port| port.direction == direction)
    }

    pub(super) fn names(&self, direction: Direction) -> Vec<&str> {
        self.of(direction).map(|port| port.name.as_str()).collect()
    }

    pub(super) fn types(&self, direction: Direction) -> impl Iterator<Item = Ty> {
        self.of(direction).map(|port| port.ty)
    }

    /// Data outputs: clocks that leave the top are not compared.
    pub(super) fn outputs(&self) -> impl Iterator<Item = &str> {
        self.of(Direction::Output).map(|port| port.name.as_str())
    }

    fn row_width(&self) -> usize {
        let bits: u32 = self.types(Direction::Input).map(|ty| ty.width).sum();
        bits as usize + self.of(Direction::ClockInput).count()
    }

    /// The stimuli for `$readmemh`: clocks on top, then the inputs in order.
    pub(super) fn rows(&self, rows: &[Row]) -> String {
        let clocks = self.of(Direction::ClockInput).count() as u32;
        let widths: Vec<u32> = self.types(Direction::Input).map(|ty| ty.width).collect();
        let mut text = String::new();
        for row in rows {
            let mut bits = String::new();
            for clock in 0..clocks {
                push_bits(&mut bits, u128::from(row.clocks >> clock & 1), 1);
            }
            for (value, width) in row.inputs.iter().zip(&widths) {
                push_bits(&mut bits, *value, *width);
            }
            text.push_str(&hex(&bits));
            text.push('\n');
        }
        text
    }

    pub(super) fn text(&self, top: &str, index: usize, rows: usize) -> String {
        let width = self.row_width().max(1);
        let mut text = format!("`timescale 1ns/1ps\nmodule bench_{index};\n");
        for port in &self.0 {
            let kind = if port.direction.is_input() { "reg " } else { "wire" };
            let _ = writeln!(text, "    {kind} [{}:0] {};", port.ty.width - 1, port.name);
        }
        let pins: Vec<String> = self.0.iter().map(|port| format!(".{0}({0})", port.name)).collect();
        let _ = writeln!(text, "    {top} dut ({});", pins.join(", "));
        let clocks = self.names(Direction::ClockInput);
        let driven: Vec<&str> =
            clocks.iter().copied().chain(self.names(Direction::Input)).collect();
        let _ = writeln!(text, "    reg [{}:0] rows [0:{}];", width - 1, rows - 1);
        let _ = writeln!(text, "    reg [{}:0] row;\n    integer cycle;", width - 1);
        let inputs = self.row_width() - clocks.len();
        let show: Vec<&str> = self.outputs().collect();
        let (low, rise) = match clocks.is_empty() {
            true => (String::new(), String::new()),
            false => {
                let list = clocks.join(", ");
                (format!("{{{list}}} = 0;"), format!("{{{list}}} = row[{}:{inputs}];", width - 1))
            }
        };
        let apply = match (driven.len() > clocks.len(), inputs) {
            (true, _) => {
                let list = driven[clocks.len()..].join(", ");
                format!("{{{list}}} = row[{}:0];", inputs - 1)
            }
            (false, _) => String::new(),
        };
        let (formats, values) = (" %h".repeat(show.len()), show.join(", "));
        let comma = if show.is_empty() { "" } else { ", " };
        let _ = writeln!(
            text,
            "    initial begin\n        $readmemh(\"rows_{index}.hex\", rows);\n        {low}\n        \
             for (cycle = 0; cycle < {rows}; cycle = cycle + 1) begin\n            row = \
             rows[cycle];\n            {apply}\n            #4;\n            \
             $display(\"@{index}{formats}\"{comma}{values});\n            {rise}\n            #4;\n            \
             {low}\n            #2;\n        end\n    end\nendmodule"
        );
        text
    }
}

/// A top that runs several benches side by side.
pub(super) fn batch(rows: &[usize]) -> String {
    let mut text = String::from("`timescale 1ns/1ps\nmodule batch;\n");
    for index in 0..rows.len() {
        let _ = writeln!(text, "    bench_{index} run_{index} ();");
    }
    let end = rows.iter().max().copied().unwrap_or(0) * 10 + 20;
    let _ =
        writeln!(text, "    initial begin\n        #{end};\n        $finish;\n    end\nendmodule");
    text
}

fn push_bits(text: &mut String, value: u128, width: u32) {
    let _ = write!(text, "{:0width$b}", value & mask(width), width = width as usize);
}

/// Binary digits as hexadecimal ones.
fn hex(bits: &str) -> String {
    let padded = format!("{}{bits}", "0".repeat(bits.len().next_multiple_of(4) - bits.len()));
    let digit = |at: usize| u8::from_str_radix(&padded[at..at + 4], 2).unwrap_or(0);
    (0..padded.len()).step_by(4).map(|at| format!("{:x}", digit(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_pad_to_whole_digits() {
        assert_eq!(hex("1"), "1");
        assert_eq!(hex("10110"), "16");
        assert_eq!(hex(&"1".repeat(130)), format!("3{}", "f".repeat(32)));
    }
}
