//! QONNX: quantisation of any width, of weights and activations.

use bitladder_network::FloatOp;
use bitladder_spec::{IntType, Rounding, Saturation, Scale, Span, TensorFormat};

use crate::NodeError;
use crate::constant::{Constant, Grid, scale_indices};
use crate::element::Element;
use crate::formats::scale;
use crate::node::{Node, finite};
use crate::tensor::{Tensor, Values};
use crate::value::{Live, Value};

/// The integers of a Quant node.
struct Target {
    ty: IntType,
    narrow: bool,
    rounding: Rounding,
}

impl Target {
    fn of(node: &mut Node<'_, '_>) -> Result<Self, NodeError> {
        let bits = node.scalar(3)?;
        let signed = node.int("signed", 1)? != 0;
        if bits.fract() != 0.0 || !(1.0..=32.0).contains(&bits) {
            return Err(NodeError::Unsupported {
                what: "a bit width that is not an integer from 1 to 32",
                instead: "train with fixed integer bit widths",
            });
        }
        let ty = IntType::new(bits as u8, signed)?;
        let rounding = match node.text("rounding_mode", "ROUND")?.to_uppercase().as_str() {
            "ROUND" => Rounding::HalfEven,
            "FLOOR" => Rounding::Floor,
            "ROUND_TO_ZERO" => Rounding::TowardZero,
            other => {
                return Err(NodeError::AttributeValue {
                    attribute: "rounding_mode",
                    found: other.into(),
                    allowed: "ROUND, FLOOR or ROUND_TO_ZERO is needed".into(),
                });
            }
        };
        Ok(Self { ty, narrow: node.int("narrow", 0)? != 0, rounding })
    }

    /// A narrow range gives up the lowest value if signed, the highest if not.
    fn span(&self) -> Span {
        match (self.narrow, self.ty.is_signed()) {
            (true, true) => Saturation::Symmetric.span(self.ty),
            (true, false) => Span::new(0, (self.ty.span().hi - 1).max(0)),
            (false, _) => self.ty.span(),
        }
    }
}

pub(super) fn quant(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let target = Target::of(node)?;
    match node.value(0)? {
        Value::Constant(constant) => quant_constant(node, &constant, &target),
        Value::Live(_) => quant_live(node, &target),
    }
}

fn quant_live(node: &mut Node<'_, '_>, target: &Target) -> Result<Value, NodeError> {
    let mut live = node.real(0)?;
    if target.rounding != Rounding::HalfEven {
        return Err(NodeError::AttributeValue {
            attribute: "rounding_mode",
            found: format!("{:?}", target.rounding),
            allowed: "activations are rounded with ROUND".into(),
        });
    }
    let scale = scale(node.scalar(1)?)?;
    let zero_point = whole(node.scalar(2)?)? as i32;
    let format = TensorFormat { ty: target.ty, scale, zero_point };
    format.validate()?;
    if target.span() != target.ty.span() {
        let real = |bound: i64| ((bound - i64::from(zero_point)) as f64 * scale.step()) as f32;
        let span = target.span();
        live = node.push(FloatOp::Clamp { lo: real(span.lo), hi: real(span.hi) }, &[live])?;
    }
    Ok(node.quantised(live, format)?.into())
}

/// A zero point, which QONNX stores as a real number.
fn whole(zero: f32) -> Result<i64, NodeError> {
    if zero.fract() == 0.0 && zero.abs() <= (1u32 << 24) as f32 {
        return Ok(zero as i64);
    }
    Err(NodeError::Unsupported {
        what: "a zero point that is not an integer",
        instead: "train with integer zero points, best with zero",
    })
}

fn quant_constant(
    node: &mut Node<'_, '_>,
    constant: &Constant,
    target: &Target,
) -> Result<Value, NodeError> {
    let reals = finite(constant.name(), node.reals_of(0, constant)?)?;
    let zero = whole(node.scalar(2)?)?;
    let (scales, axis) = scales(node, 1, constant.dims())?;
    node.importer.charge(reals.len())?;
    let place = scale_indices(constant.dims(), axis);
    let span = target.span();
    let integer = |(index, real): (usize, &f32)| {
        let steps = f64::from(real / scales[place(index)] as f32) + zero as f64;
        let kept = steps.clamp(span.lo as f64, span.hi as f64);
        target.rounding.real(kept) as i64 - zero
    };
    let ints = reals.iter().enumerate().map(integer).collect();
    let bits = span.minus(zero).signed_bits();
    Ok(on_grid(constant, ints, Grid { scales, axis, bits }))
}

fn on_grid(constant: &Constant, ints: Vec<i64>, grid: Grid) -> Value {
    let (name, dims) = (constant.tensor.name.clone(), constant.tensor.dims.clone());
    let tensor = Tensor { name, dims, element: Element::I32, values: Values::Int(ints) };
    Constant { tensor, grid: Some(grid) }.into()
}

/// Scales that may vary along one axis, shaped to broadcast against the constant.
fn scales(
    node: &mut Node<'_, '_>,
    index: usize,
    dims: &[usize],
) -> Result<(Vec<f64>, Option<usize>), NodeError> {
    let reals = node.reals(index)?;
    let steps =
        reals.iter().map(|real| scale(*real).map(Scale::step)).collect::<Result<Vec<f64>, _>>()?;
    if steps.len() == 1 {
        return Ok((steps, None));
    }
    let own = node.constant(index)?.dims().to_vec();
    let varying: Vec<usize> = (0..own.len()).filter(|axis| own[*axis] != 1).collect();
    let axis = match varying.as_slice() {
        [axis] => (axis + dims.len()).checked_sub(own.len()),
        _ => None,
    };
    match axis {
        Some(axis) if dims[axis] == steps.len() => Ok((steps, Some(axis))),
        _ => {
            let wanted = format!("one scale, or scales along one axis of {dims:?}, are needed");
            Err(node.unsuited(index, &own, &wanted))
        }
    }
}

/// Weights of plus and minus one times a scale.
pub(super) fn bipolar(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    if let Value::Live(Live { .. }) = node.value(0)? {
        return Err(NodeError::Unsupported {
            what: "a bipolar activation",
            instead: "the sign function is no layer; only weights can be bipolar",
        });
    }
    let constant = node.constant(0)?;
    let reals = finite(constant.name(), node.reals_of(0, &constant)?)?;
    let (scales, axis) = scales(node, 1, constant.dims())?;
    let ints = reals.iter().map(|real| if *real >= 0.0 { 1 } else { -1 }).collect();
    let bits = Span::new(-1, 1).signed_bits();
    Ok(on_grid(&constant, ints, Grid { scales, axis, bits }))
}
