//! Driving modules in the Rust simulation.

use std::sync::Arc;

use bitladder_blocks::Mode;
use bitladder_machine::isa::Descriptor;
use bitladder_machine::isa::field;
use bitladder_rtl::{Design, Module, Sim};
use bitladder_spec::{Rounding, Saturation, SplitMix64};

/// Every saturation.
pub(crate) const SATURATIONS: [Saturation; 3] =
    [Saturation::Saturate, Saturation::Symmetric, Saturation::Wrap];

/// A module in simulation, after a reset.
pub(crate) struct Bench {
    pub(crate) sim: Sim,
    pub(crate) noise: SplitMix64,
}

impl Bench {
    pub(crate) fn new(module: &Arc<Module>, seed: u64) -> Bench {
        let mut sim = Sim::new(&Design::elaborate(module).unwrap()).unwrap();
        sim.scramble(seed);
        sim.set("rst", 1).unwrap();
        sim.step("clk").unwrap();
        sim.set("rst", 0).unwrap();
        Bench { sim, noise: SplitMix64::new(seed) }
    }

    pub(crate) fn set(&mut self, input: &str, value: impl Into<i128>) {
        self.sim.set_number(input, value.into()).unwrap();
    }

    pub(crate) fn get(&mut self, output: &str) -> i128 {
        self.sim.get_number(output).unwrap()
    }

    pub(crate) fn is(&mut self, output: &str) -> bool {
        self.sim.get(output).unwrap() == 1
    }

    pub(crate) fn step(&mut self) {
        self.sim.step("clk").unwrap();
    }

    /// True `in_eight` times out of eight.
    pub(crate) fn chance(&mut self, in_eight: u64) -> bool {
        self.noise.below(8) < in_eight
    }

    /// Sets the descriptor fields that the module has ports for.
    pub(crate) fn layer(&mut self, descriptor: &Descriptor) {
        let words = descriptor.pack().unwrap();
        for place in field::ALL {
            let port = format!("layer_{}", place.name);
            if self.sim.input(&port).is_ok() {
                self.set(&port, place.extract(&words));
            }
        }
    }
}

/// A number of `bits` bits: corners, small and large magnitudes alike.
pub(crate) fn signed(noise: &mut SplitMix64, bits: u32) -> i64 {
    let (least, most) = (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1);
    match noise.below(10) {
        0 => least,
        1 => most,
        2 => (noise.below(9) as i64 - 4).clamp(least, most),
        _ => (noise.next_u64() as i64 >> (64 - bits)) >> noise.below(u64::from(bits)),
    }
}

/// One of a list.
pub(crate) fn one_of<T: Copy>(noise: &mut SplitMix64, list: &[T]) -> T {
    list[noise.below(list.len() as u64) as usize]
}

/// Every rounding, in the order of their codes.
pub(crate) fn roundings() -> Vec<Rounding> {
    Rounding::ALL.to_vec()
}

/// The modes that store operands of more than one bit.
pub(crate) const WIDE: [Mode; 3] = [Mode::Word16, Mode::Word8, Mode::Word4];
