//! A frame of three pins around any module, so that it fits every board: its inputs come from a
//! shift register that the serial line feeds, its outputs are folded into one bit behind
//! registers. For measuring modules that have no host link of their own. Costs a flip-flop per
//! input bit, and one and a LUT per three output bits.
//!
//! | port | meaning |
//! |---|---|
//! | `clk` | the board's oscillator: all clocks of the module |
//! | `uart_rx` | stimuli, one bit per edge |
//! | `uart_tx` | a parity of all outputs, some edges later |
//!
//! ```text
//! clk      /~\_/~\_/~\_/~\_/~\_    a module with two inputs of one bit
//! uart_rx  <b0><b1><b2><b3><b4>
//! input 0          <b0><b1><b2>
//! input 1              <b0><b1>
//! ```
//!
//! ```
//! # use bitladder_blocks::frame;
//! # use bitladder_blocks::arith::{ReluConfig, relu};
//! let inner = relu(&ReluConfig { bits: 8, zero_point: false, upper: false })?;
//! assert_eq!(frame(&inner)?.name(), "frame_relu_w8");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Direction, Module, ModuleBuilder, Port, Sig};

use crate::BlockError;

/// Puts a module into the frame.
pub fn frame(inner: &Arc<Module>) -> Result<Arc<Module>, BlockError> {
    let m = ModuleBuilder::new(&format!("frame_{}", inner.name()))
        .doc("Measures a module with three pins.");
    let clk = m.clock("clk", "the board's oscillator");
    let mut last = m.pipe("rx_q", m.input("uart_rx", BIT, "stimuli"), clk);
    let placed = m.instance("inner", inner);
    for port in inner.ports() {
        match port.direction {
            Direction::Input => {
                let value = shift_register(&m, clk, &mut last, port);
                placed.connect(&port.base, value);
            }
            Direction::ClockInput => {
                placed.clock(&port.base, clk);
            }
            Direction::Output | Direction::ClockOutput => {}
        }
    }
    let outputs = inner.ports().iter().filter(|port| port.direction == Direction::Output);
    let bits = |port: &Port| {
        let value = placed.out(&port.base);
        (0..value.width()).map(move |index| value.bit(index))
    };
    let mut all: Vec<Sig<'_>> = outputs.flat_map(bits).collect();
    // Even a module without inputs or outputs keeps the shift register alive.
    all.push(last);
    m.drive(m.output("uart_tx", BIT, "a parity of all outputs"), fold(&m, clk, all));
    Ok(m.build()?)
}

fn shift_register<'m>(
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    last: &mut Sig<'m>,
    port: &Port,
) -> Sig<'m> {
    let bits: Vec<Sig<'m>> = (0..port.ty.width)
        .map(|index| {
            *last = m.pipe(&format!("{}_{index}_q", port.base), *last, clk);
            *last
        })
        .collect();
    let value = m.cat(&bits);
    if port.ty.signed { value.as_signed() } else { value }
}

fn fold<'m>(m: &'m ModuleBuilder, clk: Clock<'m>, mut bits: Vec<Sig<'m>>) -> Sig<'m> {
    let mut level = 0;
    while bits.len() > 1 {
        let parity = |(index, group): (usize, &[Sig<'m>])| {
            m.pipe(&format!("fold_{level}_{index}_q"), m.cat(group).reduce_xor(), clk)
        };
        bits = bits.chunks(4).enumerate().map(parity).collect();
        level += 1;
    }
    bits[0]
}
