//! Random weights in every format.

use bitladder_spec::{Span, VectorAxis, VectorLayout, WeightFormat, Weights};

use super::Draw;

/// Weights of a shape; `None` if the shape cannot be had.
pub(super) fn random_weights(draw: &mut Draw, shape: [usize; 4]) -> Option<Weights> {
    let format = match draw.below(8) {
        0 => WeightFormat::PowerOfTwo,
        1 => qsq(draw),
        2 => WeightFormat::Ternary,
        3 => WeightFormat::Binary,
        4 => WeightFormat::Fixed { bits: 16 },
        5 => WeightFormat::Fixed { bits: draw.between(2, 15) as u8 },
        _ => WeightFormat::Fixed { bits: 8 },
    };
    let extreme = draw.one_in(5);
    let count = shape.iter().product();
    let values: Vec<i32> = (0..count).map(|_| random_value(draw, format, extreme)).collect();
    let scalars = match format {
        WeightFormat::Qsq { layout, scalar_bits } => {
            let most = (1 << scalar_bits) - 1;
            (0..layout.vectors(shape)).map(|_| draw.integer(0, most) as u16).collect()
        }
        _ => Vec::new(),
    };
    Weights::from_values(format, shape, &values, scalars).ok()
}

fn qsq(draw: &mut Draw) -> WeightFormat {
    let axis = draw.among(&[VectorAxis::Channel, VectorAxis::Filter]);
    let length = draw.among(&[0, 1, 3, 16]);
    let scalar_bits = draw.between(1, 13) as u8;
    WeightFormat::Qsq { layout: VectorLayout { axis, length }, scalar_bits }
}

fn random_value(draw: &mut Draw, format: WeightFormat, extreme: bool) -> i32 {
    let Span { lo, hi } = format.span();
    match format {
        WeightFormat::PowerOfTwo => {
            let power = if extreme { 15 } else { draw.below(16) };
            draw.among(&[0, 1, -1]) << power
        }
        WeightFormat::Qsq { .. } if extreme => draw.among(&[-4, 4]),
        WeightFormat::Qsq { .. } => draw.among(&[0, 1, 2, 4, -1, -2, -4]),
        WeightFormat::Binary => draw.among(&[-1, 1]),
        _ if extreme => draw.among(&[lo, lo, hi]) as i32,
        _ => draw.integer(lo, hi) as i32,
    }
}
