//! A frame with three pins around any module, so that it can be placed on a small package: its
//! inputs come from a shift register, its outputs are folded into one bit behind registers.

use std::error::Error;
use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Direction, Errors, Module, ModuleBuilder, Port, Sig};

pub(crate) fn wrap(inner: &Arc<Module>) -> Result<Arc<Module>, Box<dyn Error>> {
    let m = ModuleBuilder::new("frame").doc("Measures a module with few pins.");
    let clk = m.clock("clk", "clock");
    let mut last = m.pipe("in_q", m.input("in", BIT, "stimuli"), clk);
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
    let bits: Vec<Sig<'_>> = outputs
        .flat_map(|port| {
            let value = placed.out(&port.base);
            (0..value.width()).map(move |index| value.bit(index))
        })
        .collect();
    m.drive(m.output("out", BIT, "a parity of all outputs"), fold(&m, clk, bits)?);
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

fn fold<'m>(
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    mut bits: Vec<Sig<'m>>,
) -> Result<Sig<'m>, Errors> {
    let mut level = 0;
    while bits.len() > 1 {
        let parity = |(index, group): (usize, &[Sig<'m>])| {
            m.pipe(&format!("fold_{level}_{index}_q"), m.cat(group).reduce_xor(), clk)
        };
        bits = bits.chunks(4).enumerate().map(parity).collect();
        level += 1;
    }
    Ok(bits[0])
}
