//! Scales and zero points of activations: how the file's integers become declared formats.

use bitladder_network::FloatOp;
use bitladder_spec::{IntType, Scale, SpecError, TensorFormat};

use crate::NodeError;
use crate::node::Node;
use crate::value::Live;

/// A scale as the file gives it; powers of two become radix points, which rescale by shifts.
pub(crate) fn scale(value: f32) -> Result<Scale, SpecError> {
    let bits = value.to_bits();
    let (exponent, fraction) = (bits >> 23, bits & 0x7f_ffff);
    if fraction == 0 && (1..255).contains(&exponent) {
        return Ok(Scale::Radix(127 - exponent as i16));
    }
    Scale::real(f64::from(value))
}

impl Node<'_, '_> {
    /// The format that a scale and an optional zero point among the inputs describe. Without a
    /// zero point it has the type `fallback`.
    pub(crate) fn format_from(
        &mut self,
        scale_index: usize,
        zero_index: usize,
        fallback: IntType,
    ) -> Result<TensorFormat, NodeError> {
        let scale = scale(self.scalar(scale_index)?)?;
        let (ty, zero) = match self.optional_constant(zero_index)? {
            None => (fallback, 0),
            Some(constant) => {
                let ty = constant.tensor.element.int_type();
                match (ty, constant.plain_ints()) {
                    (Some(ty), Some([zero])) => (ty, *zero),
                    (Some(_), Some(_)) => {
                        let wanted = "a single zero point for the whole tensor is needed";
                        return Err(self.unsuited(zero_index, constant.dims(), wanted));
                    }
                    _ => return Err(self.no_integer(zero_index)),
                }
            }
        };
        let zero_point = zero.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
        let format = TensorFormat { ty, scale, zero_point };
        format.validate()?;
        Ok(format)
    }

    pub(crate) fn no_integer(&self, index: usize) -> NodeError {
        NodeError::Kind {
            index,
            value: self.input_name(index),
            found: "no integers of at most 32 bits",
            wanted: "a zero point has the integer type of what it belongs to",
        }
    }

    /// Reads integers as `format`: it must be the one they have, or become it if they have none.
    pub(crate) fn read_as(
        &mut self,
        index: usize,
        live: Live,
        format: TensorFormat,
    ) -> Result<Live, NodeError> {
        if live.integers.is_none() {
            return Err(NodeError::Kind {
                index,
                value: self.input_name(index),
                found: "real numbers",
                wanted: "this operator reads integers: a QuantizeLinear is missing before it",
            });
        }
        let root = self.importer.format_root(live.id);
        let other = match self.importer.format(root) {
            Some(known) if known != format => Some(known.to_string()),
            None if live.integers != Some(format.ty) => live.integers.map(|ty| ty.to_string()),
            _ => None,
        };
        if let Some(known) = other {
            return Err(NodeError::Format { known, found: format.to_string() });
        }
        self.importer.declared.values.insert(root, format);
        Ok(Live { integers: None, ..live })
    }

    /// The format of integers; without a scale they stand for themselves from here on.
    pub(crate) fn format_or_plain(&mut self, live: Live, ty: IntType) -> TensorFormat {
        let root = self.importer.format_root(live.id);
        let itself = TensorFormat::fixed(ty, 0);
        *self.importer.declared.values.entry(root).or_insert(itself)
    }

    /// Gives real numbers a format. A layer that changes nothing carries it, so that nobody else
    /// who reads the numbers is affected; tidying removes the layer where there is nobody else.
    pub(crate) fn quantised(
        &mut self,
        live: Live,
        format: TensorFormat,
    ) -> Result<Live, NodeError> {
        if self.importer.format(live.id) == Some(format) {
            return Ok(live);
        }
        let nothing = FloatOp::Clamp { lo: f32::NEG_INFINITY, hi: f32::INFINITY };
        let marked = self.push(nothing, &[live])?;
        self.importer.declared.values.insert(marked.id, format);
        Ok(Live { padding: live.padding, ..marked })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_become_radix_points() {
        assert_eq!(scale(0.25), Ok(Scale::Radix(2)));
        assert_eq!(scale(1.0), Ok(Scale::Radix(0)));
        assert_eq!(scale(8.0), Ok(Scale::Radix(-3)));
        assert_eq!(scale(0.3), Ok(Scale::Real(f64::from(0.3f32))));
        for bad in [0.0, -0.5, f32::INFINITY, f32::NAN] {
            assert!(scale(bad).unwrap_err().to_string().contains("not usable"), "{bad}");
        }
    }
}
