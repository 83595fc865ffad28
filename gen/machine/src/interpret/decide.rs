//! Decisions over result memory.

use bitladder_spec::decision::top_two;

use super::{InterpretError, Machine};
use crate::isa::{DECISION_WORDS, Descriptor, decision};

impl Machine {
    pub(super) fn decide(&mut self, d: &Descriptor) -> Result<(), InterpretError> {
        let classes = d.classes as usize;
        if classes == 0 {
            return Ok(());
        }
        for image in 0..d.images as usize {
            let places = image * classes..(image + 1) * classes;
            let logits = places.map(|place| self.result(place).map(|word| word as i32));
            let logits: Vec<i32> = logits.collect::<Result<_, _>>()?;
            let Some(top) = top_two(&logits) else { continue };
            let second = top.second.map_or(0xffff, |(class, _)| class);
            let mut words = [0; DECISION_WORDS];
            for (place, value) in [
                (decision::FIRST, top.first as i64),
                (decision::SECOND, second as i64),
                (decision::MARGIN, top.margin().unwrap_or(0)),
                (decision::FIRST_LOGIT, i64::from(top.first_logit as u32)),
            ] {
                place
                    .insert(&mut words, value)
                    .expect("classes fit 16 bits and margins of 32-bit logits 33");
            }
            self.write_decision(image * DECISION_WORDS, &words)?;
        }
        Ok(())
    }
}
