//! Choosing the narrowest exact form of a convolution or a fully connected layer.

use bitladder_network::{Linear, QuantNetwork, QuantOp, Window};
use bitladder_spec::{OutputStage, Span, TensorFormat};

use crate::engine::Scratch;
use crate::engine::depthwise::Depthwise;
use crate::engine::finisher::Finisher;
use crate::engine::gemm::Gemm;
use crate::engine::general::General;
use crate::engine::geometry::Panels;
use crate::kernels::{Bytes, Kernel, LANES, Words};

/// Everything about a layer that its packed forms are made from.
pub(super) struct Shape<'a> {
    pub(super) window: Window,
    /// Height and width of the input and the output.
    pub(super) image: [usize; 2],
    pub(super) to: [usize; 2],
    pub(super) panels: Panels,
    /// Input channels of a group.
    pub(super) inputs: usize,
    /// The input's zero point.
    pub(super) zero: i32,
    /// Everything a sum can be.
    pub(super) span: Span,
    pub(super) integers: Vec<i32>,
    bias: &'a [i64],
    stage: &'a OutputStage,
    from: TensorFormat,
}

impl<'a> Shape<'a> {
    /// The layer's, if it is linear.
    pub(super) fn of(network: &'a QuantNetwork, index: usize) -> Option<Self> {
        let layer = &network.layers[index];
        let source = network.shape(layer.inputs[0]);
        let extent = |shape: &[usize]| match shape {
            [_, height, width] => [*height, *width],
            _ => [1, 1],
        };
        let (window, groups, linear): (Window, usize, &Linear) = match &layer.op {
            QuantOp::Conv { window, groups, linear } => (*window, *groups, linear),
            QuantOp::Dense { linear } => (Window::square(1), 1, linear),
            _ => return None,
        };
        let from = network.format(layer.inputs[0]);
        Some(Self {
            window,
            image: extent(source),
            to: extent(&layer.shape),
            panels: Panels { groups, outputs: linear.bias.len() / groups },
            inputs: source[0] / groups,
            zero: from.zero_point,
            span: network.accumulator_span(index).unwrap_or(Span::new(0, 0)),
            integers: linear.weights.integers(),
            bias: &linear.bias,
            stage: &linear.stage,
            from,
        })
    }

    /// An output's weights.
    pub(super) fn filter(&self, output: usize) -> &[i32] {
        let size = self.inputs * self.window.taps();
        &self.integers[output * size..(output + 1) * size]
    }

    /// What each lane's sum starts from when `offset` is subtracted from each stored integer: the
    /// bias, and what makes up for subtracting the offset instead of the zero point.
    pub(super) fn start(&self, offset: i64) -> Vec<[i64; LANES]> {
        self.panels.lanes(|output| output.map_or(0, |output| self.start_of(output, offset)))
    }

    /// The same for one output.
    pub(super) fn start_of(&self, output: usize, offset: i64) -> i64 {
        let sum: i64 = self.filter(output).iter().map(|weight| i64::from(*weight)).sum();
        self.bias[output].wrapping_add(sum.wrapping_mul(offset - i64::from(self.zero)))
    }

    /// The output stage, dealt out to the panels.
    pub(super) fn finisher(&self) -> Finisher {
        let last = self.bias.len().saturating_sub(1);
        let channels = self.panels.lanes(|output| output.unwrap_or(last));
        Finisher::new(self.stage, self.span, &channels, 1)
    }

    /// The output stage when outputs follow each other without gaps between groups.
    pub(super) fn plain_finisher(&self, channels: &[[usize; LANES]]) -> Finisher {
        Finisher::new(self.stage, self.span, channels, 1)
    }

    /// Whether all sums fit 32 bits.
    pub(super) fn is_narrow(&self) -> bool {
        Span::new(i64::from(i32::MIN), i64::from(i32::MAX)).covers(self.span)
    }

    fn weights_fit(&self, bits: u8) -> bool {
        let half = 1 << (bits - 1);
        self.integers.iter().all(|weight| (-half..half).contains(weight))
    }

    /// One filter per channel, as in the cheap half of a separable convolution.
    fn is_depthwise(&self) -> bool {
        self.panels.groups > 1 && self.panels.outputs == 1 && self.inputs == 1
    }
}

/// A packed layer.
#[derive(Debug)]
pub(super) enum PackedLinear {
    /// Inputs and weights of 8 bits.
    Bytes(Gemm<Bytes>),
    /// Inputs and weights of 16 bits, or 8-bit ones on machines without products of bytes.
    Words(Gemm<Words>),
    /// One filter per channel.
    Depthwise(Depthwise),
    /// Wider inputs.
    General(General),
}

impl PackedLinear {
    /// Packs a layer for a kernel; `block` is the largest number of images of a run.
    pub(super) fn new(shape: &Shape, kernel: Kernel, block: usize) -> Self {
        let (bits, span) = (shape.from.ty.bits(), shape.from.ty.span());
        if bits > 16 {
            return Self::General(General::new(shape));
        }
        if shape.is_depthwise() {
            return Self::Depthwise(Depthwise::new(shape));
        }
        if kernel.multiplies_bytes() && bits <= 8 && shape.weights_fit(8) && shape.is_narrow() {
            return Self::Bytes(Gemm::new(shape, span.lo as i32, false, block));
        }
        // Only unsigned integers of all sixteen bits have to be moved.
        let offset = if span.hi > i64::from(i16::MAX) { 1 << 15 } else { 0 };
        let split = !shape.is_narrow() || !shape.weights_fit(16);
        Self::Words(Gemm::new(shape, offset, split, block))
    }

    /// Makes room for packed inputs.
    pub(super) fn reserve(&self, scratch: &mut Scratch) {
        let grow = |size: &mut usize, wanted: usize| *size = (*size).max(wanted);
        let [mut bytes, mut words, mut integers] =
            [scratch.bytes.len(), scratch.words.len(), scratch.integers.len()];
        match self {
            Self::Bytes(gemm) => grow(&mut bytes, gemm.scratch()),
            Self::Words(gemm) => grow(&mut words, gemm.scratch()),
            Self::Depthwise(layer) => grow(&mut integers, layer.scratch()),
            Self::General(layer) => grow(&mut integers, layer.scratch()),
        }
        scratch.bytes.resize(bytes, 0);
        scratch.words.resize(words, 0);
        scratch.integers.resize(integers, 0);
    }

    /// Runs some images.
    pub(super) fn run(
        &self,
        kernel: Kernel,
        images: usize,
        from: &[i32],
        to: &mut [i32],
        scratch: &mut Scratch,
    ) {
        match self {
            Self::Bytes(gemm) => gemm.run(kernel, images, from, to, &mut scratch.bytes),
            Self::Words(gemm) => gemm.run(kernel, images, from, to, &mut scratch.words),
            Self::Depthwise(layer) => layer.run(kernel, images, from, to, &mut scratch.integers),
            Self::General(layer) => layer.run(kernel, images, from, to, &mut scratch.integers),
        }
    }
}
