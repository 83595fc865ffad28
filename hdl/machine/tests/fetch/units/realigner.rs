//! The realigner.

use bitladder_blocks::Mode;
use bitladder_hdl_machine::fetch::{FetchPlan, realigner};
use bitladder_rtl::Sim;
use bitladder_spec::SplitMix64;

use super::{operand, plan, set, sim};
use crate::shapes;

/// What the realigner is asked for.
struct Request {
    mode: Mode,
    offset: u32,
    column: u64,
    flip: u64,
    inside: u64,
    blank: u64,
    padding: u16,
    words: Vec<u16>,
}

impl Request {
    fn random(plan: &FetchPlan, noise: &mut SplitMix64) -> Request {
        let mode = plan.modes()[noise.below(plan.modes().len() as u64) as usize];
        Request {
            mode,
            offset: noise.below(mode.parts().into()) as u32,
            column: noise.below(plan.columns().into()),
            flip: noise.below(2),
            inside: noise.below(2),
            blank: u64::from(noise.below(8) == 0),
            padding: noise.next_u64() as u16,
            words: (0..plan.columns()).map(|_| noise.next_u64() as u16).collect(),
        }
    }

    fn apply(&self, sim: &mut Sim) -> u16 {
        set(sim, &[("layer_mode", self.mode.code() as u64), ("layer_flip", self.flip)]);
        set(sim, &[("layer_padding_value", self.padding.into()), ("offset", self.offset.into())]);
        set(sim, &[("inside", self.inside), ("blank", self.blank)]);
        set(sim, &[("column", self.column)]);
        for (c, word) in self.words.iter().enumerate() {
            set(sim, &[(&format!("activation_{c}"), (*word).into())]);
        }
        (0..2).for_each(|_| sim.step("clk").unwrap());
        sim.get("data_o").unwrap() as u16
    }

    fn check(&self, data: u16) {
        if self.blank == 1 {
            return assert_eq!(data, 0);
        }
        let dropped = if self.inside == 1 { self.offset } else { 0 };
        for index in 0..self.mode.parts() - dropped {
            let stored = match self.inside {
                1 => operand(self.mode, self.words[self.column as usize], dropped + index),
                _ => operand(self.mode, self.padding, 0),
            };
            let wanted = stored ^ (self.flip as u16) << (self.mode.bits() - 1);
            assert_eq!(operand(self.mode, data, index), wanted, "{:?}, {index}", self.mode);
        }
    }
}

#[test]
fn the_realigner_drops_flips_and_pads() {
    for config in [shapes::binary(), shapes::full(), shapes::wide(), shapes::narrow()] {
        let plan = plan(&config);
        let mut sim = sim(&realigner(&plan).unwrap());
        let mut noise = SplitMix64::new(1);
        for _ in 0..600 {
            let request = Request::random(&plan, &mut noise);
            let data = request.apply(&mut sim);
            request.check(data);
        }
    }
}
